"""Items and what goes with them: drawn, sent by a form or the API, marked pair by pair, and read from a file."""

import json
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

KIND = question_type("matching")
TEXT = MORE_QUESTIONS["pairs"]
PAIRS = Variant(
    "matching",
    own={
        "items": [{"key": "i", "of": "a", "to": "x"}, {"key": "j", "of": "b", "to": "y"}, {"key": "k", "of": "c", "to": "x"}],
        "matches": [{"key": "x", "of": "d"}, {"key": "y", "of": "e"}, {"key": "z", "of": "f"}],
    },
)  # fmt: skip


def content(old: str = "", new: str = "") -> Content:
    assert old in TEXT
    return read_question(TEXT.replace(old, new) if old else TEXT)[0]


@pytest.mark.parametrize(
    ("response", "score"),
    [
        ({"i": "x", "j": "y", "k": "x"}, 1),
        ({"i": "x", "j": "z", "k": "x"}, 2 / 3),
        ({"i": "x"}, 1 / 3),
        ({"i": "z", "j": "x", "k": "y"}, 0),
        (None, 0),
    ],
)
def test_every_right_pair_earns_its_share_and_a_wrong_one_takes_nothing(response: Any, score: float) -> None:
    assert KIND.mark(KIND.validate(response, PAIRS), PAIRS).score == pytest.approx(score)


def test_a_form_sends_a_match_for_each_item_or_none() -> None:
    fields = QueryDict("response=j%3Dy&response=i%3D&response=k%3Dx")
    assert KIND.validate(KIND.of_form(fields), PAIRS) == {"j": "y", "k": "x"}
    assert KIND.of_form(QueryDict("response=i%3D&response=j%3D")) is None


@pytest.mark.parametrize(
    ("response", "pointer", "why"),
    [
        ({}, (), "expected an object such as"),
        (["x"], (), "expected an object such as"),
        ({"q": "x"}, (), "expected one of the items i, j, k"),
        ({"i": "q"}, ("i",), "expected one of x, y, z"),
        ({"i": ["x"]}, ("i",), "expected one of x, y, z"),
        ({"i": None}, ("i",), "expected one of x, y, z"),
    ],
)
def test_what_is_no_pair_is_told_at_its_item(response: Any, pointer: Any, why: str) -> None:
    with pytest.raises(Unacceptable, match=why) as refused:
        KIND.validate(response, PAIRS)
    assert refused.value.problems[0].pointer == pointer


def test_neither_keys_nor_orders_give_pairs_away() -> None:
    given = content()
    places: dict[str, set[int]] = {}
    for seed in range(60):
        variant = worded(variant_of(given, seed), given, "en")
        public = KIND.public(variant)
        assert "canary" not in json.dumps(public)
        assert [sorted(one) for one in (*public["items"], *public["matches"])] == [["key", "text"]] * 8
        matches = [one["key"] for one in public["matches"]]
        for one in variant.own["items"]:
            places.setdefault(one["of"], set()).add(matches.index(one["to"]))
    assert all(seen == {0, 1, 2, 3} for seen in places.values())


def test_of_many_items_some_are_asked_and_every_match_is_offered() -> None:
    given = content("concepts: []", "pick: 2")
    asked = set()
    for seed in range(30):
        own = variant_of(given, seed).own
        assert (len(own["items"]), len(own["matches"])) == (2, 4)
        asked |= {one["of"] for one in own["items"]}
    assert len(asked) == 4


def test_the_explanation_has_for_each_item_what_was_given_and_what_is_right() -> None:
    given = content()
    variant = worded(variant_of(given, 3), given, "zh-hans")
    by_name = {one["of"]: one["key"] for one in (*variant.own["items"], *variant.own["matches"])}
    response = {by_name["canary-b"]: by_name["canary-4"], by_name["canary-d"]: by_name["canary-3"]}
    told = KIND.feedback(response, KIND.mark(response, variant), variant)
    rows = {row["text"]: row for row in told.own["items"]}
    assert (rows["余弦"]["given"], rows["余弦"]["right"], rows["余弦"]["is_right"]) == ("没有", "角", False)
    assert (rows["加性"]["given"], rows["加性"]["is_right"]) == ("双曲正切", True)
    assert rows["乘积"]["given"] is None
    assert told.mark.score == 0.25
    assert KIND.mark(told.right, variant).is_right
    assert set(KIND.told_lines(response, variant)) == {"余弦 – 没有", "加性 – 双曲正切"}


def test_a_select_names_a_formula_by_its_letter_alone() -> None:
    given = content()
    variant = worded(variant_of(given, 3), given, "en")
    form = KIND.form(variant, None, None)
    assert [one["letter"] for one in form["matches"]] == ["A", "B", "C", "D"]
    assert {one["plain"] for one in form["matches"]} == {"", "angle", "tanh", "nothing"}


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ("to: canary-3", "to: canary-9", "items, canary-d: expected as “to” a key of the matches"),
        ("to: canary-3", "to: canary-a", "got 'canary-a'"),
        ("to: canary-3, ", "", "items[3].to: expected a text; got nothing"),
        ("key: canary-4", "key: canary-a", "each once; got 'canary-a'"),
        ("concepts: []", "pick: 5", "pick: expected a whole number from 2 to 4; got 5"),
        ("text: nothing}", "text: nothing, reason: x}", "“matches[3].en.reason” means nothing here"),
        ("concepts: []", "options: []", "“options” means nothing here"),
    ],
)
def test_what_is_wrong_in_a_file_is_said(old: str, new: str, why: str) -> None:
    with pytest.raises(Unfit) as refused:
        content(old, new)
    assert why in refused.value.message
