"""Shape and value errors of the core: what was expected and what came.

Everything here works on shapes (None for a size that is not known yet) and NumPy arrays, so that
the TensorFlow path and the reference refuse the same calls with the same words.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from itertools import zip_longest
from typing import Any

import numpy as np

from attention_core.functions.base import ScoringFunction, Shape

StaticShape = tuple[int | None, ...]

# Weights of one call that may be returned: 2²⁶ numbers are 256 MiB of float32. The output itself
# needs no such limit, it is linear in the number of tokens.
WEIGHTS_LIMIT = 2**26


def check_shapes(
    query: StaticShape, key: StaticShape, value: StaticShape, *, num_heads: int, function: ScoringFunction
) -> None:
    """Check (…, n_q, d_q), (…, n_k, d_k), (…, n_k, d_v).

    Raises:
        ValueError: naming the tensor, what was expected and what came.
    """
    for name, shape in (("query", query), ("key", key), ("value", value)):
        if len(shape) < 2:
            raise ValueError(
                f"{name}: expected shape (…, n, d) with at least 2 axes, got {show_shape(shape)}"
            )
        if shape[-1] is not None and shape[-1] % num_heads:
            raise ValueError(
                f"{name}: expected a width that num_heads divides, "
                f"got width {shape[-1]} and num_heads={num_heads}"
            )
    for name, shape in (("query", query), ("key", key)):
        if shape[-1] == 0:
            raise ValueError(f"{name}: expected at least one feature, got shape {show_shape(shape)}")
    if differ(key[-2], value[-2]):
        raise ValueError(f"value: expected {key[-2]} rows as in key, got shape {show_shape(value)}")
    if function.same_width and differ(query[-1], key[-1]):
        raise ValueError(
            f"key: expected width {query[-1]} as in query, which {function.name} needs; "
            f"got shape {show_shape(key)}"
        )
    broadcast_batch(query=query[:-2], key=key[:-2], value=value[:-2])


def broadcast_batch(**batches: StaticShape) -> StaticShape:
    """Return the common leading axes.

    Raises:
        ValueError: they do not broadcast.
    """
    common: list[int | None] = []
    for sizes in zip_longest(*(reversed(batch) for batch in batches.values()), fillvalue=1):
        known = {size for size in sizes if size not in (None, 1)}
        if len(known) > 1:
            shown = ", ".join(f"{name} {show_shape(batch)}" for name, batch in batches.items())
            raise ValueError(f"expected leading axes that broadcast, got {shown}")
        common.append(known.pop() if known else None if None in sizes else 1)
    return tuple(reversed(common))


def check_mask_shape(name: str, shape: StaticShape, batch: StaticShape, last: StaticShape) -> None:
    """Check that a mask ends in the axes `last` and that its leading axes broadcast to `batch`.

    Raises:
        ValueError: it does not.
    """
    fits = len(last) <= len(shape) <= len(batch) + len(last)
    fits = fits and not any(
        differ(size, want) for size, want in zip(reversed(shape), reversed(last), strict=False)
    )
    leading = shape[: len(shape) - len(last)]
    fits = fits and not any(
        size != 1 and differ(size, want)
        for size, want in zip(reversed(leading), reversed(batch), strict=False)
    )
    if not fits:
        raise ValueError(f"{name}: expected shape {show_shape((*batch, *last))}, got {show_shape(shape)}")


def check_scalars(
    function: ScoringFunction,
    *,
    scale: float | None,
    temperature: float,
    num_heads: int,
    seed: int,
    window: int | None = None,
) -> None:
    """Check the plain numbers of a call.

    Raises:
        ValueError: one is out of its range, or the function takes no scale.
        TypeError: num_heads, seed or window is no whole number.
    """
    check_count("num_heads", num_heads)
    check_count("seed", seed, least=0)
    if window is not None:
        check_count("window", window, least=0)
    if not (math.isfinite(temperature) and temperature > 0):
        raise ValueError(f"temperature: expected a finite number above 0, got {temperature}")
    if scale is None:
        return
    if not function.takes_scale:
        raise ValueError(f"scale: expected none, because {function.name} has no scale; got {scale}")
    if not math.isfinite(scale) or scale == 0:
        raise ValueError(f"scale: expected a finite number other than 0, got {scale}")


def check_count(name: str, number: int, *, least: int = 1) -> None:
    """Check a whole number.

    Raises:
        TypeError: it is none.
        ValueError: it is below `least`.
    """
    if isinstance(number, bool) or not isinstance(number, (int, np.integer)):
        raise TypeError(f"{name}: expected a whole number, got {number!r}")
    if number < least:
        raise ValueError(f"{name}: expected at least {least}, got {number}")


def check_parameters(expected: Mapping[str, Shape], given: Mapping[str, StaticShape]) -> None:
    """Check names and shapes of given parameters.

    Raises:
        ValueError: one is missing, unknown or of another shape.
    """
    if set(expected) != set(given):
        want, got = ", ".join(expected) or "none", ", ".join(given) or "none"
        raise ValueError(f"parameters: expected {want}; got {got}")
    for name, shape in expected.items():
        if len(shape) != len(given[name]) or any(map(differ, shape, given[name])):
            raise ValueError(
                f"parameters: expected {name} of shape {show_shape(shape)}, got {show_shape(given[name])}"
            )


def check_finite(name: str, values: np.ndarray[Any, Any], given: np.ndarray[Any, Any] | None = None) -> None:
    """Check that there is no NaN and no infinity: softmax would hide where it came from.

    Args:
        given: the numbers before they were converted to the type of `values`.

    Raises:
        ValueError: naming the tensor and the first index.
    """
    if surely_finite(values):
        return
    finite = np.isfinite(values)
    if finite.all():
        return
    index = tuple(int(axis) for axis in np.argwhere(~finite)[0])
    got = values[index] if given is None else given[index]
    limit = "" if given is None or not np.isfinite(got) else f" within the range of {values.dtype}"
    raise ValueError(f"{name}: expected finite numbers{limit}, got {got} at index {list(index)}")


def surely_finite(values: np.ndarray[Any, Any]) -> bool:
    """Whether all numbers are finite; False may mean too large to tell. One pass: what is not finite shows in a sum."""
    if values.dtype not in (np.float32, np.float64):
        return False
    return math.isfinite(np.einsum("i->", values.reshape(-1)))


def surely_finite_products(
    rows: np.ndarray[Any, Any], others: np.ndarray[Any, Any], factor: float = 1.0
) -> bool:
    """Whether rows × factor, and all their products with rows of `others`, are finite; False may mean too large to tell.

    No product of rows of d numbers is beyond d · max|row| · max|other|. Not by BLAS: its threads would go on
    spinning beside TensorFlow's.
    """
    if rows.dtype not in (np.float32, np.float64):
        return False
    most = rows.shape[-1] * largest(others)
    # Half of the range: sums are rounded. NaN in either is below nothing.
    bound = largest(rows) * abs(factor) * float(np.maximum(most, 1.0))
    return bound < float(np.finfo(rows.dtype).max) / 2


def largest(values: np.ndarray[Any, Any]) -> float:
    """Return max|value|: NaN where there is one, and 0 of none."""
    return float(max(values.max(initial=0), -values.min(initial=0)))


def check_slopes(shape: StaticShape, num_heads: int) -> None:
    """Check that there is one slope of the bias on distance for every head.

    Raises:
        ValueError: there is not.
    """
    if len(shape) != 1 or differ(shape[0], num_heads):
        raise ValueError(
            f"alibi_slopes: expected shape ({num_heads},), one for each head; got {show_shape(shape)}"
        )


def check_no_overflow(scaled: np.ndarray[Any, Any]) -> None:
    """Check that the scores of finite inputs stayed finite, or NaN would come out unexplained.

    Raises:
        ValueError: they did not.
    """
    if not np.isfinite(scaled).all():
        raise ValueError(
            f"scores: expected numbers within the range of {scaled.dtype}, got an overflow; "
            "make query and key smaller or use float64"
        )


def check_mask_dtype(name: str, dtype: str) -> None:
    """Check that a mask is boolean. A mask of 0 and 1, or of 0 and -∞, would be read the wrong way round.

    Raises:
        ValueError: it is not.
    """
    if dtype != "bool":
        raise ValueError(f"{name}: expected booleans, true = may be attended to; got dtype {dtype}")


def check_weights_fit(shape: StaticShape) -> None:
    """Check that weights of this shape may be returned.

    Raises:
        ValueError: they have more than WEIGHTS_LIMIT numbers.
    """
    if None not in shape and math.prod(size for size in shape if size is not None) > WEIGHTS_LIMIT:
        raise ValueError(
            f"weights: expected at most {WEIGHTS_LIMIT} numbers, got shape {show_shape(shape)}; "
            "ask for the output only"
        )


def differ(size: int | None, other: int | None) -> bool:
    """Whether two sizes are known to differ."""
    return size is not None and other is not None and size != other


def show_shape(shape: StaticShape) -> str:
    """Return a shape as text, "?" where the size is not known.

    >>> show_shape((2, None, 3)), show_shape((4,)), show_shape(())
    ('(2, ?, 3)', '(4,)', '()')
    """
    inside = ", ".join("?" if size is None else str(size) for size in shape)
    return f"({inside},)" if len(shape) == 1 else f"({inside})"
