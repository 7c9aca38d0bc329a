"""Questions read, drawn, answered and marked; and what every type must have."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from django.http import QueryDict
from django.template.loader import get_template, render_to_string
from django.utils.translation import gettext, override

from camp.courses.blocks import Unfit
from camp.quizzes.asking import asked
from camp.quizzes.content import Content
from camp.quizzes.marking import Mark, Unacceptable
from camp.quizzes.publishing import read_question
from camp.quizzes.question_types import question_type, question_types
from camp.quizzes.variants import Option, Variant, differ, variant_of, worded
from tests.camp.quizzes.bank import CANARY, EVERY_QUESTION

LANGUAGES = ("en", "zh-hans")
BY_TYPE = {
    "numeric": "scale",
    "single": "which",
    "multiple": "several",
    "matrix": "weights",
    "stages": "steps",
    "bars": "shares",
    "region": "cell",
    "ordering": "sequence",
    "matching": "pairs",
    "text": "named",
    "bug": "wrong-line",
}


def content(slug: str, old: str = "", new: str = "") -> Content:
    """A question of the bank, with one thing changed."""
    text = EVERY_QUESTION[slug]
    assert old in text
    return read_question(text.replace(old, new) if old else text)[0]


# --- What every type has -------------------------------------------------------------------------------


@pytest.mark.parametrize("name", question_types())
def test_a_type_has_all_that_the_camp_asks_of_it(name: str, project: Path) -> None:
    kind = question_type(name)
    assert kind.__doc__
    assert get_template(kind.template)
    assert get_template(kind.feedback_template)
    with override("zh-hans"):
        assert gettext(kind.label) != kind.label, "its label has no Chinese"
    assert name in BY_TYPE, "it has no question in tests/camp/quizzes/bank.py"
    assert f'"{name}"' in (project / "tests/camp/quizzes/test_questions.py").read_text()


@pytest.mark.parametrize("name", question_types())
def test_a_question_survives_the_way_to_yaml_and_to_json_and_back(name: str) -> None:
    given = content(BY_TYPE[name])
    kind = question_type(name)
    assert kind.of_yaml(kind.to_yaml(given), LANGUAGES) == given
    assert Content.of_json(json.loads(json.dumps(given.as_json()))) == given
    variant = worded(variant_of(given, 3), given, "en")
    assert Variant.of_json(json.loads(json.dumps(variant.as_json()))) == variant


@pytest.mark.parametrize("name", question_types())
@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_public_has_the_question_and_gives_no_answer_away(name: str, language: str) -> None:
    given = content(BY_TYPE[name])
    variant = worded(variant_of(given, 3), given, language)
    told = json.dumps(question_type(name).public(variant), ensure_ascii=False)
    assert variant.prompt in json.loads(told)["prompt"]
    assert CANARY not in told
    assert "right" not in told.replace("\\u0072ight", "right")
    for number in (11.4321, 15.4321, 23.4321):
        assert str(number) not in told


@pytest.mark.parametrize("name", question_types())
def test_the_right_answer_of_the_feedback_is_right_and_nothing_is_worth_nothing(name: str) -> None:
    given = content(BY_TYPE[name])
    kind = question_type(name)
    variant = worded(variant_of(given, 3), given, "en")
    right = kind.feedback(None, kind.mark(None, variant), variant).right
    assert kind.mark(kind.validate(right, variant), variant).score == 1
    assert kind.mark(None, variant).score == 0


@pytest.mark.parametrize("name", question_types())
@pytest.mark.parametrize(
    "response",
    [{}, {"a": 1}, True, ["nope"], [["a", "b"]], [[]], "\x00", float("nan"), [[1e999]], "∞", 10**400],
)
def test_what_is_no_answer_is_refused_with_what_was_expected(name: str, response: Any) -> None:
    if (name, response) == ("text", "∞"):
        pytest.skip("a text like another")
    variant = variant_of(content(BY_TYPE[name]), 3)
    with pytest.raises(Unacceptable) as refused:
        question_type(name).validate(response, variant)
    assert refused.value.problems[0].detail


# --- Each type -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("typed", ["0.25", "1/4", "25%", "０．２５", " .25 ", "2.5e-1"])
def test_a_number_is_read_as_people_type_it_and_kept_so(typed: str) -> None:
    kind = question_type("numeric")
    variant = Variant("numeric", tolerance=0.005, answer=0.25)
    assert kind.validate(typed, variant) == typed.strip()
    assert kind.mark(typed.strip(), variant).score == 1


def test_the_ends_of_the_tolerance_are_right_and_a_known_mistake_is_named() -> None:
    kind = question_type("numeric")
    given = content("scale")
    variant = worded(variant_of(given, 3), given, "en")
    assert kind.mark(repr(variant.number + 0.005), variant).is_right
    assert not kind.mark(repr(variant.number + 0.0051), variant).is_right
    wrong = str(variant.mistakes[0].value)
    mark = kind.mark(wrong, variant)
    assert (mark.score, mark.mistake) == (0, "m1")
    assert "the root is missing" in kind.feedback(wrong, mark, variant).mistake


def test_several_choices_earn_in_part_and_never_less_than_nothing() -> None:
    kind = question_type("multiple")
    options = tuple(Option(key, key in "ab") for key in "abcd")
    variant = Variant("multiple", options=options)
    scores = {
        chosen: kind.mark(list(chosen), variant).score
        for chosen in ("ab", "a", "ac", "abc", "abcd", "cd", "c")
    }
    assert scores == {"ab": 1, "a": 0.5, "ac": 0, "abc": 0.5, "abcd": 0, "cd": 0, "c": 0}
    with pytest.raises(Unacceptable, match="each once"):
        kind.validate(["a", "a"], variant)
    assert kind.validate(["c", "a"], variant) == ["a", "c"]


def test_a_matrix_is_marked_cell_by_cell_and_told_at_the_cell_where_it_is_none() -> None:
    kind = question_type("matrix")
    variant = Variant("matrix", tolerance=0.005, answer=[[1 / 3, 0.2], [0.5, 1.0]])
    given = kind.of_form(QueryDict("response=1/3 50%%0A0.5 1"))
    assert given == [["1/3", "50%"], ["0.5", "1"]]
    mark = kind.mark(kind.validate(given, variant), variant)
    assert (mark.score, mark.cells) == (0.75, [[True, False], [True, True]])
    with pytest.raises(Unacceptable) as refused:
        kind.validate([["1/3", "x"], ["0.5", "1"]], variant)
    assert [problem.pointer for problem in refused.value.problems] == [(0, 1)]
    with pytest.raises(Unacceptable, match="expected 2 rows of 2 numbers, got 3"):
        kind.validate([["1", "2", "3"], ["1", "2"]], variant)


def test_a_matrix_along_the_wrong_axis_is_named() -> None:
    kind = question_type("matrix")
    given = content("weights")
    variant = worded(variant_of(given, 5), given, "en")
    wrong = [[str(cell) for cell in row] for row in variant.mistakes[0].value]  # type: ignore[union-attr]
    mark = kind.mark(wrong, variant)
    assert "columns" in kind.feedback(wrong, mark, variant).mistake


@pytest.mark.parametrize(
    ("value", "text"), [(8.0, "8"), (0.5, "0.5"), (1 / 3, "0.3333"), (-2.25, "−2.25"), (0.1 + 0.2, "0.3")]
)
def test_a_right_number_is_shown_exactly_or_to_a_digit_beyond_its_tolerance(value: float, text: str) -> None:
    variant = Variant("numeric", tolerance=0.005, answer=value)
    assert question_type("numeric").feedback(None, Mark(0.0), variant).shown_right == text


def test_a_mark_survives_json() -> None:
    mark = Mark(0.5, mistake="m1", cells=[[True, False]])
    assert Mark.of_json(json.loads(json.dumps(mark.as_json()))) == mark


# --- Drawing -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("slug", EVERY_QUESTION)
def test_the_same_seed_gives_the_same_and_others_give_others(slug: str) -> None:
    given = content(slug)
    assert variant_of(given, 7) == variant_of(given, 7)
    assert len({json.dumps(variant_of(given, seed).as_json()) for seed in range(20)}) > 1


def test_every_draw_keeps_its_range_and_what_is_required() -> None:
    given = content(
        "scale",
        '{d: "choice([16, 64, 256])"}',
        '{a: "integer(1, 3)", b: "integers(4, 0, 2)", c: "shuffled([1, 2, 3])", m: "matrix_of(2, 3, -1, 1)", '
        'd: "choice([16, 64]) + a"}',
    )
    for seed in range(30):
        names = variant_of(given, seed).names
        assert 1 <= names["a"] <= 3
        assert len(names["b"]) == 4
        assert set(names["b"]) <= {0, 1, 2}
        assert sorted(names["c"]) == [1, 2, 3]
        assert [len(row) for row in names["m"]] == [3, 3]
        assert names["d"] in {16 + names["a"], 64 + names["a"]}


def test_a_mistake_is_never_nearer_than_four_tolerances() -> None:
    given = content("weights")
    for seed in range(50):
        variant = variant_of(given, seed)
        assert variant.answer is not None
        assert differ(variant.answer, variant.mistakes[0].value, 4 * variant.tolerance)


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ("d > 4", "d > 1000", "200 drawings were no good; the last: “d > 1000” does not hold"),
        ('"d + 7.4321"', '"sqrt(d) + 7.4421"', "mistakes[0] and answer are too close"),
        ('"sqrt(d) + 7.4321"', '"sqrt(nobody)"', "there is no name nobody"),
        ('"sqrt(d) + 7.4321"', '"[1, 2]"', "expected one number as answer"),
        ("choice([16, 64, 256])", "integer(5, 1)", "from a smaller to a larger one"),
    ],
)
def test_a_question_that_cannot_be_drawn_is_refused_with_why(old: str, new: str, why: str) -> None:
    with pytest.raises(Unfit) as refused:
        variant_of(content("scale", old, new), 1)
    assert why in refused.value.message


def test_of_many_options_some_are_shown_with_a_right_and_a_wrong_one() -> None:
    given = content("several", "concepts: []", "pick: 3")
    seen = set()
    for seed in range(40):
        options = variant_of(given, seed).options
        assert len(options) == 3
        assert {option.right for option in options} == {True, False}
        seen |= {option.key for option in options}
    assert seen == set("abcd")


# --- Reading -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("slug", "old", "new", "why"),
    [
        ("scale", "type: numeric", "type: essay", "expected a type of question, one of"),
        ("scale", "tolerance: 0.005", "tolerance: -1", "tolerance: expected a number above 0; got -1"),
        ("scale", "tolerance:", "tolerence:", "“tolerence” means nothing here"),
        ("scale", "order: 10", "order: first", "order: expected a whole number"),
        ("scale", '{reason: "canary 没有开方"}', "{}", "mistakes[0].zh-hans: expected"),
        ("which", "key: b,", "key: a,", "each once; got 'a'"),
        ("which", "reason: canary b}", "reason: ''}", "options[1].en.reason: expected a text; got nothing"),
        ("several", "concepts: []", "pick: 9", "pick: expected a whole number from 2 to 4; got 9"),
        ("which", "texts:", "answer: '1'\ntexts:", "“answer” means nothing here"),
    ],
)
def test_what_is_wrong_in_a_file_is_said(slug: str, old: str, new: str, why: str) -> None:
    with pytest.raises(Unfit) as refused:
        content(slug, old, new)
    assert why in refused.value.message


# --- How precise an answer must be ---------------------------------------------------------------------


def form_of(given: Content, **more: Any) -> str:
    shown = asked(worded(variant_of(given, 3), given, "en"), None, "answer")
    return " ".join(render_to_string(shown["template"], {"asked": shown, **more}).split())


@pytest.mark.parametrize(
    ("slug", "tolerance"), [("scale", "0.05"), ("weights", "0.05"), ("steps", "0.05"), ("shares", "0.02")]
)
def test_a_form_says_how_near_a_number_must_be_but_of_a_prediction_and_of_whole_numbers(
    slug: str, tolerance: str
) -> None:
    given = content(slug)
    if slug == "scale":
        given = replace(given, answer="1 / 3", choices=())
    own = given.own | ({"tolerance": 0.05} if slug == "steps" else {})
    given = replace(given, tolerance=float(tolerance), own=own)
    assert f"Right within {tolerance}." in form_of(given)
    assert "Right within" not in form_of(given, kind="predict")
    whole = {"scale": "3", "weights": "[[1, 0], [0, 1]]", "shares": "[0, 1, 0]"}
    if slug in whole:
        assert "Right within" not in form_of(replace(given, answer=whole[slug], choices=(), own=own))


@pytest.mark.parametrize("name", sorted({*BY_TYPE} - {"numeric", "matrix", "stages", "bars"}))
def test_what_is_chosen_or_put_in_order_has_no_precision(name: str) -> None:
    given = content(BY_TYPE[name])
    assert question_type(name).precision(variant_of(given, 3)) is None


@pytest.mark.parametrize("pick", [3, 4])
def test_the_right_option_stands_at_each_place_as_often(pick: int) -> None:
    """Of eight options some are shown; 1,200 drawings, each place within five standard deviations."""
    options = "\n".join(
        f"  - {{key: k{number}, right: {str(number == 0).lower()}, en: {{text: T{number}, reason: R}}, zh-hans: {{text: T{number}, reason: R}}}}"
        for number in range(8)
    )
    given, _order, _concepts = read_question(f"""type: single
order: 1
concepts: []
pick: {pick}
texts:
  en: {{prompt: P, reason: R}}
  zh-hans: {{prompt: P, reason: R}}
options:
{options}
""")
    places = [
        [option.right for option in variant_of(given, seed).options].index(True) for seed in range(1200)
    ]
    for place in range(pick):
        expected, spread = 1200 / pick, (1200 / pick * (1 - 1 / pick)) ** 0.5
        assert abs(places.count(place) - expected) < 5 * spread
