"""Where attention heads look, as shares of their weight. NumPy only."""

from __future__ import annotations

from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]
PLACES = ("previous", "next", "itself", "first", "last")


def shares(weights: Array) -> dict[str, Array]:
    """Return how much of its weight each head gives to the token before, after, to itself, to the first and the last.

    Averaged over the rows; the first row has nothing before it and the last nothing after it, so they do not count
    there. A head that spreads evenly gives each of them 1 / n.

    >>> found = shares(np.array([[0.0, 1.0], [1.0, 0.0]]))
    >>> {name: float(share) for name, share in found.items()}
    {'previous': 1.0, 'next': 1.0, 'itself': 0.0, 'first': 0.5, 'last': 0.5}

    Shapes: weights (…, n, n), n at least 2 → five of (…).
    """
    weights = np.asarray(weights, np.float64)
    return {
        "previous": np.diagonal(weights, -1, axis1=-2, axis2=-1).mean(axis=-1),
        "next": np.diagonal(weights, 1, axis1=-2, axis2=-1).mean(axis=-1),
        "itself": np.diagonal(weights, 0, axis1=-2, axis2=-1).mean(axis=-1),
        "first": weights[..., 0].mean(axis=-1),
        "last": weights[..., -1].mean(axis=-1),
    }


def spread(weights: Array) -> tuple[Array, Array]:
    """Return each head's entropy in nats and its effective number of tokens, e to the entropy; means over the rows.

    >>> entropy, effective = spread(np.array([[0.5, 0.5], [1.0, 0.0]]))
    >>> print(entropy.round(4), effective.round(4))
    0.3466 1.5

    Shapes: weights (…, n, n_k) → two of (…).
    """
    weights = np.asarray(weights, np.float64)
    logarithms = np.log(weights, out=np.zeros_like(weights), where=weights > 0)
    entropy = -(weights * logarithms).sum(axis=-1)
    return entropy.mean(axis=-1), np.exp(entropy).mean(axis=-1)


def rank_agreement(first: Array, second: Array) -> float | None:
    """Return Spearman's ρ, the correlation of average ranks; None where one of both is constant.

    >>> rank_agreement(np.array([1.0, 2.0, 3.0]), np.array([10.0, 20.0, 15.0]))
    0.5
    """
    ranks = [_average_ranks(np.asarray(one, np.float64)) for one in (first, second)]
    centred = [one - one.mean() for one in ranks]
    length = np.sqrt((centred[0] ** 2).sum() * (centred[1] ** 2).sum())
    return float((centred[0] * centred[1]).sum() / length) if length > 0 else None


def _average_ranks(values: Array) -> Array:
    return np.asarray([((values < one).sum() + (values <= one).sum() + 1) / 2 for one in values], np.float64)
