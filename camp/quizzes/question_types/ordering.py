"""Items put in order."""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any, ClassVar

import numpy as np
from django.http import QueryDict
from django.utils.safestring import SafeString
from django.utils.translation import gettext

from attention_core.labels import gettext_noop as _
from attention_core.problems import echo
from camp.courses.blocks import Unfit, Writer
from camp.quizzes.content import Choice, Content, Words, text_at
from camp.quizzes.drawn import Variant
from camp.quizzes.entries import Entries
from camp.quizzes.marking import Feedback, Mark, Response, Told, Unacceptable
from camp.quizzes.question_types.base import ENTRIES_SHAPE, QuestionType
from camp.quizzes.shown_keys import chosen_pairs, shown_keys, shuffled

EXPECTED = _("expected a list of the items in their order, each of %(items)s once, got %(received)s")
EXPECTED_PLACES = _("Give each item a place of its own; you gave: %(received)s.")
NO_PLACE = "–"
FEWEST = 3  # of two, shown never in their right order, the right one would be known
_APART = 1e-6  # values nearer than this have no order that anybody could see


class Ordering(QuestionType):
    """Answered by the keys in order. Of each two neighbours in the right order, the first must stand before the second:
    the score is the share of such pairs. All in reverse is worth nothing, one item far off costs one pair or two.
    """

    name: ClassVar[str] = "ordering"
    label: ClassVar[str] = _("Putting in order")
    order: ClassVar[int] = 50
    has_answer: ClassVar[bool] = False
    has_pick: ClassVar[bool] = True
    entries: ClassVar[tuple[Entries, ...]] = (Entries("items", optional=("reason",), fewest=FEWEST),)
    own_keys: ClassVar[tuple[str, ...]] = ("by",)
    scripts: ClassVar[tuple[str, ...]] = ("js/ordering.js",)
    response_shape: ClassVar[Mapping[str, Any]] = {"type": "array", "items": {"type": "string"}}
    response_words: ClassVar[str] = "all keys in order"
    public_shapes: ClassVar[Mapping[str, Any]] = {"items": ENTRIES_SHAPE}

    # --- Drawing ---------------------------------------------------------------------------------------

    def own_of_yaml(self, given: Mapping[str, Any], languages: Sequence[str]) -> dict[str, Any]:
        return {"by": text_at(given, "by")} if "by" in given else {}

    def check(self, content: Content) -> None:
        super().check(content)
        most = len(content.in_group("items"))
        if content.pick is not None and not FEWEST <= content.pick <= most:
            values = {"fewest": FEWEST, "most": most, "got": content.pick}
            problem = gettext("pick: expected a whole number from %(fewest)d to %(most)d; got %(got)r")
            raise Unfit(problem % values)

    def draw(
        self, content: Content, names: Mapping[str, Any], random: np.random.Generator, writer: Writer
    ) -> Mapping[str, Any]:
        """`items` as shown, never in their right order; `right`, their keys in it."""
        items = content.in_group("items")
        if content.own.get("by"):
            items = _sorted(items, writer.value(content.own["by"], names))
        if content.pick:
            picked = set(random.permutation(len(items))[: content.pick].tolist())
            items = [one for place, one in enumerate(items) if place in picked]
        keys = shown_keys([one.key for one in items], random)
        shown = shuffled(items, random)
        while shown == items:
            shown = shuffled(items, random)
        return {
            "items": [{"key": keys[one.key], "of": one.key} for one in shown],
            "right": [keys[one.key] for one in items],
        }

    def word(self, variant: Variant, content: Content, language: str, html: Words) -> Mapping[str, Any]:
        by_key = {one.key: one for one in content.choices}
        items = [
            {**one, "text": html(by_key[one["of"]], "text"), "reason": html(by_key[one["of"]], "reason")}
            for one in variant.own["items"]
        ]
        return {**variant.own, "items": items}

    # --- Answers ---------------------------------------------------------------------------------------

    def validate(self, response: Any, variant: Variant) -> Response:
        keys = [one["key"] for one in variant.own["items"]]
        if response is None or response == []:
            return None
        if (
            not isinstance(response, list)
            or len(response) != len(keys)
            or any(key not in response for key in keys)
        ):
            raise Unacceptable.at((), EXPECTED, items=", ".join(keys), received=echo(response))
        return response

    def of_form(self, fields: QueryDict) -> Any:
        """The keys by their places, which come as “key=place”.

        Raises:
            Unacceptable: some place is missing or given twice.
        """
        places = chosen_pairs(fields.getlist("response"))
        if not any(places.values()):
            return None
        given = list(places.values())
        if not all(one.isascii() and one.isdecimal() and len(one) < 4 for one in given) or len(
            set(given)
        ) < len(given):
            shown = ", ".join(one or NO_PLACE for one in given)
            raise Unacceptable.at((), EXPECTED_PLACES, received=echo(shown))
        return sorted(places, key=lambda key: int(places[key]))

    def mark(self, response: Response, variant: Variant) -> Mark:
        if response is None:
            return Mark(0.0)
        kept = _kept_pairs(response, variant)
        return Mark(sum(kept) / len(kept))

    def feedback(self, response: Response, mark: Mark, variant: Variant) -> Feedback:
        by_key = {one["key"]: one for one in variant.own["items"]}
        right = variant.own["right"]
        places = {key: place for place, key in enumerate(response or [], start=1)}
        told = [
            Told(key, by_key[key]["text"], by_key[key]["reason"],
                 is_right=places.get(key) == place, is_chosen=key in places)
            for place, key in enumerate(right, start=1)
        ]  # fmt: skip
        return Feedback(
            mark,
            variant.reason,
            right=right,
            options=told,
            own={
                "items": [
                    {"text": SafeString(one.text), "reason": SafeString(one.reason),
                     "is_right": one.is_right, "place": places.get(one.key)}
                    for one in told
                ],
                "kept": sum(_kept_pairs(response, variant)) if response else None,
                "pairs": len(right) - 1,
            },
        )  # fmt: skip

    def public(self, variant: Variant) -> dict[str, Any]:
        items = [{"key": one["key"], "text": one["text"]} for one in variant.own["items"]]
        return {**super().public(variant), "items": items}

    def form(self, variant: Variant, given: Response, typed: QueryDict | None) -> dict[str, Any]:
        """The items with their places, in the order that was given."""
        places = {key: str(place) for place, key in enumerate(given or [], start=1)}
        if typed is not None:
            places = chosen_pairs(typed.getlist("response"))
        items = variant.own["items"]
        if typed is None and given:
            items = sorted(items, key=lambda one: int(places[one["key"]]))
        return {
            "items": [
                {"key": one["key"], "text": SafeString(one["text"]), "place": places.get(one["key"], "")}
                for one in items
            ],
            "places": [str(place + 1) for place in range(len(items))],
        }

    def told_lines(self, response: Response, variant: Variant) -> list[str]:
        texts = {one["key"]: one["text"] for one in variant.own["items"]}
        return [texts[key] for key in response or []]


def _kept_pairs(response: Sequence[str], variant: Variant) -> list[bool]:
    """Of each two neighbours in the right order, whether they stand so."""
    place = {key: number for number, key in enumerate(response)}
    return [place[first] < place[second] for first, second in pairwise(variant.own["right"])]


def _sorted(items: Sequence[Choice], values: Any) -> list[Choice]:
    """By these values, the least first. Raises Unfit."""
    try:
        found = np.asarray(values, dtype=float)
    except (TypeError, ValueError):
        found = np.empty(0)
    if found.shape != (len(items),) or not np.isfinite(found).all():
        values = {"count": len(items), "got": str(values)[:100]}
        raise Unfit(gettext("by: expected %(count)d finite numbers, one for each item; got %(got)s") % values)
    order = np.argsort(found, kind="stable")
    if np.diff(found[order]).min() < _APART:
        raise Unfit(gettext("by: two items have the same value, so there is no one right order"))
    return [items[int(place)] for place in order]


question_type = Ordering()
