"""What a person's two tests say, as pages tell it."""

from dataclasses import dataclass
from functools import cached_property

from camp.figures import fixed
from camp.learning.gain import FULL, normalised_gain
from camp.quizzes.models import Attempt, Sitting


@dataclass(frozen=True)
class Sat:
    """One of the two tests: its attempt, None before it, and the points that were expected; `count` to be had. Of an
    open one `answered` is how many questions have an answer.
    """

    sitting: Sitting
    attempt: Attempt | None
    predicted: int | None
    count: int
    answered: int = 0

    @property
    def is_done(self) -> bool:
        return self.attempt is not None and not self.attempt.is_open

    @property
    def score(self) -> float | None:
        """In per cent."""
        return None if self.attempt is None or self.attempt.score is None else FULL * self.attempt.score

    @property
    def points(self) -> float | None:
        """Out of `count`; parts of an answer earn parts of a point."""
        return None if self.attempt is None or self.attempt.score is None else self.count * self.attempt.score

    @property
    def gap(self) -> float | None:
        """Of calibration: points expected less points earned. Above 0 one expected too much of oneself."""
        return None if self.predicted is None or self.points is None else self.predicted - self.points

    @property
    def gap_text(self) -> str:
        return "" if self.gap is None else fixed(self.gap, 2, trimmed=True)

    @property
    def predicted_score(self) -> float | None:
        """In per cent."""
        return None if self.predicted is None else FULL * self.predicted / self.count


@dataclass(frozen=True)
class Standing:
    """Both of a person's tests."""

    before: Sat
    after: Sat

    def of(self, sitting: str) -> Sat:
        return self.before if sitting == Sitting.PRE_TEST else self.after

    @property
    def both(self) -> tuple[Sat, Sat]:
        return self.before, self.after

    @property
    def are_over(self) -> bool:
        """Only then are answers told."""
        return self.before.is_done and self.after.is_done

    @cached_property
    def gain(self) -> float | None:
        """The person's own g, without an interval; None before both are done, and where the first left no room."""
        pre, post = self.before.score, self.after.score
        return None if pre is None or post is None else normalised_gain(pre, post)

    @property
    def gain_text(self) -> str:
        return "" if self.gain is None else fixed(self.gain, 2)
