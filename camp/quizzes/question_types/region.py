"""A cell, or all cells, of a matrix that is drawn: a heat map of weights, the patches of an image, numbers."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import numpy as np
from django.http import QueryDict
from django.utils.html import format_html, strip_tags
from django.utils.translation import gettext

from attention_core.labels import gettext_noop as _
from attention_core.problems import Problems, echo
from camp import figures
from camp.courses.blocks import Unfit, Writer
from camp.quizzes.content import Content, Words, text_at
from camp.quizzes.drawn import Mistake, Rows, Value, Variant
from camp.quizzes.labels import labels_at, named, shown_labels, worded_labels
from camp.quizzes.marking import Feedback, Mark, Response, Unacceptable
from camp.quizzes.question_types.base import QuestionType

EXPECTED = _("expected a list of cells [row, column], got %(received)s")
EXPECTED_ONE = _("expected one cell, got %(received)s")
EXPECTED_CELL = _(
    "expected a cell [row, column], each once, from [0, 0] to [%(row)s, %(column)s], got %(received)s"
)
MOST = 12  # rows and columns: more are too small to be touched
SHOWN = ("heat", "numbers")
PICKS = ("one", "all")
_TEXTS = {"type": "array", "items": {"type": "string"}, "description": "Of region: HTML, one each."}


class Region(QuestionType):
    """Answered by cells [row, column], counted from 0. Of `all` a right one adds its share, a wrong one takes as much."""

    name: ClassVar[str] = "region"
    label: ClassVar[str] = _("A cell of a grid")
    order: ClassVar[int] = 55
    has_rows: ClassVar[bool] = True
    has_tolerance: ClassVar[bool] = False
    own_keys: ClassVar[tuple[str, ...]] = ("grid", "shown", "pick", "rows", "columns")
    word_keys: ClassVar[tuple[str, ...]] = ("rows", "columns")
    scripts: ClassVar[tuple[str, ...]] = ("js/region.js",)
    response_shape: ClassVar[Mapping[str, Any]] = {
        "type": "array",
        "items": {"type": "array", "items": {"type": "integer", "minimum": 0}},
    }
    response_words: ClassVar[str] = "a list of cells [row, column], counted from 0"
    public_shapes: ClassVar[Mapping[str, Any]] = {
        "grid": {
            "type": "array",
            "items": {"type": "array", "items": {"type": "number"}},
            "description": "Of region: the numbers of its cells.",
        },
        "rows": _TEXTS,
        "columns": _TEXTS,
        "pick": {"type": "string", "enum": list(PICKS), "description": "Of region: one cell, or all."},
    }

    # --- Drawing ---------------------------------------------------------------------------------------

    def own_of_yaml(self, given: Mapping[str, Any], languages: Sequence[str]) -> dict[str, Any]:
        """`shown` is heat and `pick` is one where nothing is said; rows and columns may have labels."""
        found: dict[str, Any] = {"grid": text_at(given, "grid")}
        for key, known in (("shown", SHOWN), ("pick", PICKS)):
            value = given.get(key, known[0])
            if value not in known:
                problem = gettext("%(key)s: expected one of %(known)s; got %(got)r")
                raise Unfit(problem % {"key": key, "known": ", ".join(known), "got": value})
            found[key] = value
        for key in ("rows", "columns"):
            if key in given:
                found[key] = labels_at(given, key, languages, 1, MOST)
        return found

    def as_answer(self, value: Value, where: str) -> Value:
        """Cells, each once and in order."""
        cells = {tuple(row) for row in value} if isinstance(value, list) else set()
        if not all(len(cell) == 2 and all(one == int(one) >= 0 for one in cell) for cell in cells):
            problem = gettext("%(key)s: expected a list of cells [row, column]; got %(got)s")
            raise Unfit(problem % {"key": where, "got": value})
        return [list(cell) for cell in sorted(cells)]

    def draw(
        self, content: Content, names: Mapping[str, Any], random: np.random.Generator, writer: Writer
    ) -> Mapping[str, Any]:
        grid = _grid(writer.value(content.own["grid"], names))
        expressions = [content.answer, *(one.value for one in content.mistakes)]
        for place, expression in enumerate(expressions):
            cells = np.atleast_2d(np.asarray(writer.value(expression, names), dtype=float))
            if (cells >= np.shape(grid)).any():
                problem = gettext("%(key)s: a cell lies outside of the grid, whose shape is %(shape)s")
                which = f"mistakes[{place - 1}]" if place else "answer"
                raise Unfit(problem % {"key": which, "shape": np.shape(grid)})
        return {"grid": grid, "shown": content.own["shown"], "pick": content.own["pick"]}

    def word(self, variant: Variant, content: Content, language: str, html: Words) -> Mapping[str, Any]:
        found = dict(variant.own)
        for key, letter, count in zip(("rows", "columns"), "qk", np.shape(found["grid"]), strict=True):
            labels = content.own.get(key) or [f"{letter}{place + 1}" for place in range(count)]
            found[key] = worded_labels(labels, key, count, language, html)
        return found

    # --- Answers ---------------------------------------------------------------------------------------

    def validate(self, response: Any, variant: Variant) -> Response:
        if response is None or response == []:
            return None
        if not isinstance(response, list):
            raise Unacceptable.at((), EXPECTED, received=echo(response))
        rows, columns = np.shape(variant.own["grid"])
        problems = Problems()
        for place, cell in enumerate(response):
            if not _is_cell(cell, rows, columns) or cell in response[:place]:
                values = {"row": rows - 1, "column": columns - 1, "received": echo(cell)}
                problems.add((place,), EXPECTED_CELL, **values)
        if len(problems):
            raise Unacceptable(problems.found)
        if variant.own["pick"] == "one" and len(response) > 1:
            raise Unacceptable.at((), EXPECTED_ONE, received=len(response))
        return sorted(response)

    def of_form(self, fields: QueryDict) -> Any:
        """Each cell is sent as “row,column”."""
        return [_of_text(text) for text in fields.getlist("response")] or None

    def mark(self, response: Response, variant: Variant) -> Mark:
        right, chosen = _cells(variant.answer), _cells(response)
        hits, misses = len(chosen & right), len(chosen - right)
        score = hits > 0 if variant.own["pick"] == "one" else max(0.0, (hits - misses) / len(right))
        mistake = ""
        if chosen and score < 1:
            mistake = next((one.key for one in variant.mistakes if _is_made(one, chosen, variant)), "")
        return Mark(float(score), mistake=mistake)

    def feedback(self, response: Response, mark: Mark, variant: Variant) -> Feedback:
        right = sorted(_cells(variant.answer))
        return Feedback(
            mark,
            variant.reason,
            right=[list(cell) for cell in right[: 1 if variant.own["pick"] == "one" else None]],
            given=", ".join(str(list(cell)) for cell in response or []),
            mistake=next((one.reason for one in variant.mistakes if one.key == mark.mistake), ""),
            own=_table(variant, response, _cells(variant.answer)),
        )

    def public(self, variant: Variant) -> dict[str, Any]:
        own = variant.own
        rows, columns = _labels(variant)
        return {
            **super().public(variant),
            "grid": own["grid"],
            "rows": rows,
            "columns": columns,
            "pick": own["pick"],
        }

    def form(self, variant: Variant, given: Response, typed: QueryDict | None) -> dict[str, Any]:
        return {"table": _table(variant, given if typed is None else self.of_form(typed), set())}

    def told_lines(self, response: Response, variant: Variant) -> list[str]:
        rows, columns = _labels(variant)
        return [format_html("{}, {}", rows[row], columns[column]) for row, column in response or []]


def _grid(value: Any) -> Rows:
    try:
        grid = np.asarray(value, dtype=float)
    except (TypeError, ValueError) as error:
        raise Unfit(
            gettext("grid: expected a matrix; got %(got)s") % {"got": type(value).__name__}
        ) from error
    if grid.ndim != 2 or not all(1 <= size <= MOST for size in grid.shape) or grid.size < 2:
        problem = gettext("grid: expected a matrix of at most %(most)d × %(most)d; got the shape %(got)s")
        raise Unfit(problem % {"most": MOST, "got": grid.shape})
    if not np.isfinite(grid).all():
        raise Unfit(gettext("grid: expected finite numbers"))
    return [[float(cell) for cell in row] for row in grid]


def _is_cell(cell: Any, rows: int, columns: int) -> bool:
    return (
        isinstance(cell, list)
        and len(cell) == 2
        and all(type(one) is int for one in cell)
        and 0 <= cell[0] < rows
        and 0 <= cell[1] < columns
    )


def _of_text(text: str) -> Any:
    """The cell of “row,column”; what is none stays as it was sent."""
    parts = text.split(",")
    if len(parts) == 2 and all(one.isascii() and one.isdecimal() and len(one) < 4 for one in parts):
        return [int(one) for one in parts]
    return text[:64]


def _cells(value: Any) -> set[tuple[int, int]]:
    return {(int(row), int(column)) for row, column in value or []}


def _is_made(mistake: Mistake, chosen: set[tuple[int, int]], variant: Variant) -> bool:
    """Whether it is the known wrong answer; of one cell, whether it is any of those."""
    wrong = _cells(mistake.value)
    return chosen <= wrong if variant.own["pick"] == "one" else chosen == wrong


def _labels(variant: Variant) -> tuple[list[Any], list[Any]]:
    rows, columns = np.shape(variant.own["grid"])
    return shown_labels(variant.own.get("rows"), rows), shown_labels(variant.own.get("columns"), columns)


def _table(variant: Variant, response: Response, right: set[tuple[int, int]]) -> dict[str, Any]:
    """The grid as it is drawn: every cell with its figure, its colour, and whether it was chosen and is right."""
    grid = variant.own["grid"]
    values = [cell for row in grid for cell in row]
    are_shares = all(0 <= value <= 1 for value in values)
    decimals = figures.decimals_for(values)
    rows, columns = _labels(variant)
    chosen = response if isinstance(response, list) else []

    def cell(row: int, column: int) -> dict[str, Any]:
        value = grid[row][column]
        step = (
            figures.weight_step(value) if are_shares else figures.score_step(value, min(values), max(values))
        )
        figure = figures.weight_figure(value, decimals) if are_shares else figures.figure(value, decimals)
        return {
            "value": f"{row},{column}",
            "figure": figure,
            "step": f"{'w' if are_shares else 's'}{step}" if variant.own["shown"] == "heat" else "",
            "spoken": f"{strip_tags(rows[row])}, {strip_tags(columns[column])}: {figure}",
            "is_chosen": [row, column] in chosen,
            "is_right": (row, column) in right,
        }

    lines = [[cell(row, column) for column in range(len(columns))] for row in range(len(rows))]
    return {
        "columns": [named(label) for label in columns],
        "lines": [{"label": named(label), "cells": line} for label, line in zip(rows, lines, strict=True)],
    }


question_type = Region()
