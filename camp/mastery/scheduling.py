"""When a question returns: FSRS-6 by the library `fsrs`, counted in days of the learner's own calendar.

A card is one learner's memory of one question, whatever its numbers. Nobody rates themselves: the mark does.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from functools import cache

from fsrs import Card, Rating, Scheduler, State

RETENTION = 0.9
RIGHT = 0.8  # a score from here on counts as right, for reviews and for mastery
_PARTLY = 0.5


@dataclass(frozen=True)
class Memory:
    """After a review. `stability`: days until the chance of recall is 90 %; `difficulty`: from 1 to 10."""

    stability: float
    difficulty: float
    reviewed_on: date
    due_on: date

    def recall(self, day: date) -> float:
        """The chance that it is still known on that day."""
        return _scheduler().get_card_retrievability(_card(self), _midnight(day))


def rating_of(score: float, *, hint_taken: bool = False) -> Rating:
    """Of a score from 0 to 1: right is Good, right with a hint or half right is Hard, else Again. Never Easy.

    >>> rating_of(1.0).name, rating_of(1.0, hint_taken=True).name, rating_of(0.5).name, rating_of(0.4).name
    ('Good', 'Hard', 'Hard', 'Again')
    """
    if score >= RIGHT and not hint_taken:
        return Rating.Good
    return Rating.Hard if score >= _PARTLY else Rating.Again


def reviewed(memory: Memory | None, rating: Rating, day: date) -> Memory:
    """The memory after one more review, on that day; None: it was never reviewed before.

    A day before the last review, as one meets who has flown west, counts as the day of that review.
    """
    if memory is not None:
        day = max(day, memory.reviewed_on)
    card, _log = _scheduler().review_card(_card(memory), rating, _midnight(day))
    assert card.stability is not None
    assert card.difficulty is not None
    return Memory(card.stability, card.difficulty, reviewed_on=day, due_on=card.due.date())


def replayed(reviews: Iterable[tuple[Rating, date]]) -> Memory | None:
    """The memory after all of these, oldest first."""
    memory = None
    for rating, day in reviews:
        memory = reviewed(memory, rating, day)
    return memory


@cache
def _scheduler() -> Scheduler:
    """Without steps of minutes, for nobody waits here; and without fuzz, so that a due date can be checked by hand."""
    return Scheduler(
        desired_retention=RETENTION, learning_steps=(), relearning_steps=(), enable_fuzzing=False
    )


def _card(memory: Memory | None) -> Card:
    """The library's. It is given a number, for to make one up it would wait a millisecond."""
    if memory is None:
        return Card(card_id=0)
    return Card(
        card_id=0,
        state=State.Review,
        stability=memory.stability,
        difficulty=memory.difficulty,
        due=_midnight(memory.due_on),
        last_review=_midnight(memory.reviewed_on),
    )


def _midnight(day: date) -> datetime:
    """The library counts whole days between moments: by moments, an evening and the next morning would be none."""
    return datetime.combine(day, time.min, tzinfo=UTC)
