"""uvicorn's HTTP protocol, with a limit to what comes before a body.

The quick parser keeps whatever headers are sent, however many megabytes (the slow one, h11, stops at 64 KiB).
"""

from typing import Any

from django.utils.translation import gettext as _
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

MAX_HEAD_BYTES = 64 * 2**10  # of an address and its headers
# After a refusal what else comes is thrown away for so long: a connection closed on unread bytes is reset, and the
# client would lose the answer.
_LINGER_SECONDS = 10


class HeadTooLarge(Exception):
    """Stops the parser, upon which uvicorn calls `send_400_response`."""


class HttpProtocol(HttpToolsProtocol):
    """uvicorn's, which answers a head over the limit with 431 and what is no HTTP with 400, as problem documents."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._barren = 0  # bytes since the last that came to something: a request begun, its body, its end
        self._is_head_too_large = self._is_refused = False

    def data_received(self, data: bytes) -> None:
        if self._is_refused:
            return
        self._barren += len(data)
        super().data_received(data)
        if self._barren > MAX_HEAD_BYTES and not self._is_refused:
            self._refuse(431)

    def on_message_begin(self) -> None:
        self._barren = 0
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        self._barren = 0
        if len(self.url) + sum(len(name) + len(value) + 4 for name, value in self.headers) > MAX_HEAD_BYTES:
            self._is_head_too_large = True
            raise HeadTooLarge
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        self._barren = 0
        super().on_body(body)

    def on_message_complete(self) -> None:
        self._barren = 0
        super().on_message_complete()

    def send_400_response(self, msg: str) -> None:
        self._refuse(431 if self._is_head_too_large else 400)

    def _refuse(self, status: int) -> None:
        self._is_refused = True
        cycle = self.cycle
        if cycle is not None and not cycle.response_complete:
            if cycle.response_started or not cycle.more_body:
                cycle.keep_alive = False  # an earlier request has its answer, and then nothing more comes
                return
            cycle.disconnected = True  # whoever reads this body shall not answer too
            cycle.message_event.set()
        self.transport.write(_answer(status))
        if self.transport.can_write_eof():
            self.transport.write_eof()
        self.loop.call_later(_LINGER_SECONDS, self.transport.close)


def _answer(status: int) -> bytes:
    from camp.errors import problem_response  # once the application has been loaded, and its settings with it

    if status == 431:
        values = {"limit": MAX_HEAD_BYTES}
        detail = _("expected an address and headers of at most %(limit)s bytes together, got more") % values
    else:
        detail = _("expected a request of HTTP/1.1, got something else")
    response = problem_response(status, detail)
    headers = {**response.headers, "Content-Length": len(response.content), "Connection": "close"}
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return STATUS_LINE[status] + lines.encode() + b"\r\n" + response.content
