"""A short text, in one of the forms that are accepted."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import numpy as np
from django.utils.translation import gettext

from attention_core.labels import gettext_noop as _
from attention_core.problems import echo
from camp.courses.blocks import Unfit, Writer
from camp.courses.source_yaml import UNFIT
from camp.quizzes.content import Content, Words, list_at, mapping_at, only_known, text_at
from camp.quizzes.drawn import Variant
from camp.quizzes.filled import filled
from camp.quizzes.given_rows import as_typed
from camp.quizzes.marking import Feedback, Mark, Response, Unacceptable
from camp.quizzes.plain_text import normal
from camp.quizzes.question_types.base import QuestionType

EXPECTED = _("expected a text, got %(received)s")
TOO_LONG = _("expected at most %(most)s characters, got %(received)s")
UNTYPED = _("expected characters that can be typed, got %(received)s")
MOST_CHARACTERS = 200
MOST_FORMS = 40
ANY = "any"  # the forms that belong to no language
_BETWEEN = "|"  # the forms of one known wrong answer


class Text(QuestionType):
    """Answered by a text, kept as it was typed; right in the accepted forms of any language, whichever is read."""

    name: ClassVar[str] = "text"
    label: ClassVar[str] = _("A short text")
    order: ClassVar[int] = 70
    has_answer: ClassVar[bool] = False
    own_keys: ClassVar[tuple[str, ...]] = ("accept",)
    word_keys: ClassVar[tuple[str, ...]] = ("accept", "value")
    response_words: ClassVar[str] = "a text of at most 200 characters"

    # --- Drawing ---------------------------------------------------------------------------------------

    def own_of_yaml(self, given: Mapping[str, Any], languages: Sequence[str]) -> dict[str, Any]:
        """`accept` is a list for all languages, or has one for `any` and for each language."""
        accept = given.get("accept")
        lists = {ANY: accept} if isinstance(accept, list) else mapping_at(given, "accept")
        known = (ANY, *languages)
        only_known(lists, known, "accept.")
        found = {name: _forms(lists, name) for name in known if name in lists}
        if not any(found.values()):
            raise Unfit(gettext("accept: expected at least one form; got none"))
        return {"accept": {name: forms for name, forms in found.items() if forms}}

    def draw(
        self, content: Content, names: Mapping[str, Any], random: np.random.Generator, writer: Writer
    ) -> Mapping[str, Any]:
        """`accepted` and each mistake's `forms` as they are compared; `first` is the form to show, by language."""
        accept = {
            name: [filled(form, names, writer) for form in forms]
            for name, forms in content.own["accept"].items()
        }
        accepted = sorted({normal(form) for forms in accept.values() for form in forms})
        mistakes = []
        for one in content.mistakes:
            forms = [
                filled(form.strip(), names, writer) for form in one.value.split(_BETWEEN) if form.strip()
            ]
            for form in forms:
                if normal(form) in accepted:
                    raise Unfit(gettext("mistakes: “%(form)s” is one of the accepted forms") % {"form": form})
            mistakes.append({"key": one.key, "forms": [normal(form) for form in forms]})
        return {
            "accepted": accepted,
            "first": {name: forms[0] for name, forms in accept.items()},
            "mistakes": mistakes,
        }

    def word(self, variant: Variant, content: Content, language: str, html: Words) -> Mapping[str, Any]:
        by_key = {one.key: one for one in content.choices}
        first = variant.own["first"]
        shown = first.get(language) or first.get(ANY) or next(iter(first.values()))
        mistakes = [{**one, "reason": html(by_key[one["key"]], "reason")} for one in variant.own["mistakes"]]
        return {**variant.own, "mistakes": mistakes, "shown": shown}

    # --- Answers ---------------------------------------------------------------------------------------

    def validate(self, response: Any, variant: Variant) -> Response:
        response = as_typed(response)
        if response is None or (isinstance(response, str) and not response.strip()):
            return None
        if not isinstance(response, str):
            raise Unacceptable.at((), EXPECTED, received=echo(response))
        if len(response) > MOST_CHARACTERS:
            raise Unacceptable.at((), TOO_LONG, most=MOST_CHARACTERS, received=len(response))
        if UNFIT.search(response):
            raise Unacceptable.at((), UNTYPED, received=echo(response))
        return response.strip()

    def mark(self, response: Response, variant: Variant) -> Mark:
        if response is None:
            return Mark(0.0)
        given = normal(response)
        if given in variant.own["accepted"]:
            return Mark(1.0)
        known = (one["key"] for one in variant.own["mistakes"] if given in one["forms"])
        return Mark(0.0, mistake=next(known, ""))

    def feedback(self, response: Response, mark: Mark, variant: Variant) -> Feedback:
        return Feedback(
            mark,
            variant.reason,
            right=variant.own["shown"],
            given=response or "",
            shown_right=variant.own["shown"],
            mistake=next(
                (one["reason"] for one in variant.own["mistakes"] if one["key"] == mark.mistake), ""
            ),
        )


def _forms(lists: Mapping[str, Any], name: str) -> list[str]:
    """The forms under a name. Raises Unfit."""
    given = list_at(lists, name)
    if len(given) > MOST_FORMS:
        values = {"most": MOST_FORMS, "got": len(given)}
        raise Unfit(gettext("accept: expected at most %(most)d forms of a language; got %(got)d") % values)
    found = [text_at({"accept": form}, "accept") for form in given]
    for form in found:
        if len(form) > MOST_CHARACTERS:
            values = {"most": MOST_CHARACTERS, "got": len(form)}
            raise Unfit(
                gettext("accept: expected forms of at most %(most)d characters; got %(got)d") % values
            )
    return found


question_type = Text()
