"""Middleware that runs in the event loop does what it does in a thread."""

import asyncio
import threading
from typing import Any

import pytest
from django.contrib.sessions.middleware import SessionMiddleware
from django.core.checks import run_checks
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory
from django.utils.deprecation import MiddlewareMixin

from camp.light import Common, Light, Messages


def test_a_production_without_hsts_is_told_so(settings: Any) -> None:
    """Django asks for its own middleware by name first, and finds nothing to check behind another."""
    settings.SECURE_HSTS_SECONDS, settings.CSRF_COOKIE_SECURE, settings.SESSION_COOKIE_SECURE = (
        0,
        False,
        False,
    )
    settings.X_FRAME_OPTIONS = "SAMEORIGIN"
    told = {one.id for one in run_checks(tags=["security"], include_deployment_checks=True)}
    assert told >= {"security.W004", "security.W016", "security.W019"}


class _Steps(MiddlewareMixin):
    """Notes the thread of each step."""

    threads: list[int]

    def process_request(self, request: HttpRequest) -> None:
        self.threads = [threading.get_ident()]

    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        self.threads.append(threading.get_ident())
        return response


class _Light(Light, _Steps):
    pass


class _Waiting(Light, _Steps):
    def asking_waits(self, request: HttpRequest) -> bool:
        return True

    def answering_waits(self, request: HttpRequest, response: Any) -> bool:
        return True


async def _answered(request: HttpRequest) -> HttpResponse:
    return HttpResponse("there")


@pytest.mark.parametrize(("kind", "is_here"), [(_Light, True), (_Waiting, False)])
def test_a_step_runs_where_the_request_is_unless_it_may_wait(kind: Any, is_here: bool) -> None:
    async def through() -> tuple[int, list[int], HttpResponse]:
        middleware = kind(_answered)
        response = await middleware(RequestFactory().get("/"))
        return threading.get_ident(), middleware.threads, response

    loop, threads, response = asyncio.run(through())
    assert response.content == b"there"
    assert [thread == loop for thread in threads] == [is_here, is_here]


def test_an_answer_given_at_once_is_the_answer(settings: Any) -> None:
    settings.PREPEND_WWW = True

    async def never(request: HttpRequest) -> HttpResponse:
        raise AssertionError("asked")

    async def through() -> Any:
        return await Common(never)(RequestFactory().get("/lab/"))

    response = asyncio.run(through())
    assert (response.status_code, response.url) == (301, "http://www.testserver/lab/")


def test_a_message_is_read_in_a_thread() -> None:
    request: Any = RequestFactory().get("/")
    SessionMiddleware(lambda _: HttpResponse()).process_request(request)
    Messages(lambda _: HttpResponse()).process_request(request)
    assert not Messages(_answered).answering_waits(request, HttpResponse())
    request._messages.add(20, "Saved.")
    assert Messages(_answered).answering_waits(request, HttpResponse())
