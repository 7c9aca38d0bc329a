"""The quiz of the first module: enough of enough types, and right answers that were computed here independently."""

import re
from collections.abc import Sequence

import pytest

from camp.courses.references import CONTENT
from camp.quizzes.content import Content
from camp.quizzes.publishing import read_question
from camp.quizzes.variants import Variant, variant_of, worded

BANK = {
    path.stem: read_question(path.read_text(encoding="utf-8"))
    for path in sorted((CONTENT / "questions" / "start").glob("*.yaml"))
}
SEEDS = range(60)


def content_of(slug: str) -> Content:
    return BANK[slug][0]


def variants(slug: str) -> list[Variant]:
    return [worded(variant_of(content_of(slug), seed), content_of(slug), "en") for seed in SEEDS]


def numbers_in(html: str) -> list[float]:
    text = re.sub(r"<[^>]*>", " ", html)
    return [float(one) for one in re.findall(r"\d+(?:\.\d+)?", text)]


def mastery(answers: Sequence[bool], known: float, learn: float, slip: float, guess: float) -> list[float]:
    """By the joint probabilities of knowing and of each answer, not by the camp's own steps."""
    found = []
    both, unknown = known, 1 - known
    for is_right in answers:
        both, unknown = (
            (both * (1 - slip), unknown * guess) if is_right else (both * slip, unknown * (1 - guess))
        )
        both, unknown = both + unknown * learn, unknown * (1 - learn)
        found.append(both / (both + unknown))
    return found


def test_there_are_twelve_questions_of_four_types_at_least_in_an_order_without_ties() -> None:
    assert len(BANK) >= 12
    assert len({content.type for content, _order, _concepts in BANK.values()}) >= 4
    assert len({order for _content, order, _concepts in BANK.values()}) == len(BANK)
    assert {concept for *_rest, concepts in BANK.values() for concept in concepts} == {"N31", "N32"}


def test_gains_are_shares_of_the_room() -> None:
    for variant in variants("gain-of-a-class"):
        pre, post = numbers_in(variant.prompt)[:2]
        assert variant.number == pytest.approx((post - pre) / (100 - pre))
    for variant in variants("post-test-for-a-gain"):
        (gain,) = [one for one in numbers_in(variant.prompt) if one < 1]
        (pre,) = [one for one in numbers_in(variant.prompt) if 1 <= one < 100]
        assert (variant.number - pre) / (100 - pre) == pytest.approx(gain)


def test_the_class_with_less_room_gained_more_by_the_same_points() -> None:
    for variant in variants("who-gained-more"):
        low, low_post, high, high_post = numbers_in(variant.prompt)
        assert low_post - low == high_post - high
        assert (high_post - high) / (100 - high) > (low_post - low) / (100 - low)
        assert list(variant.right_keys) == ["high"]


def test_mastery_is_what_the_joint_probabilities_give() -> None:
    for seed in SEEDS:
        content = content_of("mastery-after-one-right")
        variant = worded(variant_of(content, seed), content, "en")
        _zero, known, learn, slip, guess = numbers_in(variant.prompt)
        assert variant.number == pytest.approx(mastery([True], known, learn, slip, guess)[0])
    for variant in variants("mastery-after-each-answer"):
        _zero, known, learn, slip, guess = numbers_in(variant.prompt)[:5]
        said = re.findall(r"\b(right|wrong)\b", variant.prompt)
        wanted = mastery([one == "right" for one in said], known, learn, slip, guess)
        (row,) = variant.answer  # type: ignore[misc]
        assert row == pytest.approx(wanted)


def test_long_pauses_count_as_nothing() -> None:
    for variant in variants("on-task-time"):
        *gaps, theta = numbers_in(variant.prompt)
        assert theta == 60
        assert len(gaps) == 4
        assert variant.number == sum(gap for gap in gaps if gap <= theta)


@pytest.mark.parametrize("seed", range(12))
def test_the_line_that_is_wrong_is_the_one_that_makes_the_function_wrong(seed: int) -> None:
    content = content_of("wrong-line-of-the-tracing")
    right = ["both = known * (1 - slip)", "luck = (1 - known) * guess", "return seen + (1 - seen) * learn"]
    variant = worded(variant_of(content, seed), content, "en")
    code = re.sub(r"<[^>]*>", "", str(variant.as_json()))
    missing = [line for line in right if line not in code]
    assert len(missing) == 1
    assert f"Line {[2, 3, 5][right.index(missing[0])]}:" in variant.reason
