"""Many small calls in one: padded to a common size, the padding hidden, computed together."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from attention_core import masks
from attention_core.attention import attend
from attention_core.backend import tf
from attention_core.functions import functions
from attention_core.functions.base import ScoringFunction
from attention_core.kernels import dense
from attention_core.kernels.products import multiply

Array = np.ndarray[Any, Any]

# What a job may say and still be computed with others; and how large it may be, or padding would cost more
# than the calls saved.
_SHARED = {"query", "key", "value", "function", "mask", "causal", "scale", "temperature"}
_LARGEST = 64


def attend_many(jobs: Sequence[Mapping[str, Any]]) -> list[Array]:
    """Return the output of `attend(**job)` for each job, as arrays: the small ones in one padded, masked call.

    An operation of a tiny call takes longer to start than to run, so 64 of them are hardly slower than one.
    Jobs of float arrays of up to 64 tokens and 64 features, of one head and a function without learned
    parameters are computed together; shapes, masks, scale and temperature may differ. The others are computed one by one.

    >>> rows = [[0.0], [1.0]]
    >>> one, two = attend_many(
    ...     [{"query": rows, "key": rows, "value": rows}, {"query": rows[:1], "key": rows, "value": rows}]
    ... )
    >>> one.round(4).tolist(), two.tolist()
    ([[0.5], [0.7311000227928162]], [[0.5]])

    Args:
        jobs: arguments of `attend`, by name.

    Returns:
        output of each, in the order of the jobs.

    Raises:
        ValueError, TypeError: as `attend` does, with "job 3: " before it; the first wrong job, counted from 0.
    """
    outputs: dict[int, Array] = {}
    for unit, small in _small(jobs):
        outputs.update(zip((one.number for one in small), _together(unit, small), strict=False))
    for number, job in enumerate(jobs):
        if number not in outputs:
            outputs[number] = _alone(number, job)
    return [outputs[number] for number in range(len(jobs))]


@dataclass(frozen=True, eq=False, slots=True)
class _Small:
    """A job that can share a call: query (n_q, d), key (n_k, d), value (n_k, d_v) of one type."""

    number: int
    query: Array
    key: Array
    value: Array
    mask: Array | None
    causal: bool
    factor: float


def _small(jobs: Sequence[Mapping[str, Any]]) -> list[tuple[ScoringFunction, list[_Small]]]:
    """Return the jobs that can share a call, by function and type. What is out of the ordinary is left to `attend`."""
    shareable = {
        name for name, unit in functions().items() if unit.bilinear and not unit.parameter_shapes(1, 1, 1)
    }
    groups: dict[tuple[ScoringFunction, Any], list[_Small]] = defaultdict(list)
    for number, job in enumerate(jobs):
        name = job.get("function", "scaled_dot_product")
        if not job.keys() <= _SHARED or name not in shareable:
            continue
        small = _as_small(number, job, functions()[name])
        if small is not None:
            groups[functions()[name], small.query.dtype].append(small)
    return [(unit, small) for (unit, _dtype), small in groups.items() if len(small) > 1]


def _as_small(number: int, job: Mapping[str, Any], unit: ScoringFunction) -> _Small | None:
    query, key, value = job.get("query"), job.get("key"), job.get("value")
    for rows in (query, key, value):
        if type(rows) is not np.ndarray or rows.ndim != 2 or rows.dtype not in (np.float32, np.float64):
            return None
    assert query is not None
    assert key is not None
    assert value is not None
    if query.dtype != key.dtype or key.dtype != value.dtype:
        return None
    (n_q, d), (n_k, d_k), (n_v, d_v) = query.shape, key.shape, value.shape
    if n_k != n_v or d != d_k or not d or not n_k or max(n_q, n_k, d, d_v) > _LARGEST:
        return None
    mask = job.get("mask")
    if mask is not None and not (
        type(mask) is np.ndarray and mask.dtype == np.bool_ and mask.shape == (n_q, n_k)
    ):
        return None
    factor = _factor(job, d, unit)
    if factor is None:
        return None
    return _Small(number, query, key, value, mask, bool(job.get("causal")), factor)


def _factor(job: Mapping[str, Any], d_k: int, unit: ScoringFunction) -> float | None:
    """Return scale / temperature of a job, or None where `attend` has something to say about it."""
    scale, temperature = job.get("scale"), job.get("temperature", 1.0)
    if scale is None:
        scale = 1.0 / math.sqrt(d_k) if unit.takes_scale else 1.0
    elif not unit.takes_scale:
        return None
    numbers = isinstance(scale, (int, float)) and isinstance(temperature, (int, float))
    if not numbers or not temperature > 0 or not 2.0**-30 < abs(scale / temperature) < 2.0**30:
        return None
    return float(scale / temperature)


def _together(unit: ScoringFunction, small: list[_Small]) -> list[Array]:
    """Return the outputs, or none at all if any number went wrong: then each job is to say so by itself."""
    query, key, value = (_padded([getattr(one, name) for one in small]) for name in ("query", "key", "value"))
    n_q = np.array([len(one.query) for one in small])[:, None, None]
    n_k = np.array([len(one.key) for one in small])[:, None, None]
    rows, columns = np.arange(query.shape[1])[:, None], np.arange(key.shape[1])
    allowed: Array = np.broadcast_to(columns < n_k, (len(small), len(rows), len(columns)))
    if any(one.causal for one in small):
        causal = np.array([one.causal for one in small])[:, None, None]
        allowed = allowed & (~causal | (columns <= rows + (n_k - n_q)))
    masked = [(place, one.mask) for place, one in enumerate(small) if one.mask is not None]
    if masked:
        allowed = allowed.copy()
    for place, mask in masked:
        allowed[place, : mask.shape[0], : mask.shape[1]] &= mask
    factors = unit.factors(query, key, {})
    assert factors is not None
    factor = np.array([one.factor for one in small], query.dtype)[:, None, None]
    scores = multiply(dense.folded(factors[0], factor), factors[1], transpose=True)
    # A row that sees nothing would be NaN. It sees the first key, and is put to 0 afterwards.
    blind = np.logical_not(allowed.any(axis=-1))
    seen = np.where(blind[..., None], columns == 0, allowed) if blind.any() else allowed
    weights = tf.raw_ops.Softmax(logits=masks.hide(scores, seen))
    outputs = multiply(weights, value).numpy()
    if not (np.isfinite(outputs).all() and np.isfinite(scores.numpy()).all()):
        return []
    if blind.any():
        outputs = np.where(blind[..., None], outputs.dtype.type(0), outputs)
    return [
        output[: len(one.query), : one.value.shape[1]] for output, one in zip(outputs, small, strict=True)
    ]


def _padded(arrays: list[Array]) -> Array:
    """Put arrays (n, d) of different sizes into one, filled up with zeros: (jobs, max n, max d)."""
    shape = (len(arrays), max(len(one) for one in arrays), max(one.shape[1] for one in arrays))
    together = np.zeros(shape, arrays[0].dtype)
    for place, one in enumerate(arrays):
        together[place, : one.shape[0], : one.shape[1]] = one
    return together


def _alone(number: int, job: Mapping[str, Any]) -> Array:
    try:
        output: Array = attend(**job).numpy()
    except (ValueError, TypeError) as error:
        raise type(error)(f"job {number}: {error}") from error
    return output
