"""How far a guessed row of weights agrees with the true one: in shape and in order."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

Numbers = Sequence[float]


def jensen_shannon(guess: Numbers, truth: Numbers) -> float:
    """The Jensen–Shannon divergence of two distributions, in bits: 0 for equal ones, 1 for ones that share nothing.

    JSD(p, q) = H((p + q) / 2) − (H(p) + H(q)) / 2, with H(p) = −Σ pᵢ log₂ pᵢ and 0 · log₂ 0 = 0.

    >>> jensen_shannon([1, 0], [0, 1]), jensen_shannon([3, 1], [75, 25])
    (1.0, 0.0)

    Args:
        guess, truth: (n,) numbers not below 0, each divided by its sum first.

    Raises:
        ValueError: they are no distributions of one length.

    References:
        J. Lin, "Divergence measures based on the Shannon entropy", IEEE Trans. Inf. Theory 37 (1991).
    """
    p, q = _shares(guess), _shares(truth)
    if p.shape != q.shape:
        raise ValueError(f"expected as many numbers in both, got {p.size} and {q.size}")
    divergence = _entropy((p + q) / 2) - (_entropy(p) + _entropy(q)) / 2
    return float(min(max(divergence, 0.0), 1.0))


def agreement(guess: Numbers, truth: Numbers) -> float:
    """1 − JSD(guess, truth) in bits: 1 for the very same distribution, 0 for one that shares nothing with it."""
    return 1.0 - jensen_shannon(guess, truth)


def spearman(guess: Numbers, truth: Numbers) -> float | None:
    """Spearman's rank correlation ρ: Pearson's r of the ranks, where equal numbers share the mean of their ranks.

    >>> spearman([1, 2, 3], [10, 20, 400]), spearman([1, 1, 1], [1, 2, 3])
    (1.0, None)

    Args:
        guess, truth: (n,) numbers.

    Returns:
        ρ from −1 to 1; None where a row is constant, for it has no order.
    """
    first, second = (_ranks(np.asarray(row, dtype=np.float64)) for row in (guess, truth))
    if first.shape != second.shape:
        raise ValueError(f"expected as many numbers in both, got {first.size} and {second.size}")
    first, second = first - first.mean(), second - second.mean()
    size = float(np.sqrt((first @ first) * (second @ second)))
    return None if size == 0 else float(np.clip(first @ second / size, -1.0, 1.0))


def _shares(row: Numbers) -> np.ndarray:
    shares = np.asarray(row, dtype=np.float64)
    if shares.ndim != 1 or not np.isfinite(shares).all() or (shares < 0).any() or shares.sum() <= 0:
        raise ValueError(f"expected numbers not below 0 with a sum above 0, got {row!r}")
    return shares / shares.sum()


def _entropy(shares: np.ndarray) -> float:
    """In bits."""
    present = shares[shares > 0]
    return float(-(present * np.log2(present)).sum())


def _ranks(row: np.ndarray) -> np.ndarray:
    """From 1; equal numbers get the mean of the ranks that they take up."""
    _values, place, count = np.unique(row, return_inverse=True, return_counts=True)
    last = count.cumsum()
    return ((last - count + 1 + last) / 2)[place]
