"""Who may attend to whom, and softmax over those keys only."""

from __future__ import annotations

from typing import Any

from attention_core.backend import tf


def causal(n_q: Any, n_k: Any) -> Any:
    """Return (n_q, n_k) booleans: query i sees keys j ≤ i + n_k - n_q.

    Aligned at the bottom right: the last query sees every key, which is right when the queries are
    the end of the keys' sequence.
    """
    rows = tf.range(n_q)[:, None]
    return tf.range(n_k)[None, :] <= rows + (n_k - n_q)


def combine(*, n_q: Any, n_k: Any, mask: Any, key_padding: Any, is_causal: bool) -> Any | None:
    """Return the masks combined by "and" with a head axis of 1, or None when nothing is hidden.

    Args:
        mask: (…, n_q, n_k) booleans, true = may attend, or None.
        key_padding: (…, n_k) booleans, true = real token, or None.

    Returns:
        booleans that broadcast to (…, num_heads, n_q, n_k).
    """
    allowed = []
    if is_causal:
        allowed.append(causal(n_q, n_k))
    if mask is not None:
        allowed.append(mask[..., None, :, :])
    if key_padding is not None:
        allowed.append(key_padding[..., None, None, :])
    if not allowed:
        return None
    combined = allowed[0]
    for other in allowed[1:]:
        combined = tf.logical_and(combined, other)
    return combined


def hide(scores: Any, allowed: Any | None) -> Any:
    """Return the scores with -∞ where attending is not allowed.

    By `where`, never by adding a large negative number, which a larger score would beat.
    """
    if allowed is None:
        return scores
    return tf.where(allowed, scores, tf.constant(float("-inf"), scores.dtype))


def softmax(scores: Any, allowed: Any | None) -> Any:
    """Return softmax over the last axis and the allowed keys: 0 for every other key.

    A row with no allowed key, or no key at all, is 0 throughout. Hidden scores are replaced before
    `exp` as well as after it: otherwise an infinite factor times 0 makes the gradient NaN.

    Shapes: scores (…, n_q, n_k), allowed broadcasts to it → (…, n_q, n_k).
    """
    if allowed is None:
        return tf.nn.softmax(scores, axis=-1)
    zeros = tf.zeros_like(scores)
    largest = tf.reduce_max(hide(scores, allowed), axis=-1, keepdims=True)
    largest = tf.stop_gradient(tf.where(tf.math.is_inf(largest), tf.zeros_like(largest), largest))
    powers = tf.where(allowed, tf.exp(tf.where(allowed, scores - largest, zeros)), zeros)
    return tf.math.divide_no_nan(powers, tf.reduce_sum(powers, axis=-1, keepdims=True))
