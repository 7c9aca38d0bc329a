"""Bayesian knowledge tracing (Corbett and Anderson 1994): how sure one may be that a concept is known.

A concept is either known or not. A known one is answered right but for a slip; an unknown one is now and then guessed
right; after every answer an unknown one may have been learnt. The mastery is the probability that it is known.

>>> [round(mastery, 4) for mastery in mastery_after([True, True, False])]
[0.6, 0.8903, 0.5781]
"""

from collections.abc import Sequence
from dataclasses import dataclass

MASTERED = 0.95  # where Corbett and Anderson's tutors go on to something else


@dataclass(frozen=True)
class Bkt:
    """Probabilities: known before the first answer, learnt after an answer, slip of a known, guess of an unknown.

    Raises:
        ValueError: one is outside its range; or slip + guess is 1 or more, where a right answer would speak against it.
    """

    known_first: float = 0.2
    learn: float = 0.15
    slip: float = 0.1
    guess: float = 0.2

    def __post_init__(self) -> None:
        for name, value in (("known_first", self.known_first), ("learn", self.learn)):
            if not 0 <= value <= 1:
                raise ValueError(f"{name}: expected a probability from 0 to 1, got {value}")
        for name, value in (("slip", self.slip), ("guess", self.guess)):
            if not 0 < value < 1:
                raise ValueError(f"{name}: expected a probability between 0 and 1, got {value}")
        if self.slip + self.guess >= 1:
            raise ValueError(f"expected slip + guess below 1, got {self.slip + self.guess}")

    def next_right(self, mastery: float) -> float:
        """The probability that the next answer is right."""
        return mastery * (1 - self.slip) + (1 - mastery) * self.guess

    def after(self, mastery: float, is_right: bool) -> float:
        """The mastery once one more answer has been seen."""
        known, unknown = (1 - self.slip, self.guess) if is_right else (self.slip, 1 - self.guess)
        seen = mastery * known / (mastery * known + (1 - mastery) * unknown)
        return seen + (1 - seen) * self.learn


def mastery_after(answers: Sequence[bool], parameters: Bkt = Bkt()) -> list[float]:
    """The mastery after each answer, oldest first; right answers are True."""
    found = []
    mastery = parameters.known_first
    for is_right in answers:
        mastery = parameters.after(mastery, is_right)
        found.append(mastery)
    return found
