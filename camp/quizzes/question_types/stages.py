"""Attention computed step by step: each stage that is asked for is a matrix, and the marker says which step went wrong.

What is right and what the slips are come from the core (attention_core.diagnosis), not from the question: an author
gives query, key and value and says which stages are asked for.
"""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import numpy as np
from django.http import QueryDict
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext, pgettext
from django.utils.translation import gettext as _

from attention_core import pipelines
from attention_core.diagnosis import ASKED, Diagnosis, Verdict, diagnose
from attention_core.labels import gettext_noop
from attention_core.problems import Problems, echo
from camp.courses.blocks import Unfit, Writer
from camp.lab_links import attention_page
from camp.quizzes.content import Content, list_at, number_at, text_at
from camp.quizzes.drawn import Rows, Variant
from camp.quizzes.given_rows import beside, numbers_of, rows_of, rows_of_text, texts_of
from camp.quizzes.marking import Feedback, Mark, Response, Unacceptable
from camp.quizzes.question_types.base import QuestionType, are_whole, decimals_shown

_INPUTS = ("query", "key", "value")
_APART = 4  # tolerances, as between known wrong values
_MOST_CELLS = 256
_EXPECTED = gettext_noop("expected the stages %(asked)s, each as rows, got %(received)s")
# English, marked; in the order of the computation. The steps are those of the viewer in the lab.
TITLES: Mapping[str, str] = {
    "scores": gettext_noop("Scores QKᵀ"),
    "scaled": gettext_noop("Scaled scores QKᵀ/√dₖ"),
    "weights": gettext_noop("Weights"),
    "output": gettext_noop("Output"),
}
_STEPS = {"scores": "scores", "scaled": "scale", "masked": "mask", "weights": "softmax", "output": "output"}


class Stages(QuestionType):
    """Answered by a matrix for each stage asked for; a slip costs once, and what follows from it has its credit."""

    name: ClassVar[str] = "stages"
    label: ClassVar[str] = gettext_noop("Attention, step by step")
    order: ClassVar[int] = 50
    has_answer: ClassVar[bool] = False
    has_matrices: ClassVar[bool] = True
    entries: ClassVar[tuple[Any, ...]] = ()
    own_keys: ClassVar[tuple[str, ...]] = (*_INPUTS, "causal", "num_heads", "ask", "tolerance")
    response_shape: ClassVar[Mapping[str, Any]] = {
        "type": "object",
        "properties": {
            name: {"type": ["array", "null"], "items": {"type": "array", "items": {"type": "string"}}}
            for name in ASKED
        },
        "additionalProperties": False,
    }
    response_words: ClassVar[str] = "rows of such texts for each stage that is asked for, by name"
    public_shapes: ClassVar[Mapping[str, Any]] = {
        "stages": {
            "type": "array",
            "description": "Of stages: what is asked for, in order, with rows and columns.",
            "items": {
                "type": "object",
                "properties": {
                    "name": {"type": "string", "enum": list(ASKED)},
                    "shape": {"type": "array", "items": {"type": "integer", "minimum": 1}},
                },
                "required": ["name", "shape"],
                "additionalProperties": False,
            },
        }
    }

    # --- Writing it down -------------------------------------------------------------------------------

    def own_of_yaml(self, given: Mapping[str, Any], languages: Sequence[str]) -> dict[str, Any]:
        found: dict[str, Any] = {name: text_at(given, name) for name in _INPUTS}
        found["causal"] = given.get("causal", False)
        if not isinstance(found["causal"], bool):
            raise Unfit(
                _("%(key)s: expected true or false; got %(got)r") % {"key": "causal", "got": found["causal"]}
            )
        heads = given.get("num_heads", 1)
        if type(heads) is not int or not 1 <= heads <= 8:
            raise Unfit(_("num_heads: expected a whole number from 1 to 8; got %(got)r") % {"got": heads})
        asked = list(map(str, list_at(given, "ask")))
        if not asked or asked != [name for name in ASKED if name in asked]:
            values = {"known": ", ".join(ASKED), "got": ", ".join(asked)}
            raise Unfit(
                _("ask: expected some of %(known)s, in this order and each once; got %(got)s") % values
            )
        if heads > 1 and asked != ["output"]:
            raise Unfit(_("ask: of several heads only the output is asked for"))
        return found | {"num_heads": heads, "ask": asked, "tolerance": number_at(given, "tolerance", 0.005)}

    # --- Drawing ---------------------------------------------------------------------------------------

    def draw(
        self, content: Content, names: Mapping[str, Any], random: np.random.Generator, writer: Writer
    ) -> Mapping[str, Any]:
        own = content.own
        call = {name: _rows(name, writer.value(own[name], names)) for name in _INPUTS}
        asked = tuple(own["ask"])
        try:
            runs = pipelines.runs(**call, causal=own["causal"], num_heads=own["num_heads"])
        except ValueError as error:
            raise Unfit(_("query, key and value do not fit together: %(why)s") % {"why": error}) from error
        if not pipelines.apart(runs, asked, _APART * own["tolerance"]):
            raise Unfit(
                _("two ways to compute it give nearly the same; draw other numbers, or n other than d_k")
            )
        right = {name: runs["right"][name].tolist() for name in asked}
        kept = {name: own[name] for name in ("causal", "num_heads", "tolerance")}
        return {**call, **kept, "right": right}

    # --- Answers ---------------------------------------------------------------------------------------

    def validate(self, response: Any, variant: Variant) -> Response:
        if response is None:
            return None
        right: Mapping[str, Rows] = variant.own["right"]
        if not isinstance(response, dict) or not response or not set(response) <= set(right):
            names = ", ".join(map(str, response)) if response and isinstance(response, dict) else response
            raise Unacceptable.at((), _EXPECTED, asked=", ".join(right), received=echo(names))
        found: dict[str, Any] = {}
        problems = Problems()
        for name, rows in right.items():
            given = response.get(name)
            try:
                found[name] = given if given is None else rows_of(given, len(rows), len(rows[0]), (name,))
            except Unacceptable as wrong:
                for one in wrong.problems:
                    problems.add(one.pointer, one.template, **one.values)
        if len(problems):
            raise Unacceptable(problems.found)
        return found if any(found.values()) else None

    def of_form(self, fields: QueryDict) -> Any:
        found = {name: rows_of_text(fields.get(f"response-{name}", ""), (name,)) for name in ASKED}
        return {name: rows for name, rows in found.items() if rows is not None} or None

    def mark(self, response: Response, variant: Variant) -> Mark:
        found = _diagnosis(response, variant)
        if found is None:
            return Mark(0.0)
        slip = " ".join(one.name for one in found.slips)
        return Mark(found.score * len(found.stages) / len(variant.own["right"]), mistake=slip)

    def feedback(self, response: Response, mark: Mark, variant: Variant) -> Feedback:
        found = _diagnosis(response, variant)
        right: Mapping[str, Rows] = variant.own["right"]
        return Feedback(
            mark,
            variant.reason,
            right={name: texts_of(rows) for name, rows in right.items()},
            mistake=_says(found),
            own={
                "stages": [
                    _told(name, rows, response, found, variant.own["tolerance"])
                    for name, rows in right.items()
                ],
                "departs": gettext(TITLES[found.departs]) if found and found.departs else "",
                "page": _page(variant, found),
                "has_answer": found is not None,
            },
        )

    def public(self, variant: Variant) -> dict[str, Any]:
        stages = [
            {"name": name, "shape": [len(rows), len(rows[0])]} for name, rows in variant.own["right"].items()
        ]
        return {**super().public(variant), "stages": stages}

    def form(self, variant: Variant, given: Response, typed: QueryDict | None) -> dict[str, Any]:
        texts = {name: _text(rows) for name, rows in (given or {}).items()}
        if typed is not None:
            texts = {name: typed.get(f"response-{name}", "")[:20_000] for name in ASKED}
        return {
            "stage_fields": [
                {
                    "name": name,
                    "title": gettext(TITLES[name]),
                    "rows": len(rows),
                    "columns": len(rows[0]),
                    "shape": f"{len(rows)}x{len(rows[0])}",
                    "text": texts.get(name, ""),
                }
                for name, rows in variant.own["right"].items()
            ]
        }

    def precision(self, variant: Variant) -> float | None:
        right: Mapping[str, Rows] = variant.own["right"]
        return None if all(map(are_whole, right.values())) else float(variant.own["tolerance"])

    def told_lines(self, response: Response, variant: Variant) -> list[str]:
        return [
            format_html("{}: {}", gettext(TITLES[name]), "; ".join(" ".join(row) for row in rows))
            for name, rows in (response or {}).items()
            if rows
        ]


def _rows(name: str, value: Any) -> Rows:
    array = np.asarray(value, dtype=float)
    if array.ndim != 2 or not 0 < array.size <= _MOST_CELLS or not np.isfinite(array).all():
        values = {"name": name, "got": array.shape}
        raise Unfit(_("%(name)s: expected rows of finite numbers; got the shape %(got)s") % values)
    return [[float(cell) for cell in row] for row in array]


def _text(rows: Sequence[Sequence[str]] | None) -> str:
    return "\n".join(" ".join(row) for row in rows or [])


def _diagnosis(response: Response, variant: Variant) -> Diagnosis | None:
    given = {name: numbers_of(rows) for name, rows in (response or {}).items() if rows}
    if not given:
        return None
    own = variant.own
    return diagnose(
        given, own["query"], own["key"], own["value"],
        causal=own["causal"], num_heads=own["num_heads"], tolerance=own["tolerance"],
    )  # fmt: skip


def _says(found: Diagnosis | None) -> str:
    """What went wrong, and what was right before it."""
    if found is None or not found.departs:
        return ""
    title = gettext(TITLES[found.departs])
    before = [gettext(TITLES[name]) for name in list(found.stages)[: list(found.stages).index(found.departs)]]
    lines = (
        [
            _("Right so far: %(stages)s.")
            % {"stages": pgettext("between the members of a list", ", ").join(before)}
        ]
        if before
        else []
    )
    slips = [gettext(one.says) for one in found.slips]
    if len(slips) == 1:
        lines += slips
    elif slips:
        lines.append(_("One of these happened, and your numbers do not tell which:"))
        lines += slips
        if found.departs == next(iter(found.stages)) != ASKED[0]:
            lines.append(_("Write down an earlier stage too, and it can be told."))
    else:
        lines.append(
            _("The first step that is not right: %(stage)s. It is none of the usual slips.")
            % {"stage": title}
        )
    return format_html_join("", "<p>{}</p>", ((line,) for line in lines))


def _told(
    name: str, rows: Rows, response: Response, found: Diagnosis | None, tolerance: float
) -> dict[str, Any]:
    """One stage as it is explained."""
    stage = found.stages.get(name) if found else None
    cells = stage.cells.tolist() if stage else [[False] * len(row) for row in rows]
    given = (response or {}).get(name)
    return {
        "title": gettext(TITLES[name]),
        "verdict": stage.verdict.value if stage else "",
        "follows": bool(stage and stage.verdict == Verdict.FOLLOWS),
        "cells": beside(
            given, rows, cells, decimals_shown((cell for row in rows for cell in row), tolerance)
        ),
        "is_given": bool(given),
    }


def _page(variant: Variant, found: Diagnosis | None) -> str:
    """The lab with the question's own numbers, at the step that went wrong."""
    departs = found.departs if found and found.departs else "weights"
    if found and found.slips:
        departs = found.slips[0].departs
    own = variant.own
    return attention_page(
        own["query"], own["key"], own["value"],
        causal=own["causal"], num_heads=own["num_heads"], step=_STEPS[departs],
    )  # fmt: skip


question_type = Stages()
