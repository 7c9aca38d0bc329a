"""A few tokens, in NumPy: to start three operations of TensorFlow takes longer than all of the arithmetic."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from attention_core import checks
from attention_core.backend import tf
from attention_core.call import Call

# Up to so many scores in all.
CELLS = 2**10


def attention(call: Call) -> Any | None:
    """Return softmax(scores) · V, or None where it is not for this kernel.

    For arrays only: through a tensor a gradient may be wanted. For products of query and key as they are,
    nothing hidden, and scores that are surely in range.
    """
    query, key, value = call.query, call.key, call.value
    if not (isinstance(query, np.ndarray) and isinstance(key, np.ndarray) and isinstance(value, np.ndarray)):
        return None
    if not call.function.takes_rows_as_they_are or call.factor is None or call.bfloat16:
        return None
    if not call.visibility.is_open or call.slopes is not None:
        return None
    batch = np.broadcast_shapes(query.shape[:-2], key.shape[:-2], value.shape[:-2])
    cells = math.prod(batch) * query.shape[-2] * key.shape[-2]
    if not 0 < cells <= CELLS or not checks.surely_finite(query, key):
        return None
    scores = (query * call.factor) @ key.swapaxes(-1, -2)
    powers = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return tf.constant(powers / powers.sum(axis=-1, keepdims=True) @ value)
