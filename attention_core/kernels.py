"""How softmax(scores)·V is computed. The one place, so that it can become fast in one place."""

from __future__ import annotations

from typing import Any

from attention_core import masks
from attention_core.backend import tf


def attention(scaled: Any, value: Any, allowed: Any | None) -> tuple[Any, Any]:
    """Return (output, weights) for scores that are scaled already.

    Args:
        scaled: (…, n_q, n_k) scores × scale / temperature.
        value: (…, n_k, d_v).
        allowed: booleans that broadcast to the scores, or None when nothing is hidden.

    Returns:
        output (…, n_q, d_v) and weights (…, n_q, n_k); both 0 in a row that may attend to nothing.
    """
    weights = masks.softmax(scaled, allowed)
    return tf.matmul(weights, value), weights
