"""A matrix of a given shape, marked cell by cell."""

from typing import Any, ClassVar

from django.http import QueryDict

from attention_core.labels import gettext_noop as _
from attention_core.problems import Problems, echo
from camp.courses.numbers import written
from camp.matrix_cells import split_cells
from camp.matrix_text import Unreadable, read_number, write_number
from camp.quizzes.marking import Mark, Response, Unacceptable
from camp.quizzes.question_types.base import Cell, Feedback, QuestionType, as_typed, decimals_shown
from camp.quizzes.variants import Rows, Variant

EXPECTED = _("expected %(rows)s rows of %(columns)s numbers, got %(received)s")
EXPECTED_CELL = _('expected a number as text, such as "0.5" or "1/3", got %(received)s')
TOO_LONG = _("expected a number of at most %(most)s characters, got %(received)s")
TOO_LONG_AT_ALL = _("expected at most %(most)s characters, got %(received)s")
MOST_CHARACTERS = 64
_MOST_TEXT = 16_384
_SLACK = 1e-9


class Matrix(QuestionType):
    """Answered by rows of texts, each kept as it was typed. Every right cell counts the same."""

    name: ClassVar[str] = "matrix"
    label: ClassVar[str] = _("A matrix")
    order: ClassVar[int] = 40

    def validate(self, response: Any, variant: Variant) -> Response:
        if response is None:
            return None
        rows, columns = len(variant.rows), len(variant.rows[0])
        if not isinstance(response, list):
            raise Unacceptable.at((), EXPECTED, rows=rows, columns=columns, received=echo(response))
        if len(response) != rows:
            raise Unacceptable.at((), EXPECTED, rows=rows, columns=columns, received=len(response))
        problems = Problems()
        found = []
        for place, row in enumerate(response):
            if not isinstance(row, list) or len(row) != columns:
                received = len(row) if isinstance(row, list) else echo(row)
                problems.add((place,), EXPECTED, rows=rows, columns=columns, received=received)
                continue
            found.append([_cell(cell, (place, column), problems) for column, cell in enumerate(row)])
        if len(problems):
            raise Unacceptable(problems.found)
        return found

    def of_form(self, fields: QueryDict) -> Any:
        """The text of a matrix, as people type and paste them, as the texts of its cells.

        Raises:
            Unacceptable: it cannot be cut into cells.
        """
        text = fields.get("response", "")
        if not text.strip():
            return None
        if len(text) > _MOST_TEXT:
            raise Unacceptable.at((), TOO_LONG_AT_ALL, most=_MOST_TEXT, received=len(text))
        try:
            return split_cells(text, _is_number).rows
        except Unreadable as wrong:
            raise Unacceptable.at((), wrong.template, **wrong.values) from None

    def mark(self, response: Response, variant: Variant) -> Mark:
        rows = variant.rows
        if response is None:
            return Mark(0.0, cells=[[False] * len(row) for row in rows])
        given = [[read_number(cell) for cell in row] for row in response]
        cells = _near(given, rows, variant.tolerance)
        score = sum(map(sum, cells)) / (len(rows) * len(rows[0]))
        mistake = ""
        if score < 1:
            for one in variant.mistakes:
                if isinstance(one.value, list) and _all_near(given, one.value, variant.tolerance):
                    mistake = one.key
        return Mark(score, mistake=mistake, cells=cells)

    def feedback(self, response: Response, mark: Mark, variant: Variant) -> Feedback:
        decimals = decimals_shown((cell for row in variant.rows for cell in row), variant.tolerance)
        right = [[written(cell, decimals) for cell in row] for row in variant.rows]
        given = response or [[""] * len(row) for row in variant.rows]
        return Feedback(
            mark,
            variant.reason,
            right=[[write_number(float(f"{cell:.12g}")) for cell in row] for row in variant.rows],
            given="\n".join(" ".join(row) for row in response or []),
            mistake=next((one.reason for one in variant.mistakes if one.key == mark.mistake), ""),
            cells=[
                [Cell(*cell) for cell in zip(*row, strict=True)]
                for row in zip(given, right, mark.cells or [], strict=True)
            ],
        )

    def public(self, variant: Variant) -> dict[str, Any]:
        return {**super().public(variant), "shape": [len(variant.rows), len(variant.rows[0])]}


def _cell(cell: Any, pointer: tuple[int, int], problems: Problems) -> str:
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


def _near(given: Rows, wanted: Rows, tolerance: float) -> list[list[bool]]:
    return [
        [abs(one - other) <= tolerance * (1 + _SLACK) for one, other in zip(row, others, strict=True)]
        for row, others in zip(given, wanted, strict=True)
    ]


def _all_near(given: Rows, wanted: Rows, tolerance: float) -> bool:
    if len(given) != len(wanted) or len(given[0]) != len(wanted[0]):
        return False  # a wrong matrix of another shape than the one that is asked for
    return all(map(all, _near(given, wanted, tolerance)))


question_type = Matrix()
