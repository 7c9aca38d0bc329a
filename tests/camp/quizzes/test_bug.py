"""The wrong line of a program: one or all, drawn, marked, explained, and what a file may say."""

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

KIND = question_type("bug")
TEXT = MORE_QUESTIONS["wrong-line"]
CODE = ["a = 1", "", "b = 2", "c = 3", "d = 4"]


def content(old: str = "", new: str = "") -> Content:
    assert old in TEXT
    return read_question(TEXT.replace(old, new) if old else TEXT)[0]


def of(*right: int, wants_all: bool = False) -> Variant:
    return Variant("bug", own={"code": CODE, "right": list(right), "all": wants_all, "mistakes": []})


@pytest.mark.parametrize(("line", "score"), [("3", 1), ("5", 1), ("4", 0), (None, 0)])
def test_where_one_is_asked_any_of_the_wrong_lines_counts(line: str | None, score: float) -> None:
    variant = of(3, 5)
    assert KIND.mark(KIND.validate([line] if line else None, variant), variant).score == score


@pytest.mark.parametrize(
    ("lines", "score"),
    [(["3", "5"], 1), (["3"], 0.5), (["3", "4"], 0), (["3", "4", "5"], 0.5), (["1", "4"], 0)],
)
def test_where_all_are_asked_each_earns_and_each_that_is_none_takes_a_share(
    lines: list[str], score: float
) -> None:
    variant = of(3, 5, wants_all=True)
    assert KIND.mark(KIND.validate(lines, variant), variant).score == score


def test_numbers_of_lines_are_taken_as_texts_in_their_order() -> None:
    assert KIND.validate(["5", 3], of(3, 5, wants_all=True)) == ["3", "5"]
    assert KIND.of_form(QueryDict("response=5&response=3")) == ["5", "3"]
    assert KIND.of_form(QueryDict("")) is None
    assert KIND.validate([], of(3)) is None


@pytest.mark.parametrize("response", [3, "3", ["3"], [3]])
def test_a_line_may_be_given_by_itself(response: Any) -> None:
    assert KIND.validate(response, of(3)) == ["3"]


@pytest.mark.parametrize(
    ("response", "why"),
    [
        (["2"], "out of 1, 3, 4, 5"),  # an empty line
        (["6"], "out of 1, 3, 4, 5"),
        (["03"], "out of 1, 3, 4, 5"),
        (["x"], "out of 1, 3, 4, 5"),
        (["3", "3"], "each once"),
        (["3", 3], "each once"),
        ([["3"]], "expected a list"),
        (["3", "5"], "expected one line"),
    ],
)
def test_what_is_no_line_is_refused(response: Any, why: str) -> None:
    with pytest.raises(Unacceptable, match=why):
        KIND.validate(response, of(3))


def test_code_and_its_wrong_line_are_drawn() -> None:
    given = content()
    seen = {}
    for seed in range(20):
        own = variant_of(given, seed).own
        seen[tuple(own["code"][:2])] = own["right"]
    assert seen == {
        ("s = q @ k.T / 8", "w = s.softmax(axis=0)"): [2],
        ("s = q @ k.T / 64", "w = s.softmax(axis=-1)"): [1],
    }


def test_only_the_code_and_how_many_are_asked_is_public() -> None:
    given = content()
    public = KIND.public(worded(variant_of(given, 3), given, "en"))
    assert public.keys() == {"type", "prompt", "code", "wants_all"}
    assert public["wants_all"] is False
    assert public["code"][2:] == ["", "out = w @ v"]


def test_a_line_with_a_known_reason_is_explained() -> None:
    given = content()
    variant = worded(variant_of(given, 3), given, "en")
    mark = KIND.mark(["4"], variant)
    told = KIND.feedback(["4"], mark, variant)
    assert "the values come last" in told.mistake
    assert [line["number"] for line in told.own["lines"] if line["is_chosen"]] == ["4"]
    assert [line["number"] for line in told.own["lines"] if line["is_right"]] == told.right
    assert KIND.told_lines(["4"], variant) == ["line 4"]


def test_where_all_are_asked_every_chosen_line_has_its_own_reason() -> None:
    given = content("concepts: []", "all: true")
    variant = worded(variant_of(given, 3), given, "en")
    right = [str(one) for one in variant.own["right"]]
    told = KIND.feedback(["4", *right], KIND.mark(["4", *right], variant), variant)
    assert ["the values come last" in line["reason"] for line in told.own["lines"]] == [
        False,
        False,
        False,
        True,
    ]
    assert told.right == right
    assert KIND.of_yaml(KIND.to_yaml(given), ("en", "zh-hans")) == given


def test_code_is_escaped_where_it_stands_among_html() -> None:
    given = content("s = q @ k.T", "s = q < k <b>")
    variant = worded(variant_of(given, 3), given, "en")
    told = KIND.feedback(["1"], KIND.mark(["1"], variant), variant)
    assert "q &lt; k &lt;b&gt;" in told.options[0].text


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ("  s = q @ k.T / {{ [8, 64][first] }}\n  w = s.softmax(axis={{ [0, -1][first] }})\n\n", "", "expected 2 to 40 lines of text; got 1"),
        ("  out = w @ v\n", "  x\n" * 40, "expected 2 to 40 lines of text; got 43"),
        ("out = w @ v", "x" * 201, "lines of at most 200 characters"),
        ('"2 - first"', "[]", "lines: expected a line's number"),
        ('"2 - first"', "[true]", "lines: expected a line's number"),
        ('"2 - first"', "1.5", "lines: expected a line's number"),
        ('lines: "2 - first"\n', "", "lines: expected a line's number"),
        ("concepts: []", "all: 1", "all: expected true or false; got 1"),
        ("concepts: []", "answer: '1'", "“answer” means nothing here"),
    ],
)  # fmt: skip
def test_what_is_wrong_in_a_file_is_said(old: str, new: str, why: str) -> None:
    with pytest.raises(Unfit) as refused:
        content(old, new)
    assert why in refused.value.message


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ('"2 - first"', "3", "lines: expected numbers of lines, 1 to 4, that hold something; got [3]"),
        ('"2 - first"', "9", "lines: expected numbers of lines"),
        ('"2 - first"', '"2.5"', "lines: expected numbers of lines"),
        ('"2 - first"', "\"'2'\"", "lines: expected numbers of lines"),
        ("value: 4", "value: 2 - first", "is one of the right ones"),
        ("value: 4", "value: 7", "mistakes: expected numbers of lines"),
        ("{{ [8, 64][first] }}", "{{ [8, 64][first]", "without }}"),
    ],
)
def test_lines_that_cannot_be_chosen_are_refused_when_they_are_drawn(old: str, new: str, why: str) -> None:
    with pytest.raises(Unfit) as refused:
        variant_of(content(old, new), 1)
    assert why in refused.value.message


def test_a_line_and_a_list_of_lines_are_written_alike() -> None:
    assert content('"2 - first"', "2").own["lines"] == [2]
    assert content('"2 - first"', "[2]") == content('"2 - first"', "2")
