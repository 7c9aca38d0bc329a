"""What every request passes through: its id and log line, its language, and a calm answer when a part is down."""

import os
import re
import time
import uuid
from collections.abc import Awaitable, Callable
from typing import Any

import structlog
from asgiref.sync import iscoroutinefunction, markcoroutinefunction, sync_to_async
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.middleware.locale import LocaleMiddleware
from django.utils import translation
from django.utils.translation.trans_real import parse_accept_lang_header

from camp.edge import refusal_of
from camp.errors import PARTS_AWAY, answer, unavailable
from camp.light import Light
from camp.rates import TooOften

log = structlog.get_logger("camp.request")
_LINK = re.compile(r"^/s/[^/]+")  # its token is all that is needed to see what is behind it
_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")


class RequestId:
    """Gives the request an id (or keeps a sound one from a proxy), binds it to every log line, logs the outcome."""

    async_capable = True
    sync_capable = False

    def __init__(self, get_response: Callable[[HttpRequest], Awaitable[HttpResponse]]) -> None:
        self.get_response = get_response
        markcoroutinefunction(self)

    async def __call__(self, request: HttpRequest) -> HttpResponse:
        _measure_chunked_body(request)
        given = request.headers.get("X-Request-ID", "")
        request_id = given if _ID.fullmatch(given) else uuid.uuid4().hex
        structlog.contextvars.bind_contextvars(request_id=request_id)
        started = time.perf_counter()
        try:
            response = await self.get_response(request)
            took_ms = round((time.perf_counter() - started) * 1000, 1)
            if not request.path.startswith((settings.STATIC_URL, "/healthz", "/readyz", "/metrics")):
                log.info(
                    "request",
                    method=request.method,
                    path=_LINK.sub("/s/…", request.path),
                    status=response.status_code,
                    ms=took_ms,
                )
            response.headers["X-Request-ID"] = request_id
            return response
        finally:
            structlog.contextvars.unbind_contextvars("request_id")


def _measure_chunked_body(request: HttpRequest) -> None:
    """A body sent in chunks names no length, and without one it would be taken for none. Here it is complete."""
    body: Any = getattr(request, "_stream", None)
    if body is None or "CONTENT_LENGTH" in request.META or "HTTP_TRANSFER_ENCODING" not in request.META:
        return
    request.META["CONTENT_LENGTH"] = str(body.seek(0, os.SEEK_END))
    body.seek(0)


class RefusedAtTheEdge:
    """Words the answer to what `camp.edge` refused, as a page or a problem document, in the reader's language."""

    async_capable = True
    sync_capable = True

    def __init__(self, get_response: Callable[[HttpRequest], Any]) -> None:
        self.get_response = get_response
        if iscoroutinefunction(get_response):
            markcoroutinefunction(self)

    def __call__(self, request: HttpRequest) -> Any:
        refusal = refusal_of(request)
        if refusal is None:
            return self.get_response(request)
        refuse = sync_to_async(answer) if iscoroutinefunction(self) else answer
        return refuse(request, refusal.status, translation.gettext(refusal.template) % refusal.values)


class PreferredLanguage(Light, LocaleMiddleware):
    """Django's choice by cookie and Accept-Language, where every kind of Chinese finds the Chinese we have."""

    def process_request(self, request: HttpRequest) -> None:
        if settings.LANGUAGE_COOKIE_NAME not in request.COOKIES and _prefers_chinese(request):
            translation.activate("zh-hans")
            request.LANGUAGE_CODE = translation.get_language()
            return
        super().process_request(request)


def _prefers_chinese(request: HttpRequest) -> bool:
    """True when the first language we speak in Accept-Language is some Chinese (zh, zh-TW, zh-HK, …)."""
    for code, _weight in parse_accept_lang_header(request.headers.get("Accept-Language", "")):
        if code == "*" or code.split("-")[0] == "en":
            return False
        if code.split("-")[0] == "zh":
            return True
    return False


class UnavailableParts:
    """Turns "the database or Redis cannot be reached" into 503 with Retry-After, never a 500."""

    async_capable = True
    sync_capable = True

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        if iscoroutinefunction(get_response):
            markcoroutinefunction(self)

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if isinstance(exception, PARTS_AWAY):
            return unavailable(request, exception)
        if isinstance(exception, TooOften):
            return answer(request, 429, **{"Retry-After": str(exception.seconds)})
        return None
