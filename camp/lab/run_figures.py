"""The few figures by which a run that is done stands in the table of what was tried, kept in a small row beside it.

Computed once, where the worker still holds the result: a table of many runs must open none of their results, which may
have megabytes each, and the database sorts by what stands in columns alone.
"""

import io
import math
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import numpy as np

from attention_core import catalogue
from attention_core.params import param_fields
from camp import guessed_row
from camp.lab import results
from camp.lab.models import Job, RunFigures
from camp.lab.stage_arrays import Array, with_head_axis

TASK = "attention"


def of_run(job: Job, arrays: Mapping[str, Array]) -> RunFigures | None:
    """The row of a run that gave these arrays; None for a task that has no weights."""
    if job.task != TASK or "weights" not in arrays or not job.summary.get("shapes"):
        return None
    return RunFigures(job_id=job.pk, **settings_of(job.summary), **outcome_of(arrays))


def settings_of(summary: Mapping[str, Any]) -> dict[str, Any]:
    """The columns of what was set, out of the summary that the job keeps of its params."""
    specs = param_fields(catalogue.task(TASK).params)
    values = {spec.name: spec.default for spec in specs} | summary["values"]
    shapes = summary["shapes"]
    d_k = shapes["key"][1]
    factor = values["scale"]
    if factor is None and catalogue.function(values["function"]).takes_scale:
        factor = 1 / math.sqrt(d_k // values["num_heads"])
    return {
        "function": values["function"],
        "scale": factor,
        "has_own_scale": values["scale"] is not None,
        "temperature": values["temperature"],
        "causal": values["causal"],
        "padding": "key_padding" in shapes,
        "drawn": "mask" in shapes,
        "heads": values["num_heads"],
        "n_q": shapes["query"][0],
        "n_k": shapes["key"][0],
        "d_k": d_k,
    }


def outcome_of(arrays: Mapping[str, Array]) -> dict[str, float | None]:
    """The columns of what came out. Means are over the rows of all heads that see any key: a row without one has no
    entropy that could be compared with another's.
    """
    entropy, effective = arrays["entropy"].ravel(), arrays["effective_tokens"].ravel()
    sees = effective > 0
    return {
        "entropy_bits": float(entropy[sees].mean() / math.log(2)) if sees.any() else None,
        "effective_tokens": float(effective[sees].mean()) if sees.any() else None,
        "largest_weight": float(arrays["weights"].max(initial=0.0)),
    }


def agreement_of(guess: Mapping[str, Any], arrays: Mapping[str, Array]) -> float | None:
    """How far the guess of a row agrees with that row; None where it is no guess of these weights."""
    head, query = guess["head"] - 1, guess["query"] - 1
    weights, masked = (with_head_axis(arrays[name]) for name in ("weights", "masked"))
    if not (head < weights.shape[0] and query < weights.shape[1]):
        return None
    truth = weights[head, query][np.isfinite(masked[head, query])]
    if len(truth) != len(guess["points"]):
        return None
    return float(guessed_row.compare(guess["points"], truth.tolist()).agreement)


def keep(found: Sequence[RunFigures]) -> None:
    """Write the rows; to be called in the transaction that ends their jobs, once their results are written."""
    RunFigures.objects.bulk_create(found)
    guessed = Job.objects.filter(pk__in=[one.pk for one in found], guess__isnull=False)
    for job_id, guess in guessed.values_list("pk", "guess"):
        assert guess
        agreement_keep(job_id, guess)


def agreement_keep(job_id: UUID, guess: Mapping[str, Any]) -> None:
    """Write how far the guess agrees with what is stored, if the run is done; else `keep` will, which reads the guess.

    Called with the job's row locked by the writing of the guess, or of the end: one of the two sees both.
    """
    row = RunFigures.objects.filter(job_id=job_id)
    if not row.exists():
        return
    with np.load(io.BytesIO(b"".join(results.arrays(job_id))), allow_pickle=False) as arrays:
        row.update(agreement=agreement_of(guess, arrays))


def copy(earlier: UUID, job_id: UUID) -> None:
    """Give another job, of the same work, the same figures; a guess it has none yet."""
    row = RunFigures.objects.filter(job_id=earlier).first()
    if row is not None:
        row.pk, row.agreement = job_id, None
        row.save(force_insert=True)
