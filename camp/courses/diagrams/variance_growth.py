"""The standard deviation of q·k grows like √d; divided by √d it stays at 1."""

import math
from functools import cache

import numpy as np
from django.utils.translation import gettext as _

from attention_core import reference
from camp.courses.diagrams._svg import WIDTH, curve, dot, line, rect, svg, two, words
from camp.courses.drawing import Drawing

WIDTHS = (1, 4, 16, 64, 256)
_PAIRS, _SEED = 2000, 1
_LEFT, _RIGHT, _TOP, _BOTTOM, _MOST = 40, WIDTH - 44, 30, 236, 17.5


@cache
def measured() -> list[tuple[int, float, float]]:
    """(d, standard deviation of q·k, of q·k ÷ √d) of random pairs, from a fixed seed."""
    random, found = np.random.default_rng(_SEED), []
    for d in WIDTHS:
        query, key = random.standard_normal((2, _PAIRS, 1, d))
        stages = reference.explain(query, key, np.zeros((_PAIRS, 1, 1)))
        found.append((d, float(stages.scores.std()), float(stages.scaled.std())))
    return found


def draw() -> Drawing:
    title = _("Standard deviation of q·k as the width d grows")
    raw = "; ".join(f"d = {d}: {two(deviation)}" for d, deviation, _scaled in measured())
    scaled = "; ".join(f"d = {d}: {two(deviation)}" for d, _raw, deviation in measured())
    text = _(
        "Measured on %(pairs)s random pairs. Standard deviation of q·k, close to √d: %(raw)s. "
        "Divided by √d, close to 1 at every width: %(scaled)s."
    ) % {"pairs": f"{_PAIRS:,}", "raw": raw, "scaled": scaled}
    parts = [*_axes(), *_lines(), *_key()]
    return Drawing(svg("variance-growth", 292, title, text, parts), title, text)


def _x(d: float) -> float:
    return _LEFT + 12 + (_RIGHT - _LEFT - 24) * math.log(d) / math.log(WIDTHS[-1])


def _y(deviation: float) -> float:
    return _BOTTOM - (_BOTTOM - _TOP) * deviation / _MOST


def _axes() -> list[str]:
    parts = [words(0, 14, _("standard deviation"), "d-note")]
    for value in (0, 4, 8, 12, 16):
        parts += [
            line(_LEFT, _y(value), _RIGHT, _y(value), "d-rule"),
            words(_LEFT - 8, _y(value) + 4, str(value), "d-tick", "end"),
        ]
    parts += [words(_x(d), _BOTTOM + 18, str(d), "d-tick", "middle") for d in WIDTHS]
    parts.append(words(_RIGHT + 6, _BOTTOM + 18, "d", "d-tick"))
    return parts


def _lines() -> list[str]:
    smooth = [2 ** (power / 4) for power in range(4 * 8 + 1)]
    parts = [
        curve([(_x(d), _y(math.sqrt(d))) for d in smooth], "d-line"),
        curve([(_x(d), _y(1)) for d in smooth], "d-line d-dashed"),
    ]
    for d, raw, scaled in measured():
        parts += [dot(_x(d), _y(raw), "d-dot"), rect(_x(d) - 3.5, _y(scaled) - 3.5, 7, 7, "d-square", 0)]
        if d > 4:
            parts.append(words(_x(d) - 8, _y(raw) - 6, two(raw), "d-figure", "end"))
    return parts


def _key() -> list[str]:
    return [
        line(_LEFT, 268, _LEFT + 24, 268, "d-line"),
        dot(_LEFT + 12, 268, "d-dot"),
        words(_LEFT + 32, 272, "q·k, √d", "d-note"),
        line(_LEFT + 140, 268, _LEFT + 164, 268, "d-line d-dashed"),
        rect(_LEFT + 148.5, 264.5, 7, 7, "d-square", 0),
        words(_LEFT + 172, 272, "q·k ÷ √d, 1", "d-note"),
    ]
