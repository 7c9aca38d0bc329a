"""Matrices as people type and paste them: rows of numbers, spreadsheets, Python, NumPy, MATLAB, Chinese keyboards.

>>> read_numbers("0.1, 1/3\\n50%  −2")
[[0.1, 0.3333333333333333], [0.5, -2.0]]
>>> read_numbers("array([[1., 2.],\\n       [3., 4.]], dtype=float32)")
[[1.0, 2.0], [3.0, 4.0]]
"""

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from attention_core.labels import gettext_noop as _
from attention_core.problems import shorten, show_number
from camp.matrix_cells import (
    BRACKETS,
    FLAT,
    NO_NUMBERS,
    NOT_A_NUMBER,
    ROWS_OR_DECIMALS,
    SHORTENED,
    THOUSANDS,
    TOO_DEEP,
    Unreadable,
    plain,
    split_cells,
)

__all__ = [
    "MESSAGES", "Reading", "Unreadable", "plain", "read_flags", "read_matrix", "read_number", "read_numbers", "write_matrix",
    "write_number",
]  # fmt: skip

NOT_FINITE = _("%(received)s here; use finite numbers.")
NOT_FINITE_AT = _("Row %(row)s, column %(column)s is %(received)s; use finite numbers.")
NOT_A_FLAG = _(
    '"%(received)s" is neither 1 nor 0. Write 1 or true for what may be seen, 0 or false for what is hidden.'
)
EMPTY_CELL = _("There is no number between two separators.")
EMPTY = _("There is no number here. Write 0.3, -2 or 1/3.")
RAGGED = _("Row %(row)s has %(count)s numbers, row 1 has %(first)s.")
RAGGED_BY_ONE = _("Row %(row)s has 1 number, row 1 has %(first)s.")

# Every message by the name it has in the browser.
MESSAGES: Mapping[str, str] = {
    "BRACKETS": BRACKETS,
    "EMPTY": EMPTY,
    "EMPTY_CELL": EMPTY_CELL,
    "FLAT": FLAT,
    "NOT_A_FLAG": NOT_A_FLAG,
    "NOT_A_NUMBER": NOT_A_NUMBER,
    "NOT_FINITE": NOT_FINITE,
    "NOT_FINITE_AT": NOT_FINITE_AT,
    "NO_NUMBERS": NO_NUMBERS,
    "RAGGED": RAGGED,
    "RAGGED_BY_ONE": RAGGED_BY_ONE,
    "ROWS_OR_DECIMALS": ROWS_OR_DECIMALS,
    "SHORTENED": SHORTENED,
    "THOUSANDS": THOUSANDS,
    "TOO_DEEP": TOO_DEEP,
}

Value = TypeVar("Value")


@dataclass(frozen=True)
class Reading(Generic[Value]):
    """A matrix, and the labels that stood around it: none, or one a row and one a column."""

    rows: list[list[Value]]
    row_labels: tuple[str, ...] = ()
    column_labels: tuple[str, ...] = ()


def read_matrix(text: str) -> Reading[float]:
    """The numbers in `text` and their labels. Raises Unreadable."""
    return _read(text, read_number)


def read_numbers(text: str) -> list[list[float]]:
    """The rows of numbers in `text`.

    Raises:
        Unreadable: the first thing that is no matrix of numbers.
    """
    return read_matrix(text).rows


def read_flags(text: str) -> list[list[bool]]:
    """The rows of true (1) and false (0) in `text`. Raises Unreadable."""
    return _read(text, _read_flag).rows


def write_matrix(rows: Sequence[Sequence[float | bool]]) -> str:
    """The rows as one would type them, so that reading them gives the same numbers."""
    return "\n".join(" ".join(write_number(value) for value in row) for row in rows)


def write_number(value: float | bool) -> str:
    """The shortest text that reads back as the same number; 1 and 0 for true and false."""
    return str(int(value)) if isinstance(value, bool) else show_number(value)


def read_number(text: str) -> float:
    """A decimal number, `a/b` or a percentage. Raises Unreadable."""
    text = plain(text).strip()
    if not text:
        raise Unreadable(EMPTY, {})
    match = _FRACTION.fullmatch(text)
    if match and float(match[2]) != 0:
        return _finite(float(match[1]) / float(match[2]), text)
    percent = text.endswith("%")
    digits = text.removesuffix("%").rstrip()
    if _DECIMAL.fullmatch(digits):
        return _finite(float(digits) / 100 if percent else float(digits), text)
    if _NOT_FINITE.fullmatch(digits):
        raise Unreadable(NOT_FINITE, {"received": "NaN" if "nan" in digits.lower() else shorten(text)})
    raise Unreadable(NOT_A_NUMBER, {"received": shorten(text)})


_DECIMAL = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?", re.ASCII)
_FRACTION = re.compile(r"([-+]?\d+(?:\.\d+)?)\s*/\s*([-+]?\d+(?:\.\d+)?)", re.ASCII)
_NOT_FINITE = re.compile(r"[-+]?(?:nan|inf|infinity|∞)", re.IGNORECASE)
_TRUE, _FALSE = {"1", "true", "t", "yes", "真", "是"}, {"0", "false", "f", "no", "假", "否"}


def _finite(number: float, text: str) -> float:
    if math.isfinite(number):
        return number
    raise Unreadable(NOT_FINITE, {"received": shorten(text)})


def _read_flag(text: str) -> bool:
    word = text.strip().lower().removesuffix(".")
    if word in _TRUE:
        return True
    if word in _FALSE:
        return False
    raise Unreadable(NOT_A_FLAG, {"received": shorten(text.strip())})


def _read(text: str, read_cell: Callable[[str], Value]) -> Reading[Value]:
    cells = split_cells(text, lambda cell: _is_readable(cell, read_cell))
    rows = []
    for number, row in enumerate(cells.rows, start=1):
        if len(row) != len(cells.rows[0]):
            counts = {"row": number, "count": len(row), "first": len(cells.rows[0])}
            raise Unreadable(RAGGED_BY_ONE if len(row) == 1 else RAGGED, counts, row=number)
        rows.append([_read_at(cell, read_cell, number, column) for column, cell in enumerate(row, start=1)])
    return Reading(rows, cells.row_labels, cells.column_labels)


def _is_readable(cell: str, read_cell: Callable[[str], Value]) -> bool:
    try:
        read_cell(cell)
    except Unreadable:
        return False
    return True


def _read_at(cell: str, read_cell: Callable[[str], Value], row: int, column: int) -> Value:
    if not cell.strip():
        raise Unreadable(EMPTY_CELL, {}, row, column)
    try:
        return read_cell(cell)
    except Unreadable as error:
        template, values = error.template, error.values
        if template == NOT_FINITE:
            template, values = NOT_FINITE_AT, {**values, "row": row, "column": column}
        raise Unreadable(template, values, row, column) from None
