"""The matrix product of the kernels."""

from __future__ import annotations

from typing import Any

from attention_core.backend import tf


def multiply(left: Any, right: Any, *, transpose: bool = False, bfloat16: bool = False) -> Any:
    """Return left · right, or left · rightᵀ. The raw operation: for tiny inputs tf.matmul's own checks cost most."""
    if bfloat16:
        halves = (tf.cast(left, tf.bfloat16), tf.cast(right, tf.bfloat16))
        return tf.cast(tf.matmul(*halves, transpose_b=transpose), tf.as_dtype(left.dtype))
    return tf.raw_ops.BatchMatMulV2(x=left, y=right, adj_x=False, adj_y=transpose)
