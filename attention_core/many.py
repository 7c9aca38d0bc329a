"""Many small calls in one: padded to a common size, the padding hidden, computed together."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from attention_core import checks
from attention_core.attention import attend
from attention_core.functions import functions
from attention_core.functions.base import ScoringFunction
from attention_core.kernels.bounds import SAFE_SCORE, SAFE_VALUE

Array = np.ndarray[Any, Any]

# What a job may say and still be computed with others; and how large it may be, or padding would cost more
# than the calls saved.
_INPUTS = ("query", "key", "value")
_SHARED = {*_INPUTS, "function", "mask", "causal", "scale", "temperature"}
_LARGEST = 128
# So many at a time: each is padded to the largest of them.
_MOST = 256
# As objects: to compare a type with np.float32 costs more than the rest of the checks.
_FLOATS = (np.dtype(np.float32), np.dtype(np.float64))


def attend_many(jobs: Sequence[Mapping[str, Any]]) -> list[Array]:
    """Return the output of `attend(**job)` for each job, as arrays: the small ones in one padded, masked call.

    A tiny call takes longer to start than to run, so 64 of them together are hardly slower than one. Jobs of
    float arrays whose sizes add up to 128 at most, of one head and a dot product are computed together;
    shapes, masks, scale and temperature may differ. The others are computed one by one.

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
    for small in _small(jobs):
        for start in range(0, len(small), _MOST):
            some = small[start : start + _MOST]
            outputs.update(zip((one.number for one in some), _together(some), strict=False))
    for number, job in enumerate(jobs):
        if number not in outputs:
            outputs[number] = _alone(number, job)
    return [outputs[number] for number in range(len(jobs))]


class _Small(NamedTuple):
    """A job that can share a call: query (n_q, d), key (n_k, d), value (n_k, d_v) of one type."""

    number: int
    query: Array
    key: Array
    value: Array
    mask: Array | None
    causal: bool
    factor: float


def _small(jobs: Sequence[Mapping[str, Any]]) -> list[list[_Small]]:
    """Return the jobs that can share a call, by function and type. What is out of the ordinary is left to `attend`."""
    shareable = {name: unit for name, unit in functions().items() if unit.takes_rows_as_they_are}
    groups: dict[tuple[str, Any], list[_Small]] = defaultdict(list)
    for number, job in enumerate(jobs):
        name = job.get("function", "scaled_dot_product")
        if name in shareable and (len(job) == len(_INPUTS) or job.keys() <= _SHARED):
            small = _as_small(number, job, shareable[name])
            if small is not None:
                groups[name, small.query.dtype].append(small)
    return [small for small in groups.values() if len(small) > 1]


def _as_small(number: int, job: Mapping[str, Any], unit: ScoringFunction) -> _Small | None:
    query, key, value = job.get("query"), job.get("key"), job.get("value")
    if not (type(query) is type(key) is type(value) is np.ndarray):
        return None
    dtype = query.dtype
    if dtype not in _FLOATS or key.dtype is not dtype or value.dtype is not dtype:
        return None
    if not query.ndim == key.ndim == value.ndim == 2:
        return None
    (n_q, d), (n_k, d_k), (n_v, d_v) = query.shape, key.shape, value.shape
    if n_k != n_v or d != d_k or not (d and n_q and n_k) or n_q + n_k + d + d_v > _LARGEST:
        return None
    if len(job) == len(_INPUTS):  # nothing but these: most jobs are so
        return _Small(number, query, key, value, None, False, 1 / math.sqrt(d) if unit.takes_scale else 1.0)
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
    default = 1 / math.sqrt(d_k) if unit.takes_scale else 1.0
    scale, temperature = job.get("scale"), job.get("temperature", 1.0)
    if scale is not None and not unit.takes_scale:
        return None
    scale = default if scale is None else scale
    numbers = isinstance(scale, (int, float)) and isinstance(temperature, (int, float))
    if not numbers or not temperature > 0 or not 2.0**-30 < abs(scale / temperature) < 2.0**30:
        return None
    return float(scale / temperature)


def _together(small: list[_Small]) -> list[Array]:
    """Return the outputs, or none at all if any number went wrong: then each job is to say so by itself.

    In NumPy, as the kernel of one tiny call.
    """
    _numbers, queries, keys, values, masks, causals, factors = zip(*small, strict=True)
    query, key, value = _padded(queries), _padded(keys), _padded(values, more=1)
    if not (checks.surely_finite_products(query, key) and checks.largest(value) <= SAFE_VALUE):
        return []
    query *= np.array(factors, query.dtype)[:, None, None]
    n_k = np.array([len(one) for one in keys])[:, None]
    # A column of ones beside V adds up the weights in the same product; a padded key adds nothing to either.
    value[..., -1] = np.arange(value.shape[1]) < n_k
    scores = query @ key.swapaxes(-1, -2)
    allowed = _allowed(scores.shape, queries, n_k, masks, causals)
    if np.abs(scores).max() > SAFE_SCORE / 2:
        if allowed is None:
            allowed = (np.arange(key.shape[1]) < n_k)[:, None, :]
        scores = np.where(allowed, scores, query.dtype.type(-np.inf))
        largest = scores.max(axis=-1, keepdims=True)
        largest[np.isneginf(largest)] = 0  # a row that may attend to nothing
        scores -= largest
    powers = np.exp(scores)
    if allowed is not None:
        powers *= allowed
    sums = powers @ value
    total = sums[..., -1:]
    total[total == 0] = 1
    outputs = sums[..., :-1] / total
    return [
        output[: len(one), : like.shape[1]]
        for output, one, like in zip(outputs, queries, values, strict=True)
    ]


def _allowed(
    shape: tuple[int, ...],
    queries: Sequence[Array],
    n_k: Array,
    masks: Sequence[Any],
    causals: Sequence[bool],
) -> Array | None:
    """Return who may attend to whom, (jobs, n_q, n_k), or None where only padding is hidden."""
    masked = [(place, mask) for place, mask in enumerate(masks) if mask is not None]
    if not masked and not any(causals):
        return None
    rows, columns = np.arange(shape[1])[:, None], np.arange(shape[2])
    allowed = np.empty(shape, bool)
    allowed[:] = columns < n_k[..., None]
    if any(causals):
        n_q = np.array([len(one) for one in queries])[:, None, None]
        allowed &= ~np.array(causals)[:, None, None] | (columns <= rows + (n_k[..., None] - n_q))
    for place, mask in masked:
        allowed[place, : mask.shape[0], : mask.shape[1]] &= mask
    return allowed


def _padded(arrays: Sequence[Array], *, more: int = 0) -> Array:
    """Put arrays (n, d) into one, filled up with zeros: (jobs, max n, max d + more)."""
    rows, columns = zip(*[one.shape for one in arrays], strict=True)
    together = np.zeros((len(arrays), max(rows), max(columns) + more), arrays[0].dtype)
    for place, one in enumerate(arrays):
        together[place, : rows[place], : columns[place]] = one
    return together


def _alone(number: int, job: Mapping[str, Any]) -> Array:
    try:
        output: Array = attend(**job).numpy()
    except (ValueError, TypeError) as error:
        raise type(error)(f"job {number}: {error}") from error
    return output
