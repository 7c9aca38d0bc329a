"""Attention in float64 NumPy, without TensorFlow, with the same stages as `attention_core.explain`.

Lessons, live previews and marking use it where TensorFlow must not be loaded, and a property test
holds it to the TensorFlow path. It shares shapes, checks and seeded parameters with the core, but
no formula: a mistake in one does not hide in the other.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from attention_core import checks
from attention_core.explanation import Explanation
from attention_core.functions import function as function_named
from attention_core.functions.base import ScoringFunction, Shape
from attention_core.parameters import expected_shapes, seeded_parameters

Array = np.ndarray[Any, Any]
Score = Callable[[Array, Array, Mapping[str, Array]], Array]


def explain(
    query: Any,
    key: Any,
    value: Any,
    *,
    function: str = "scaled_dot_product",
    mask: Any = None,
    causal: bool = False,
    key_padding: Any = None,
    window: int | None = None,
    alibi_slopes: Any = None,
    scale: float | None = None,
    temperature: float = 1.0,
    num_heads: int = 1,
    parameters: Mapping[str, Any] | None = None,
    seed: int = 0,
) -> Explanation:
    """Return every stage of one attention call as float64 arrays; all but `output` with a head axis.

    >>> explain([[0.0], [1.0]], [[0.0], [1.0]], [[0.0], [1.0]]).weights.round(4).tolist()
    [[[0.5, 0.5], [0.2689, 0.7311]]]

    Args:
        query: (…, n_q, d_q) numbers.
        key: (…, n_k, d_k).
        value: (…, n_k, d_v).
        The others mean what they mean to `attention_core.attend`.

    Raises:
        ValueError, TypeError: as `attention_core.attend`.
    """
    unit = function_named(function)
    checks.check_scalars(
        unit, scale=scale, temperature=temperature, num_heads=num_heads, seed=seed, window=window
    )
    inputs = [_numbers(name, given) for name, given in (("query", query), ("key", key), ("value", value))]
    checks.check_shapes(*(array.shape for array in inputs), num_heads=num_heads, function=unit)
    batch = np.broadcast_shapes(*(array.shape[:-2] for array in inputs))
    pairs = (inputs[0].shape[-2], inputs[1].shape[-2])
    checks.check_weights_fit((*batch, num_heads, *pairs))
    used = _parameters(unit, parameters, inputs[0].shape[-1], inputs[1].shape[-1], num_heads, seed)
    query_heads, key_heads, value_heads = (_heads(array, num_heads) for array in inputs)
    factor = 1.0
    if unit.takes_scale:
        factor = 1.0 / np.sqrt(key_heads.shape[-1]) if scale is None else scale
    with np.errstate(over="ignore", invalid="ignore"):  # refused in the next step, with a better message
        scores = SCORES[function](query_heads, key_heads, used)
        scaled = scores * factor / temperature - _bias(pairs, alibi_slopes, num_heads)
    checks.check_no_overflow(scaled)
    masked = np.where(_visible(batch, pairs, mask, causal, key_padding, window), scaled, -np.inf)
    weights = _softmax(masked)
    head_output = weights @ value_heads
    entropy, effective_tokens = _spread(weights)
    return Explanation(
        scores=scores,
        scaled=scaled,
        masked=masked,
        weights=weights,
        head_output=head_output,
        output=np.concatenate([head_output[..., head, :, :] for head in range(num_heads)], axis=-1),
        entropy=entropy,
        effective_tokens=effective_tokens,
        parameters=used,
    )


def _numbers(name: str, given: Any) -> Array:
    array = np.asarray(given)
    if array.dtype.kind not in "iuf":
        raise ValueError(f"{name}: expected numbers, got dtype {array.dtype}")
    checks.check_finite(name, array)
    return array.astype(np.float64)


def _heads(array: Array, num_heads: int) -> Array:
    """(…, n, d) → (…, h, n, d / h), features in order."""
    return np.stack(np.split(array, num_heads, axis=-1), axis=-3)


def _parameters(
    unit: ScoringFunction, given: Mapping[str, Any] | None, d_q: int, d_k: int, num_heads: int, seed: int
) -> dict[str, Array]:
    d_q, d_k = d_q // num_heads, d_k // num_heads
    if given is None:
        return dict(seeded_parameters(unit, d_q=d_q, d_k=d_k, num_heads=num_heads, seed=seed))
    arrays = {name: _numbers(f"parameters: {name}", array) for name, array in given.items()}
    shapes = {name: array.shape for name, array in arrays.items()}
    checks.check_parameters(
        expected_shapes(unit, d_q=d_q, d_k=d_k, num_heads=num_heads, given=shapes), shapes
    )
    return arrays


def _bias(pairs: Shape, slopes: Any, num_heads: int) -> Array:
    """Return slope × distance, (h, n_q, n_k), or 0 without slopes."""
    if slopes is None:
        return np.zeros(())
    array = _numbers("alibi_slopes", slopes)
    checks.check_slopes(array.shape, num_heads)
    return array[:, None, None] * np.abs(_distances(*pairs))


def _distances(n_q: int, n_k: int) -> Array:
    """Return (n_q, n_k): how far key j lies before query i, the last of both at the same place."""
    return np.arange(n_q)[:, None] + (n_k - n_q) - np.arange(n_k)[None, :]


def _visible(
    batch: Shape, pairs: Shape, mask: Any, causal: bool, key_padding: Any, window: int | None
) -> Array:
    """Return booleans that broadcast to (…, h, n_q, n_k), true where attending is allowed."""
    n_q, n_k = pairs
    visible = np.ones((1, n_q, n_k), dtype=bool)
    if causal:
        visible &= np.tri(n_q, n_k, k=n_k - n_q, dtype=bool)
    if window is not None:
        visible &= np.abs(_distances(n_q, n_k)) <= window
    for name, given, last in (("mask", mask, pairs), ("key_padding", key_padding, pairs[1:])):
        if given is not None:
            array = np.asarray(given)
            checks.check_mask_dtype(name, array.dtype.name)
            checks.check_mask_shape(name, array.shape, batch, last)
            array = array if name == "mask" else array[..., None, :]
            visible = visible & array[..., None, :, :]
    return visible


def _softmax(masked: Array) -> Array:
    """Softmax over the last axis; -∞ gives 0, and a row of nothing else gives zeros."""
    largest = masked.max(axis=-1, keepdims=True, initial=-np.inf)
    powers = np.exp(masked - np.where(np.isneginf(largest), 0.0, largest))
    total = powers.sum(axis=-1, keepdims=True)
    return powers / np.where(total == 0, 1.0, total)


def _spread(weights: Array) -> tuple[Array, Array]:
    """Return entropy and the effective number of tokens of every row, both 0 for a row of zeros."""
    logarithms = np.log(np.where(weights > 0, weights, 1.0))
    entropy = np.abs((weights * logarithms).sum(axis=-1))
    return entropy, np.where((weights > 0).any(axis=-1), np.exp(entropy), 0.0)


def _dot(query: Array, key: Array, parameters: Mapping[str, Array]) -> Array:
    return query @ np.swapaxes(key, -1, -2)


def _general(query: Array, key: Array, parameters: Mapping[str, Array]) -> Array:
    return query @ parameters["weight"] @ np.swapaxes(key, -1, -2)


def _additive(query: Array, key: Array, parameters: Mapping[str, Array]) -> Array:
    projected_query = query @ parameters["query_weight"]
    projected_key = key @ parameters["key_weight"]
    vector = parameters["vector"][..., :, None]
    # One query at a time: the hidden layer of all of them would be n_q times as large.
    rows = [
        np.tanh(projected_query[..., row : row + 1, :] + projected_key) @ vector
        for row in range(projected_query.shape[-2])
    ]
    shape = np.broadcast_shapes(projected_query.shape[:-2], projected_key.shape[:-2])
    return np.concatenate(rows, axis=-1).swapaxes(-1, -2) if rows else np.zeros((*shape, 0, key.shape[-2]))


def _cosine(query: Array, key: Array, parameters: Mapping[str, Array]) -> Array:
    return directions(query) @ np.swapaxes(directions(key), -1, -2)


def directions(rows: Array) -> Array:
    """Each row divided by its length, so that a dot product of two is their cosine; a row of zeros stays one."""
    # Brought near 1 by a power of two, which is exact: squares of 1e200 or 1e-200 leave the range.
    largest = np.abs(rows).max(axis=-1, keepdims=True, initial=0.0)
    rows = np.ldexp(rows, -np.frexp(largest)[1])
    length = np.sqrt((rows * rows).sum(axis=-1, keepdims=True))
    return rows / np.where(length == 0, 1.0, length)


SCORES: Mapping[str, Score] = {
    "scaled_dot_product": _dot,
    "dot_product": _dot,
    "general": _general,
    "additive": _additive,
    "cosine": _cosine,
}
