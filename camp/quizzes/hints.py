"""Hints of a question: written down, shown one after another, and what those that were taken leave of its credit."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from django.utils.translation import gettext as _

from camp.courses.blocks import Unfit
from camp.quizzes.content import Hint, list_at, only_known
from camp.quizzes.drawn import Variant
from camp.quizzes.entries import texts_at
from camp.quizzes.marking import Mark

MOST_HINTS = 3
_DIGITS = 6  # of a share, against what float64 makes of 1 − 0.1 − 0.2


def of_yaml(given: Mapping[str, Any], languages: Sequence[str]) -> tuple[Hint, ...]:
    """The list `hints` of a question's YAML. Raises Unfit."""
    found = []
    for place, one in enumerate(list_at(given, "hints")):
        where = f"hints[{place}]."
        if not isinstance(one, dict):
            problem = _("%(key)s: expected “key: value” lines; got %(got)r")
            raise Unfit(problem % {"key": where[:-1], "got": one})
        only_known(one, ("cost", *(languages if len(languages) > 1 else ("text",))), where)
        cost = one.get("cost")
        if isinstance(cost, bool) or not isinstance(cost, (int, float)):
            raise Unfit(_("%(key)s: expected a number; got %(got)r") % {"key": f"{where}cost", "got": cost})
        found.append(Hint(float(cost), texts_at(one, languages, "", ("text",), where)))
    return tuple(found)


def to_yaml(hints: Sequence[Hint]) -> list[dict[str, Any]]:
    """The same as `of_yaml` takes it, in all languages."""
    return [dict[str, Any](one.texts, cost=one.cost) for one in hints]


def check(hints: Sequence[Hint]) -> None:
    """Raises Unfit unless they can be offered: few, each with its texts, and together not all of the credit."""
    if len(hints) > MOST_HINTS:
        values = {"most": MOST_HINTS, "got": len(hints)}
        raise Unfit(_("hints: expected at most %(most)d; got %(got)d") % values)
    for place, one in enumerate(hints):
        if not 0 <= one.cost < 1:
            problem = _("%(key)s: expected a share from 0 to below 1; got %(got)s")
            raise Unfit(problem % {"key": f"hints[{place}].cost", "got": one.cost})
        for language, texts in one.texts.items():
            if not texts.get("text", "").strip():
                key = f"hints[{place}].{language}.text"
                raise Unfit(_("%(key)s: expected a text; got nothing") % {"key": key})
    if worth(hints, len(hints)) <= 0:
        raise Unfit(_("hints: together they must cost less than all of the credit"))


def worth(hints: Sequence[Any], taken: int) -> float:
    """What a right answer is worth once so many hints were taken, as a share of the credit.

    >>> worth([Hint(0.1, {}), Hint(0.2, {})], 2)
    0.7
    """
    return round(1 - sum(one.cost for one in hints[:taken]), _DIGITS)


def after_hints(mark: Mark, variant: Variant, taken: int) -> Mark:
    """The mark of an answer that was given with the help of so many hints."""
    taken = min(taken, len(variant.hints))
    if not taken:
        return mark
    left = worth(variant.hints, taken)
    return replace(mark, score=mark.score * left, hints_taken=taken, worth=left)


def shown(variant: Variant, taken: int) -> list[dict[str, Any]]:
    """Every hint with its cost; the text, as HTML, only of those that were taken."""
    return [
        {"cost": one.cost, "text": one.text if place < taken else None}
        for place, one in enumerate(variant.hints)
    ]


def hint_asked_for(form: Mapping[str, Any]) -> int:
    """Which hint a form asks for; 0, which is none, where it asks for nothing that could be one."""
    text = form.get("hint", "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 4 else 0
