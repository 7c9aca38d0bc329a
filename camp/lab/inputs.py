"""How a job keeps its params: as JSON in its row, or, when they came as a large file, with the arrays beside it."""

import hashlib
import io
import json
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from django.conf import settings

from attention_core.npz import write_npz
from attention_core.params import Params, param_fields
from camp.lab import selectors
from camp.lab.models import Job

# Beyond this many cells an uploaded job shows its params without the arrays: a page of jobs must stay readable.
MAX_CELLS_IN_ROW = 2**17
MAX_FILE_BYTES: int = settings.MAX_FILE_BYTES  # of an NPZ file as it is sent


def canonical_json(params: Mapping[str, Any]) -> str:
    """The one spelling of params: keys sorted, no spaces, shortest round-trip numbers."""
    return json.dumps(params, sort_keys=True, separators=(",", ":"), allow_nan=False, ensure_ascii=False)


def digest(task: str, params: Params) -> str:
    """SHA-256 that names the work, however its params were sent."""
    found = hashlib.sha256(task.encode())
    found.update(canonical_json(_plain(params)).encode())
    for name, array in _arrays(params):
        found.update(f"\n{name} {array.dtype.str} {array.shape}\n".encode())
        found.update(array.tobytes())
    return found.hexdigest()


def in_row(params: Params) -> str:
    """All params as canonical JSON."""
    return canonical_json(params.canonical())


def beside_row(params: Params) -> tuple[str, bytes]:
    """The params as canonical JSON with null for each array, and the arrays as an NPZ file."""
    return canonical_json(_plain(params)), write_npz(dict(_arrays(params)))


def cells(params: Params) -> int:
    return sum(array.size for _name, array in _arrays(params))


def whole_params(job: Job) -> dict[str, Any]:
    """The job's params with their arrays, for `parse_params`."""
    params = job.params
    if not job.has_input_file:
        return params
    kept = selectors.input_file_of(job) or b""
    with np.load(io.BytesIO(kept), allow_pickle=False) as file:
        for name in file.files:
            field, _dot, part = name.partition(".")
            if part:
                params[field] = {**(params.get(field) or {}), part: file[name]}
            else:
                params[field] = file[name]
    return params


def _arrays(params: Params) -> Iterator[tuple[str, "np.ndarray[Any, Any]"]]:
    for spec in param_fields(type(params)):
        value = getattr(params, spec.name)
        if isinstance(value, np.ndarray):
            yield spec.name, value
        elif isinstance(value, Mapping):
            for part, array in sorted(value.items()):
                yield f"{spec.name}.{part}", array


def _plain(params: Params) -> dict[str, Any]:
    """Canonical params with null for whatever holds arrays."""
    plain = {}
    for spec in param_fields(type(params)):
        value = getattr(params, spec.name)
        holds_arrays = value is None or isinstance(value, (np.ndarray, Mapping))
        plain[spec.name] = None if holds_arrays else spec.kind.canonical(value)
    return plain
