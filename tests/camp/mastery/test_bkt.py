"""Mastery by Bayesian knowledge tracing: the published fixture, an independent computation, and what must always hold."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from camp.learning.bkt import Bkt, mastery_after

ANSWERS = st.lists(st.booleans(), min_size=1, max_size=30)


@st.composite
def parameters(draw: st.DrawFn) -> Bkt:
    slip = draw(st.floats(0.01, 0.49))
    guess = draw(st.floats(0.01, 0.49))
    return Bkt(draw(st.floats(0, 1)), draw(st.floats(0, 1)), slip, guess)


def test_the_course_s_fixture_holds_to_four_decimals() -> None:
    found = mastery_after([True, True, False, True, True])

    assert [round(one, 4) for one in found] == [0.6000, 0.8903, 0.5781, 0.8814, 0.9753]
    assert round(Bkt().next_right(found[-1]), 4) == 0.8827


def test_with_no_answer_there_is_no_mastery_to_tell() -> None:
    assert mastery_after([]) == []


def test_of_one_who_neither_slips_nor_guesses_much_one_answer_says_nearly_all() -> None:
    sure = Bkt(known_first=0.5, learn=0, slip=1e-14, guess=1e-14)

    assert mastery_after([True], sure)[0] == pytest.approx(1)
    assert mastery_after([False], sure)[0] == pytest.approx(0)


@given(ANSWERS, parameters())
def test_it_is_the_chance_of_every_way_it_could_have_gone(answers: list[bool], own: Bkt) -> None:
    """Learnt before the first answer, after some answer, or not yet: the joint probabilities of all, summed."""
    found = mastery_after(answers[:12], own)[-1]

    known = total = 0.0
    answers = answers[:12]
    for learnt_before in range(
        len(answers) + 2
    ):  # the answer before which it was first known; the last: never
        chance = _chance_of_learning(learnt_before, len(answers), own)
        for place, is_right in enumerate(answers):
            right = 1 - own.slip if place >= learnt_before else own.guess
            chance *= right if is_right else 1 - right
        total += chance
        known += chance if learnt_before <= len(answers) else 0.0
    assert found == pytest.approx(known / total, abs=1e-9)


def _chance_of_learning(before: int, count: int, own: Bkt) -> float:
    if before == 0:
        return own.known_first
    waited = (1 - own.known_first) * (1 - own.learn) ** (min(before, count + 1) - 1)
    return waited * own.learn if before <= count else waited


@given(ANSWERS, parameters())
def test_it_stays_a_probability(answers: list[bool], own: Bkt) -> None:
    found = mastery_after(answers, own)

    assert len(found) == len(answers)
    assert all(0 <= one <= 1 + 1e-12 for one in found)
    assert all(own.guess - 1e-9 <= own.next_right(one) <= 1 - own.slip + 1e-9 for one in found)


@given(st.lists(st.booleans(), max_size=20), parameters())
def test_a_right_answer_raises_it_more_than_a_wrong_one(answers: list[bool], own: Bkt) -> None:
    right = mastery_after([*answers, True], own)[-1]
    wrong = mastery_after([*answers, False], own)[-1]

    assert right >= wrong - 1e-12
    if 0.001 < mastery_after(answers, own)[-1] < 0.999 if answers else 0.001 < own.known_first < 0.999:
        assert right > wrong or own.learn > 0.999


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ({"known_first": 1.5}, "known_first"),
        ({"learn": -0.1}, "learn"),
        ({"slip": 0}, "slip"),
        ({"guess": 1}, "guess"),
        ({"slip": 0.5, "guess": 0.5}, "slip"),
    ],
)
def test_parameters_that_make_no_sense_are_refused(wrong: dict[str, float], named: str) -> None:
    with pytest.raises(ValueError, match=named):
        Bkt(**wrong)
