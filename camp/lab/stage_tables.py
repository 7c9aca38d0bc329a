"""Arrays as tables of cells that a template can draw: figures, colour classes, reasons for what is hidden."""

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from camp import figures
from camp.lab.stage_arrays import Array, StageArrays, score_factors
from camp.lab.stage_words import CAPTIONS, hidden_because
from camp.lab.window import Window

MOST_FEATURES = 16
# The factors of a score stand beside and above it: fewer of their columns fit.
MOST_FACTORS = 8
FIRST_FACTORS = 3
# Columns up to which a cell has room for so many decimals; beyond the last there are two.
_ROOM = ((6, 4), (12, 3))
_SHORT_FROM = 7


@dataclass(frozen=True)
class Cell:
    """`text` is shown, `full` has all digits, `css` is the colour class, `why` says what hides the cell."""

    text: str
    full: str = ""
    css: str = ""
    why: str = ""


@dataclass(frozen=True)
class Row:
    label: str
    cells: Sequence[Cell]
    total: str = ""
    is_empty: bool = False
    is_lit: bool = False


@dataclass(frozen=True)
class Table:
    """`row_kind` and `column_kind` are q, k, v or "", whose colour the headers wear.

    `greys` are the least and the greatest score, which the lightest and the darkest grey stand for.
    """

    name: str
    columns: Sequence[str]
    rows: Sequence[Row]
    row_kind: str = ""
    column_kind: str = ""
    has_totals: bool = False
    has_colour: bool = False
    size: str = ""
    greys: tuple[str, str] | None = None

    @property
    def caption(self) -> str:
        return str(CAPTIONS.get(self.name, self.name))

    @property
    def room(self) -> str:
        """The classes that size the cells: n for how many stand beside each other, r for how many below."""
        return f"n{_rung(len(self.columns), (5, 6, 8, 12, 16))} r{_rung(len(self.rows), (5, 8, 12, 16))}"


def _rung(count: int, rungs: Sequence[int]) -> int:
    return next((rung for rung in rungs if count <= rung), rungs[-1])


def labels(letter: str, indexes: Iterable[int]) -> list[str]:
    return [f"{letter}{index + 1}" for index in indexes]


def input_table(
    name: str,
    letter: str,
    array: Array,
    rows: range,
    own: range | None = None,
    columns: Sequence[int] | None = None,
) -> Table:
    """Q, K, V or an output: no fill, one column a feature, the middle ones left out where there are many.

    Columns that are not in `own` belong to other heads and are dimmed.
    """
    width = array.shape[1]
    columns = features(width, MOST_FEATURES, MOST_FEATURES - 2) if columns is None else columns
    shown = array[rows.start : rows.stop]
    decimals = figures.decimals_for(
        shown[:, [c for c in columns if c >= 0]].flat, _room(len(columns)), exactly=True
    )

    def cell(value: float, column: int) -> Cell:
        css = "aside" if own is not None and column not in own else ""
        return Cell(_fit(figures.figure(value, decimals), len(columns)), figures.all_digits(value), css)

    return Table(
        name=name,
        columns=["⋯" if column < 0 else str(column + 1) for column in columns],
        rows=[
            Row(label, [Cell("⋯") if column < 0 else cell(float(row[column]), column) for column in columns])
            for label, row in zip(labels(letter, rows), shown, strict=True)
        ],
        row_kind=letter,
        size=f"{array.shape[0]} × {width}",
    )


def features(width: int, most: int, first: int) -> list[int]:
    """The columns to show, from 0: all, or the first ones, a gap (-1) and the last."""
    return list(range(width)) if width <= most else [*range(first), -1, width - 1]


def factor_tables(stages: StageArrays, window: Window) -> list[Table]:
    """What the scores are made of: queries as rows, and keys as columns, so that each score stands where they cross."""
    left, right = score_factors(stages, window.head - 1)
    shown = features(left.shape[1], MOST_FACTORS, FIRST_FACTORS)
    keys = input_table("right", "k", right, window.columns, columns=shown)
    return [
        input_table("left", "q", left, window.rows, columns=shown),
        replace(
            keys,
            columns=[row.label for row in keys.rows],
            rows=[
                Row(label, [row.cells[place] for row in keys.rows])
                for place, label in enumerate(keys.columns)
            ],
            row_kind="",
            column_kind="k",
        ),
    ]


def score_table(name: str, array: Array, window: Window, stages: StageArrays) -> Table:
    """Grey from this head's smallest score to its largest; what is hidden is −∞ on a hatch."""
    scores = array[window.head - 1]
    seen = scores[np.isfinite(scores)]
    smallest, largest = (float(seen.min()), float(seen.max())) if seen.size else (0.0, 0.0)
    part = _part(scores, window)
    decimals = figures.decimals_for(part.flat, _room(part.shape[1]))

    def cell(value: float, query: int, key: int) -> Cell:
        if math.isinf(value):
            return _hidden(figures.MINUS_INFINITY, stages, query, key)
        step = figures.score_step(value, smallest, largest)
        return Cell(
            _fit(figures.figure(value, decimals), part.shape[1]), figures.all_digits(value), f"s{step}"
        )

    return _pairs(name, part, window, cell, greys=greys_of(smallest, largest))


def greys_of(smallest: float, largest: float) -> tuple[str, str] | None:
    """The ends of the grey scale in figures; None where all scores are equal and nothing is told apart."""
    if smallest >= largest:
        return None
    decimals = figures.decimals_for([smallest, largest])
    return figures.figure(smallest, decimals), figures.figure(largest, decimals)


def weight_table(name: str, stages: StageArrays, window: Window, decimals: int | None = None) -> Table:
    """Violet, the same colour for the same weight on every page; each row with its sum."""
    assert stages.weights is not None
    assert stages.allowed is not None
    allowed = stages.allowed
    part = _part(stages.weights[window.head - 1], window)
    places = figures.decimals_for(part.flat, _room(part.shape[1])) if decimals is None else decimals

    def cell(value: float, query: int, key: int) -> Cell:
        if not allowed[query, key]:
            return _hidden("0", stages, query, key)
        text = _fit(figures.weight_figure(value, places), part.shape[1])
        return Cell(text, figures.all_digits(value), f"w{figures.weight_step(value)}")

    totals = ["1" if row.any() else "0" for row in allowed]
    return _pairs(name, part, window, cell, totals)


def spread_table(name: str, stages: StageArrays, window: Window, columns: tuple[str, str]) -> Table:
    """Entropy and effective number of tokens of each query's row."""
    pairs = np.stack([stages.entropy[window.head - 1], stages.effective_tokens[window.head - 1]], axis=1)
    shown = pairs[window.rows.start : window.rows.stop]
    rows = [
        Row(label, [Cell(figures.figure(float(value), 4), figures.all_digits(float(value))) for value in row])
        for label, row in zip(labels("q", window.rows), shown, strict=True)
    ]
    return Table(name=name, columns=columns, rows=rows, row_kind="q")


def _pairs(
    name: str,
    part: Array,
    window: Window,
    cell: Callable[[float, int, int], Cell],
    totals: Sequence[str] | None = None,
    greys: tuple[str, str] | None = None,
) -> Table:
    rows = []
    for query, values in zip(window.rows, part, strict=True):
        cells = [cell(float(value), query, key) for key, value in zip(window.columns, values, strict=True)]
        total = totals[query] if totals else ""
        rows.append(Row(f"q{query + 1}", cells, total, is_empty=total == "0"))
    return Table(
        name=name,
        columns=labels("k", window.columns),
        rows=rows,
        row_kind="q",
        column_kind="k",
        has_totals=totals is not None,
        has_colour=True,
        greys=greys,
    )


def _hidden(text: str, stages: StageArrays, query: int, key: int) -> Cell:
    return Cell(text, text, "hidden", str(hidden_because(stages.params, query, key)))


def _part(array: Array, window: Window) -> Any:
    return array[window.rows.start : window.rows.stop, window.columns.start : window.columns.stop]


def _room(columns: int) -> int:
    return next((decimals for limit, decimals in _ROOM if columns <= limit), 2)


def _fit(text: str, columns: int) -> str:
    return figures.short(text) if columns >= _SHORT_FROM else text
