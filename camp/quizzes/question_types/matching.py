"""Items, each with what goes with it."""

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np
from django.http import QueryDict
from django.utils.html import strip_tags
from django.utils.safestring import SafeString
from django.utils.translation import gettext

from attention_core.labels import gettext_noop as _
from attention_core.problems import Problems, echo
from camp.courses.blocks import Unfit, Writer
from camp.quizzes.content import Content, Words
from camp.quizzes.drawn import Variant
from camp.quizzes.entries import Entries
from camp.quizzes.marking import Feedback, Mark, Response, Told, Unacceptable
from camp.quizzes.question_types.base import ENTRIES_SHAPE, QuestionType
from camp.quizzes.shown_keys import chosen_pairs, shown_keys, shuffled

EXPECTED = _('expected an object such as {"%(item)s": "%(match)s"}, got %(received)s')
EXPECTED_ITEM = _("expected one of the items %(items)s, got %(received)s")
EXPECTED_MATCH = _("expected one of %(matches)s, got %(received)s")
FEWEST = 2
_LETTERS = "ABCDEFGHIJKL"


class Matching(QuestionType):
    """Answered by a match for each item, or for some. Every right pair counts the same; a wrong one takes nothing."""

    name: ClassVar[str] = "matching"
    label: ClassVar[str] = _("Matching")
    order: ClassVar[int] = 60
    has_answer: ClassVar[bool] = False
    has_pick: ClassVar[bool] = True
    entries: ClassVar[tuple[Entries, ...]] = (
        Entries("items", optional=("reason",), right="to", fewest=FEWEST),
        Entries("matches", parts=("text",), fewest=FEWEST),
    )
    response_shape: ClassVar[Mapping[str, Any]] = {
        "type": "object",
        "additionalProperties": {"type": "string"},
    }
    response_words: ClassVar[str] = "the key of a match by the key of each item"
    public_shapes: ClassVar[Mapping[str, Any]] = {"items": ENTRIES_SHAPE, "matches": ENTRIES_SHAPE}

    # --- Drawing ---------------------------------------------------------------------------------------

    def check(self, content: Content) -> None:
        super().check(content)
        items = content.in_group("items")
        matches = [one.key for one in content.in_group("matches")]
        for one in items:
            if one.right not in matches:
                values = {"key": one.key, "known": ", ".join(matches), "got": one.right}
                problem = gettext(
                    "items, %(key)s: expected as “to” a key of the matches, %(known)s; got %(got)r"
                )
                raise Unfit(problem % values)
        if content.pick is not None and not FEWEST <= content.pick <= len(items):
            limits = {"fewest": FEWEST, "most": len(items), "got": content.pick}
            problem = gettext("pick: expected a whole number from %(fewest)d to %(most)d; got %(got)r")
            raise Unfit(problem % limits)

    def draw(
        self, content: Content, names: Mapping[str, Any], random: np.random.Generator, writer: Writer
    ) -> Mapping[str, Any]:
        """`items`, each with the key of its match, and `matches`, both in an order of their own."""
        items, matches = content.in_group("items"), content.in_group("matches")
        keys = shown_keys([one.key for one in (*items, *matches)], random)
        items = shuffled(items, random)[: content.pick or len(items)]
        return {
            "items": [{"key": keys[one.key], "of": one.key, "to": keys[one.right]} for one in items],
            "matches": [{"key": keys[one.key], "of": one.key} for one in shuffled(matches, random)],
        }

    def word(self, variant: Variant, content: Content, language: str, html: Words) -> Mapping[str, Any]:
        by_key = {one.key: one for one in content.choices}
        return {
            "items": [
                {**one, "text": html(by_key[one["of"]], "text"), "reason": html(by_key[one["of"]], "reason")}
                for one in variant.own["items"]
            ],
            "matches": [{**one, "text": html(by_key[one["of"]], "text")} for one in variant.own["matches"]],
        }

    # --- Answers ---------------------------------------------------------------------------------------

    def validate(self, response: Any, variant: Variant) -> Response:
        if response is None:
            return None
        items = [one["key"] for one in variant.own["items"]]
        matches = [one["key"] for one in variant.own["matches"]]
        if not isinstance(response, dict) or not response:
            raise Unacceptable.at((), EXPECTED, item=items[0], match=matches[0], received=echo(response))
        problems = Problems()
        for item, match in response.items():
            if item not in items:
                problems.add((), EXPECTED_ITEM, items=", ".join(items), received=echo(item))
            elif not isinstance(match, str) or match not in matches:
                problems.add((item,), EXPECTED_MATCH, matches=", ".join(matches), received=echo(match))
        if len(problems):
            raise Unacceptable(problems.found)
        return {item: response[item] for item in items if item in response}

    def of_form(self, fields: QueryDict) -> Any:
        pairs = chosen_pairs(fields.getlist("response"))
        return {item: match for item, match in pairs.items() if match} or None

    def mark(self, response: Response, variant: Variant) -> Mark:
        items = variant.own["items"]
        right = sum((response or {}).get(one["key"]) == one["to"] for one in items)
        return Mark(right / len(items))

    def feedback(self, response: Response, mark: Mark, variant: Variant) -> Feedback:
        given = response or {}
        texts = {one["key"]: SafeString(one["text"]) for one in variant.own["matches"]}
        items = variant.own["items"]
        return Feedback(
            mark,
            variant.reason,
            right={one["key"]: one["to"] for one in items},
            options=[
                Told(one["key"], one["text"], one["reason"],
                     is_right=given.get(one["key"]) == one["to"], is_chosen=one["key"] in given)
                for one in items
            ],
            own={
                "items": [
                    {"text": SafeString(one["text"]), "reason": SafeString(one["reason"]),
                     "right": texts[one["to"]], "given": texts.get(given.get(one["key"], "")),
                     "is_right": given.get(one["key"]) == one["to"]}
                    for one in items
                ]
            },
        )  # fmt: skip

    def public(self, variant: Variant) -> dict[str, Any]:
        shown = {
            name: [{"key": one["key"], "text": one["text"]} for one in variant.own[name]]
            for name in ("items", "matches")
        }
        return {**super().public(variant), **shown}

    def form(self, variant: Variant, given: Response, typed: QueryDict | None) -> dict[str, Any]:
        """The matches with letters, by which the selects name those that are formulas: an option holds only text."""
        chosen = chosen_pairs(typed.getlist("response")) if typed is not None else given or {}
        return {
            "items": [
                {"key": one["key"], "text": SafeString(one["text"]), "match": chosen.get(one["key"], "")}
                for one in variant.own["items"]
            ],
            "matches": [
                {
                    "key": one["key"],
                    "letter": letter,
                    "text": SafeString(one["text"]),
                    "plain": _plain(one["text"]),
                }
                for letter, one in zip(_LETTERS, variant.own["matches"], strict=False)
            ],
        }

    def told_lines(self, response: Response, variant: Variant) -> list[str]:
        matches = {one["key"]: one["text"] for one in variant.own["matches"]}
        given = response or {}
        return [
            f"{one['text']} – {matches[given[one['key']]]}"
            for one in variant.own["items"]
            if one["key"] in given
        ]


def _plain(html: str) -> SafeString:
    """A text without its elements; nothing where a formula is in it, whose letters alone would say another thing."""
    return SafeString("" if "<math" in html else strip_tags(html).strip())


question_type = Matching()
