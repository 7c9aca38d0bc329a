"""The edge of the web process: what Django must not take in, and how it is refused.

Django reads a body whole, into memory and then a file, before anything of the camp sees the request, and takes the
words of Content-Type for granted. Here a body is counted as it comes, whatever the address; one that is too long is
cut off. Django is handed the rest with the reason, so that `camp.middleware.RefusedAtTheEdge` answers as the camp
answers: in the reader's language, with a page or a problem document, and in the log.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.http import parse_header_parameters
from django.utils.translation import gettext_noop

from attention_core.problems import shorten

Scope = dict[str, Any]
Message = Mapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]

LONGER_THAN_READ = gettext_noop("expected a body of at most %(limit)s bytes, got more")
TOO_LONG = gettext_noop("expected a body of at most %(limit)s bytes, got %(received)s")
NO_CONTENT_TYPE = gettext_noop('expected a Content-Type such as application/json, got "%(received)s"')
NOT_UTF_8 = gettext_noop('expected a form in UTF-8, got the charset "%(received)s"')

_FORM = "multipart/form-data"
_FRAME_BYTES = 16 * 2**10  # the boundaries and headers of a form's parts
_REFUSAL = "camp.refusal"
# After the answer the rest of a body is thrown away for so long. A connection closed on unread bytes is reset, and a
# client that sends all before it reads would lose the answer.
_LINGER_SECONDS = 10


@dataclass(frozen=True)
class Refusal:
    """Why a request is refused; `template` is to be translated, then filled with `values`."""

    status: int
    template: str
    values: Mapping[str, Any] = field(default_factory=dict)


def refusal_of(request: HttpRequest) -> Refusal | None:
    """Why the edge refused this request; None when it did not."""
    scope: Scope = getattr(request, "scope", {})  # tests call Django without a server
    return scope.get(_REFUSAL)


def body_limit(content_type: str) -> int:
    """How long a body may be: only a form carries a file, which has a limit of its own."""
    limit: int = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
    if content_type.strip().lower().startswith(_FORM):
        limit += settings.MAX_FILE_BYTES + _FRAME_BYTES
    return limit


class Edge:
    """`Edge(application)`: the ASGI application behind it gets no body that is too long."""

    def __init__(self, application: Application) -> None:
        self._application = application

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            call = _Call(scope, receive, send)
            receive, send = call.receive, call.send
        await self._application(scope, receive, send)


class _Call:
    """One request and its answer."""

    def __init__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self._scope, self._receive, self._send = scope, receive, send
        content_type = _header(scope, b"content-type")
        self._limit = body_limit(content_type)
        self._received = 0
        self._is_cut = self._is_told = False
        if (refusal := _unreadable(content_type)) is not None:
            scope[_REFUSAL] = refusal
            # Django would meet it with an exception before any middleware.
            scope["headers"] = [(name, value) for name, value in scope["headers"] if name != b"content-type"]
        declared = int(_header(scope, b"content-length") or 0)  # digits: the server has read it too
        if declared > self._limit:
            self._cut(TOO_LONG, received=declared)

    async def receive(self) -> Message:
        if not self._is_cut:
            message = await self._receive()
            self._received += len(message.get("body", b""))
            if self._received <= self._limit:
                return message
            self._cut(LONGER_THAN_READ)
        if self._is_told:  # who listens for the end of the connection is stopped once the answer is out
            await asyncio.Event().wait()
        self._is_told = True
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(self, message: Message) -> None:
        if self._is_cut and message["type"] == "http.response.start":
            message = {**message, "headers": [*message.get("headers", []), (b"connection", b"close")]}
        elif self._is_cut and not message.get("more_body", False):
            await self._send({**message, "more_body": True})
            await self._throw_the_rest_away()
            message = {"type": "http.response.body", "body": b"", "more_body": False}
        await self._send(message)

    def _cut(self, template: str, **values: int) -> None:
        self._is_cut = True
        self._scope[_REFUSAL] = Refusal(413, template, {"limit": self._limit, **values})

    async def _throw_the_rest_away(self) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_LINGER_SECONDS):
                while (await self._receive()).get("more_body", False):
                    continue


def _header(scope: Scope, wanted: bytes) -> str:
    return b",".join(value for name, value in scope["headers"] if name == wanted).decode("latin1")


def _unreadable(content_type: str) -> Refusal | None:
    """What keeps a body of that type from being read.

    Browsers send forms as the page is, in UTF-8. Any other name of Python's codecs would do as `charset`, also those
    that decode no text.
    """
    try:
        kind, options = parse_header_parameters(content_type)
    except ValueError:  # a parameter says that it is in an encoding which is none
        return Refusal(415, NO_CONTENT_TYPE, {"received": shorten(content_type)})
    charset = str(options.get("charset", "utf-8"))
    if kind == _FORM and charset.lower() not in ("utf-8", "utf8", "us-ascii"):
        return Refusal(415, NOT_UTF_8, {"received": shorten(charset)})
    return None
