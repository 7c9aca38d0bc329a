"""Who may attend to whom, and softmax over those keys only."""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce
from typing import Any

import numpy as np

from attention_core.backend import tf


@dataclass(frozen=True, eq=False)
class Visibility:
    """The masks of one call as they were given; they combine by "and".

    Attributes:
        mask: booleans, true = may attend, that broadcast to (…, n_q, n_k); or None.
        key_padding: booleans, true = real token, that broadcast to (…, n_k); or None.
        causal: query i sees keys j ≤ i + n_k - n_q.
        window: query i sees keys with |i + n_k - n_q - j| ≤ window; or None.
    """

    mask: Any | None = None
    key_padding: Any | None = None
    causal: bool = False
    window: int | None = None

    @property
    def is_open(self) -> bool:
        """Whether nothing is hidden."""
        return self.mask is None and self.key_padding is None and not self.causal and self.window is None

    def allowed(self, n_q: Any, n_k: Any) -> Any | None:
        """Return booleans that broadcast to (…, n_q, n_k), or None when nothing is hidden."""
        parts = []
        if self.causal or self.window is not None:
            before = distances(n_q, n_k)
            if self.causal:
                parts.append(before >= 0)
            if self.window is not None:
                parts.append(abs(before) <= self.window)
        if self.mask is not None:
            parts.append(self.mask)
        if self.key_padding is not None:
            parts.append(self.key_padding[..., None, :])
        return reduce(tf.logical_and, parts) if parts else None


def distances(n_q: Any, n_k: Any) -> Any:
    """Return (n_q, n_k) whole numbers i + n_k - n_q - j: how far key j lies before query i.

    Aligned at the bottom right: the last query is at the last key, which is right when the queries
    are the end of the keys' sequence.
    """
    return tf.range(n_q)[:, None] + (n_k - n_q) - tf.range(n_k)[None, :]


def hide(scores: Any, allowed: Any | None) -> Any:
    """Return the scores with -∞ where attending is not allowed.

    By `where`, never by adding a large negative number, which a larger score would beat.
    """
    if allowed is None:
        return scores
    return tf.where(allowed, scores, tf.constant(float("-inf"), scores.dtype))


def softmax(scores: Any, allowed: Any | None) -> Any:
    """Return softmax over the last axis and the allowed keys: 0 for every other key.

    A row with no allowed key, or no key at all, is 0 throughout. Until the end its scores are 0 instead of -∞,
    whose softmax is NaN, and with it every gradient.

    Shapes: scores (…, n_q, n_k), allowed broadcasts to it → (…, n_q, n_k).
    """
    if allowed is None:
        return tf.nn.softmax(scores, axis=-1)
    sees = tf.reduce_any(allowed, axis=-1, keepdims=True)
    filler = tf.where(sees, tf.constant(float("-inf"), scores.dtype), tf.zeros([], scores.dtype))
    weights = tf.nn.softmax(tf.where(allowed, scores, filler), axis=-1)
    if tf.executing_eagerly() and np.asarray(sees).all():
        return weights
    return tf.where(sees, weights, tf.zeros([], scores.dtype))
