"""What an answer is worth and why: the mark is kept, the words are found when it is shown."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from attention_core.problems import Pointer, Problem

Response = Any  # "b", ["a", "c"], "0.5", [["1/3", "0.2"]]; None: nothing given


@dataclass(frozen=True)
class Mark:
    """`score` is from 0 to 1. `mistake` is the key of the known wrong answer that was given; `cells` is of a matrix.
    `worth` is what a right answer earns, less than 1 once hints were taken.
    """

    score: float
    mistake: str = ""
    cells: Sequence[Sequence[bool]] | None = None
    hints_taken: int = 0
    worth: float = 1.0

    @property
    def is_right(self) -> bool:
        """Whether the answer is, with hints or without."""
        return self.score >= self.worth

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def of_json(cls, kept: Mapping[str, Any]) -> "Mark":
        return cls(**kept)


@dataclass(frozen=True)
class Told:
    """One option as it is explained afterwards."""

    key: str
    text: str
    reason: str
    is_right: bool
    is_chosen: bool


@dataclass(frozen=True)
class Cell:
    """One cell of a matrix as it is explained: what was given, what is right."""

    given: str
    right: str
    is_right: bool


@dataclass(frozen=True)
class Feedback:
    """All that may be said once an answer counts. Texts are HTML."""

    mark: Mark
    reason: str
    right: Response  # in the form of a response
    given: str = ""
    shown_right: str = ""
    mistake: str = ""
    options: Sequence[Told] = ()
    cells: Sequence[Sequence[Cell]] = field(default_factory=tuple)
    # What the type's own explanation shows; its HTML is SafeString.
    own: Mapping[str, Any] = field(default_factory=dict)


def percent(score: float, *limits: float) -> int:
    """A score as whole percent; 100 is all of it and 0 nothing, and no rounding says so of anything else, nor that a
    limit is reached which is not.

    >>> percent(0.996), percent(0.004), percent(1.0), percent(0.625), percent(0.796), percent(0.796, 0.8)
    (99, 1, 100, 62, 80, 79)
    """
    shown = min(99, max(1, round(100 * score))) if 0 < score < 1 else round(100 * score)
    missed = [math.ceil(100 * limit) - 1 for limit in limits if score < limit]
    return min([shown, *missed])


def attempt_score(scores: Sequence[float]) -> float:
    """Of an attempt, from those of its answers in the order in which they are asked: each counts alike."""
    return sum(scores) / len(scores)


class Unacceptable(ValueError):
    """A response that is none: what was expected and what came, at each place."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("; ".join(problem.detail for problem in problems))
        self.problems = tuple(problems)

    @classmethod
    def at(cls, pointer: Pointer, template: str, **values: Any) -> "Unacceptable":
        return cls([Problem(pointer, template, values)])
