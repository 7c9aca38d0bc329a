"""Rows of scores and weights as cells, for widgets; whole calls are drawn by `stage_tables`."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from camp import figures
from camp.lab.stage_arrays import Array
from camp.lab.stage_tables import Cell, Row, Table, greys_of, labels


@dataclass(frozen=True)
class Bar:
    """A share drawn as a length: `percent` of the room, in the colour of its weight."""

    text: str
    percent: float
    css: str


def decimal(value: Any, decimals: int = 4) -> str:
    """A number as lessons write it, to four decimals where a stage of the lab has four significant digits.

    >>> decimal(1.76149), decimal(8.0), decimal(1.5), decimal(-0.00001)
    ('1.7615', '8', '1.50', '≈0')
    """
    value = float(np.round(value, 9))
    if value == 0 or value.is_integer() or not 1e-4 <= abs(value) < 1000:
        return figures.NEARLY_ZERO if 0 < abs(value) < 1e-4 else figures.figure(value, decimals)
    return f"{value:.{figures.decimals_for([value], decimals, exactly=True)}f}".replace("-", figures.MINUS)


def decimals(values: Iterable[float]) -> list[str]:
    """Numbers that stand in one row: all with the same decimals but for whole ones."""
    numbers = [float(np.round(value, 9)) for value in values]
    places = figures.decimals_for(numbers, exactly=True)
    plain = all(abs(number) < 1000 for number in numbers)
    return [
        figures.figure(number, places)
        if not plain or number.is_integer() or abs(number) < 0.5 * 10**-places
        else f"{number:.{places}f}".replace("-", figures.MINUS)
        for number in numbers
    ]


def score_cells(scores: Iterable[float], smallest: float, largest: float, texts: Sequence[str]) -> list[Cell]:
    """Grey from the smallest to the largest of their matrix."""
    return [
        Cell(
            text,
            figures.all_digits(score),
            f"s{figures.score_step(score, smallest, largest)}",
        )
        for score, text in zip(map(float, scores), texts, strict=True)
    ]


def weight_cells(weights: Iterable[float], places: int) -> list[Cell]:
    """Violet, absolute."""
    return [
        Cell(
            figures.weight_figure(weight, places),
            figures.all_digits(weight),
            f"w{figures.weight_step(weight)}",
        )
        for weight in map(float, weights)
    ]


def bars(weights: Iterable[float], places: int = 4) -> list[Bar]:
    return [
        Bar(
            figures.weight_figure(weight, places),
            round(100 * weight, 3),
            f"w{figures.weight_step(weight)}",
        )
        for weight in map(float, weights)
    ]


def score_matrix(name: str, scores: Array) -> Table:
    smallest, largest = float(scores.min()), float(scores.max())
    texts = iter(decimals(scores.flat))
    rows = [
        Row(label, score_cells(row, smallest, largest, [next(texts) for _cell in row]))
        for label, row in zip(labels("q", range(len(scores))), scores, strict=True)
    ]
    return _pairs(name, scores.shape[1], rows, greys=greys_of(smallest, largest))


def summed_weight_matrix(name: str, weights: Array, sum_label: str) -> Table:
    """With the sum of every row and, beneath, of every column: what shows over which axis softmax ran."""
    rows = [
        Row(label, weight_cells(row, figures.MOST), total=decimal(row.sum()))
        for label, row in zip(labels("q", range(len(weights))), weights, strict=True)
    ]
    sums = [Cell(decimal(total), css="sum") for total in weights.sum(axis=0)]
    rows.append(Row(sum_label, sums, total=decimal(weights.sum())))
    return _pairs(name, weights.shape[1], rows, has_totals=True)


def _pairs(
    name: str,
    keys: int,
    rows: Sequence[Row],
    *,
    has_totals: bool = False,
    greys: tuple[str, str] | None = None,
) -> Table:
    return Table(
        name=name, columns=labels("k", range(keys)), rows=rows, row_kind="q", column_kind="k",
        has_totals=has_totals, has_colour=True, greys=greys,
    )  # fmt: skip
