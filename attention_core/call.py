"""One attention call made ready: arguments checked, of one type, split into heads."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from attention_core import checks
from attention_core.backend import is_tensor, tf
from attention_core.checks import StaticShape
from attention_core.functions import function as function_named
from attention_core.functions.base import ScoringFunction
from attention_core.masks import Visibility
from attention_core.parameters import expected_shapes, seeded_parameters
from attention_core.sizes import sizes, static_shape


@dataclass(frozen=True, eq=False)
class Call:
    """A call ready to compute. With more than one head there is a head axis: (…, h, n, d / h).

    Attributes:
        query, key, value: (…, [h,] n, d), tensors or arrays of one type. Half precision is computed
            in float32.
        visibility: masks that broadcast to (…, [h,] n_q, n_k).
        slopes: of the bias on distance, broadcasting to (…, [h]); or None.
        parameters: of the scoring function, tensors.
        scale: 1/√d_k unless given, and 1 for a function that takes none.
        temperature: what the scaled scores are divided by.
        dtype: the type of the answer.
        num_heads: h.
        batch: the leading axes, without the heads, as far as they are known.
        bfloat16: whether both products are computed in it.
    """

    function: ScoringFunction
    query: Any
    key: Any
    value: Any
    visibility: Visibility
    slopes: Any | None
    parameters: Mapping[str, Any]
    scale: Any
    temperature: float
    dtype: Any
    num_heads: int
    batch: StaticShape
    bfloat16: bool = False

    @property
    def weights_shape(self) -> StaticShape:
        """(…, h, n_q, n_k), as far as it is known."""
        return (*self.batch, self.num_heads, static_shape(self.query)[-2], static_shape(self.key)[-2])

    def scores(self) -> Any:
        """Return what the scoring function gives, (…, [h,] n_q, n_k)."""
        return self.function.scores(self.query, self.key, self.parameters)

    def factors(self) -> tuple[Any, Any]:
        """Return (…, [h,] n_q, d) and (…, [h,] n_k, d) whose product is the scores of a bilinear function."""
        return self.function.factors(self.query, self.key, self.parameters)

    @property
    def factor(self) -> Any | None:
        """scale / temperature, or None when it is so large or small that the order of steps matters."""
        factor = self.scale / self.temperature
        known = factor if isinstance(factor, float) else 1.0 / self.temperature
        return factor if 2.0**-30 < abs(known) < 2.0**30 else None

    def allowed(self) -> Any | None:
        """Return booleans that broadcast to the scores, or None when nothing is hidden."""
        return self.visibility.allowed(sizes(self.query)[-2], sizes(self.key)[-2])

    def answer(self, computed: Any) -> Any:
        """Return what was computed, in the type of the answer."""
        return computed if computed.dtype == self.dtype else tf.cast(computed, self.dtype)

    def join_heads(self, head_output: Any) -> Any:
        """Put the heads' features side by side: (…, h, n, d) → (…, n, h · d)."""
        if self.num_heads == 1:
            return head_output
        rank = head_output.shape.rank
        *batch, heads, n, d = sizes(head_output)
        swapped = tf.transpose(head_output, [*range(rank - 3), rank - 2, rank - 3, rank - 1])
        return tf.reshape(swapped, [*batch, n, heads * d])


def prepare(
    query: Any,
    key: Any,
    value: Any,
    *,
    function: str,
    mask: Any,
    causal: bool,
    key_padding: Any,
    window: int | None,
    alibi_slopes: Any,
    scale: float | None,
    temperature: float,
    num_heads: int,
    parameters: Mapping[str, Any] | None,
    seed: int,
    bfloat16: bool = False,
) -> Call:
    """Check and convert the arguments of `attend` and `explain`.

    Raises:
        ValueError: a shape, a value or a name is wrong; says what was expected and what came.
        TypeError: a type is.
    """
    unit = function_named(function)
    checks.check_scalars(
        unit, scale=scale, temperature=temperature, num_heads=num_heads, seed=seed, window=window
    )
    query, key, value, dtype = as_computed(query, key, value)
    computed = tf.as_dtype(query.dtype)
    shapes = [static_shape(array) for array in (query, key, value)]
    checks.check_shapes(*shapes, num_heads=num_heads, function=unit)
    batch = checks.broadcast_batch(query=shapes[0][:-2], key=shapes[1][:-2], value=shapes[2][:-2])
    pairs = (shapes[0][-2], shapes[1][-2])
    return Call(
        function=unit,
        query=_split_heads(query, num_heads),
        key=_split_heads(key, num_heads),
        value=_split_heads(value, num_heads),
        visibility=Visibility(
            mask=_over_heads(as_mask("mask", mask, batch, pairs), 2, num_heads),
            key_padding=_over_heads(as_mask("key_padding", key_padding, batch, pairs[1:]), 1, num_heads),
            causal=causal,
            # No two tokens are farther apart, and sums of it stay within 32 bits.
            window=None if window is None else min(int(window), 2**29),
        ),
        slopes=_as_slopes(alibi_slopes, num_heads, computed),
        parameters=_as_parameters(unit, parameters, shapes, num_heads, seed, computed),
        scale=_scale(unit, scale, sizes(key)[-1] // num_heads, computed),
        temperature=float(temperature),
        dtype=dtype,
        num_heads=num_heads,
        batch=batch,
        bfloat16=bfloat16,
    )


def as_computed(*inputs: Any) -> tuple[Any, Any, Any, Any]:
    """Return query, key, value in the type to compute in, and the type of the answer.

    float64 if any array or tensor is; half precision if all are of the same; else float32. Plain
    lists have no type of their own and follow the others. Tensors stay tensors; all else becomes
    arrays, which become tensors where they meet the first operation.
    """
    # A variable, TensorFlow's or Keras's, is read.
    arrays = [tf.convert_to_tensor(values) if is_tensor(values) else np.asarray(values) for values in inputs]
    own = {
        array.dtype.type if isinstance(array, np.ndarray) else array.dtype.as_numpy_dtype
        for array, given in zip(arrays, inputs, strict=True)
        if is_tensor(given) or hasattr(given, "dtype")
    }
    computed = tf.float64 if own & {np.float64, np.longdouble} else tf.float32
    halves = ({half.as_numpy_dtype} for half in (tf.float16, tf.bfloat16))
    dtype = tf.as_dtype(own.pop()) if own in halves else computed
    named = zip(("query", "key", "value"), arrays, strict=True)
    query, key, value = (as_numbers(name, array, computed) for name, array in named)
    return query, key, value, dtype


def as_numbers(name: str, values: Any, dtype: Any) -> Any:
    """Return finite numbers of `dtype`; the values of a tensor can only be seen when computing eagerly."""
    if is_tensor(values):
        if not (values.dtype.is_floating or values.dtype.is_integer):
            raise ValueError(f"{name}: expected numbers, got dtype {values.dtype.name}")
        # A variable is read.
        tensor = values if isinstance(values, tf.Tensor) else tf.convert_to_tensor(values)
        if tensor.dtype != dtype:
            tensor = tf.cast(tensor, dtype)
        if tf.executing_eagerly():
            checks.check_finite(name, np.asarray(tensor))
        return tensor
    values = np.asarray(values)
    # bfloat16 is of kind "V" to NumPy, and ragged lists or text have kinds of their own.
    if values.dtype.kind not in "iuf" and "float" not in values.dtype.name:
        raise ValueError(f"{name}: expected numbers, got dtype {values.dtype}")
    if values.dtype == dtype.as_numpy_dtype:
        checks.check_finite(name, values)
        return values
    with np.errstate(over="ignore"):  # checked in the next line
        converted = values.astype(dtype.as_numpy_dtype)
    checks.check_finite(name, converted, given=values)
    return converted


def _split_heads(values: Any, num_heads: int) -> Any:
    """Split the features, in order, into heads: (…, n, d) → (…, h, n, d / h)."""
    if num_heads == 1:
        return values
    *batch, n, d = sizes(values)
    shape = [*batch, n, num_heads, d // num_heads]
    if isinstance(values, np.ndarray):
        return np.swapaxes(values.reshape(shape), -2, -3)
    rank = len(shape)
    return tf.transpose(tf.reshape(values, shape), [*range(rank - 3), rank - 2, rank - 3, rank - 1])


def as_mask(name: str, mask: Any, batch: StaticShape, last: StaticShape) -> Any | None:
    """Return a mask as given, or None.

    Raises:
        ValueError: it is not boolean, or of another shape than (*batch, *last), to which it may broadcast.
    """
    if mask is None:
        return None
    booleans = mask if is_tensor(mask) else np.asarray(mask)
    checks.check_mask_dtype(name, booleans.dtype.name)
    checks.check_mask_shape(name, static_shape(booleans), batch, last)
    return booleans


def _over_heads(mask: Any | None, last: int, num_heads: int) -> Any | None:
    """Put an axis for the heads before the `last` axes, where there are heads and leading axes."""
    if mask is None or num_heads == 1 or len(mask.shape) == last:
        return mask
    return mask[(..., None, *[slice(None)] * last)]


def _as_slopes(slopes: Any, num_heads: int, dtype: Any) -> Any | None:
    if slopes is None:
        return None
    slopes = as_numbers("alibi_slopes", slopes, dtype)
    checks.check_slopes(static_shape(slopes), num_heads)
    return slopes if num_heads > 1 else slopes[0]


def _scale(function: ScoringFunction, given: float | None, d_k: Any, dtype: Any) -> Any:
    if not function.takes_scale:
        return 1.0
    if given is not None:
        return float(given)
    if isinstance(d_k, int):
        return 1.0 / math.sqrt(d_k)
    # Under a relaxed signature the static width is None: take it at run time.
    return 1.0 / tf.sqrt(tf.cast(d_k, dtype))


def _as_parameters(
    function: ScoringFunction,
    given: Mapping[str, Any] | None,
    shapes: list[StaticShape],
    num_heads: int,
    seed: int,
    dtype: Any,
) -> dict[str, Any]:
    if not given and not function.parameter_shapes(1, 1, 1):
        return {}
    widths = [shape[-1] for shape in shapes[:2]]
    if widths[0] is None or widths[1] is None:
        raise ValueError(
            f"{function.name} needs query and key of known width, got {shapes[0]} and {shapes[1]}"
        )
    d_q, d_k = widths[0] // num_heads, widths[1] // num_heads
    if given is None:
        drawn = seeded_parameters(function, d_q=d_q, d_k=d_k, num_heads=num_heads, seed=seed)
        return {name: tf.constant(array, dtype) for name, array in drawn.items()}
    tensors = {
        name: tf.convert_to_tensor(as_numbers(f"parameters: {name}", array, dtype))
        for name, array in given.items()
    }
    got = {name: static_shape(tensor) for name, tensor in tensors.items()}
    expected = expected_shapes(function, d_q=d_q, d_k=d_k, num_heads=num_heads, given=got)
    checks.check_parameters(expected, got)
    return {name: tensors[name] for name in expected}
