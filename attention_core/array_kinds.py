"""Kinds of fields that hold arrays: matrices of numbers or booleans, and named sets of arrays."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from attention_core.array_reading import (
    EXPECTED_DIMENSIONS,
    Array,
    Booleans,
    Cells,
    Numbers,
    first_lengths,
    read_array,
)
from attention_core.kinds import Kind
from attention_core.labels import gettext_noop as _
from attention_core.problems import Pointer, Problems, echo, shorten

EXPECTED_OBJECT = _("expected an object of named arrays, got %(received)s")
UNKNOWN_NAME = _("unknown name; expected one of %(options)s")

# How deep a set's array is followed to count its axes; deeper nesting is refused without walking it.
_DEEPEST = 6


@dataclass(frozen=True)
class _ArrayKind(Kind):
    """Reads a rectangular nested list, or an array that came in a file, of at most `sizes`."""

    def sizes(self) -> tuple[int, ...]:
        raise NotImplementedError

    def cells(self) -> Cells:
        raise NotImplementedError

    def schema(self) -> dict[str, Any]:
        schema = self.cells().schema()
        for size in reversed(self.sizes()):
            schema = {"type": "array", "minItems": 1, "maxItems": size, "items": schema}
        return schema

    def parse(self, raw: object, pointer: Pointer, problems: Problems) -> Array | None:
        return read_array(raw, pointer, problems, self.sizes(), self.cells())

    def canonical(self, value: Any) -> Any:
        return value.tolist()


@dataclass(frozen=True)
class Matrix(_ArrayKind):
    """Rows of numbers, all of one length; parsed to float64 (rows, columns)."""

    max_rows: int
    max_columns: int
    magnitude: float = 1e6

    def sizes(self) -> tuple[int, ...]:
        return (self.max_rows, self.max_columns)

    def cells(self) -> Cells:
        return Numbers(self.magnitude)


@dataclass(frozen=True)
class BoolVector(_ArrayKind):
    """A list of true and false; parsed to bool (length,)."""

    max_length: int

    def sizes(self) -> tuple[int, ...]:
        return (self.max_length,)

    def cells(self) -> Cells:
        return Booleans()


@dataclass(frozen=True)
class BoolMatrix(_ArrayKind):
    """Rows of true and false; parsed to bool (rows, columns)."""

    max_rows: int
    max_columns: int

    def sizes(self) -> tuple[int, ...]:
        return (self.max_rows, self.max_columns)

    def cells(self) -> Cells:
        return Booleans()


@dataclass(frozen=True)
class ParameterSet(Kind):
    """Named arrays of one to three axes, each axis at most `max_size`; parsed to {name: float64}."""

    names: tuple[str, ...]
    max_size: int
    magnitude: float = 1e6
    max_dimensions: int = 3

    def schema(self) -> dict[str, Any]:
        array: dict[str, Any] = Numbers(self.magnitude).schema()
        shapes = []
        for _axis in range(self.max_dimensions):
            array = {"type": "array", "minItems": 1, "maxItems": self.max_size, "items": array}
            shapes.append(array)
        properties = {name: {"anyOf": shapes} for name in self.names}
        return {"type": "object", "properties": properties, "additionalProperties": False}

    def parse(self, raw: object, pointer: Pointer, problems: Problems) -> Mapping[str, Array]:
        parsed: dict[str, Array] = {}
        if not isinstance(raw, dict):
            problems.add(pointer, EXPECTED_OBJECT, received=echo(raw))
            return parsed
        for name, value in raw.items():
            place = (*pointer, shorten(str(name)))
            if name not in self.names:
                problems.add(place, UNKNOWN_NAME, options=", ".join(self.names))
                continue
            axes = _axes(value)
            if not 1 <= axes <= self.max_dimensions and isinstance(value, (list, tuple, np.ndarray)):
                limits = {"minimum": 1, "maximum": self.max_dimensions, "received": axes}
                problems.add(place, EXPECTED_DIMENSIONS, **limits)
                continue
            array = read_array(
                value, place, problems, (self.max_size,) * max(axes, 1), Numbers(self.magnitude)
            )
            if array is not None:
                parsed[name] = array
        return parsed

    def canonical(self, value: Any) -> Any:
        return {name: value[name].tolist() for name in self.names if name in value}


def is_array(kind: Kind) -> bool:
    """Whether a field of this kind holds one array, which may then come in a file."""
    return isinstance(kind, _ArrayKind)


def _axes(raw: object) -> int:
    return raw.ndim if isinstance(raw, np.ndarray) else len(first_lengths(raw, _DEEPEST))
