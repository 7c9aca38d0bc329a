"""What is wrong with given params: where, what was expected and what came.

A message is a template and its values, kept apart so that an application can translate the
template; `detail` is the English text. Templates are marked with `gettext_noop` where defined.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from attention_core.labels import gettext_noop as _

Pointer = tuple[str | int, ...]
Gettext = Callable[[str], str]

ECHO_LENGTH = 40
PROBLEM_LIMIT = 20

TOO_MUCH_WORK = _("too much work: %(number)s, and the limit is %(limit)s")
MORE_PROBLEMS = _("and %(count)s more")


@dataclass(frozen=True)
class Message:
    """A template with `%(name)s` places and the values for them; a value may be a message too."""

    template: str
    values: Mapping[str, Any] = field(default_factory=dict)

    def translated(self, gettext: Gettext = str) -> str:
        """Return the text after `gettext` has translated every template in it."""
        values = {
            name: value.translated(gettext) if isinstance(value, Message) else value
            for name, value in self.values.items()
        }
        return gettext(self.template) % values

    def __str__(self) -> str:
        return self.translated()


@dataclass(frozen=True)
class Problem:
    """One fault in the params. `pointer` is relative to them: ("query", 0, 1)."""

    pointer: Pointer
    template: str
    values: Mapping[str, Any] = field(default_factory=dict)

    @property
    def detail(self) -> str:
        """The message in English."""
        return self.translated()

    @property
    def pointer_text(self) -> str:
        """The pointer as RFC 6901 text: "/query/0/1", and "" for the params themselves."""
        return pointer_text(self.pointer)

    def translated(self, gettext: Gettext = str) -> str:
        """The message after `gettext` has translated every template in it."""
        return Message(self.template, self.values).translated(gettext)


class Problems:
    """Collects problems up to a cap and counts those beyond it."""

    def __init__(self, limit: int = PROBLEM_LIMIT) -> None:
        self.limit = limit
        self.found: list[Problem] = []
        self.more = 0

    def add(self, pointer: Pointer, template: str, **values: Any) -> None:
        """Note one problem; beyond the cap it is only counted."""
        if self.full:
            self.more += 1
        else:
            self.found.append(Problem(pointer, template, values))

    @property
    def full(self) -> bool:
        """Whether further problems are only counted; a reader may then count without looking."""
        return len(self.found) >= self.limit

    def __len__(self) -> int:
        return len(self.found) + self.more


class InvalidParams(ValueError):
    """Params that break their contract, with every place found (the first 20) and how many more."""

    def __init__(self, problems: Sequence[Problem], more: int = 0) -> None:
        super().__init__(problems, more)
        self.problems = tuple(problems)
        self.more = more

    def __str__(self) -> str:
        lines = [f"{problem.pointer_text or '(params)'}: {problem.detail}" for problem in self.problems]
        if self.more:
            lines.append(MORE_PROBLEMS % {"count": self.more})
        return "\n".join(lines)


class TooMuchWork(Exception):
    """Valid params that ask for more work than the limit."""

    def __init__(
        self,
        number: int,
        limit: int,
        template: str = TOO_MUCH_WORK,
        pointer: Pointer = (),
        values: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(number, limit, template, pointer, values)
        self.number = number
        self.limit = limit
        self.problem = Problem(pointer, template, {"number": number, "limit": limit, **(values or {})})

    def __str__(self) -> str:
        return self.problem.detail


def pointer_text(pointer: Pointer) -> str:
    """Return the RFC 6901 text of a pointer.

    >>> pointer_text(("parameters", "a/b~c", 0))
    '/parameters/a~1b~0c/0'
    """
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in pointer)


def shorten(text: str, length: int = ECHO_LENGTH) -> str:
    r"""Return `text` safe to show: at most `length` characters, nothing that a terminal acts on.

    Control characters and lone surrogates are written as escapes; the latter could not even be
    encoded as UTF-8.

    >>> shorten("a\x1b[31m")
    'a\\u001b[31m'
    """
    cut = text[:length]
    shown = "".join(char if char.isprintable() else f"\\u{ord(char):04x}" for char in cut)
    if len(shown) > length or len(text) > length:
        return shown[: length - 1] + "…"
    return shown


def show_number(value: int | float) -> str:
    """Return a number as one would write it, and an integer of any size without spelling it out.

    >>> show_number(1e7), show_number(0.1), show_number(float("nan")), show_number(10**400)
    ('1e7', '0.1', 'NaN', 'about 1e400')
    """
    if isinstance(value, int):
        # The decimal text of a huge int costs time quadratic in its length; Python refuses at 4300 digits.
        if value.bit_length() > 128:
            return f"about {'-' if value < 0 else ''}1e{round(value.bit_length() * 0.30103)}"
        return str(value)
    if math.isnan(value):
        return "NaN"
    if value in (float("inf"), float("-inf")):
        return "Infinity" if value > 0 else "-Infinity"
    plain = repr(value).removesuffix(".0")
    short = f"{value:g}".replace("e+0", "e").replace("e+", "e").replace("e-0", "e-")
    return short if float(short) == value and len(short) < len(plain) else plain


_ECHOES = {
    "null": _("null"),
    "true": _("true"),
    "false": _("false"),
    "list": _("a list"),
    "object": _("an object"),
    "text": _('the text "%(text)s"'),
    "other": _("a value of type %(type)s"),
}


def echo(raw: object) -> Message | str:
    """Return what came, described for the sentence "expected …, got …".

    >>> str(echo("abc")), str(echo(True)), str(echo(None)), str(echo(2.5))
    ('the text "abc"', 'true', 'null', '2.5')
    """
    if raw is None:
        return Message(_ECHOES["null"])
    if isinstance(raw, bool):
        return Message(_ECHOES["true" if raw else "false"])
    if isinstance(raw, str):
        return Message(_ECHOES["text"], {"text": shorten(raw)})
    if isinstance(raw, (int, float)):
        return show_number(raw)
    if isinstance(raw, (list, tuple)):
        return Message(_ECHOES["list"])
    if isinstance(raw, dict):
        return Message(_ECHOES["object"])
    return Message(_ECHOES["other"], {"type": shorten(type(raw).__name__)})
