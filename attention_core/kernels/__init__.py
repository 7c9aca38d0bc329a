"""How softmax(scores) · V is computed: at once where it is small, by blocks of queries where it is not."""

from __future__ import annotations

from typing import Any

import numpy as np

from attention_core.backend import tf
from attention_core.call import Call
from attention_core.kernels import blocked, dense, tiny
from attention_core.kernels.bounds import SAFE_SCORE, SAFE_VALUE, largest_score, longest
from attention_core.sizes import broadcast, product, sizes

# Up to so many scores of one head, and so many in all (32 MiB of float32), all are computed at once. Where blocks need
# not compute what is hidden (causal, window), a quarter and half of that.
DENSE_CELLS = 2**20
DENSE_CELLS_IN_ALL = 2**23


def attention(call: Call) -> Any:
    """Return softmax(scores) · V without the weights: (…, [h,] n_q, d_v), 0 where all is hidden.

    Raises:
        ValueError: a score is beyond the range of the type; seen only when computing eagerly.
    """
    output = tiny.attention(call, dense.output)
    if output is not None:
        return output
    if call.factor is None or not call.function.bilinear:
        return dense.output(call)
    small = is_small(
        sizes(call.query)[:-1],
        sizes(call.key)[:-1],
        sizes(call.value)[:-2],
        skips=call.visibility.causal or call.visibility.window is not None,
    )

    def at_once() -> Any:
        return dense.output(call)

    def by_blocks() -> Any:
        return _blocked_or_exact(call)

    if isinstance(small, bool):
        return at_once() if small else by_blocks()
    return tf.cond(small, at_once, by_blocks)


def is_small(query: list[Any], key: list[Any], value: list[Any], *, skips: bool) -> Any:
    """Return whether all is computed at once, a boolean or, where a size is not known yet, one of the graph.

    Args:
        query, key: (…, n_q) and (…, n_k); value: (…), as `sizes` gives them.
        skips: whether there are keys that a whole block of queries cannot see.
    """
    most, most_in_all = (
        (DENSE_CELLS // 4, DENSE_CELLS_IN_ALL // 2) if skips else (DENSE_CELLS, DENSE_CELLS_IN_ALL)
    )
    batch, pairs = broadcast(query[:-1], key[:-1], value), [query[-1], key[-1]]
    if all(isinstance(size, int) for size in (*batch, *pairs)):
        cells, everything = product(pairs), product([*batch, *pairs])
        # No items, or no key: nothing to divide into blocks.
        return not everything or (cells <= most and everything <= most_in_all)
    # In 64 bits: 46,341² is beyond 32.
    batch, pairs = ([tf.cast(size, tf.int64) for size in some] for some in (batch, pairs))
    cells, everything = product(pairs), product([*batch, *pairs])
    small = tf.logical_and(cells <= most, everything <= most_in_all)
    return tf.logical_or(small, tf.equal(everything, 0))


def _blocked_or_exact(call: Call) -> Any:
    """Compute by blocks with the factor multiplied into the query, unless a score might be out of range."""
    query, key = call.factors()
    query = tf.convert_to_tensor(dense.folded(query, call.factor))
    key, value = tf.convert_to_tensor(key), tf.convert_to_tensor(call.value)
    bound = largest_score(query, key)
    if call.slopes is not None:
        bound += tf.reduce_max(tf.abs(call.slopes)) * tf.cast(
            tf.maximum(tf.shape(query)[-2], tf.shape(key)[-2]), query.dtype
        )
    if tf.executing_eagerly() and not np.isfinite(bound):
        return dense.output(call)
    safe = tf.logical_and(bound <= SAFE_SCORE, longest(value) <= SAFE_VALUE)
    return blocked.attention(
        query, key, value, call.visibility, safe=safe, slopes=call.slopes, bfloat16=call.bfloat16
    )
