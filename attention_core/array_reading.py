"""Reading rectangular arrays from nested lists or NumPy arrays, with the place of every fault.

A million numbers are read row by row: one type check and one NumPy conversion a row. Only a row
that fails is walked cell by cell, to say where.
"""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from attention_core.kinds import EXPECTED_FLAG, check_number
from attention_core.labels import gettext_noop as _
from attention_core.problems import Message, Pointer, Problems, echo, shorten

EXPECTED_LIST = _("expected a list of %(what)s, got %(received)s")
EXPECTED_SAME_LENGTH = _("expected as many %(what)s as in row 1, %(expected)s; got %(received)s")
EXPECTED_AT_MOST = _("expected at most %(limit)s %(what)s, got %(received)s")
EXPECTED_NOT_EMPTY = _("expected %(what)s, got an empty list")
EXPECTED_DIMENSIONS = _("expected %(minimum)s to %(maximum)s nested lists, got %(received)s")
EXPECTED_ARRAY_TYPE = _("expected an array of %(what)s, got one of type %(received)s")

_ROWS = Message(_("rows"))
_MATRICES = Message(_("matrices"))

Array = np.ndarray[Any, Any]


class Numbers:
    """Cells that are finite numbers with |x| ≤ magnitude."""

    what: ClassVar[Message] = Message(_("numbers"))
    types: ClassVar[set[type]] = {int, float}
    array_kinds: ClassVar[str] = "iuf"

    def __init__(self, magnitude: float) -> None:
        self.magnitude = magnitude

    def schema(self) -> dict[str, Any]:
        return {"type": "number", "minimum": -self.magnitude, "maximum": self.magnitude}

    def convert(self, raw: Any) -> Array:
        return np.asarray(raw, dtype=np.float64)

    def faults(self, values: Array) -> Array:
        return ~(np.abs(values) <= self.magnitude)  # not "> magnitude": NaN must count

    def check(self, raw: object, pointer: Pointer, problems: Problems) -> bool:
        return check_number(raw, pointer, problems, self.magnitude)


class Booleans:
    """Cells that are true or false."""

    what: ClassVar[Message] = Message(_("true or false values"))
    types: ClassVar[set[type]] = {bool}
    array_kinds: ClassVar[str] = "b"

    def schema(self) -> dict[str, Any]:
        return {"type": "boolean"}

    def convert(self, raw: Any) -> Array:
        return np.asarray(raw, dtype=np.bool_)

    def faults(self, values: Array) -> Array:
        return np.zeros(values.shape, dtype=np.bool_)

    def check(self, raw: object, pointer: Pointer, problems: Problems) -> bool:
        if isinstance(raw, bool):
            return True
        problems.add(pointer, EXPECTED_FLAG, received=echo(raw))
        return False


Cells = Numbers | Booleans


def read_array(
    raw: object, pointer: Pointer, problems: Problems, sizes: tuple[int, ...], cells: Cells
) -> Array | None:
    """Return the array of `raw` with len(sizes) axes, read-only, or None after adding problems."""
    before = len(problems)
    if isinstance(raw, np.ndarray):
        array = _read_numpy(raw, pointer, problems, sizes, cells)
    else:
        array = _read_nested(raw, pointer, problems, sizes, cells)
    if array is None or len(problems) > before:
        return None
    array.flags.writeable = False
    return array


def _read_nested(
    raw: object, pointer: Pointer, problems: Problems, sizes: tuple[int, ...], cells: Cells
) -> Array | None:
    shape = first_lengths(raw, len(sizes))
    for axis, (length, size) in enumerate(zip(shape, sizes, strict=False)):
        what = _what(len(sizes) - axis, cells)
        if not _length_fits(length, (*pointer, *(0,) * axis), problems, size, what):
            return None
    return _read_level(raw, pointer, problems, (*shape, *(None,) * (len(sizes) - len(shape))), cells)


def first_lengths(raw: object, axes: int) -> tuple[int, ...]:
    """Return the lengths of the list, of its first item, of that one's first item, …"""
    lengths: list[int] = []
    while isinstance(raw, (list, tuple)) and len(lengths) < axes:
        lengths.append(len(raw))
        raw = raw[0] if raw else None
    return tuple(lengths)


def _what(axes: int, cells: Cells) -> Message:
    return (cells.what, _ROWS, _MATRICES)[axes - 1]


def _read_level(
    raw: object, pointer: Pointer, problems: Problems, shape: tuple[int | None, ...], cells: Cells
) -> Array | None:
    """Read a list whose nested lengths must be `shape`, taken from the first item at every level."""
    what = _what(len(shape), cells)
    if not isinstance(raw, (list, tuple)):
        problems.add(pointer, EXPECTED_LIST, what=what, received=echo(raw))
        return None
    if shape[0] is not None and len(raw) != shape[0]:
        problems.add(pointer, EXPECTED_SAME_LENGTH, expected=shape[0], what=what, received=len(raw))
        return None
    if len(shape) == 1:
        return _read_row(raw, pointer, problems, cells)
    read = [
        _read_level(child, (*pointer, index), problems, shape[1:], cells) for index, child in enumerate(raw)
    ]
    children = [child for child in read if child is not None]
    return np.stack(children) if children and len(children) == len(raw) and None not in shape else None


def _read_row(
    raw: list[Any] | tuple[Any, ...], pointer: Pointer, problems: Problems, cells: Cells
) -> Array | None:
    if set(map(type, raw)) <= cells.types:
        try:
            row = cells.convert(raw)
        except OverflowError:  # an int beyond float64
            row = None
        if row is not None:
            faults = int(cells.faults(row).sum())
            if not faults:
                return row
            if problems.full:
                problems.more += faults
                return None
    if problems.full:
        problems.more += sum(type(item) not in cells.types for item in raw) or 1
        return None
    for index, item in enumerate(raw):
        cells.check(item, (*pointer, index), problems)
    return None


def _read_numpy(
    raw: Array, pointer: Pointer, problems: Problems, sizes: tuple[int, ...], cells: Cells
) -> Array | None:
    if raw.dtype.kind not in cells.array_kinds:
        problems.add(pointer, EXPECTED_ARRAY_TYPE, what=cells.what, received=shorten(str(raw.dtype)))
        return None
    if raw.ndim != len(sizes):
        limits = {"minimum": len(sizes), "maximum": len(sizes), "received": raw.ndim}
        problems.add(pointer, EXPECTED_DIMENSIONS, **limits)
        return None
    for axis, (length, size) in enumerate(zip(raw.shape, sizes, strict=True)):
        if not _length_fits(length, pointer, problems, size, _what(len(sizes) - axis, cells)):
            return None
    array = np.array(cells.convert(raw), order="C")  # a copy in native byte order: the caller keeps its own
    places = np.argwhere(cells.faults(array))
    room = max(problems.limit - len(problems.found), 0)
    for place in places[:room]:
        index = tuple(int(axis) for axis in place)
        cells.check(array[index].item(), (*pointer, *index), problems)
    problems.more += max(len(places) - room, 0)
    return array


def _length_fits(length: int, pointer: Pointer, problems: Problems, limit: int, what: Message) -> bool:
    if length == 0:
        problems.add(pointer, EXPECTED_NOT_EMPTY, what=what)
    elif length > limit:
        problems.add(pointer, EXPECTED_AT_MOST, limit=limit, what=what, received=length)
    else:
        return True
    return False
