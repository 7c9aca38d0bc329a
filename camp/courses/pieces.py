"""A lesson's text, cut into its front matter, stretches of Markdown, and blocks."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from camp.courses import source_yaml
from camp.courses.blocks import Block, Fields, Unfit, blocks

MOST_CHARACTERS = 40_000  # nearly three times the longest lesson there is; YAML takes 20 µs for each
_MOST_BLOCKS = 100
_MOST_ITEMS = 50  # of concepts, goals or sources
_MOST_TITLE = 200  # characters
_FENCE = re.compile(r" {0,3}(```+|~~~+)")
_SETTING = re.compile(r"\s([A-Za-z_][\w-]*)=")
_REQUIRED = {
    "title": str,
    "order": int,
    "minutes": int,
    "concepts": list,
    "question": str,
    "goals": list,
    "sources": list,
}
_KNOWN = {*_REQUIRED, "let"}


@dataclass(frozen=True)
class Piece:
    """Markdown (`name` empty) or a block. `line` is where it begins, `body_line` where its text does."""

    line: int
    body: str
    name: str = ""
    argument: str = ""
    fields: Fields = field(default_factory=dict)

    @property
    def body_line(self) -> int:
        return self.line + bool(self.name)

    @property
    def kind(self) -> Block:
        return blocks()[self.name]


@dataclass(frozen=True)
class Source:
    """A lesson's text, read but not yet made."""

    front: dict[str, Any]
    front_text: str
    pieces: list[Piece]


def read_source(text: str) -> Source:
    """Raises Unfit, with the line."""
    if len(text) > MOST_CHARACTERS:
        problem = _("expected at most %(most)d characters; got %(got)d")
        raise Unfit(problem % {"most": MOST_CHARACTERS, "got": len(text)}, 1)
    lines = text.replace("\r\n", "\n").split("\n")
    if lines[0].strip() != "---" or "---" not in (line.strip() for line in lines[1:]):
        raise Unfit(_("expected front matter between two lines “---”"), 1)
    end = next(number for number, line in enumerate(lines[1:], start=1) if line.strip() == "---")
    front_text = "\n".join(lines[1:end])
    front = source_yaml.mapping(front_text, 2)
    _check_front(front, front_text)
    pieces = list(_pieces(lines, end + 1))
    named = [piece for piece in pieces if piece.name]
    if len(named) > _MOST_BLOCKS:
        problem = _("expected at most %(most)d blocks; got %(got)d")
        raise Unfit(problem % {"most": _MOST_BLOCKS, "got": len(named)}, named[_MOST_BLOCKS].line)
    return Source(front, front_text, pieces)


def line_of(text: str, part: str, *, start: int) -> int:
    """The line of a file in which `part`, a text that was read out of the YAML `text`, begins; else `start`."""
    first = next((line.strip() for line in part.split("\n") if line.strip()), "")
    for number, line in enumerate(text.split("\n")):
        if first and first[:40] in line.replace("\\\\", "\\"):
            return start + number
    return start


def _check_front(front: dict[str, Any], text: str) -> None:
    def at(key: str) -> int:
        return line_of(text, f"{key}:", start=2)

    for key, kind in _REQUIRED.items():
        if key not in front:
            raise Unfit(_("the front matter lacks “%(key)s”") % {"key": key}, 1)
        if not isinstance(front[key], kind) or isinstance(front[key], bool):
            wanted = {str: _("a text"), int: _("a whole number"), list: _("a list")}[kind]
            problem = _("%(key)s: expected %(wanted)s; got %(got)r")
            raise Unfit(problem % {"key": key, "wanted": wanted, "got": front[key]}, at(key))
    for key in front:
        if key not in _KNOWN:
            raise Unfit(_("the front matter has no key “%(key)s”") % {"key": key}, at(key))
    _check_texts(front, at)
    if not 0 < front["minutes"] <= 600 or not 0 <= front["order"] <= 1000:
        raise Unfit(_("expected minutes from 1 to 600 and an order from 0 to 1000"), at("minutes"))
    if not isinstance(front.get("let", {}), dict):
        raise Unfit(_("let: expected “name: expression” lines"), at("let"))


def _check_texts(front: dict[str, Any], at: Callable[[str], int]) -> None:
    for key in ("concepts", "goals", "sources"):
        if not all(isinstance(one, str) for one in front[key]):
            raise Unfit(
                _("%(key)s: expected a list of texts; got %(got)r") % {"key": key, "got": front[key]}, 1
            )
        if len(front[key]) > _MOST_ITEMS:
            problem = _("%(key)s: expected at most %(most)d; got %(got)d")
            raise Unfit(problem % {"key": key, "most": _MOST_ITEMS, "got": len(front[key])}, at(key))
    if not 0 < len(front["title"].strip()) <= _MOST_TITLE:
        problem = _("title: expected 1 to %(most)d characters; got %(got)d")
        raise Unfit(problem % {"most": _MOST_TITLE, "got": len(front["title"].strip())}, at("title"))


def _pieces(lines: list[str], start: int) -> Iterator[Piece]:
    """From the line with index `start` on."""
    markdown_from, number, code_fence = start, start, ""
    while number < len(lines):
        line = lines[number]
        fence = _FENCE.match(line)
        if fence and not code_fence:
            code_fence = fence[1]
        elif fence and fence[1].startswith(code_fence) and not line.strip().strip("`~"):
            code_fence = ""
        elif line.startswith(":::") and not code_fence:
            yield from _markdown(lines, markdown_from, number)
            piece, number = _block(lines, number)
            yield piece
            markdown_from = number
            continue
        number += 1
    if code_fence:
        raise Unfit(_("a fence of code is opened and not closed"), len(lines))
    yield from _markdown(lines, markdown_from, len(lines))


def _markdown(lines: list[str], start: int, end: int) -> Iterator[Piece]:
    if any(line.strip() for line in lines[start:end]):
        yield Piece(line=start + 1, body="\n".join(lines[start:end]))


def _block(lines: list[str], start: int) -> tuple[Piece, int]:
    """The block that begins at index `start`, and the index after it."""
    name, _space, rest = lines[start][3:].strip().partition(" ")
    if not name:
        raise Unfit(_("“:::” closes nothing"), start + 1)
    kind = blocks().get(name)
    if kind is None:
        raise Unfit(
            _("expected a block, one of %(known)s; got “%(name)s”")
            % {"known": ", ".join(sorted(blocks())), "name": name},
            start + 1,
        )
    if not kind.takes_body:
        argument, fields = _settings(rest, start + 1)
        return Piece(start + 1, "", name, argument, fields), start + 1
    end = next((number for number in range(start + 1, len(lines)) if lines[number].startswith(":::")), None)
    if end is None or lines[end].strip() != ":::":
        raise Unfit(_("the block “%(name)s” is not closed by “:::”") % {"name": name}, start + 1)
    body = "\n".join(lines[start + 1 : end])
    fields = {"text": body} if kind.takes_text else source_yaml.mapping(body, start + 2)
    return Piece(start + 1, body, name, rest.strip(), fields), end + 1


def _settings(rest: str, line: int) -> tuple[str, Fields]:
    """`compare query=[[1, 2]] key=…` → what comes first, and the settings by name."""
    marks = list(_SETTING.finditer(f" {rest}"))
    argument = f" {rest}"[: marks[0].start()] if marks else rest
    fields: Fields = {}
    for mark, following in zip(marks, [*marks[1:], None], strict=False):
        if mark[1] in fields:
            raise Unfit(_("%(key)s stands twice") % {"key": mark[1]}, line)
        value = f" {rest}"[mark.end() : following.start() if following else None]
        fields[mark[1]] = source_yaml.read(value.strip(), line)
    return argument.strip(), fields
