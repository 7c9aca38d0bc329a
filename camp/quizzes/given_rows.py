"""Rows of numbers as people give them: read, checked against a shape, and shown beside what is right."""

from collections.abc import Sequence
from typing import Any

from attention_core.labels import gettext_noop as _
from attention_core.problems import Pointer, Problems, echo
from camp.courses.numbers import written
from camp.matrix_cells import split_cells
from camp.matrix_text import Unreadable, read_number, write_number
from camp.quizzes.drawn import Rows
from camp.quizzes.marking import Cell, Response, Unacceptable

EXPECTED = _("expected %(rows)s rows of %(columns)s numbers, got %(received)s")
EXPECTED_CELL = _('expected a number as text, such as "0.5" or "1/3", got %(received)s')
TOO_LONG = _("expected a number of at most %(most)s characters, got %(received)s")
TOO_LONG_AT_ALL = _("expected at most %(most)s characters, got %(received)s")
MOST_CHARACTERS = 64
_LARGEST = 1e300
MOST_TEXT = 16_384


def as_typed(value: Any) -> Any:
    """A JSON number as the text that one would type for it; anything else, and what is no finite number, as it is."""
    if isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) <= _LARGEST:
        return write_number(value)
    return value


def rows_of(response: Any, rows: int, columns: int, at: Pointer = ()) -> list[list[str]]:
    """The response's cells as they were typed.

    Raises:
        Unacceptable: not so many rows of so many numbers; at `at` and the places below it.
    """
    if not isinstance(response, list):
        raise Unacceptable.at(at, EXPECTED, rows=rows, columns=columns, received=echo(response))
    if len(response) != rows:
        raise Unacceptable.at(at, EXPECTED, rows=rows, columns=columns, received=len(response))
    problems = Problems()
    found = []
    for place, row in enumerate(response):
        if not isinstance(row, list) or len(row) != columns:
            received = len(row) if isinstance(row, list) else echo(row)
            problems.add((*at, place), EXPECTED, rows=rows, columns=columns, received=received)
            continue
        found.append([_cell(cell, (*at, place, column), problems) for column, cell in enumerate(row)])
    if len(problems):
        raise Unacceptable(problems.found)
    return found


def rows_of_text(text: str, at: Pointer = ()) -> list[list[str]] | None:
    """The text of a matrix, as people type and paste them, as the texts of its cells; None where there is nothing.

    Raises:
        Unacceptable: it cannot be cut into cells.
    """
    if not text.strip():
        return None
    if len(text) > MOST_TEXT:
        raise Unacceptable.at(at, TOO_LONG_AT_ALL, most=MOST_TEXT, received=len(text))
    try:
        return split_cells(text, _is_number).rows
    except Unreadable as wrong:
        raise Unacceptable.at(at, wrong.template, **wrong.values) from None


def numbers_of(texts: Sequence[Sequence[str]]) -> Rows:
    return [[read_number(cell) for cell in row] for row in texts]


def texts_of(rows: Rows) -> list[list[str]]:
    """Rows as one would give them, with all their digits."""
    return [[write_number(float(f"{cell:.12g}")) for cell in row] for row in rows]


def beside(given: Response, right: Rows, cells: Sequence[Sequence[bool]], decimals: int) -> list[list[Cell]]:
    """What was given, if anything, beside what is right, cell by cell."""
    shown = given or [[""] * len(row) for row in right]
    return [
        [Cell(one, written(exact, decimals), is_right) for one, exact, is_right in zip(*row, strict=True)]
        for row in zip(shown, right, cells, strict=True)
    ]


def _cell(cell: Any, pointer: Pointer, problems: Problems) -> str:
    cell = as_typed(cell)
    if not isinstance(cell, str):
        problems.add(pointer, EXPECTED_CELL, received=echo(cell))
        return ""
    if len(cell) > MOST_CHARACTERS:
        problems.add(pointer, TOO_LONG, most=MOST_CHARACTERS, received=len(cell))
        return ""
    try:
        read_number(cell)
    except Unreadable as wrong:
        problems.add(pointer, wrong.template, **wrong.values)
    return cell.strip()


def _is_number(text: str) -> bool:
    try:
        read_number(text)
    except Unreadable:
        return False
    return True
