"""A question for the templates: what its form shows, and what is said of an answer."""

import re
from html import unescape
from typing import Any

from django.http import QueryDict
from django.utils.html import strip_tags
from django.utils.safestring import SafeString

from camp.quizzes.marking import Response, percent
from camp.quizzes.question_types import question_type
from camp.quizzes.question_types.base import Feedback
from camp.quizzes.variants import Variant

_FORMULA = re.compile(r"<math\b.*?</math>", re.DOTALL)


def asked(variant: Variant, given: Response, place: str, typed: QueryDict | None = None) -> dict[str, Any]:
    """The form's context. `place` makes its ids; what was typed stays as it is, even where it is no answer."""
    kind = question_type(variant.type)
    found: dict[str, Any] = {
        **kind.public(variant),
        "place": place,
        "template": kind.template,
        "prompt": SafeString(variant.prompt),
        "text": _text(given) if typed is None else typed.get("response", "")[:20_000],
    }
    if "options" in found:
        chosen = (
            (given if isinstance(given, list) else [given]) if typed is None else typed.getlist("response")
        )
        found["options"] = [
            {
                "key": one["key"],
                "text": SafeString(one["text"]),
                "spoken": _spoken(one["text"]),
                "is_chosen": one["key"] in chosen,
            }
            for one in found["options"]
        ]
    if "shape" in found:
        found["shape"] = "{}x{}".format(*found["shape"])
        found["rows"], found["columns"] = len(variant.rows), len(variant.rows[0])
        found["editor_id"] = f"{place}-response"
        found["described_by"] = f"{place}-help {place}-error"
    return found


def told(feedback: Feedback) -> dict[str, Any]:
    """The explanation's context; its texts passed nh3 when they were made."""
    return {
        "mark": feedback.mark,
        "percent": percent(feedback.mark.score),
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
    }


def _spoken(text: str) -> str:
    """Of an option that is a formula alone: its letters, for of MathML not every reader makes a name."""
    return "" if strip_tags(_FORMULA.sub("", text)).strip() else unescape(strip_tags(text))


def _text(given: Response) -> str:
    """A response as one would type it."""
    if isinstance(given, list):
        return "\n".join(" ".join(row) for row in given if isinstance(row, list))
    return given or ""
