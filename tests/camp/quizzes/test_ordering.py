"""Items put in order: what is shown, what an order is worth, what is no order, and what a file may say."""

import json
from itertools import permutations
from typing import Any

import pytest
from django.http import QueryDict

from camp.courses.blocks import Unfit
from camp.quizzes.content import Content
from camp.quizzes.drawn import Variant
from camp.quizzes.marking import Unacceptable
from camp.quizzes.publishing import read_question
from camp.quizzes.question_types import question_type
from camp.quizzes.variants import variant_of, worded
from tests.camp.quizzes.bank import MORE_QUESTIONS

KIND = question_type("ordering")
TEXT = MORE_QUESTIONS["sequence"]


def content(old: str = "", new: str = "") -> Content:
    assert old in TEXT
    return read_question(TEXT.replace(old, new) if old else TEXT)[0]


def of(*keys: str) -> Variant:
    """Items whose right order is that of the keys."""
    return Variant(
        "ordering", own={"items": [{"key": key, "of": key} for key in keys[::-1]], "right": list(keys)}
    )


def test_items_are_shown_in_any_order_but_the_right_one() -> None:
    given = content()
    seen = set()
    for seed in range(200):
        own = variant_of(given, seed).own
        order = {one["key"]: own["right"].index(one["key"]) for one in own["items"]}
        seen.add(tuple(order.values()))
    assert seen == set(permutations(range(4))) - {(0, 1, 2, 3)}


def test_the_keys_that_are_shown_are_no_authors_and_another_drawings_are_others() -> None:
    given = content()
    first, second = (worded(variant_of(given, seed), given, "en") for seed in (1, 2))
    shown = json.dumps(KIND.public(first))
    assert "canary" not in shown
    assert [sorted(one) for one in KIND.public(first)["items"]] == [["key", "text"]] * 4
    assert not {one["key"] for one in first.own["items"]} & {one["key"] for one in second.own["items"]}
    assert variant_of(given, 1) == variant_of(given, 1)


@pytest.mark.parametrize(
    ("order", "score"),
    [
        ("abcde", 1),
        ("edcba", 0),
        ("bcdea", 0.75),
        ("eabcd", 0.75),
        ("abced", 0.75),
        ("badce", 0.5),
        (None, 0),
    ],
)
def test_every_two_neighbours_in_the_right_order_earn_their_share(order: str | None, score: float) -> None:
    response = KIND.validate(list(order) if order else None, of(*"abcde"))
    assert KIND.mark(response, of(*"abcde")).score == score


def test_only_the_right_order_is_wholly_right() -> None:
    right = [order for order in permutations("abcd") if KIND.mark(list(order), of(*"abcd")).is_right]
    assert right == [tuple("abcd")]


@pytest.mark.parametrize(
    ("sent", "response"),
    [
        (["b=2", "a=1", "c=3"], ["a", "b", "c"]),
        (["b=1", "a=3", "c=2"], ["b", "c", "a"]),
        (["b=", "a=", "c="], None),
        ([], None),
    ],
)
def test_a_form_sends_a_place_for_each_item(sent: list[str], response: Any) -> None:
    fields = QueryDict(mutable=True)
    fields.setlist("response", sent)
    assert KIND.validate(KIND.of_form(fields), of(*"abc")) == response


@pytest.mark.parametrize("sent", [["a=1", "b=1", "c=2"], ["a=1", "b=", "c=2"], ["a=1", "b=x", "c=2"], ["a=1", "b=9999", "c=2"]])  # fmt: skip
def test_a_place_that_is_missing_or_given_twice_is_told(sent: list[str]) -> None:
    fields = QueryDict(mutable=True)
    fields.setlist("response", sent)
    with pytest.raises(Unacceptable, match="a place of its own"):
        KIND.of_form(fields)


@pytest.mark.parametrize("response", [["a", "b"], ["a", "b", "b"], ["a", "b", "x"], ["a", "b", "c", "c"], "abc", 1, {"a": 1}, [["a"], "b", "c"]])  # fmt: skip
def test_what_is_no_order_of_all_items_is_refused(response: Any) -> None:
    with pytest.raises(Unacceptable, match="each of c, b, a once"):
        KIND.validate(response, of(*"abc"))


def test_the_explanation_has_the_right_order_and_the_place_that_each_was_given() -> None:
    given = content()
    variant = worded(variant_of(given, 3), given, "en")
    response = [variant.own["right"][place] for place in (1, 0, 2, 3)]
    told = KIND.feedback(response, KIND.mark(response, variant), variant)
    assert [one["text"] for one in told.own["items"]][1:] == ["Scale", "Mask", "Softmax"]
    assert [one["place"] for one in told.own["items"]] == [2, 1, 3, 4]
    assert [one.is_right for one in told.options] == [False, False, True, True]
    assert (told.own["kept"], told.own["pairs"]) == (2, 3)
    assert told.right == variant.own["right"]
    assert KIND.told_lines(response, variant) == ["Scale", told.options[0].text, "Mask", "Softmax"]


def test_the_right_order_may_be_computed_from_what_was_drawn() -> None:
    given = read_question(TEXT.replace('{d: "integer(2, 9)"}', '{d: "shuffled([1, 2, 3, 4])"}')
                          .replace("{{ d }}", "{{ d[0] }}").replace("texts:", 'by: "-array(d)"\ntexts:', 1))[0]  # fmt: skip
    orders = set()
    for seed in range(20):
        variant = variant_of(given, seed)
        names = {one["key"]: int(one["of"][-1]) for one in variant.own["items"]}
        order = [variant.names["d"][names[key] - 1] for key in variant.own["right"]]
        assert order == [4, 3, 2, 1]
        orders.add(tuple(names[key] for key in variant.own["right"]))
    assert len(orders) > 1
    assert KIND.of_yaml(KIND.to_yaml(given), ("en", "zh-hans")) == given


def test_of_many_items_some_are_shown_in_their_own_order() -> None:
    given = content("concepts: []", "pick: 3")
    seen = set()
    for seed in range(30):
        own = variant_of(given, seed).own
        names = {one["key"]: one["of"] for one in own["items"]}
        order = [names[key] for key in own["right"]]
        assert order == sorted(order)
        assert len(order) == 3
        seen |= set(order)
    assert len(seen) == 4


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ("concepts: []", "pick: 2", "pick: expected a whole number from 3 to 4; got 2"),
        ("concepts: []", "pick: 5", "pick: expected a whole number from 3 to 4; got 5"),
        ("concepts: []", "answer: '1'", "“answer” means nothing here"),
        ("concepts: []", "by: ''", "by: expected a text; got nothing"),
        ("{text: Mask}", "{}", "items[2].en: expected “key: value” lines"),
        ("key: canary-2, ", "key: canary-1, ", "each once; got 'canary-1'"),
        ("key: canary-2, ", "key: canary-2, right: true, ", "“items[1].right” means nothing here"),
    ],
)
def test_what_is_wrong_in_a_file_is_said(old: str, new: str, why: str) -> None:
    with pytest.raises(Unfit) as refused:
        content(old, new)
    assert why in refused.value.message


def test_fewer_than_three_items_are_refused_since_their_order_would_be_known() -> None:
    lines = [line for line in TEXT.splitlines() if "canary-3" not in line and "canary-4" not in line]
    with pytest.raises(Unfit, match="items: expected 3 to 12 entries; got 2"):
        read_question("\n".join(lines))


@pytest.mark.parametrize(
    ("by", "why"),
    [
        ("[1, 2, 2, 3]", "two items have the same value"),
        ("[1, 2, 3]", "expected 4 finite numbers"),
        ("5", "expected 4 finite numbers"),
        ("[1, 2, 3, inf]", "expected 4 finite numbers"),
    ],
)
def test_values_that_give_no_order_are_no_good(by: str, why: str) -> None:
    given = read_question(TEXT.replace("texts:", f'by: "{by}"\ntexts:', 1))[0]
    with pytest.raises(Unfit) as refused:
        variant_of(given, 1)
    assert why in refused.value.message
