"""The article's example on one scale: its values, the outputs that they allow, and the numbers that the article prints."""

import numpy as np
from django.utils.translation import gettext as _

from camp.courses.diagrams._svg import WIDTH, dot, four, line, rect, svg, words
from camp.courses.drawing import Drawing
from camp.given_scores import Array, over_keys

VALUES = np.array([0.1, 0.2, 0.3, 0.4, 0.5])
_LEFT, _UNIT = 12.0, (WIDTH - 24.0) / 0.5  # 0 to 0.5
_FIRST, _PANEL, _SIZE = 34.0, 58.0, 7.0


def outputs() -> Array:
    """What attention gives for the five tokens of one feature."""
    found: Array = over_keys(np.outer(VALUES, VALUES)).weights @ VALUES
    return found


def printed() -> Array:
    """What the article prints: each value times a fifth, and nothing added."""
    return VALUES / len(VALUES)


def draw() -> Drawing:
    title = _("Where an output can lie")
    rows = [
        (_("the five values"), VALUES, "value"),
        (_("the five outputs"), outputs(), "output"),
        (_("what the article prints"), printed(), "printed"),
    ]
    bottom = _FIRST + len(rows) * _PANEL
    low, high = _at(VALUES.min()), _at(VALUES.max())
    parts = [
        words((low + high) / 2, 14, _("among the values"), "d-note", "middle"),
        rect(low, 20, high - low, bottom - 20, "d-group", 4),
    ]
    for index, (label, numbers, kind) in enumerate(rows):
        parts += _row(_FIRST + index * _PANEL, label, numbers, kind)
    parts += _axis(bottom + 10)
    told = "; ".join(f"{label}: {', '.join(four(one) for one in numbers)}" for label, numbers, _kind in rows)
    text = _("Three rows of five numbers on a scale from 0 to 0.5, with a frame from the least value to the largest. %(rows)s.") % {
        "rows": told
    }  # fmt: skip
    return Drawing(svg("output-range", bottom + 34, title, text, parts), title, text)


def _row(top: float, label: str, numbers: Array, kind: str) -> list[str]:
    y = top + 30
    parts = [words(_at(0.1) + 8, top + 12, label, "d-strong"), line(_LEFT, y, WIDTH - _LEFT, y, "d-rule")]
    for number in numbers.tolist():
        x = _at(number)
        if kind == "printed":
            parts.append(rect(x - _SIZE / 2, y - _SIZE / 2, _SIZE, _SIZE, "d-square", 0))
        else:
            parts.append(dot(x, y, "d-dot d-weight" if kind == "output" else "d-dot", 4))
    return parts


def _axis(y: float) -> list[str]:
    parts = [line(_LEFT, y, WIDTH - _LEFT, y, "d-axis")]
    for tick in range(6):
        x = _at(tick / 10)
        parts += [
            line(x, y - 3, x, y + 3, "d-axis"),
            words(x, y + 18, "0" if tick == 0 else f"{tick / 10:.1f}", "d-tick", "middle"),
        ]
    return parts


def _at(number: float) -> float:
    return float(_LEFT + _UNIT * number)
