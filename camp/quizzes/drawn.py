"""A question as it was drawn: what is asked, in which order, and what is right."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

import numpy as np

Rows = list[list[float]]
Value = float | Rows


@dataclass(frozen=True)
class Option:
    """An option as it is shown: texts are HTML, empty in a variant that has not been worded."""

    key: str
    right: bool
    text: str = ""
    reason: str = ""


@dataclass(frozen=True)
class Mistake:
    """A known wrong answer."""

    key: str
    value: Value
    reason: str = ""


@dataclass(frozen=True)
class ShownHint:
    """A hint with the share of the credit that it costs."""

    cost: float
    text: str = ""


@dataclass(frozen=True)
class Variant:
    """`answer` is a number or rows of numbers, None where none is computed; `names` is what was drawn. `own` is what
    the question's type alone knows of it: JSON, texts in it as HTML once it has been worded.
    """

    type: str
    tolerance: float = 0.0
    answer: Value | None = None
    options: tuple[Option, ...] = ()
    mistakes: tuple[Mistake, ...] = ()
    prompt: str = ""
    reason: str = ""
    own: Mapping[str, Any] = field(default_factory=dict)
    hints: tuple[ShownHint, ...] = ()
    names: Mapping[str, Any] = field(default_factory=dict, compare=False)

    @property
    def rows(self) -> Rows:
        """The answer of a matrix question."""
        assert isinstance(self.answer, list)
        return self.answer

    @property
    def number(self) -> float:
        """The answer of a numeric question."""
        assert isinstance(self.answer, float)
        return self.answer

    @property
    def right_keys(self) -> list[str]:
        return [option.key for option in self.options if option.right]

    def as_json(self) -> dict[str, Any]:
        """What a version of a lesson keeps of a question in it."""
        found = asdict(replace(self, names={}))
        del found["names"]
        return {key: one for key, one in found.items() if one or key not in ("own", "hints")}

    @classmethod
    def of_json(cls, kept: Mapping[str, Any]) -> "Variant":
        return cls(
            **{
                **kept,
                "options": tuple(Option(**one) for one in kept["options"]),
                "mistakes": tuple(Mistake(**one) for one in kept["mistakes"]),
                "hints": tuple(ShownHint(**one) for one in kept.get("hints", ())),
            }
        )


def differ(one: Value, other: Value, by: float) -> bool:
    """Whether two answers have different shapes, or differ by at least `by` in some cell."""
    first, second = np.asarray(one, dtype=float), np.asarray(other, dtype=float)
    return first.shape != second.shape or bool(np.any(np.abs(first - second) >= by))
