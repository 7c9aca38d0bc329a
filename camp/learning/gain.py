"""The normalised gain of Hake (1998): what share of the room above a pre-test a post-test has filled.

>>> normalised_gain(40, 70), normalised_gain(80, 90)
(0.5, 0.5)
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

FULL = 100.0
LEAST_LEARNERS = 20  # of a cohort whose gain is told
_RESAMPLES = 4_000
_AT_ONCE = 2_000_000  # drawn indices held in memory
_CONFIDENCE = 0.95


def normalised_gain(pre: float, post: float) -> float | None:
    """g = (post − pre) / (100 − pre) of two scores in per cent; None at pre = 100, where there is no room.

    Raises:
        ValueError: a score is outside 0 … 100.
    """
    for name, score in (("pre", pre), ("post", post)):
        if not 0 <= score <= FULL:
            raise ValueError(f"{name}: expected a score from 0 to 100, got {score}")
    return None if pre == FULL else (post - pre) / (FULL - pre)


@dataclass(frozen=True)
class CohortGain:
    """`pre` and `post` are the means in per cent, `gain` is Hake's g of them, `low` to `high` its 95 % interval.

    The last three are None where the mean before leaves no room.
    """

    learners: int
    pre: float
    post: float
    gain: float | None
    low: float | None
    high: float | None


def cohort_gain(scores: Sequence[tuple[float, float]], seed: int = 0) -> CohortGain | None:
    """The gain of a cohort's mean scores with a bootstrap interval; None of fewer than 20 learners.

    Learners are drawn with replacement, each with both scores, 4000 times; the interval lies between the 2.5th and
    the 97.5th percentile of the gains (the percentile bootstrap of Efron 1979). A draw without room has no gain and is
    left out. It is the cohort's g of means, not the mean of learners' own (Hake 1998).

    Args:
        scores: of each learner, pre-test and post-test in per cent.
        seed: of the draws; the same seed gives the same interval.

    Raises:
        ValueError: a score is outside 0 … 100.
    """
    if len(scores) < LEAST_LEARNERS:
        return None
    both = np.asarray(scores, dtype=np.float64)
    pre, post = (float(mean) for mean in both.mean(axis=0))
    gain = normalised_gain(pre, post)
    drawn = _drawn_gains(both, np.random.Generator(np.random.PCG64(seed)))
    if gain is None or not drawn.size:
        return CohortGain(len(scores), pre, post, None, None, None)
    tail = 100 * (1 - _CONFIDENCE) / 2
    low, high = (float(edge) for edge in np.percentile(drawn, [tail, 100 - tail]))
    return CohortGain(len(scores), pre, post, gain, low, high)


def _drawn_gains(both: np.ndarray, random: np.random.Generator) -> np.ndarray:
    learners, gains = len(both), []
    step = max(1, _AT_ONCE // learners)
    for start in range(0, _RESAMPLES, step):
        picked = random.integers(learners, size=(min(step, _RESAMPLES - start), learners))
        means = both[picked].mean(axis=1)
        room = FULL - means[:, 0]
        has_room = room > 0
        gains.append((means[has_room, 1] - means[has_room, 0]) / room[has_room])
    return np.concatenate(gains)
