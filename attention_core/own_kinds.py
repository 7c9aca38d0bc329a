"""Kinds of fields that hold what learners bring themselves: a text, labelled texts, a picture."""

from __future__ import annotations

import base64
import binascii
import csv
import io
import unicodedata
from dataclasses import dataclass
from typing import Any

import numpy as np

from attention_core.kinds import Kind
from attention_core.labels import gettext_noop as _
from attention_core.picture_files import read_picture
from attention_core.problems import Pointer, Problems, echo

Array = np.ndarray[Any, Any]
LabelledText = tuple[str, str]

EXPECTED_TEXT = _("expected a text, got %(received)s")
EXPECTED_LENGTH = _("expected a text of %(minimum)s to %(maximum)s characters, got %(received)s")
EXPECTED_PRINTABLE = _("expected a text of printable characters, got U+%(received)s at place %(place)s")
EXPECTED_ROWS = _("expected %(minimum)s to %(maximum)s rows of text and label, got %(received)s")
EXPECTED_PAIR = _("expected a text and a label, got %(received)s")
EXPECTED_TWO = _("expected a text and a label, got %(received)s cells")
NO_CSV = _(
    "this cannot be read as CSV: a quote is not closed, something stands behind one, or a cell is too long"
)
EXPECTED_LABELS = _("expected %(minimum)s to %(maximum)s different labels, got %(received)s")
EXPECTED_PICTURE = _("expected a PNG, JPEG or WebP picture in base64, got %(received)s")
TOO_MANY_BYTES = _("expected a picture of at most %(maximum)s bytes, got %(received)s")

_MAY_STAND = {"\n", "\t"}
_REFUSED = ("Cc", "Cs", "Co")
MAX_BASE64 = 2_000_000  # characters
SEPARATORS = "\t,;"


def clean_text(raw: object, minimum: int, maximum: int, pointer: Pointer, problems: Problems) -> str:
    """`raw` as one spelling (NFC, no spaces around it), or "" and a problem."""
    if not isinstance(raw, str):
        problems.add(pointer, EXPECTED_TEXT, received=echo(raw))
        return ""
    # Measured before it is normalised: a few characters can become many.
    text = unicodedata.normalize("NFC", raw.replace("\r\n", "\n")) if len(raw) <= 2 * maximum + 100 else raw
    text = text.strip()
    if not minimum <= len(text) <= maximum:
        problems.add(pointer, EXPECTED_LENGTH, minimum=minimum, maximum=maximum, received=len(text))
        return ""
    for place, character in enumerate(text, start=1):
        if _is_refused(character):
            problems.add(pointer, EXPECTED_PRINTABLE, received=f"{ord(character):04X}", place=place)
            return ""
    return text


def _is_refused(character: str) -> bool:
    """Controls, halves of pairs, private ones and those that are none; not what is newer than this Python knows."""
    code = ord(character)
    is_none = code & 0xFFFE == 0xFFFE or 0xFDD0 <= code <= 0xFDEF
    return is_none or (unicodedata.category(character) in _REFUSED and character not in _MAY_STAND)


@dataclass(frozen=True)
class Text(Kind):
    """A text of so many characters; `lines` is how tall a form draws it."""

    max_length: int
    min_length: int = 1
    lines: int = 1

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "minLength": self.min_length, "maxLength": self.max_length}

    def parse(self, raw: object, pointer: Pointer, problems: Problems) -> str:
        return clean_text(raw, self.min_length, self.max_length, pointer, problems)


@dataclass(frozen=True)
class LabelledTexts(Kind):
    """Texts with a label each: [[text, label], …], or the text of a CSV file with two columns and no need of a head.

    Parsed to a tuple of (text, label).
    """

    max_rows: int
    max_length: int
    min_rows: int = 4
    max_labels: int = 10
    max_label_length: int = 40

    def schema(self) -> dict[str, Any]:
        texts = [
            {"type": "string", "minLength": 1, "maxLength": most}
            for most in (self.max_length, self.max_label_length)
        ]
        row = {"type": "array", "prefixItems": texts, "minItems": 2, "maxItems": 2}
        return {
            "type": ["array", "string"],
            "items": row,
            "minItems": self.min_rows,
            "maxItems": self.max_rows,
        }

    def parse(self, raw: object, pointer: Pointer, problems: Problems) -> tuple[LabelledText, ...]:
        rows: Any = raw
        if isinstance(raw, str):
            if len(raw) > self.max_characters:
                values = {"minimum": 1, "maximum": self.max_characters, "received": len(raw)}
                problems.add(pointer, EXPECTED_LENGTH, **values)
                return ()
            rows = self.read_csv(raw)
            if rows is None:
                problems.add(pointer, NO_CSV)
                return ()
        if not isinstance(rows, (list, tuple)):
            problems.add(pointer, EXPECTED_PAIR, received=echo(raw))
            return ()
        if not self.min_rows <= len(rows) <= self.max_rows:
            values = {"minimum": self.min_rows, "maximum": self.max_rows, "received": len(rows)}
            problems.add(pointer, EXPECTED_ROWS, **values)
            return ()
        found = []
        for number, row in enumerate(rows):
            place = (*pointer, number)
            if not isinstance(row, (list, tuple)):
                problems.add(place, EXPECTED_PAIR, received=echo(row))
                continue
            if len(row) != 2:
                problems.add(place, EXPECTED_TWO, received=len(row))
                continue
            text = clean_text(row[0], 1, self.max_length, (*place, 0), problems)
            found.append((text, clean_text(row[1], 1, self.max_label_length, (*place, 1), problems)))
        labels = {label for _text, label in found}
        if len(found) == len(rows) and not 2 <= len(labels) <= self.max_labels:
            problems.add(pointer, EXPECTED_LABELS, minimum=2, maximum=self.max_labels, received=len(labels))
        return tuple(found)

    @property
    def max_characters(self) -> int:
        """Of a CSV text: every row as long as may be, with quotes and spaces to spare."""
        return self.max_rows * (self.max_length + self.max_label_length + 100)

    def read_csv(self, text: str) -> list[list[str]] | None:
        """The rows of a CSV text, or of one with tabs or semicolons; a head "text,label" is left out. None: it is none."""
        # Texts hold any of the separators themselves: it is the one that makes pairs of most lines.
        readings = [_rows(text.removeprefix("\ufeff"), separator) for separator in SEPARATORS]
        rows = max((found for found in readings if found is not None), key=_pairs, default=None)
        if rows and [cell.strip().lower() for cell in rows[0]] == ["text", "label"]:
            rows = rows[1:]
        return rows

    def canonical(self, value: Any) -> Any:
        return [list(row) for row in value]


def _rows(text: str, separator: str) -> list[list[str]] | None:
    with io.StringIO(text, newline="") as lines:
        try:
            return [
                row
                for row in csv.reader(lines, delimiter=separator, strict=True)
                if any(cell.strip() for cell in row)
            ]
        except csv.Error:
            return None


def _pairs(rows: list[list[str]]) -> tuple[int, int]:
    """How many rows are pairs, and how many cells there are."""
    return sum(len(row) == 2 for row in rows), sum(map(len, rows))


@dataclass(frozen=True)
class Image(Kind):
    """A PNG, JPEG or WebP file in base64; parsed to uint8 (height, width, 3), shrunk to at most `max_side` pixels a side.

    Only the pixels are kept: nothing else that the file carried (places, names, comments).
    """

    max_side: int
    min_side: int = 8
    max_bytes: int = 10 * 2**20
    max_pixels: int = 16 * 10**6

    def schema(self) -> dict[str, Any]:
        # In JSON less than a file may have: a body of JSON ends sooner.
        most = min(4 * (self.max_bytes // 3 + 1), MAX_BASE64)
        return {"type": "string", "contentEncoding": "base64", "maxLength": most}

    def parse(self, raw: object, pointer: Pointer, problems: Problems) -> Array | None:
        if isinstance(raw, np.ndarray) and raw.dtype == np.uint8 and raw.ndim == 3 and raw.shape[2] == 3:
            return raw
        content = self._content(raw)
        if content is None:
            problems.add(pointer, EXPECTED_PICTURE, received=echo(raw))
            return None
        if len(content) > self.max_bytes:
            problems.add(pointer, TOO_MANY_BYTES, maximum=self.max_bytes, received=len(content))
            return None
        side = (self.min_side, self.max_side)
        return read_picture(
            content, side=side, max_pixels=self.max_pixels, pointer=pointer, problems=problems
        )

    def canonical(self, value: Any) -> Any:
        from attention_core.findings import as_png

        return base64.b64encode(as_png(value)).decode("ascii")

    def _content(self, raw: object) -> bytes | None:
        if isinstance(raw, bytes):
            return raw
        if not isinstance(raw, str):
            return None
        if raw.startswith("data:"):
            raw = raw.partition(",")[2]
        try:
            return base64.b64decode(raw, validate=True) or None
        except (binascii.Error, ValueError):
            return None
