"""What a lesson's document says, in plain text by sections.

>>> plain("<p>Divide by <math><msqrt><msub><mi>d</mi><mi>k</mi></msub></msqrt></math>.</p>")
'Divide by √d_k.'
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

from django.utils import translation

from camp.courses.blocks import blocks

_HEADINGS = ("h2", "h3", "h4")
_INLINE = {"a", "em", "strong", "code", "span"}
_BEFORE_SECOND = {"msub": "_", "msup": "^", "mfrac": "/", "munder": "_", "mover": "^"}
# Of blocks: what a reader sees before they have answered. An answer is in none of it.
_SAID = ("html", "labels", "options", "prompt", "text", "title")


@dataclass
class Section:
    """`place` is the id of the heading; both are empty for what stands above the first."""

    place: str = ""
    heading: str = ""
    pieces: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        return " ".join("".join(self.pieces).split())


def sections(document: Mapping[str, Any], language: str) -> list[Section]:
    """The lesson's beginning with its question and goals, then a section for each heading."""
    found = [Section()]
    _read("\n".join([document["question"], *document["goals"]]), found)
    for part in document["parts"]:
        if "html" in part:
            _read(part["html"], found)
        elif part["block"] in blocks():
            with translation.override(language):
                public = blocks()[part["block"]].public(part["fields"])
            _read("\n".join(_said(public)), found)
    return found


def plain(html: str) -> str:
    """The words of a piece of HTML."""
    found = [Section()]
    _read(html, found)
    return found[0].text


def _said(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for one in value:
            yield from _said(one)
    elif isinstance(value, Mapping):
        for key in _SAID:
            yield from _said(value.get(key))


def _read(html: str, found: list[Section]) -> None:
    reader = _Reader(found)
    reader.feed(html)
    reader.close()
    found[-1].pieces.append("\n")


class _Reader(HTMLParser):
    """Adds to the last section, and a section for each heading with an id."""

    def __init__(self, found: list[Section]) -> None:
        super().__init__(convert_charrefs=True)
        self._found = found
        self._open: list[tuple[str, int]] = []  # elements of a formula, each with how many children were met
        self._unsaid = 0  # depth within what is there for the eye alone
        self._in_heading = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if self._unsaid or (tag == "math" and given.get("aria-hidden")):
            self._unsaid += tag == "math"
            return
        if tag in _HEADINGS and given.get("id"):
            self._found.append(Section(str(given["id"])))
            self._in_heading = True
        elif tag == "math" or self._open:
            self._child(tag)
        elif tag not in _INLINE:
            self._add("\n")

    def handle_endtag(self, tag: str) -> None:
        if self._unsaid:
            self._unsaid -= tag == "math"
        elif self._open:
            self._open.pop()
        elif tag in _HEADINGS:
            self._in_heading = False
        elif tag not in _INLINE:
            self._add("\n")

    def handle_data(self, data: str) -> None:
        if not self._unsaid:
            self._add(data)

    def _child(self, tag: str) -> None:
        """An element of a formula: what stands between it and the one before it."""
        if self._open:
            parent, before = self._open[-1]
            self._open[-1] = (parent, before + 1)
            if before and parent == "msubsup":
                self._add("_^"[before - 1])
            elif before:
                self._add(_BEFORE_SECOND.get(parent, " " if parent in ("mtr", "mtable") else ""))
        if tag == "msqrt":
            self._add("√")
        self._open.append((tag, 0))

    def _add(self, text: str) -> None:
        if self._in_heading:
            self._found[-1].heading += text
        else:
            self._found[-1].pieces.append(text)
