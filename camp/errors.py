"""Answers to what went wrong: RFC 9457 problem documents for programs, pages in both languages for people."""

import sys
from collections.abc import Callable
from functools import wraps
from typing import Any

import structlog
from django.conf import settings
from django.core.exceptions import DisallowedHost, RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.multipartparser import MultiPartParserError
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.csrf import csrf_exempt
from kombu.exceptions import OperationalError as BrokerError
from psycopg_pool import PoolTimeout
from redis.exceptions import RedisError

from attention_core.problems import shorten
from camp import problem_types
from camp.accounts.services import OwnerGone

log = structlog.get_logger("camp.request")
# What a database or a Redis that is away, locked or full raises.
PARTS_AWAY = (OperationalError, InterfaceError, PoolTimeout, RedisError, BrokerError, ConnectionError)
PROBLEM_TYPE = "application/problem+json"

# status: (title, what a person may do). Programs are told by camp/problem_types.py.
_PAGES = {
    400: (gettext_lazy("Bad request"), gettext_lazy("The request could not be read. Go back and try again.")),
    403: (gettext_lazy("Not allowed"), gettext_lazy("This page is not open to you.")),
    404: (gettext_lazy("Not found"), gettext_lazy("There is nothing here, or it is not yours.")),
    405: (
        gettext_lazy("Method not allowed"),
        gettext_lazy("This address does not answer that kind of request."),
    ),
    413: (gettext_lazy("Too large"), gettext_lazy("What was sent is larger than this page accepts.")),
    415: (
        gettext_lazy("Content type not read"),
        gettext_lazy("This address does not read bodies of that Content-Type."),
    ),
    429: (gettext_lazy("Too many requests"), gettext_lazy("Wait a moment, then try again.")),
    500: (
        gettext_lazy("Something broke"),
        gettext_lazy("The fault is ours and has been logged. Nothing you saved is lost."),
    ),
    503: (
        gettext_lazy("Not available just now"),
        gettext_lazy("A part of the camp is restarting. Nothing is lost; try again in a moment."),
    ),
}


def problem_response(
    status: int,
    detail: str,
    *,
    code: str | None = None,
    errors: list[dict[str, str]] | None = None,
    headers: dict[str, str] | None = None,
    **members: Any,
) -> JsonResponse:
    """An `application/problem+json` answer. `code` is one of camp/problem_types.py; without it, the status's own."""
    kind = problem_types.of(status, code)
    body: dict[str, Any] = {"type": kind.urn, "title": str(kind.title), "status": status, "detail": detail}
    if errors is not None:
        body["errors"] = errors
    body.update(members)
    return JsonResponse(
        body,
        status=status,
        content_type=PROBLEM_TYPE,
        headers=headers,
        json_dumps_params={"ensure_ascii": False},
    )


def wants_problem(request: HttpRequest) -> bool:
    """Programs are answered with a problem document: everything under /api/, the health addresses and /metrics."""
    return request.path.startswith(("/api/", "/healthz", "/readyz", "/metrics"))


def answer(request: HttpRequest, status: int, detail: str | None = None, **headers: str) -> HttpResponse:
    """A problem document or a page for `status`, whichever the address speaks."""
    title, advice = _PAGES[status]
    if wants_problem(request):
        return problem_response(status, detail or str(advice), headers=headers)
    context = {"status": status, "title": title, "advice": detail or advice}
    response = render(request, "error.html", context, status=status)
    for name, value in headers.items():
        response.headers[name] = value
    return response


def unavailable(request: HttpRequest, error: BaseException) -> HttpResponse:
    """503 for a database or Redis that cannot be reached; the page asks neither, nor the session."""
    log.error("part_unavailable", path=request.path, error=f"{type(error).__name__}: {error}")
    title, advice = _PAGES[503]
    headers = {"Retry-After": "5"}
    if wants_problem(request):
        return problem_response(503, str(advice), headers=headers)
    context = {"status": 503, "title": title, "advice": advice}
    return HttpResponse(render_to_string("error_plain.html", context), status=503, headers=headers)


def only_get(view: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Answer anything but GET and HEAD with 405 and what is wrong, where Django's own decorator says nothing."""

    @csrf_exempt  # or a POST would be told that it lacks a cookie
    @wraps(view)
    def checked(request: HttpRequest) -> HttpResponse:
        if request.method not in ("GET", "HEAD"):
            return answer(request, 405, Allow="GET, HEAD")
        return view(request)

    return checked


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    if isinstance(exception, RequestDataTooBig):
        values = {"limit": settings.DATA_UPLOAD_MAX_MEMORY_SIZE}
        return answer(
            request, 413, _("expected a form of at most %(limit)s bytes besides its files") % values
        )
    return answer(request, 400, _what_is_bad(request, exception))


def _what_is_bad(request: HttpRequest, exception: Exception | None) -> str | None:
    """What Django refused before a view could; None for what it does not say."""
    match exception:
        case DisallowedHost():
            received = {"received": shorten(request.headers.get("Host", ""))}
            return _('expected a Host that this camp is known by, got "%(received)s"') % received
        case TooManyFieldsSent():
            limit = {"limit": settings.DATA_UPLOAD_MAX_NUMBER_FIELDS}
            return _("expected a form of at most %(limit)s fields, got more") % limit
        case TooManyFilesSent():
            limit = {"limit": settings.DATA_UPLOAD_MAX_NUMBER_FILES}
            return _("expected a form of at most %(limit)s files, got more") % limit
        case MultiPartParserError():
            return _("expected a form as multipart/form-data, got something else or a part of one")
    return None


def permission_denied(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return answer(request, 403, str(exception) if isinstance(exception, OwnerGone) else None)


@csrf_exempt  # or a program that posts to a mistyped address would be told that it lacks a cookie
def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return answer(request, 404)


def too_many_requests(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Also allauth's, which finds it by its name in the URLs."""
    return answer(request, 429, **{"Retry-After": "60"})


def server_error(request: HttpRequest) -> HttpResponse:
    """Without the base template's queries: whatever broke may break them too."""
    error = sys.exc_info()[1]
    if isinstance(error, PARTS_AWAY):  # in a middleware, as when a session is saved
        return unavailable(request, error)
    title, advice = _PAGES[500]
    if wants_problem(request):
        return problem_response(500, str(advice))
    context = {"status": 500, "title": title, "advice": advice}
    return HttpResponse(render_to_string("error_plain.html", context), status=500)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    return answer(
        request, 403, _("The form was sent without its protection cookie. Reload the page and send it again.")
    )
