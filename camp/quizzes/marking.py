"""What an answer is worth and why: the mark is kept, the words are found when it is shown."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from attention_core.problems import Pointer, Problem

Response = Any  # "b", ["a", "c"], "0.5", [["1/3", "0.2"]]; None: nothing given


@dataclass(frozen=True)
class Mark:
    """`score` is from 0 to 1. `mistake` is the key of the known wrong answer that was given; `cells` is of a matrix."""

    score: float
    mistake: str = ""
    cells: Sequence[Sequence[bool]] | None = None

    @property
    def is_right(self) -> bool:
        return self.score >= 1.0

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def of_json(cls, kept: Mapping[str, Any]) -> "Mark":
        return cls(**kept)


def percent(score: float) -> int:
    """A score as whole percent; 100 is all of it and 0 nothing, and no rounding says so of anything else.

    >>> percent(0.996), percent(0.004), percent(1.0), percent(0.625)
    (99, 1, 100, 62)
    """
    return min(99, max(1, round(100 * score))) if 0 < score < 1 else round(100 * score)


class Unacceptable(ValueError):
    """A response that is none: what was expected and what came, at each place."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("; ".join(problem.detail for problem in problems))
        self.problems = tuple(problems)

    @classmethod
    def at(cls, pointer: Pointer, template: str, **values: Any) -> "Unacceptable":
        return cls([Problem(pointer, template, values)])
