"""Kinds of single values that a field of params may hold: a choice, a flag, a number.

A kind reads a raw JSON value (`parse`), gives it back as JSON (`canonical`) and describes itself
(`schema`). It adds to `problems` what it refuses; its return value then means nothing.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from attention_core.labels import gettext_noop as _
from attention_core.problems import Pointer, Problems, echo, show_number

EXPECTED_CHOICE = _("expected one of %(options)s, got %(received)s")
EXPECTED_FLAG = _("expected true or false, got %(received)s")
EXPECTED_NUMBER = _("expected a number, got %(received)s")
EXPECTED_FINITE = _("expected a finite number, got %(received)s")
EXPECTED_RANGE = _("expected a number from %(minimum)s to %(maximum)s, got %(received)s")
EXPECTED_NOT_ZERO = _("expected a number other than 0, got %(received)s")
EXPECTED_INTEGER = _("expected a whole number, got %(received)s")
EXPECTED_INTEGER_TEXT = _("expected a whole number written without a decimal point, got %(received)s")


class Kind:
    """What a field may hold. Safe defaults: the value is its own JSON."""

    def schema(self) -> dict[str, Any]:
        """Return the JSON Schema (2020-12) of the raw value."""
        raise NotImplementedError

    def parse(self, raw: object, pointer: Pointer, problems: Problems) -> Any:
        """Return the value of `raw`, or add to `problems`."""
        raise NotImplementedError

    def canonical(self, value: Any) -> Any:
        """Return the JSON-able form of a parsed value, which parses to the same value."""
        return value


@dataclass(frozen=True)
class Choice(Kind):
    """One of a few names; `labels` gives the English label of each for forms."""

    options: tuple[str, ...]
    labels: Mapping[str, str] = field(default_factory=dict)

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "enum": list(self.options)}

    def parse(self, raw: object, pointer: Pointer, problems: Problems) -> str:
        if isinstance(raw, str) and raw in self.options:
            return raw
        problems.add(pointer, EXPECTED_CHOICE, options=", ".join(self.options), received=echo(raw))
        return ""


@dataclass(frozen=True)
class Flag(Kind):
    """True or false, and nothing that merely looks like it."""

    def schema(self) -> dict[str, Any]:
        return {"type": "boolean"}

    def parse(self, raw: object, pointer: Pointer, problems: Problems) -> bool:
        if isinstance(raw, bool):
            return raw
        problems.add(pointer, EXPECTED_FLAG, received=echo(raw))
        return False


@dataclass(frozen=True)
class Number(Kind):
    """A finite number from `minimum` to `maximum`; NaN and infinity never pass."""

    minimum: float
    maximum: float
    exclude_zero: bool = False

    def schema(self) -> dict[str, Any]:
        schema: dict[str, Any] = {"type": "number", "minimum": self.minimum, "maximum": self.maximum}
        if self.exclude_zero:
            schema["not"] = {"const": 0}
        return schema

    def parse(self, raw: object, pointer: Pointer, problems: Problems) -> float:
        if not check_number(raw, pointer, problems):
            return math.nan
        assert isinstance(raw, (int, float))
        # Compared as it came: a huge int has no float, yet compares exactly.
        if not self.minimum <= raw <= self.maximum:
            _add_range(self.minimum, self.maximum, raw, pointer, problems)
            return math.nan
        if self.exclude_zero and raw == 0:
            problems.add(pointer, EXPECTED_NOT_ZERO, received=show_number(raw))
        return float(raw)


@dataclass(frozen=True)
class Integer(Kind):
    """A whole number from `minimum` to `maximum`. 3.0 is refused: a count is written as one."""

    minimum: int
    maximum: int

    def schema(self) -> dict[str, Any]:
        return {"type": "integer", "minimum": self.minimum, "maximum": self.maximum}

    def parse(self, raw: object, pointer: Pointer, problems: Problems) -> int:
        if isinstance(raw, float) and raw.is_integer():
            problems.add(pointer, EXPECTED_INTEGER_TEXT, received=repr(raw))
        elif isinstance(raw, bool) or not isinstance(raw, int):
            problems.add(pointer, EXPECTED_INTEGER, received=echo(raw))
        elif not self.minimum <= raw <= self.maximum:
            _add_range(self.minimum, self.maximum, raw, pointer, problems)
        else:
            return raw
        return 0


def check_number(raw: object, pointer: Pointer, problems: Problems, magnitude: float | None = None) -> bool:
    """Return whether `raw` is a finite number (and |raw| ≤ magnitude); add a problem if not."""
    if isinstance(raw, bool) or not isinstance(raw, (int, float)):
        problems.add(pointer, EXPECTED_NUMBER, received=echo(raw))
    elif isinstance(raw, float) and not math.isfinite(raw):
        problems.add(pointer, EXPECTED_FINITE, received=show_number(raw))
    elif magnitude is not None and not -magnitude <= raw <= magnitude:
        _add_range(-magnitude, magnitude, raw, pointer, problems)
    else:
        return True
    return False


def _add_range(
    minimum: float, maximum: float, raw: int | float, pointer: Pointer, problems: Problems
) -> None:
    problems.add(
        pointer,
        EXPECTED_RANGE,
        minimum=show_number(minimum),
        maximum=show_number(maximum),
        received=show_number(raw),
    )
