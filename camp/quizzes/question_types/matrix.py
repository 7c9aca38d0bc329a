"""A matrix, marked cell by cell; its shape is given, or part of what is asked."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import numpy as np
from django.http import QueryDict
from django.utils.translation import gettext

from attention_core.labels import gettext_noop as _
from attention_core.problems import echo
from camp.courses.blocks import Unfit, Writer
from camp.quizzes.content import Content
from camp.quizzes.drawn import Rows, Variant
from camp.quizzes.given_rows import beside, numbers_of, rows_of, rows_of_text, texts_of
from camp.quizzes.marking import Feedback, Mark, Response, Unacceptable
from camp.quizzes.question_types.base import QuestionType, decimals_shown

EXPECTED_ROWS = _("expected rows of numbers, each as long as the first, got %(received)s")
TOO_LARGE = _("expected at most %(most)s rows of at most %(most)s numbers, got %(received)s")
MOST_ASKED = 16  # rows and columns of an answer whose shape is not given
ASKED = "asked"
_SLACK = 1e-9


class Matrix(QuestionType):
    """Answered by rows of texts, each kept as it was typed. Every right cell counts the same; where the shape is asked
    for, a matrix of a wrong one earns nothing.
    """

    name: ClassVar[str] = "matrix"
    label: ClassVar[str] = _("A matrix")
    order: ClassVar[int] = 40
    has_rows: ClassVar[bool] = True
    has_matrices: ClassVar[bool] = True
    own_keys: ClassVar[tuple[str, ...]] = ("shape",)
    response_shape: ClassVar[Mapping[str, Any]] = {
        "type": "array",
        "items": {"type": "array", "items": {"type": "string"}},
    }
    response_words: ClassVar[str] = "rows of such texts"
    public_shapes: ClassVar[Mapping[str, Any]] = {
        "shape": {
            "type": "array",
            "items": {"type": "integer", "minimum": 0},
            "description": "Of matrix: rows and columns; not there where the shape is part of what is asked.",
        }
    }

    def own_of_yaml(self, given: Mapping[str, Any], languages: Sequence[str]) -> dict[str, Any]:
        """`shape: asked`, or nothing."""
        if given.get("shape", ASKED) != ASKED:
            problem = gettext("shape: expected %(known)s, or nothing where it is given; got %(got)r")
            raise Unfit(problem % {"known": ASKED, "got": given["shape"]})
        return dict(given)

    def draw(
        self, content: Content, names: Mapping[str, Any], random: np.random.Generator, writer: Writer
    ) -> Mapping[str, Any]:
        return dict(content.own)

    def validate(self, response: Any, variant: Variant) -> Response:
        if response is None:
            return None
        return rows_of(response, *_shape_for(response, variant))

    def of_form(self, fields: QueryDict) -> Any:
        return rows_of_text(fields.get("response", ""))

    def mark(self, response: Response, variant: Variant) -> Mark:
        rows = variant.rows
        if response is None:
            return Mark(0.0, cells=[[False] * len(row) for row in rows])
        given = numbers_of(response)
        if _shape(given) != _shape(rows):
            return Mark(0.0, mistake=_mistake_of_shape(given, variant))
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
        has_shape = response is None or _shape(response) == _shape(variant.rows)
        marks = mark.cells or [[False] * len(row) for row in variant.rows]
        return Feedback(
            mark,
            variant.reason,
            right=texts_of(variant.rows),
            given="\n".join(" ".join(row) for row in response or []) if has_shape else "",
            mistake=next((one.reason for one in variant.mistakes if one.key == mark.mistake), ""),
            cells=beside(response if has_shape else None, variant.rows, marks, decimals),
            own={} if has_shape else _both_shapes(response, variant),
        )

    def public(self, variant: Variant) -> dict[str, Any]:
        shape = {} if variant.own.get("shape") == ASKED else {"shape": list(_shape(variant.rows))}
        return {**super().public(variant), **shape}

    def form(self, variant: Variant, given: Response, typed: QueryDict | None) -> dict[str, Any]:
        if variant.own.get("shape") == ASKED:
            return {"is_shape_asked": True, "most": MOST_ASKED}
        rows, columns = _shape(variant.rows)
        return {"editor_shape": f"{rows}x{columns}", "rows": rows, "columns": columns}


def _shape(rows: Sequence[Sequence[Any]]) -> tuple[int, int]:
    return len(rows), len(rows[0])


def _shape_for(response: Any, variant: Variant) -> tuple[int, int]:
    """What the response must have: the shape that was given, or where it is asked for the response's own.

    Raises:
        Unacceptable: it is no matrix at all, or too large a one.
    """
    if variant.own.get("shape") != ASKED:
        return _shape(variant.rows)
    if not isinstance(response, list) or not response:
        raise Unacceptable.at((), EXPECTED_ROWS, received=echo(response))
    if not isinstance(response[0], list) or not response[0]:
        raise Unacceptable.at((0,), EXPECTED_ROWS, received=echo(response[0]))
    rows, columns = _shape(response)
    if max(rows, columns) > MOST_ASKED:
        raise Unacceptable.at((), TOO_LARGE, most=MOST_ASKED, received=f"{rows} × {columns}")
    return rows, columns


def _mistake_of_shape(given: Rows, variant: Variant) -> str:
    """The known wrong answer that was given, else the first of the same shape: its reason is the shape's."""
    alike = [
        one for one in variant.mistakes if isinstance(one.value, list) and _shape(one.value) == _shape(given)
    ]
    same = [one for one in alike if _all_near(given, one.value, variant.tolerance)]  # type: ignore[arg-type]
    return next((one.key for one in (*same, *alike)), "")


def _both_shapes(response: Response, variant: Variant) -> dict[str, Any]:
    given, right = _shape(response), _shape(variant.rows)
    return {
        "given_rows": response,
        "given_shape": "{} × {}".format(*given),
        "right_shape": "{} × {}".format(*right),
    }


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
