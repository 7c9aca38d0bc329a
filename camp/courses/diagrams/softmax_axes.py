"""The same scores with softmax over keys, over queries and over all cells: what sums to 1."""

from typing import Any

import numpy as np
from django.utils.translation import gettext as _

from camp import figures
from camp.courses.diagrams._svg import (
    LEGEND,
    WIDTH,
    four,
    legend,
    line,
    rect,
    score_cell,
    svg,
    weight_cell,
    words,
)
from camp.courses.drawing import Drawing
from camp.given_scores import Array, over_all, over_keys, over_queries

SCORES = np.array([[2.0, 0.0], [0.0, 0.0], [1.0, 3.0]])
_CELL, _HIGH, _GAP = 56, 30, 4
_TABLE = WIDTH - 3 * (_CELL + _GAP) - 2  # where a table's first cell begins
_FIRST, _PANEL = 172, 172


def draw() -> Drawing:
    title = _("Softmax over keys, over queries, over all cells")
    panels = [
        (_("Over keys"), _("each row sums to 1"), over_keys(SCORES).weights, "rows"),
        (_("Over queries"), _("each column sums to 1"), over_queries(SCORES), "columns"),
        (_("Over all cells"), _("the table sums to 1"), over_all(SCORES), "all"),
    ]
    parts = [words(0, 18, _("Scores"), "d-strong"), *_scores(28)]
    sentences = [_("Scores of three queries and two keys: (2, 0), (0, 0), (1, 3).")]
    for index, (name, says, weights, kind) in enumerate(panels):
        top = _FIRST + index * _PANEL
        parts += _panel(top, name, says, weights, kind)
        sentences.append(
            _("%(name)s, %(says)s: row sums %(rows)s; column sums %(columns)s.")
            % {"name": name, "says": says, "rows": _sums(weights, 1), "columns": _sums(weights, 0)}
        )
    text = " ".join(sentences)
    bottom = _FIRST + 3 * _PANEL - 20
    parts += legend(bottom)
    height = bottom + LEGEND + 4
    return Drawing(svg("softmax-axes", height, title, text, parts), title, text)


def _sums(weights: Array, axis: int) -> str:
    return _(", ").join(four(total) for total in weights.sum(axis=axis))


def _scores(top: float) -> list[str]:
    parts = _headers(top, sums=False)
    for (row, column), score in np.ndenumerate(SCORES):
        step = figures.score_step(float(score), float(SCORES.min()), float(SCORES.max()))
        parts.append(score_cell(*_place(top, row, column), _CELL, _HIGH, step, four(float(score))))
    return parts


def _headers(top: float, *, sums: bool) -> list[str]:
    names = ["k1", "k2"]
    parts = [
        words(_TABLE + column * (_CELL + _GAP) + _CELL / 2, top + 8, name, "d-key", "middle")
        for column, name in enumerate(names)
    ]
    if sums:
        parts.append(words(WIDTH - 6, top + 8, _("sum"), "d-note", "end"))
    return parts + [
        words(_TABLE - 10, _place(top, row, 0)[1] + 19, f"q{row + 1}", "d-query", "end") for row in range(3)
    ]


def _place(top: float, row: int, column: int) -> tuple[float, float]:
    return _TABLE + column * (_CELL + _GAP), top + 16 + row * (_HIGH + _GAP)


def _panel(top: float, name: str, says: str, weights: Array, kind: str) -> list[str]:
    parts = [
        line(0, top - 12, WIDTH, top - 12, "d-rule"),
        words(0, top + 8, name, "d-strong"),
        words(0, top + 26, says, "d-note"),
        *_headers(top, sums=True),
    ]
    for (row, column), weight in np.ndenumerate(weights):
        parts.append(
            weight_cell(*_place(top, row, column), _CELL, _HIGH, float(weight), f"{float(weight):.4f}")
        )
    for row, total in enumerate(weights.sum(axis=1)):
        parts.append(_sum(WIDTH - 6, _place(top, row, 0)[1] + 19, total, "end"))
    for column, total in enumerate(weights.sum(axis=0)):
        parts.append(_sum(_place(top, 0, column)[0] + _CELL / 2, _place(top, 3, 0)[1] + 16, total, "middle"))
    return parts + _groups(top, kind)


def _sum(x: float, y: float, total: Any, anchor: str) -> str:
    text = four(total)
    return words(x, y, text, "d-figure d-one" if text == "1" else "d-figure", anchor)


def _groups(top: float, kind: str) -> list[str]:
    """Frames around the cells that share one whole."""
    x, y = _place(top, 0, 0)
    wide, high = 2 * _CELL + _GAP, 3 * _HIGH + 2 * _GAP
    if kind == "rows":
        return [
            rect(x - 2, _place(top, row, 0)[1] - 2, wide + 4, _HIGH + 4, "d-group", 4) for row in range(3)
        ]
    if kind == "columns":
        return [
            rect(_place(top, 0, column)[0] - 2, y - 2, _CELL + 4, high + 4, "d-group", 4)
            for column in range(2)
        ]
    return [rect(x - 2, y - 2, wide + 4, high + 4, "d-group", 4)]
