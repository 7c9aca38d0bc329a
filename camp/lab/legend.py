"""The colour scale beside every weight matrix, as positions in percent, so that it fits any width."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from django.utils.translation import gettext as _

from camp import figures
from camp.lab.stage_arrays import Array

_TICKS = (0.0, 0.01, 0.05, 0.1, 0.25, 0.5, 0.75, 1.0)
_DIFFERENCE_TICKS = (0.1, 0.5, 1.0)
_STEPS = 33


@dataclass(frozen=True)
class Mark:
    """A place on the scale, 0 … 100, with its words."""

    at: float
    text: str

    @property
    def is_right(self) -> bool:
        """Whether words to the right of it would leave the scale."""
        return self.at > 60


@dataclass(frozen=True)
class Legend:
    """`equal` is where every visible key would stand if all had the same share; None when rows differ in that."""

    equal: Mark | None
    has_hidden: bool

    @property
    def steps(self) -> Sequence[tuple[int, float, float]]:
        return _steps()

    @property
    def ticks(self) -> Sequence[Mark]:
        return [Mark(round(100 * math.sqrt(tick), 2), f"{tick:g}") for tick in _TICKS]


@dataclass(frozen=True)
class DifferenceLegend:
    """The scale of differences from −limit to limit: 1 for weights, whose differences cannot be larger."""

    limit: float = 1.0

    @property
    def steps(self) -> Sequence[tuple[int, float, float]]:
        return _steps()

    @property
    def ticks(self) -> Sequence[Mark]:
        ticks = [sign * tick for sign in (-1, 1) for tick in _DIFFERENCE_TICKS] + [0.0]
        decimals = figures.decimals_for(tick * self.limit for tick in ticks)
        return [
            Mark(
                round(50 + math.copysign(50 * math.sqrt(abs(tick)), tick), 2),
                figures.signed(_tidy(figures.figure(tick * self.limit, decimals))),
            )
            for tick in sorted(ticks)
        ]


def _steps() -> list[tuple[int, float, float]]:
    """(step, left, width) of each colour; a little wider than needed, so that no seam shows."""
    width = 100 / _STEPS
    return [(step, round(step * width, 3), round(width + 0.2, 3)) for step in range(_STEPS)]


def _tidy(text: str) -> str:
    """Without the zeros at its end, which only a column of figures needs."""
    return text.rstrip("0").rstrip(".") if "." in text and "×" not in text else text


def legend_for(allowed: Array) -> Legend:
    """The scale for weights under this mask, (n_q, n_k)."""
    seen = {int(count) for count in allowed.sum(axis=1)} - {0}
    equal = None
    if len(seen) == 1:
        count = seen.pop()
        equal = Mark(round(100 / math.sqrt(count), 2), _("equal share 1/%(count)s") % {"count": count})
    return Legend(equal=equal, has_hidden=not bool(np.all(allowed)))
