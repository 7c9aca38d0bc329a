"""Weights of scores that are given, by the core's reference: what lessons' widgets and drawings ask most.

>>> over_keys([[0.0, 0.0, 0.0]]).weights.round(4).tolist()
[[0.3333, 0.3333, 0.3333]]
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from attention_core import reference

Array = np.ndarray[Any, Any]


@dataclass(frozen=True, eq=False)
class Shares:
    """`weights` (n_q, n_k); `entropy` in nats and `effective`, its exp, one for each row."""

    weights: Array
    entropy: Array
    effective: Array


def over_keys(scores: Any, temperature: float = 1.0, allowed: Any = None) -> Shares:
    """Softmax of every row of `scores` (n_q, n_k) divided by the temperature, over the keys that are `allowed`."""
    rows = np.asarray(scores, dtype=float)
    # The identity as query makes the dot products the given scores.
    stages = reference.explain(
        np.eye(len(rows)),
        rows.T,
        np.zeros((rows.shape[1], 1)),
        function="dot_product",
        temperature=temperature,
        mask=allowed,
    )
    return Shares(stages.weights[0], stages.entropy[0], stages.effective_tokens[0])


def over_queries(scores: Any) -> Array:
    """Softmax of every column, which is the mistake of the wrong axis."""
    return over_keys(np.asarray(scores, dtype=float).T).weights.T


def over_all(scores: Any) -> Array:
    """One softmax over all cells."""
    rows = np.asarray(scores, dtype=float)
    return over_keys(rows.reshape(1, -1)).weights.reshape(rows.shape)
