"""Blocks of a lesson: what stands between `:::` and `:::`. Each app that has some registers them here.

The course knows no quizzes and no lab, which both build on it; so a block is an object of theirs:

    @block
    class Check(Block):
        name = "check"
        ...

A block's `fields` are its YAML, or the `key=value` settings of its line; texts in them are still Markdown. They are
read once, when a version is made (`read`), and drawn at each look (`render`), for a page shows what its reader did.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from django.http import HttpRequest
from django.utils.safestring import SafeString

from camp.courses.models import Lesson, LessonVersion

Fields = dict[str, Any]
_MOST_SAID = 600


class Unfit(ValueError):
    """Something in a source is not as docs/course.md says: what, and where it stands (a line of the file)."""

    def __init__(self, message: str, line: int = 0) -> None:
        message = (
            message if len(message) <= _MOST_SAID else f"{message[:_MOST_SAID]}…"
        )  # it may quote a whole text
        super().__init__(message)
        self.message, self.line = message, line


class Writer(Protocol):
    """What a block needs to turn its texts into HTML: formulas, `{{ }}` and all, with the lesson's own names."""

    def html(self, text: str, names: Mapping[str, Any] | None = None) -> str: ...

    def inline(self, text: str, names: Mapping[str, Any] | None = None) -> str: ...

    def value(self, expression: str, names: Mapping[str, Any] | None = None) -> Any: ...


@dataclass(frozen=True)
class Reader:
    """Who looks at which lesson, and in which language."""

    request: HttpRequest
    lesson: Lesson
    version: LessonVersion
    language: str


class Block:
    """A kind of block. `takes_body`: False for one that is a single line; `takes_text`: its body is no YAML, but a
    text, which is its field "text". `styles` and `scripts` are the static files that its page loads for it. `example`
    is one as it is written, which the console shows to those who write lessons.
    """

    name: str
    example: str
    takes_body = True
    takes_text = False
    styles: tuple[str, ...] = ()
    scripts: tuple[str, ...] = ()

    def read(self, argument: str, fields: Fields, writer: Writer) -> Fields:
        """What a version keeps of a block: JSON, checked, texts as HTML where they need nothing of the reader.

        Raises:
            Unfit: it is not as it should be.
        """
        raise NotImplementedError

    def neutral(self, argument: str, fields: Fields) -> Any:
        """The part of what `read` was given that twins in other languages must share."""
        return argument

    def public(self, kept: Fields) -> Fields:
        """What the API tells of it: nothing that is, or gives away, an answer."""
        return {"id": kept["id"]} if "id" in kept else {}

    def render(self, kept: Fields, reader: Reader) -> SafeString:
        """Its HTML for this reader."""
        raise NotImplementedError


_blocks: dict[str, Block] = {}


def block(kind: type[Block]) -> type[Block]:
    """Decorator: registers one of these."""
    _blocks[kind.name] = kind()
    return kind


def blocks() -> Mapping[str, Block]:
    """Every block by its name."""
    return _blocks
