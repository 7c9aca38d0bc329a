"""All scores at once: one product, one softmax, one product."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np

from attention_core import checks, masks
from attention_core.backend import tf
from attention_core.call import Call
from attention_core.kernels.products import multiply
from attention_core.masks import distances
from attention_core.sizes import sizes


def attention(call: Call) -> tuple[Any, Any]:
    """Return (output, weights): (…, [h,] n_q, d_v) and (…, [h,] n_q, n_k).

    Both are 0 in a row that may attend to nothing.

    Raises:
        ValueError: a score is beyond the range of the type; seen only when computing eagerly.
    """
    weights = masks.softmax(_scaled_at_once(call), call.allowed())
    return multiply(weights, call.value, bfloat16=call.bfloat16), weights


def output(call: Call) -> Any:
    """Return the output of `attention` without the weights.

    Computed eagerly, every operation waits for the one before it to be returned, and allocates anew; where the scores
    are surely in range, there is nothing to look at in between, and all of them are one graph.
    """
    if not tf.executing_eagerly() or call.slopes is not None:
        return attention(call)[0]
    if call.factor is None or not call.function.bilinear:
        return attention(call)[0]
    query, key = call.factors()
    if not checks.surely_finite_products(np.asarray(query), np.asarray(key), call.factor):
        return attention(call)[0]
    dtype = tf.as_dtype(query.dtype)
    inputs = [tf.convert_to_tensor(one, dtype) for one in (call.factor, query, key, call.value)]
    allowed = call.allowed()
    if allowed is not None:
        inputs.append(tf.convert_to_tensor(allowed))
    return _graph(tuple(one.shape.rank for one in inputs), dtype, call.bfloat16)(*inputs)


@cache
def _graph(ranks: tuple[int, ...], dtype: Any, bfloat16: bool) -> Any:
    """Return both products and the softmax between them, compiled: traced once for all sizes.

    Args:
        ranks: of the factor, the query, the key, the value and, where something is hidden, of what is allowed.
    """

    # Not `allowed=None`: a call that leaves an argument out takes TensorFlow several milliseconds.
    def compute(factor: Any, query: Any, key: Any, value: Any, *allowed: Any) -> Any:
        scores = multiply(query * factor, key, transpose=True, bfloat16=bfloat16)
        weights = masks.softmax(scores, allowed[0] if allowed else None)
        return multiply(weights, value, bfloat16=bfloat16)

    signature = [
        tf.TensorSpec([None] * rank, dtype if number < 4 else tf.bool) for number, rank in enumerate(ranks)
    ]
    return tf.function(compute).get_concrete_function(*signature)


def scaled(call: Call, scores: Any) -> Any:
    """Return scores × scale / temperature, less slope × distance where there are slopes.

    Raises:
        ValueError: as `attention`.
    """
    # One after the other: scale / temperature may be out of range where the scores are not.
    answer = _biased(call, scores * call.scale / call.temperature)
    if tf.executing_eagerly():
        checks.check_no_overflow(answer.numpy())
    return answer


def folded(query: Any, factor: Any) -> Any:
    """Return query × factor; what overflows is found in the scores."""
    with np.errstate(over="ignore"):
        return query * factor


def _scaled_at_once(call: Call) -> Any:
    """Return `scaled` with the factor multiplied into the query, which has fewer numbers than the scores."""
    factor = call.factor
    if factor is None or not call.function.bilinear:
        return scaled(call, call.scores())
    query, key = call.factors()
    query = folded(query, factor)
    answer = _biased(call, multiply(query, key, transpose=True, bfloat16=call.bfloat16))
    if tf.executing_eagerly() and not (
        (call.slopes is None and checks.surely_finite_products(np.asarray(query), np.asarray(key)))
        or np.isfinite(answer.numpy()).all()
    ):
        # What is beyond the range here need not be there when taken in the order of the stages.
        return scaled(call, call.scores())
    return answer


def _biased(call: Call, answer: Any) -> Any:
    if call.slopes is None:
        return answer
    apart = tf.cast(tf.abs(distances(sizes(call.query)[-2], sizes(call.key)[-2])), answer.dtype)
    return answer - call.slopes[..., None, None] * apart
