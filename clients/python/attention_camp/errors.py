"""What a call may raise: one class a meaning, made from the server's problem document (RFC 9457)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import httpx


@dataclass(frozen=True)
class Fault:
    """One bad place of what was sent: `pointer` such as "/params/query/0/1", and what is wrong there."""

    pointer: str
    detail: str


class CampError(Exception):
    """A call that was refused.

    Attributes:
        status: the HTTP status.
        code: the kind of problem, the end of the document's `type`: "invalid", "quota", "not-found", …
        detail: the server's words.
        faults: the bad places, where there are any.
        document: the whole problem document.
    """

    def __init__(self, status: int, document: dict[str, Any]) -> None:
        self.status = status
        self.document = document
        self.code = str(document.get("type", "")).rpartition(":")[2]
        self.detail = str(document.get("detail") or document.get("title") or f"HTTP {status}")
        self.faults = tuple(
            Fault(one.get("pointer", ""), one.get("detail", "")) for one in document.get("errors", [])
        )
        untold = [fault for fault in self.faults if fault.detail not in self.detail]
        places = "".join(f"\n  {fault.pointer}: {fault.detail}" for fault in untold)
        super().__init__(f"{status} {self.code}: {self.detail}{places}")


class Invalid(CampError):
    """400, 413, 415: what was sent cannot be read or is not acceptable; `faults` says where."""


class NotSignedIn(CampError):
    """401: no token, a dead one, or a wrong name and password."""


class Forbidden(CampError):
    """403: the token lacks a scope, or the account's second factor wants a token made on its page."""


class NotFound(CampError):
    """404, 410: not there (any more), or not yours."""


class Conflict(CampError):
    """409: not in this state: not finished, already ended, or an Idempotency-Key sent with other work."""


class TooMuchWork(CampError):
    """422: over a cost limit; `document` has `number` and `limit`."""


class QuotaUsedUp(CampError):
    """422: the jobs of the day, or at once, are spent; `document["limit"]` says how many."""


class RateLimited(CampError):
    """429 that lasted longer than the client was told to wait; `retry_after` is in seconds."""

    retry_after: float = 0.0


class Unavailable(CampError):
    """503, or no answer at all, after the last try."""


class JobFailed(Conflict):
    """The job ended without a result; `reason` is one of invalid, poison, timeout, memory, cancelled, expired, internal."""

    @property
    def reason(self) -> str:
        return str((self.document.get("error") or {}).get("code", ""))


_BY_STATUS: dict[int, type[CampError]] = {
    400: Invalid, 401: NotSignedIn, 403: Forbidden, 404: NotFound, 409: Conflict, 410: NotFound, 413: Invalid,
    415: Invalid, 422: TooMuchWork, 429: RateLimited, 503: Unavailable,
}  # fmt: skip
_BY_CODE: dict[str, type[CampError]] = {"quota": QuotaUsedUp, "no-result": JobFailed}


def error_of(response: httpx.Response) -> CampError:
    """The exception that an answer of 400 or above means."""
    try:
        document = response.json()
    except ValueError:
        document = {"detail": response.text[:500] or response.reason_phrase}
    if not isinstance(document, dict):
        document = {"detail": str(document)[:500]}
    code = str(document.get("type", "")).rpartition(":")[2]
    error = _BY_CODE.get(code, _BY_STATUS.get(response.status_code, CampError))(
        response.status_code, document
    )
    if isinstance(error, RateLimited):
        error.retry_after = retry_after(response)
    return error


def retry_after(response: httpx.Response) -> float:
    """Seconds in the header Retry-After; 1 where it says none."""
    text = response.headers.get("Retry-After", "")
    return float(text) if text.isdecimal() else 1.0
