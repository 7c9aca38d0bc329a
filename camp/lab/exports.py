"""A run to take along: as the job that asks for it again, and as a Python program that computes it without the camp."""

import json
from typing import Any

from attention_core import catalogue
from attention_core.params import param_fields
from camp.lab.models import Job

_MATRICES = ("query", "key", "value")


def as_job(job: Job) -> str:
    """What to send to `POST /api/v1/jobs/` for the same run."""
    return json.dumps({"task": job.task, "params": job.params}, ensure_ascii=False)


def as_python(job: Job) -> str:
    """A program of a few lines that prints the run's output, in float64 as the camp computes it."""
    params = job.params
    matrices = [f"{name} = np.array({params[name]!r}, float)" for name in _MATRICES]
    options = [f"    {name}={_written(value)},\n" for name, value in _given(job)]
    return "\n".join(
        [
            f'"""A run of the Attention Training Camp, by attention_core {job.core_version}."""',
            "",
            "import numpy as np",
            "",
            "from attention_core import attend",
            "",
            *matrices,
            "output, weights = attend(",
            "    query,\n    key,\n    value,",
            "".join(options) + "    return_weights=True,",
            ")",
            "print(output.numpy().tolist())",
            "",
        ]
    )


def _given(job: Job) -> list[tuple[str, Any]]:
    """The options that are not as usual, by name."""
    params = job.params
    fields = [spec for spec in param_fields(catalogue.task(job.task).params) if spec.name not in _MATRICES]
    return [
        (spec.name, params[spec.name]) for spec in fields if params.get(spec.name) not in (None, spec.default)
    ]


def _written(value: Any) -> str:
    """As Python spells it: lists become arrays."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{name!r}: {_written(part)}" for name, part in value.items()) + "}"
    return f"np.array({value!r})" if isinstance(value, list) else repr(value)
