"""Sizes of tensors and arrays: as plain numbers where they are known, else as tensors."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from attention_core.backend import tf
from attention_core.checks import StaticShape


def static_shape(values: Any) -> StaticShape:
    """Return what is known of a shape before running.

    Raises:
        ValueError: not even the number of axes is.
    """
    if getattr(values.shape, "rank", 0) is None:
        raise ValueError("expected a tensor with a known number of axes, got one of unknown rank")
    return tuple(values.shape)


def sizes(values: Any) -> list[Any]:
    """Return the size of every axis, the unknown ones as scalars of the graph."""
    known = static_shape(values)
    if None not in known:
        return list(known)
    running = tf.shape(values)
    return [running[axis] if size is None else size for axis, size in enumerate(known)]


def product(sizes: Sequence[Any]) -> Any:
    """Return the product of sizes, 1 of none."""
    total = 1
    for size in sizes:
        total = total * size
    return total


def broadcast(*shapes: Sequence[Any]) -> list[Any]:
    """Return the common leading axes of shapes that broadcast, as `sizes` gives them."""
    rank = max(len(shape) for shape in shapes)
    common: list[Any] = [1] * rank
    for shape in shapes:
        for axis, size in enumerate(shape, start=rank - len(shape)):
            if isinstance(common[axis], int) and common[axis] == 1:
                common[axis] = size
            elif not isinstance(size, int) and not isinstance(common[axis], int):
                # Both unknown: one of them may turn out to be 1.
                common[axis] = tf.where(tf.equal(common[axis], 1), size, common[axis])
            elif isinstance(size, int) and size != 1:
                common[axis] = size
    return common
