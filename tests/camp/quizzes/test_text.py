"""Short texts: what counts as the same, which known mistakes are named, and what a file may accept."""

from typing import Any

import pytest

from camp.courses.blocks import Unfit
from camp.quizzes.content import Content
from camp.quizzes.drawn import Variant
from camp.quizzes.marking import Unacceptable
from camp.quizzes.plain_text import normal
from camp.quizzes.publishing import content_of_yaml, read_question
from camp.quizzes.question_types import question_type
from camp.quizzes.variants import variant_of, worded
from tests.camp.quizzes.bank import MORE_QUESTIONS

KIND = question_type("text")
TEXT = MORE_QUESTIONS["named"]


def content(old: str = "", new: str = "") -> Content:
    assert old in TEXT
    return read_question(TEXT.replace(old, new) if old else TEXT)[0]


@pytest.mark.parametrize(
    ("typed", "same"),
    [
        ("SoftMax", "softmax"),
        ("  softmax\t function ", "softmax function"),
        ("ｓｏｆｔｍａｘ　函数", "softmax函数"),
        ("“Softmax”.", "softmax"),
        ("「归一化」。", "归一化"),
        ("（掩码）", "掩码"),
        ("dot–product", "dot-product"),
        ("Straße", "strasse"),
        ("ﬁve", "five"),
        ("soft\u200bmax", "softmax"),
        ("Bahdanau’s", "bahdanau's"),
        ("é", "e\u0301"),
    ],
)
def test_what_people_type_differently_and_mean_alike_is_the_same(typed: str, same: str) -> None:
    assert normal(typed) == normal(same)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("softmax", "soft max"),
        ("-inf", "inf"),
        ("q·k", "qk"),
        ("点积", "点 积法"),
        ("d_k", "dk"),
        ("...", "?"),
    ],
)
def test_what_differs_in_its_middle_is_not_the_same(one: str, other: str) -> None:
    assert normal(one) != normal(other)


def test_every_languages_forms_are_right_whichever_is_read() -> None:
    given = content()
    for language in ("en", "zh-hans"):
        variant = worded(variant_of(given, 3), given, language)
        k = variant.names["k"]
        for typed in (f"Canary {k} SOFTMAX", "canary normalised exponential.", "canary归一化指数函数"):
            assert KIND.mark(KIND.validate(typed, variant), variant).is_right
        assert not KIND.mark(f"canary {k + 1} softmax", variant).is_right


def test_the_right_answer_is_shown_in_the_readers_language_and_the_given_as_it_was_typed() -> None:
    given = content()
    shown = {}
    for language in ("en", "zh-hans"):
        variant = worded(variant_of(given, 3), given, language)
        told = KIND.feedback(" Hard ", KIND.mark("Hard", variant), variant)
        shown[language] = told.shown_right
        assert told.given == " Hard "
    assert shown == {"en": "canary normalised exponential", "zh-hans": "canary 归一化指数函数"}


@pytest.mark.parametrize("typed", ["Hardmax", "canary ARGMAX!"])
def test_a_known_mistake_is_named_in_any_of_its_forms(typed: str) -> None:
    given = content()
    variant = worded(variant_of(given, 3), given, "en")
    mark = KIND.mark(typed, variant)
    assert (mark.score, mark.mistake) == (0, "m1")
    assert "takes one alone" in KIND.feedback(typed, mark, variant).mistake


@pytest.mark.parametrize(
    ("response", "canonical"),
    [("  a b ", "a b"), ("", None), ("   ", None), (None, None), (5, "5"), ("∞", "∞")],
)
def test_a_text_is_kept_as_it_was_typed(response: Any, canonical: Any) -> None:
    assert KIND.validate(response, Variant("text")) == canonical


@pytest.mark.parametrize(
    ("response", "why"),
    [
        (["a"], "expected a text"),
        ({"a": 1}, "expected a text"),
        (True, "expected a text"),
        ("a" * 201, "at most 200 characters, got 201"),
        ("a\x00", "that can be typed"),
        ("\ud800", "that can be typed"),
    ],
)
def test_what_is_no_text_is_refused(response: Any, why: str) -> None:
    with pytest.raises(Unacceptable, match=why):
        KIND.validate(response, Variant("text"))


def test_nothing_of_the_forms_is_public() -> None:
    given = content()
    assert KIND.public(worded(variant_of(given, 3), given, "en")).keys() == {"type", "prompt"}


def test_a_list_of_forms_is_for_every_language_and_a_block_needs_no_more() -> None:
    block = {"type": "text", "accept": ["softmax", 5], "prompt": "?", "reason": "So."}
    given = content_of_yaml(dict(block), ("own",))
    assert given.own == {"accept": {"any": ["softmax", "5"]}}
    assert KIND.mark("SOFTMAX", variant_of(given, 1)).is_right


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ("accept:", "accepts:", "“accepts” means nothing here"),
        ("  en: [canary normalised exponential]", "  fr: [x]", "“accept.fr” means nothing here"),
        ("[canary normalised exponential]", "x", "en: expected a list; got 'x'"),
        ("[canary normalised exponential]", "[[x]]", "accept: expected a text"),
        ("[canary normalised exponential]", f"[{'x' * 201}]", "of at most 200 characters; got 201"),
        ("[canary normalised exponential]", f"[{', '.join('abcdefg' * 6)}]", "at most 40 forms"),
        ("hardmax |", "hardmax |" * 60, "mistakes, value: expected at most 500 characters; got 554"),
        ('value: "hardmax | canary argmax"', "value: []", "mistakes[0].value: expected a text"),
    ],
)
def test_what_is_wrong_in_a_file_is_said(old: str, new: str, why: str) -> None:
    with pytest.raises(Unfit) as refused:
        content(old, new)
    assert why in refused.value.message


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ("hardmax |", "Canary Normalised Exponential. |", "is one of the accepted forms"),
        ("{{ k }}", "{{ nobody }}", "there is no name nobody"),
        ("{{ k }}", "{{ [k] }}", "expected one number or a text"),
        ("{{ k }}", "{{ k", "without }}"),
    ],
)
def test_forms_that_cannot_be_drawn_are_refused(old: str, new: str, why: str) -> None:
    with pytest.raises(Unfit) as refused:
        variant_of(content(old, new), 1)
    assert why in refused.value.message


def test_no_form_at_all_is_refused() -> None:
    text = TEXT[: TEXT.index("accept:")] + "accept: []\n" + TEXT[TEXT.index("texts:") :]
    with pytest.raises(Unfit, match="at least one form"):
        read_question(text)
