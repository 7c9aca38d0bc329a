"""Kinds of settings of a widget: each reads what a lesson or a form says, refuses what does not fit, and writes it back.

A lesson gives text or YAML values, a form gives text; both are read by the same rule. Refusals are `Unreadable`, whose
templates are translated where they are shown.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

from django.utils.functional import Promise

from attention_core.labels import gettext_noop as _
from attention_core.problems import shorten
from camp.matrix_text import Unreadable, plain, read_number, read_numbers, write_number

TOO_LONG = _("This text is too long: %(received)s characters, at most %(most)s.")
TOO_MANY_CELLS = _("At most %(rows)s × %(columns)s numbers fit here; these are %(received)s.")
NUMBERS_IN_ROW = _("Write %(least)s to %(most)s numbers in one row; this is %(received)s.")
OUT_OF_RANGE = _("Write a number from %(low)s to %(high)s; this is %(received)s.")
NOT_WHOLE = _("Write a whole number from %(low)s to %(high)s; this is %(received)s.")
NO_CHOICE = _("Choose one of %(options)s; this is “%(received)s”.")

LARGEST = 1e6  # beyond it figures are no longer legible, and nothing is left to see
_MOST_TEXT = 2000
_FLAT_LIST = re.compile(r"\s*\[([^\[\]]*)\]\s*")

Text = str | Promise


@dataclass(frozen=True, kw_only=True)
class Setting:
    """`is_fixed`: the lesson alone sets it, the reader does not."""

    label: Text
    default: Any
    help: Text = ""
    is_fixed: bool = False
    control: ClassVar[str] = "text"

    def read(self, text: str) -> Any:
        """The value of a text. Raises Unreadable."""
        raise NotImplementedError

    def write(self, value: Any) -> str:
        """The text that reads back as the value."""
        raise NotImplementedError

    def given(self, value: Any) -> Any:
        """The value that a lesson gives, as text or as YAML. Raises Unreadable."""
        return self.asked(value if isinstance(value, str) else json.dumps(value, default=str))

    def asked(self, text: str) -> Any:
        """The value that a form sends. Raises Unreadable."""
        if len(text) > _MOST_TEXT:
            raise Unreadable(TOO_LONG, {"received": len(text), "most": _MOST_TEXT})
        return self.read(text)


@dataclass(frozen=True, kw_only=True)
class Matrix(Setting):
    """Rows of numbers."""

    most_rows: int = 6
    most_columns: int = 6
    control: ClassVar[str] = "matrix"

    def read(self, text: str) -> list[list[float]]:
        rows = read_numbers(text)
        if len(rows) > self.most_rows or len(rows[0]) > self.most_columns:
            limits = {"rows": self.most_rows, "columns": self.most_columns}
            raise Unreadable(TOO_MANY_CELLS, {**limits, "received": f"{len(rows)} × {len(rows[0])}"})
        return [[_bounded(value, -LARGEST, LARGEST) for value in row] for row in rows]

    def write(self, value: Any) -> str:
        return "; ".join(" ".join(write_number(cell) for cell in row) for row in value)


@dataclass(frozen=True, kw_only=True)
class Row(Setting):
    """Numbers in one row."""

    least: int = 2
    most: int = 8

    def read(self, text: str) -> list[float]:
        rows = read_numbers(_FLAT_LIST.sub(r"\1", plain(text)))
        if len(rows) != 1 or not self.least <= len(rows[0]) <= self.most:
            received = str(len(rows[0])) if len(rows) == 1 else f"{len(rows)} × {len(rows[0])}"
            limits = {"least": self.least, "most": self.most}
            raise Unreadable(NUMBERS_IN_ROW, {**limits, "received": received})
        return [_bounded(value, -LARGEST, LARGEST) for value in rows[0]]

    def write(self, value: Any) -> str:
        return " ".join(write_number(cell) for cell in value)


@dataclass(frozen=True, kw_only=True)
class Number(Setting):
    """A number on a slider."""

    low: float
    high: float
    step: float = 1
    control: ClassVar[str] = "slider"

    def read(self, text: str) -> float:
        return _bounded(read_number(text), self.low, self.high)

    def write(self, value: Any) -> str:
        return write_number(value)


@dataclass(frozen=True, kw_only=True)
class Whole(Number):
    """A whole number; not `is_slider` where a slider would be too coarse."""

    is_slider: bool = True

    def read(self, text: str) -> int:
        value = read_number(text)
        if not value.is_integer() or not self.low <= value <= self.high:
            limits = {"low": write_number(self.low), "high": write_number(self.high)}
            raise Unreadable(NOT_WHOLE, {**limits, "received": shorten(text)})
        return int(value)


@dataclass(frozen=True, kw_only=True)
class Choice(Setting):
    """One of a few; `options` maps what is written to how it is called."""

    options: Mapping[str, Text] = field(default_factory=dict)
    control: ClassVar[str] = "choice"

    def read(self, text: str) -> str:
        found = next((name for name in self.names if name.lower() == text.strip().lower()), None)
        if found is None:
            raise Unreadable(NO_CHOICE, {"options": ", ".join(self.names), "received": shorten(text)})
        return found

    @property
    def names(self) -> Sequence[str]:
        return list(self.options)

    def write(self, value: Any) -> str:
        return str(value)


def _bounded(value: float, low: float, high: float) -> float:
    if low <= value <= high:
        return value
    limits = {"low": write_number(low), "high": write_number(high)}
    raise Unreadable(OUT_OF_RANGE, {**limits, "received": write_number(value)})
