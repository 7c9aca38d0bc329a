"""JSON bodies, read without trust: size, encoding, depth and duplicate keys are checked before any meaning."""

import json
import re
from collections import Counter
from typing import IO, Any

from django.conf import settings
from django.utils.translation import gettext as _
from rest_framework.exceptions import APIException
from rest_framework.parsers import BaseParser

from attention_core.problems import shorten

MAX_DEPTH = 32
MAX_BRACKETS = 100_000  # opened; Python would make an object of each before anybody looks at their number
_STRINGS = re.compile(rb'"(?:[^"\\]|\\.)*"?', re.DOTALL)
_BRACKETS = re.compile(rb"[\[\]{}]")
_LONG_INTEGER = 400  # digits; beyond float64 by far, and Python's own limit is 4,300


class MalformedBody(APIException):
    """400 for a body that is not what we read; `pointer` names the field of a form, "" where no place is known."""

    status_code = 400
    default_code = "malformed"

    def __init__(self, detail: Any, *, pointer: str = "") -> None:
        super().__init__(detail)
        self.pointer = f"/{shorten(pointer)}" if pointer else ""


class BodyTooLarge(APIException):
    status_code = 413
    default_code = "too-large"


def read_body(stream: IO[bytes], content_length: int) -> bytes:
    """The body, or 413 once it is longer than allowed, whatever its header says."""
    limit = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
    # A declared length over the limit is refused unread.
    body = b"" if content_length > limit else stream.read(limit + 1)
    if content_length > limit or len(body) > limit:
        raise BodyTooLarge(
            _("expected a body of at most %(limit)s bytes, got %(received)s")
            % {"limit": limit, "received": max(content_length, len(body))}
        )
    return body


def strict_json(body: bytes) -> Any:
    """The value of a JSON text.

    NaN, Infinity and numbers beyond float64 become floats that are not finite, so that whoever checks the
    fields can name their place.

    Raises:
        MalformedBody: not UTF-8, not JSON, nested too deep, or a key twice in one object.
    """
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise MalformedBody(
            _("expected UTF-8, got the byte 0x%(byte)02x at position %(position)s")
            % {"byte": body[error.start], "position": error.start}
        ) from error
    _check_depth(body)
    try:
        return json.loads(text, object_pairs_hook=_object, parse_int=_integer)
    except json.JSONDecodeError as error:
        raise MalformedBody(
            _("expected JSON, got something else at line %(line)s, column %(column)s: %(reason)s")
            % {"line": error.lineno, "column": error.colno, "reason": error.msg}
        ) from error


def _check_depth(body: bytes) -> None:
    count = body.count(b"[") + body.count(b"{")
    if count > MAX_BRACKETS:
        raise MalformedBody(
            _("expected at most %(limit)s lists and objects, got %(received)s")
            % {"limit": MAX_BRACKETS, "received": count}
        )
    depth = 0
    # Strings are blanked rather than removed, so that positions stay true.
    for bracket in _BRACKETS.finditer(_STRINGS.sub(lambda match: b" " * len(match[0]), body)):
        depth += 1 if bracket[0] in b"[{" else -1
        if depth > MAX_DEPTH:
            raise MalformedBody(
                _("expected at most %(limit)s levels of nesting, got more at byte %(position)s")
                % {"limit": MAX_DEPTH, "position": bracket.start()}
            )


def _integer(digits: str) -> int | float:
    return int(digits) if len(digits) <= _LONG_INTEGER else float(digits)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        twice = Counter(key for key, _value in pairs).most_common(1)[0][0]
        raise MalformedBody(_("expected each key once, got %(key)s twice") % {"key": json.dumps(twice[:40])})
    return found


class StrictJSONParser(BaseParser):
    media_type = "application/json"

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Any = None) -> Any:
        length = str(parser_context["request"].META.get("CONTENT_LENGTH") or "0")
        body = read_body(stream, int(length) if length.isascii() and length.isdecimal() else 0)
        return strict_json(body)
