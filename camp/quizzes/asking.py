"""A question for the templates: what its form shows, and what is said of an answer."""

from typing import Any

from django.http import QueryDict
from django.utils.safestring import SafeString

from camp.matrix_text import write_number
from camp.quizzes import hints
from camp.quizzes.drawn import Variant
from camp.quizzes.labels import spoken
from camp.quizzes.marking import Feedback, Response, percent
from camp.quizzes.question_types import question_type


def asked(
    variant: Variant, given: Response, place: str, typed: QueryDict | None = None, hints_taken: int = 0
) -> dict[str, Any]:
    """The form's context. `place` makes its ids; what was typed stays as it is, even where it is no answer. Of hints
    there are the texts that were taken, and of the next one its number and what it costs.
    """
    kind = question_type(variant.type)
    found: dict[str, Any] = {
        **kind.public(variant),
        "place": place,
        "template": kind.template,
        "scripts": kind.scripts,
        "has_matrices": kind.has_matrices,
        "described_by": f"{place}-help {place}-error",
        "within": _within(kind.precision(variant)),
        **_hints(variant, hints_taken),
        "prompt": SafeString(variant.prompt),
        "text": _text(given) if typed is None else typed.get("response", "")[:20_000],
    }
    found |= kind.form(variant, given, typed) | {"told_lines": _safe(kind.told_lines(given, variant))}
    if "options" in found:
        chosen = (
            (given if isinstance(given, list) else [given]) if typed is None else typed.getlist("response")
        )
        found["options"] = [
            {
                "key": one["key"],
                "text": SafeString(one["text"]),
                "spoken": spoken(one["text"]),
                "is_chosen": one["key"] in chosen,
            }
            for one in found["options"]
        ]
    return found


def told(feedback: Feedback) -> dict[str, Any]:
    """The explanation's context; its texts passed nh3 when they were made."""
    return {
        "mark": feedback.mark,
        "percent": percent(feedback.mark.score),
        "worth": percent(feedback.mark.worth),
        "reason": SafeString(feedback.reason),
        "given": feedback.given,
        "shown_right": feedback.shown_right,
        "mistake": SafeString(feedback.mistake),
        "cells": feedback.cells,
        "options": [
            {
                "key": one.key,
                "text": SafeString(one.text),
                "reason": SafeString(one.reason),
                "is_right": one.is_right,
                "is_chosen": one.is_chosen,
            }
            for one in feedback.options
        ],
        "own": feedback.own,
    }


def _hints(variant: Variant, taken: int) -> dict[str, Any]:
    shown = hints.shown(variant, taken)
    left = [
        {"number": place, "percent": percent(one["cost"])}
        for place, one in enumerate(shown, start=1)
        if one["text"] is None
    ]
    return {
        "hints": [SafeString(one["text"]) for one in shown if one["text"] is not None],
        "next_hint": left[0] if left else None,
    }


def _within(precision: float | None) -> str:
    return "" if precision is None else write_number(precision)


def _safe(lines: list[str]) -> list[SafeString]:
    return [SafeString(line) for line in lines]


def _text(given: Response) -> str:
    """A response as one would type it."""
    if isinstance(given, list):
        return "\n".join(" ".join(map(str, row)) for row in given if isinstance(row, list))
    return given if isinstance(given, str) else ""
