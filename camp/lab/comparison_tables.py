"""Two runs and B − A as three tables with the same labels, the same cells and the same number of decimals."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from camp import figures
from camp.lab.comparison import TOLERANCE, Comparison, largest_size, padded
from camp.lab.stage_arrays import Array, StageArrays
from camp.lab.stage_tables import MOST_FEATURES, Cell, Row, Table, labels, weight_table
from camp.lab.window import Window

# What stands where only the other run has something, and where columns are left out.
ABSENT = Cell("–", css="absent")
_LEFT_OUT = Cell("⋯")
# Columns up to which a difference, which has a sign, has room for so many decimals.
_ROOM = ((5, 4), (12, 3))
_SHORT_FROM = 7


class Triple(NamedTuple):
    """A │ B │ B − A."""

    a: Table
    b: Table
    difference: Table


def weight_tables(comparison: Comparison, window: Window) -> Triple:
    """The weights of one head. `window` counts what either run has."""
    assert comparison.weights is not None
    rows, columns = labels("q", window.rows), labels("k", window.columns)
    part = _of(window, comparison.weights[window.head - 1])
    whole = comparison.weights.shape[1:]
    sides = (comparison.a, comparison.b)
    shown = [_of(window, padded(_weights(side)[window.head - 1], whole)) for side in sides]
    decimals = _decimals(shown, len(columns))
    a, b = (
        _aligned(weight_table(f"weights-{letter}", side, _own(window, side), decimals), rows, columns)
        for letter, side in zip("ab", sides, strict=True)
    )

    def cell(value: float) -> Cell:
        return _difference_cell(value, figures.weight_figure, decimals, 1.0, len(columns))

    cells = [Row(label, [cell(float(value)) for value in row]) for label, row in zip(rows, part, strict=True)]
    difference = replace(a, name="weights-difference", rows=cells, has_totals=False)
    return Triple(a, b, difference)


def output_tables(comparison: Comparison, window: Window) -> Triple:
    """The output of all heads; the colours of its difference reach to the largest one, which `output_limit` is."""
    width = comparison.features
    columns = list(range(width)) if width <= MOST_FEATURES else [*range(MOST_FEATURES - 2), None, width - 1]
    shape = comparison.output.shape
    shown = [padded(side.output, shape)[_rows(window)] for side in (comparison.a, comparison.b)]
    decimals = _decimals([part[:, [c for c in columns if c is not None]] for part in shown], len(columns))
    limit = output_limit(comparison)

    def cell(value: float) -> Cell:
        if np.isnan(value):
            return ABSENT
        return Cell(_fit(figures.figure(value, decimals), len(columns)), figures.all_digits(value))

    def size(value: float, places: int) -> str:
        # A power of ten beside figures without one would make its column as wide as three.
        return figures.NEARLY_ZERO if 0 < value < 1e-3 <= limit else figures.figure(value, places)

    def difference_cell(value: float) -> Cell:
        return _difference_cell(value, size, decimals, limit, len(columns))

    def table(name: str, part: Array, write: Callable[[float], Cell], *, has_colour: bool = False) -> Table:
        return Table(
            name=name,
            columns=["⋯" if column is None else str(column + 1) for column in columns],
            rows=[
                Row(label, [_LEFT_OUT if c is None else write(float(row[c])) for c in columns])
                for label, row in zip(labels("q", window.rows), part, strict=True)
            ],
            row_kind="q",
            has_colour=has_colour,
        )

    return Triple(
        table("output-a", shown[0], cell),
        table("output-b", shown[1], cell),
        table("output-difference", comparison.output[_rows(window)], difference_cell, has_colour=True),
    )


def output_limit(comparison: Comparison) -> float:
    """What the ends of the output's scale stand for; 1 where nothing differs, or rounding would be coloured."""
    largest = largest_size(comparison.output)
    return largest if largest > TOLERANCE else 1.0


def _difference_cell(
    value: float, write: Callable[[float, int], str], decimals: int, limit: float, columns: int
) -> Cell:
    """`write` gives the figure of a size, `limit` is what the ends of the scale stand for."""
    if np.isnan(value):
        return ABSENT
    step = figures.difference_step(value / limit)
    size = write(abs(value), decimals)
    is_nothing = size in ("0", figures.NEARLY_ZERO)
    text = f"{figures.MINUS}{size}" if value < 0 and not is_nothing else figures.signed(size)
    # Where there is no room for figures, the sign must not be told by colour alone.
    css = f"d{step} less" if step < 16 else f"d{step}"
    return Cell(_fit(text, columns), figures.all_digits(value), css)


def _weights(stages: StageArrays) -> Array:
    assert stages.weights is not None
    return stages.weights


def _own(window: Window, stages: StageArrays) -> Window:
    """The part of the window that this run has."""
    return replace(window, queries=len(stages.params.query), keys=len(stages.params.key))


def _aligned(table: Table, rows: Sequence[str], columns: Sequence[str]) -> Table:
    """With absent cells and rows behind its own, up to all labels."""
    behind = [ABSENT] * (len(columns) - len(table.columns))
    own = [replace(row, cells=[*row.cells, *behind]) for row in table.rows]
    more = [Row(label, [ABSENT] * len(columns)) for label in rows[len(own) :]]
    return replace(table, columns=columns, rows=[*own, *more])


def _of(window: Window, array: Array) -> Array:
    part: Array = array[_rows(window), window.columns.start : window.columns.stop]
    return part


def _rows(window: Window) -> slice:
    return slice(window.rows.start, window.rows.stop)


def _decimals(parts: Sequence[Array], columns: int) -> int:
    """The same for all three tables, or nobody could check the difference."""
    most = next((decimals for limit, decimals in _ROOM if columns <= limit), 2)
    return figures.decimals_for((float(value) for part in parts for value in part.flat), most)


def _fit(text: str, columns: int) -> str:
    return figures.short(text) if columns >= _SHORT_FROM else text
