"""Whether an answer to one version of a question can be marked by another, and what it is worth there: decision 19.

It can where both versions, drawn with the answer's seed, show the same figures: the numbers of the prompt one by one, the
same options, the same shape. Words may differ, and so may all that is not shown: the right answer, the tolerance,
which options are right. That is what a correction corrects.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from django.utils.html import strip_tags

from camp.courses.blocks import Unfit
from camp.quizzes.content import Content, Texts
from camp.quizzes.marking import Response, Unacceptable
from camp.quizzes.question_types import question_type
from camp.quizzes.regrade_models import Obstacle
from camp.quizzes.variants import Variant, variant_of, worded

_FIGURE = re.compile(r"[-−]?\s*\d+(?:[.,]\d+)*")
_TAG = re.compile(r"<[^>]*>")


@dataclass(frozen=True)
class Outcome:
    """`variant` of the other version, to mark by; None where there is an `obstacle`."""

    variant: Variant | None = None
    obstacle: str = ""


def to_mark_by(response: Response, seed: int, old: Content, new: Content) -> Outcome:
    """What a response to `old` can be marked by: `new`, drawn with the same `seed`."""
    if old.type != new.type:
        return Outcome(obstacle=Obstacle.TYPE)
    try:
        before, after = variant_of(old, seed), variant_of(new, seed)
        obstacle = _difference(before, after, old, new)
    except Unfit:
        return Outcome(obstacle=Obstacle.UNDRAWN)
    if obstacle:
        return Outcome(obstacle=obstacle)
    try:
        question_type(new.type).validate(response, after)
    except Unacceptable:
        return Outcome(obstacle=Obstacle.RESPONSE)
    return Outcome(after)


def _difference(before: Variant, after: Variant, old: Content, new: Content) -> str:
    """Empty where the two show the same figures."""
    unworded = _shown(before), _shown(after)
    if unworded[0] != unworded[1]:
        return _kind_of_difference(*unworded)
    one, other = _without_reasons(old), _without_reasons(new)
    if _same(before.names, after.names) and _words(one) == _words(other):
        return ""
    for language in old.texts.keys() & new.texts.keys():
        shown = _shown(worded(before, one, language)), _shown(worded(after, other, language))
        if shown[0] != shown[1]:
            return _kind_of_difference(*shown)
    return ""


def _kind_of_difference(one: Mapping[str, Any], other: Mapping[str, Any]) -> str:
    options = [{key for key, _text in shown.get("options", ())} for shown in (one, other)]
    return Obstacle.OPTIONS if options[0] != options[1] else Obstacle.NUMBERS


def _shown(variant: Variant) -> dict[str, Any]:
    """All that is public of a question, each text as its figures; options by key, for their order says nothing."""
    public = question_type(variant.type).public(variant)
    return {name: _figures(value) for name, value in public.items()}


def _figures(value: Any) -> Any:
    if isinstance(value, str):
        return tuple(re.sub(r"\s", "", one) for one in _FIGURE.findall(strip_tags(_TAG.sub(" ", value))))
    if isinstance(value, Mapping):
        return {name: one if name == "key" else _figures(one) for name, one in value.items()}
    if isinstance(value, (list, tuple)):
        if value and all(isinstance(one, Mapping) and "key" in one for one in value):
            rest = [
                (one["key"], {name: _figures(more) for name, more in one.items() if name != "key"})
                for one in value
            ]
            return sorted(rest, key=lambda pair: pair[0])
        return [_figures(one) for one in value]
    return value


def _without_reasons(content: Content) -> Content:
    """Reasons are shown afterwards: nobody answered by them."""

    def bare(texts: Texts) -> Texts:
        return {
            language: {part: "" if part == "reason" else text for part, text in own.items()}
            for language, own in texts.items()
        }

    choices = tuple(replace(one, texts=bare(one.texts)) for one in content.choices)
    return replace(content, texts=bare(content.texts), choices=choices)


def _same(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Of names that were drawn: numbers, texts, lists or arrays."""
    return one.keys() == other.keys() and all(np.array_equal(one[name], other[name]) for name in one)


def _words(content: Content) -> Any:
    return content.texts, {one.key: one.texts for one in content.choices if not one.value}
