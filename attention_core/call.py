"""One attention call made ready: arguments checked, of one type, split into heads."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from attention_core import checks, masks
from attention_core.backend import tf
from attention_core.checks import StaticShape
from attention_core.functions import function as function_named
from attention_core.functions.base import ScoringFunction
from attention_core.parameters import expected_shapes, seeded_parameters


@dataclass(frozen=True, eq=False)
class Call:
    """A call with a head axis: query (…, h, n_q, d_q / h), key and value alike.

    `allowed` broadcasts to (…, h, n_q, n_k) or is None. `dtype` is the type of the answer; half
    precision is computed in float32.
    """

    function: ScoringFunction
    query: Any
    key: Any
    value: Any
    allowed: Any | None
    parameters: Mapping[str, Any]
    scale: float | None
    temperature: float
    dtype: Any
    weights_shape: StaticShape

    def scores(self) -> Any:
        """Return what the scoring function gives, (…, h, n_q, n_k)."""
        return self.function.scores(self.query, self.key, self.parameters)

    def scaled(self, scores: Any) -> Any:
        """Return scores × scale / temperature; the scale is 1/√d_k unless given.

        Raises:
            ValueError: a score is beyond the range of the type.
        """
        if self.function.takes_scale:
            if self.scale is None:
                # Under a relaxed signature the static width is None: take it at run time.
                scores = scores / tf.sqrt(tf.cast(tf.shape(self.key)[-1], scores.dtype))
            else:
                scores = scores * tf.constant(self.scale, scores.dtype)
        scaled = scores / tf.constant(self.temperature, scores.dtype)
        if tf.executing_eagerly():
            checks.check_no_overflow(scaled.numpy())
        return scaled


def prepare(
    query: Any,
    key: Any,
    value: Any,
    *,
    function: str,
    mask: Any,
    causal: bool,
    key_padding: Any,
    scale: float | None,
    temperature: float,
    num_heads: int,
    parameters: Mapping[str, Any] | None,
    seed: int,
) -> Call:
    """Check and convert the arguments of `attend` and `explain`.

    Raises:
        ValueError: a shape, a value or a name is wrong; says what was expected and what came.
        TypeError: a type is.
    """
    unit = function_named(function)
    checks.check_scalars(unit, scale=scale, temperature=temperature, num_heads=num_heads, seed=seed)
    query, key, value, dtype = as_computed(query, key, value)
    shapes = [static_shape(tensor) for tensor in (query, key, value)]
    checks.check_shapes(*shapes, num_heads=num_heads, function=unit)
    batch = checks.broadcast_batch(query=shapes[0][:-2], key=shapes[1][:-2], value=shapes[2][:-2])
    pairs = (shapes[0][-2], shapes[1][-2])
    allowed = masks.combine(
        n_q=tf.shape(query)[-2],
        n_k=tf.shape(key)[-2],
        mask=_as_mask("mask", mask, batch, pairs),
        key_padding=_as_mask("key_padding", key_padding, batch, pairs[1:]),
        is_causal=causal,
    )
    return Call(
        function=unit,
        query=_split_heads(query, num_heads),
        key=_split_heads(key, num_heads),
        value=_split_heads(value, num_heads),
        allowed=allowed,
        parameters=_as_parameters(unit, parameters, shapes, num_heads, seed, query.dtype),
        scale=scale,
        temperature=temperature,
        dtype=dtype,
        weights_shape=(*batch, num_heads, *pairs),
    )


def join_heads(head_output: Any) -> Any:
    """Put the heads' features side by side: (…, h, n, d) → (…, n, h · d)."""
    rank = head_output.shape.rank
    shape = tf.shape(head_output)
    swapped = tf.transpose(head_output, [*range(rank - 3), rank - 2, rank - 3, rank - 1])
    return tf.reshape(swapped, tf.concat([shape[:-3], [shape[-2], shape[-3] * shape[-1]]], axis=0))


def static_shape(tensor: Any) -> StaticShape:
    """Return what is known of a shape before running.

    Raises:
        ValueError: not even the number of axes is.
    """
    if tensor.shape.rank is None:
        raise ValueError("expected a tensor with a known number of axes, got one of unknown rank")
    return tuple(tensor.shape)


def _split_heads(tensor: Any, num_heads: int) -> Any:
    """Split the features, in order, into heads: (…, n, d) → (…, h, n, d / h)."""
    if num_heads == 1:
        return tensor[..., None, :, :]
    rank = tensor.shape.rank
    shape = tf.shape(tensor)
    # The width is computed, not left to reshape as -1: that cannot be inferred when a batch is empty.
    split = tf.reshape(tensor, tf.concat([shape[:-1], [num_heads, shape[-1] // num_heads]], axis=0))
    return tf.transpose(split, [*range(rank - 2), rank - 1, rank - 2, rank])


def as_computed(*inputs: Any) -> tuple[Any, Any, Any, Any]:
    """Return query, key, value in the type to compute in, and the type of the answer.

    float64 if any array or tensor is; half precision if all are of the same; else float32. Plain
    lists have no type of their own and follow the others.
    """
    arrays = [array if tf.is_tensor(array) else np.asarray(array) for array in inputs]
    own = [
        tf.as_dtype(array.dtype)
        for array, given in zip(arrays, inputs, strict=True)
        if tf.is_tensor(given) or hasattr(given, "dtype")
    ]
    halves = (tf.float16, tf.bfloat16)
    if any(dtype == tf.float64 for dtype in own):
        dtype = tf.float64
    elif own and own[0] in halves and all(each == own[0] for each in own):
        dtype = own[0]
    else:
        dtype = tf.float32
    computed = tf.float32 if dtype in halves else dtype
    named = zip(("query", "key", "value"), arrays, strict=True)
    query, key, value = (as_numbers(name, array, computed) for name, array in named)
    return query, key, value, dtype


def as_numbers(name: str, values: Any, dtype: Any) -> Any:
    """Return a finite tensor of `dtype`; the values can only be seen when computing eagerly."""
    if not tf.is_tensor(values):
        values = np.asarray(values)
        # bfloat16 is of kind "V" to NumPy, and ragged lists or text have kinds of their own.
        if values.dtype.kind not in "iuf" and "float" not in values.dtype.name:
            raise ValueError(f"{name}: expected numbers, got dtype {values.dtype}")
        if values.dtype.kind in "iu":
            values = values.astype(np.float64)  # TensorFlow has no cast from some integer types
        checks.check_finite(name, values)
        return tf.cast(tf.convert_to_tensor(values), dtype)
    if not (values.dtype.is_floating or values.dtype.is_integer):
        raise ValueError(f"{name}: expected numbers, got dtype {values.dtype.name}")
    tensor = tf.cast(tf.convert_to_tensor(values), dtype)
    if tf.executing_eagerly():
        checks.check_finite(name, tensor.numpy())
    return tensor


def _as_mask(name: str, mask: Any, batch: StaticShape, last: StaticShape) -> Any | None:
    if mask is None:
        return None
    tensor = tf.convert_to_tensor(mask if tf.is_tensor(mask) else np.asarray(mask))
    checks.check_mask_dtype(name, tensor.dtype.name)
    checks.check_mask_shape(name, static_shape(tensor), batch, last)
    return tensor


def _as_parameters(
    function: ScoringFunction,
    given: Mapping[str, Any] | None,
    shapes: list[StaticShape],
    num_heads: int,
    seed: int,
    dtype: Any,
) -> dict[str, Any]:
    widths = [shape[-1] for shape in shapes[:2]]
    if not function.parameter_shapes(1, 1, 1) and not given:
        return {}
    if widths[0] is None or widths[1] is None:
        raise ValueError(
            f"{function.name} needs query and key of known width, got {shapes[0]} and {shapes[1]}"
        )
    d_q, d_k = widths[0] // num_heads, widths[1] // num_heads
    if given is None:
        drawn = seeded_parameters(function, d_q=d_q, d_k=d_k, num_heads=num_heads, seed=seed)
        return {name: tf.constant(array, dtype) for name, array in drawn.items()}
    tensors = {name: as_numbers(f"parameters: {name}", array, dtype) for name, array in given.items()}
    got = {name: static_shape(tensor) for name, tensor in tensors.items()}
    expected = expected_shapes(function, d_q=d_q, d_k=d_k, num_heads=num_heads, given=got)
    checks.check_parameters(expected, got)
    return {name: tensors[name] for name in expected}
