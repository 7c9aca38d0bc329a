"""Reviews return as the published FSRS-6 fixtures say, by days of a calendar."""

from datetime import date, timedelta

import pytest
from fsrs import Rating
from hypothesis import given
from hypothesis import strategies as st

from camp.mastery.scheduling import Memory, rating_of, replayed, reviewed

FIRST = date(2026, 3, 1)
RATINGS = st.lists(st.sampled_from([Rating.Again, Rating.Hard, Rating.Good]), min_size=1, max_size=12)


def in_time(memory: Memory | None, rating: Rating) -> tuple[Memory, int]:
    """Reviewed on the very day it is due; and in how many days it returns."""
    day = memory.due_on if memory else FIRST
    after = reviewed(memory, rating, day)
    return after, (after.due_on - day).days


def test_four_times_good_then_again_then_good_returns_after_the_fixture_s_days() -> None:
    memory, intervals = None, []
    for rating in (Rating.Good, Rating.Good, Rating.Good, Rating.Good, Rating.Again):
        memory, days = in_time(memory, rating)
        intervals.append(days)
    assert memory is not None
    assert intervals == [2, 11, 46, 163, 5]
    assert memory.stability == pytest.approx(4.716, abs=5e-4)
    assert in_time(memory, Rating.Good)[1] == 12


def test_recall_is_ninety_per_cent_after_one_stability_and_less_after_two() -> None:
    memory = Memory(stability=10.0, difficulty=5.0, reviewed_on=FIRST, due_on=FIRST + timedelta(days=10))

    assert memory.recall(FIRST) == 1.0
    assert memory.recall(FIRST + timedelta(days=10)) == pytest.approx(0.9)
    assert memory.recall(FIRST + timedelta(days=20)) == pytest.approx(0.8459, abs=5e-5)


@pytest.mark.parametrize(
    ("score", "hint_taken", "rating"),
    [
        (1.0, False, Rating.Good),
        (0.8, False, Rating.Good),
        (1.0, True, Rating.Hard),
        (0.79, False, Rating.Hard),
        (0.5, False, Rating.Hard),
        (0.5, True, Rating.Hard),
        (0.49, False, Rating.Again),
        (0.0, True, Rating.Again),
    ],
)
def test_the_mark_rates_and_nothing_is_ever_easy(score: float, hint_taken: bool, rating: Rating) -> None:
    assert rating_of(score, hint_taken=hint_taken) is rating


def test_a_review_the_next_morning_is_a_day_later() -> None:
    """Less than 24 hours after the first, but another day of the calendar: it is no repetition of the same session."""
    again = reviewed(None, Rating.Again, FIRST)
    next_day = reviewed(again, Rating.Good, FIRST + timedelta(days=1))
    same_day = reviewed(again, Rating.Good, FIRST)

    assert next_day.stability != same_day.stability
    assert next_day.stability > again.stability


def test_a_day_before_the_last_review_counts_as_that_day() -> None:
    memory = reviewed(None, Rating.Good, FIRST)

    assert reviewed(memory, Rating.Good, FIRST - timedelta(days=1)) == reviewed(memory, Rating.Good, FIRST)


@given(RATINGS, st.lists(st.integers(0, 60), min_size=12, max_size=12))
def test_it_is_always_due_later_than_it_was_reviewed_and_sooner_when_forgotten(
    ratings: list[Rating], gaps: list[int]
) -> None:
    day, reviews = FIRST, []
    for rating, gap in zip(ratings, gaps, strict=False):
        day += timedelta(days=gap)
        reviews.append((rating, day))
    memory = replayed(reviews)
    assert memory is not None
    assert memory.due_on > memory.reviewed_on == day
    assert 1 <= memory.difficulty <= 10
    forgotten = reviewed(memory, Rating.Again, memory.due_on)
    known = reviewed(memory, Rating.Good, memory.due_on)
    assert forgotten.due_on <= known.due_on


def test_what_was_never_reviewed_has_no_memory() -> None:
    assert replayed([]) is None
