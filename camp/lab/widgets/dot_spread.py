"""How far dot products of random vectors spread at a width d, raw and divided by √d."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from attention_core import reference
from camp import figures
from camp.lab.stage_arrays import Array
from camp.lab.widget_settings import Whole
from camp.lab.widgets.base import Widget

PAIRS, ROWS, KEYS = 2000, 200, 10
_BINS = 41
_REACH = 4  # the axis ends at so many √d


@dataclass(frozen=True)
class Tick:
    """A place on the axis in percent, with its number."""

    at: float
    text: str


@dataclass(frozen=True)
class Spread:
    """One histogram: bars as (left, top, width, height) in percent, the measured standard deviation against the
    expected one, and the largest of ten weights on average.
    """

    name: str
    label: str
    bars: Sequence[tuple[float, float, float, float]]
    deviation: float
    expected: float
    largest: float

    @property
    def figures(self) -> tuple[str, str, str]:
        return (
            figures.figure(self.deviation, 3),
            figures.figure(self.expected, 3),
            figures.weight_figure(self.largest, 3),
        )


class DotSpread(Widget):
    name = "dot_spread"
    label = gettext_lazy("Spread of random dot products")
    order = 20
    settings = {
        "d": Whole(label=gettext_lazy("Width d"), default=64, low=1, high=512),
        "seed": Whole(
            label=gettext_lazy("Seed"),
            default=1,
            low=0,
            high=9999,
            is_slider=False,
            help=gettext_lazy("Another seed draws other vectors."),
        ),
    }

    def draw(self, values: Mapping[str, Any]) -> dict[str, Any]:
        d = values["d"]
        products, scaled, raw_largest, scaled_largest = measured(d, values["seed"])
        root = math.sqrt(d)
        raw = Spread("raw", "q·k", _bars(products, root), float(products.std()), root, raw_largest)
        divided = Spread("scaled", "q·k ÷ √d", _bars(scaled, root), float(scaled.std()), 1.0, scaled_largest)
        places = {
            "d": d,
            "raw": raw.figures[0],
            "root": raw.figures[1],
            "scaled": divided.figures[0],
            "raw_largest": raw.figures[2],
            "scaled_largest": divided.figures[2],
        }
        sentence = _(
            "At d = %(d)s, q·k has a standard deviation of %(raw)s (√d = %(root)s); divided by √d, of %(scaled)s. "
            "Among 10 random keys the largest weight is %(raw_largest)s on average without the division, "
            "%(scaled_largest)s with it."
        )
        ticks = [
            Tick(round(50 + 50 * part, 2), figures.figure(part * _REACH * root, 1))
            for part in (-1, -0.5, 0, 0.5, 1)
        ]
        return {
            "spreads": [raw, divided],
            "ticks": ticks,
            "pairs": f"{PAIRS:,}",
            "d": d,
            "sentence": sentence % places,
        }


@lru_cache(maxsize=128)
def measured(d: int, seed: int) -> tuple[Array, Array, float, float]:
    """Dot products of PAIRS random pairs, raw and scaled; the largest of KEYS weights, averaged over ROWS queries."""
    random = np.random.default_rng(seed)
    query, key = random.standard_normal((2, PAIRS, 1, d))
    stages = reference.explain(query, key, np.zeros((PAIRS, 1, 1)))
    rows, keys = random.standard_normal((ROWS, 1, d)), random.standard_normal((ROWS, KEYS, d))
    values = np.zeros((ROWS, KEYS, 1))
    largest = [
        float(reference.explain(rows, keys, values, function=name).weights.max(axis=-1).mean())
        for name in ("dot_product", "scaled_dot_product")
    ]
    return stages.scores.ravel(), stages.scaled.ravel(), largest[0], largest[1]


def _bars(numbers: Array, root: float) -> list[tuple[float, float, float, float]]:
    counts, _edges = np.histogram(numbers, bins=_BINS, range=(-_REACH * root, _REACH * root))
    width, most = 100 / _BINS, max(int(counts.max()), 1)
    return [
        (
            round(index * width, 3),
            round(100 - 100 * count / most, 2),
            round(width, 3),
            round(100 * count / most, 2),
        )
        for index, count in enumerate(counts.tolist())
        if count
    ]


widget = DotSpread()
