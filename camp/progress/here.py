"""Where one is at it, by the address alone: a lesson is read; quizzes, tests, reviews and the lab are tasks.

One rule for what the pages tell and for what is saved, so that both count alike.
"""

from collections.abc import Callable
from contextlib import suppress
from typing import Any

from asgiref.sync import iscoroutinefunction, markcoroutinefunction, sync_to_async
from django.http import HttpRequest, HttpResponse
from django.urls import ResolverMatch

from camp.accounts.models import User
from camp.accounts.services import OwnerGone
from camp.learning.time_on_task import Kind
from camp.passing_writes import passing_write
from camp.progress.services import moment_note

_TASKS = {"quizzes", "gain", "mastery", "lab"}
_PAGES = {"courses", *_TASKS}  # a program that calls the API is not somebody at a page
_SAVES_NOTHING = {"lab:attention-preview", "lab:attention-guess"}  # asked for while somebody types
_SAFE = {"GET", "HEAD", "OPTIONS", "TRACE"}


def kind_of(match: ResolverMatch | None) -> Kind | None:
    """Of an address; None where time is not counted. What is answered within a lesson is part of reading it."""
    if match is None or match.namespace not in _PAGES:
        return None
    if "lesson" in match.kwargs:
        return Kind.READING
    return Kind.TASK if match.namespace in _TASKS else None


def here(request: HttpRequest) -> dict[str, str]:
    """Context processor: `here`, the kind of the page, or nothing."""
    return {"here": kind_of(request.resolver_match) or ""}


def note(request: HttpRequest, kind: Kind, *, is_afresh: bool = False) -> None:
    """Of somebody who is known. It is not worth a wait, and nobody is made a guest for it."""
    person = request.user
    if isinstance(person, User):
        with suppress(OwnerGone):  # who is gone has no time either
            passing_write("moment", lambda: moment_note(owner=person, kind=kind, is_afresh=is_afresh))


class Moments:
    """Notes that a person has saved something: an answer, a place, a job."""

    async_capable = True
    sync_capable = True

    def __init__(self, get_response: Callable[[HttpRequest], Any]) -> None:
        self.get_response = get_response
        if iscoroutinefunction(get_response):
            markcoroutinefunction(self)

    def __call__(self, request: HttpRequest) -> Any:
        if iscoroutinefunction(self):
            return self._answered(request)
        response = self.get_response(request)
        kind = _saved(request, response)
        if kind:
            note(request, kind)
        return response

    async def _answered(self, request: HttpRequest) -> HttpResponse:
        response: HttpResponse = await self.get_response(request)
        kind = _saved(request, response)
        if kind:
            await sync_to_async(note)(request, kind)
        return response


def _saved(request: HttpRequest, response: HttpResponse) -> Kind | None:
    if request.method in _SAFE or response.status_code >= 400:
        return None
    match = request.resolver_match
    return None if match is None or match.view_name in _SAVES_NOTHING else kind_of(match)
