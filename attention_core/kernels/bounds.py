"""How large a score can be, from the lengths of rows: by Cauchy and Schwarz, no more than their product."""

from __future__ import annotations

from typing import Any

import numpy as np

from attention_core.backend import tf

# exp(±40) is far from overflow, and from underflow, in float32: softmax needs no row maximum.
SAFE_SCORE = 40.0
# exp(40) · 10⁹ keys · 2⁴⁰ is in the range of float32 too: weights may be divided by their sum after they met V.
SAFE_VALUE = 2.0**40


def largest_score(query: Any, key: Any) -> Any:
    """Return a number that no |query row · key row| is above; not finite where squares leave the range of the type."""
    with np.errstate(over="ignore", invalid="ignore"):
        return longest(query) * longest(key)


def longest(rows: Any) -> Any:
    """Return max‖row‖ of all rows (…, n, d), a scalar; of a tensor in a graph, a tensor."""
    if not isinstance(rows, np.ndarray):
        if not tf.executing_eagerly():
            return tf.sqrt(tf.reduce_max(tf.reduce_sum(tf.square(rows), axis=-1)))
        rows = np.asarray(rows)
    return np.sqrt(np.einsum("...d,...d->...", rows, rows).max())
