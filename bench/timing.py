"""Times of several peers in turn: what else the machine does meets all of them alike."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

# One turn takes at least this long, in seconds: short calls are repeated.
TURN = 0.1


@dataclass(frozen=True)
class Timed:
    """Seconds of one call, by round."""

    rounds: list[float]

    @property
    def median(self) -> float:
        return statistics.median(self.rounds)

    def ratio_to(self, other: Timed) -> float:
        """Return the median of the rounds' ratios: a slow moment slows both of a round."""
        return statistics.median(ours / its for ours, its in zip(self.rounds, other.rounds, strict=True))


def interleave(runs: Mapping[str, Callable[[], Any]], *, rounds: int) -> dict[str, Timed]:
    """Time each run once a round, in turn; each round begins with another.

    Each is called twice before: the first call traces, allocates and starts threads. Each turn begins with a
    call that is not timed: threads of the one before may still spin, and its numbers fill the caches.
    """
    counts = {}
    for name, run in runs.items():
        run()
        counts[name] = max(1, int(TURN / _seconds(run, 1)))
    seconds: dict[str, list[float]] = {name: [] for name in runs}
    names = list(runs)
    for turn in range(rounds):
        first = turn % len(names)
        for name in names[first:] + names[:first]:
            runs[name]()
            seconds[name].append(_seconds(runs[name], counts[name]))
    return {name: Timed(each) for name, each in seconds.items()}


def _seconds(run: Callable[[], Any], count: int) -> float:
    start = time.perf_counter()
    for _ in range(count):
        run()
    return (time.perf_counter() - start) / count
