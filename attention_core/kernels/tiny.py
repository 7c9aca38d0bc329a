"""A few tokens, in NumPy: to start three operations of TensorFlow takes longer than all of the arithmetic."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from attention_core import checks
from attention_core.backend import is_tensor, may_be_recorded, tf
from attention_core.call import Call
from attention_core.sizes import broadcast, sizes

# Up to so many scores in all.
CELLS = 2**15


def attention(call: Call, otherwise: Callable[[Call], Any]) -> Any | None:
    """Return softmax(scores) · V, or None where it is not for this kernel.

    For products of query and key as they are, nothing hidden, and scores that are surely in range. The
    gradient of tensors is that of `otherwise`, which computes the same in TensorFlow.
    """
    if not call.function.takes_rows_as_they_are or call.factor is None or call.bfloat16:
        return None
    if not call.visibility.is_open or call.slopes is not None:
        return None
    given = (call.query, call.key, call.value)
    of_tensors = any(is_tensor(one) for one in given)
    if of_tensors and not tf.executing_eagerly():
        return None  # there are no numbers yet
    *query_batch, n_q, _d = sizes(call.query)
    *key_batch, n_k, _d = sizes(call.key)
    batch = broadcast(query_batch, key_batch, sizes(call.value)[:-2])
    if not 0 < math.prod(batch) * n_q * n_k <= CELLS:
        return None
    query, key, value = (np.asarray(one) for one in given)
    output = _output(query, key, value, call.factor)
    if output is None:
        return None
    if not (of_tensors and may_be_recorded()):
        return tf.constant(output)

    @tf.custom_gradient
    def differentiable(*tensors: Any) -> tuple[Any, Callable[[Any], Any]]:
        def gradient(upstream: Any) -> Any:
            with tf.GradientTape() as tape:
                tape.watch(tensors)
                computed = otherwise(replace(call, query=tensors[0], key=tensors[1], value=tensors[2]))
            return tape.gradient(computed, tensors, output_gradients=upstream)

        return tf.constant(output), gradient

    return differentiable(*(tf.convert_to_tensor(one) for one in given))


def _output(query: Any, key: Any, value: Any, factor: Any) -> Any | None:
    with np.errstate(over="ignore", invalid="ignore"):
        scores = (query * factor) @ key.swapaxes(-1, -2)
    if not checks.surely_finite(scores):
        return None
    powers = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return powers / powers.sum(axis=-1, keepdims=True) @ value
