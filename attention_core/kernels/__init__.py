"""How softmax(scores) · V is computed: at once where it is small, by blocks of queries where it is not."""

from __future__ import annotations

from typing import Any

import numpy as np

from attention_core.backend import tf
from attention_core.call import Call
from attention_core.kernels import blocked, dense, tiny
from attention_core.kernels.bounds import largest_score
from attention_core.sizes import broadcast, product, sizes

# Up to so many scores of one head, and so many in all (32 MiB of float32), all are computed at once. Where some are
# hidden a quarter and half of that: at once every score passes through a mask, by blocks only those at its edge.
DENSE_CELLS = 2**20
DENSE_CELLS_IN_ALL = 2**23


def attention(call: Call) -> Any:
    """Return softmax(scores) · V without the weights: (…, [h,] n_q, d_v), 0 where all is hidden.

    Raises:
        ValueError: a score is beyond the range of the type; seen only when computing eagerly.
    """
    if (output := tiny.attention(call)) is not None:
        return output
    if call.factor is None or not call.function.bilinear:
        return dense.attention(call)[0]
    *query_batch, n_q, _d = sizes(call.query)
    *key_batch, n_k, _d = sizes(call.key)
    cells = n_q * n_k
    everything = product([*broadcast(query_batch, key_batch, sizes(call.value)[:-2]), cells])

    most, most_in_all = DENSE_CELLS, DENSE_CELLS_IN_ALL
    if not call.visibility.is_open:
        most, most_in_all = most // 4, most_in_all // 2

    def at_once() -> Any:
        return dense.attention(call)[0]

    def by_blocks() -> Any:
        return _blocked_or_exact(call)

    if isinstance(everything, int):
        # No items, or no key: nothing to divide into blocks.
        small = cells <= most and everything <= most_in_all
        return at_once() if small or not everything else by_blocks()
    small = tf.logical_and(cells <= most, everything <= most_in_all)
    return tf.cond(tf.logical_or(small, tf.equal(everything, 0)), at_once, by_blocks)


def _blocked_or_exact(call: Call) -> Any:
    """Compute by blocks with the factor multiplied into the query, unless a score might be out of range."""
    query, key = call.factors()
    query = tf.convert_to_tensor(dense.folded(query, call.factor))
    key, value = tf.convert_to_tensor(key), tf.convert_to_tensor(call.value)
    bound = largest_score(query, key)
    if tf.executing_eagerly() and not np.isfinite(bound):
        return dense.attention(call)[0]
    return blocked.attention(
        query, key, value, call.visibility, bound=bound, slopes=call.slopes, bfloat16=call.bfloat16
    )
