"""A job's events as they happen, by Server-Sent Events.

A stream begins with the row's present state, then follows the news that workers publish, and ends after `done`. It
holds no thread and no database connection: the row is looked at on arrival, at the end, and now and then in case
news was lost with Redis.
"""

import json
import random
from collections import Counter
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from rest_framework.negotiation import DefaultContentNegotiation

from camp.api.calls import seen_as
from camp.api.jobs import JobDetail, looks
from camp.errors import problem_response
from camp.lab import events
from camp.lab.models import TERMINAL

_LOOK_AGAIN_SECONDS = 10.0  # also keeps proxies from taking the stream for dead
_LOOK_SECONDS_ALONE = 2.0  # while Redis is away
_open: Counter[Any] = Counter()  # streams of each person in this process


class _AnyAccept(DefaultContentNegotiation):
    """The browser asks for text/event-stream; the document inside is JSON all the same."""

    def select_renderer(self, request: Any, renderers: Any, format_suffix: str | None = None) -> Any:
        return renderers[0], renderers[0].media_type


class _JobNow(JobDetail):
    content_negotiation_class = _AnyAccept
    http_method_names = ["get"]


# The answer of `GET /jobs/<id>/` to this caller at that moment, credentials and all.
_look = looks(_JobNow.as_view())


@seen_as(_JobNow)
@csrf_exempt
async def job_events(request: HttpRequest, job_id: UUID) -> HttpResponse | StreamingHttpResponse:
    """`status`, `progress` and `done` of one job; 204 to a client that has had `done`."""
    response: Any = await _look(request, job_id)
    if response.status_code != 200:
        refusal: HttpResponse = response
        return refusal
    job = response.data
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    if job["status"] in TERMINAL:  # nothing to wait for: a short job has often ended before its page asks
        if request.headers.get("Last-Event-ID") == _id_of_done(job):
            return HttpResponse(status=204)
        return HttpResponse(_told((), response), content_type="text/event-stream", headers=headers)
    owner = request.user.pk
    if _open[owner] >= settings.EVENT_STREAMS_EACH:
        detail = _("expected at most %(limit)s open event streams, got one more") % {
            "limit": settings.EVENT_STREAMS_EACH
        }
        return problem_response(429, detail, code="streams", headers={"Retry-After": "5"})
    return _CountedStream(owner, _stream(request, job_id), content_type="text/event-stream", headers=headers)


class _CountedStream(StreamingHttpResponse):
    """Counted from before its first byte until it is closed, however that comes about."""

    def __init__(self, owner: Any, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._owner = owner
        _open[owner] += 1

    def close(self) -> None:
        super().close()
        owner, self._owner = self._owner, None
        if owner is not None:
            _open[owner] -= 1
            if not _open[owner]:
                del _open[owner]


async def _stream(request: HttpRequest, job_id: UUID) -> AsyncIterator[bytes]:
    async with events.news_of(str(job_id)) as news:
        said: tuple[Any, ...] = ()
        while True:
            # Looked at with the ear already open: what happens from here on is heard.
            response = await _look(request, job_id)
            if response.status_code == 503:  # the database is away: the job is not, and is looked at again
                await news.wait(_LOOK_SECONDS_ALONE)
                continue
            if response.status_code == 404:
                yield _event("status", {"status": "cancelled"})  # deleted, which cancels
            if response.status_code != 200:
                return
            for part in _told(said, response):
                yield part
            job = response.data
            if job["status"] in TERMINAL:
                return
            said = (job["status"], job["progress"], job["message"])
            if any(one.status in TERMINAL for one in news.take()):
                continue
            seconds = _LOOK_AGAIN_SECONDS if events.is_connected() else _LOOK_SECONDS_ALONE
            seconds *= random.uniform(0.6, 1)  # noqa: S311  streams opened together must not all look together
            while await news.wait(seconds):
                heard = news.take()
                if any(one.status in TERMINAL for one in heard):
                    break
                for one in heard:
                    for part in _changes(said, one.status, one.progress, one.message, one.id):
                        yield part
                    said = (one.status, one.progress, one.message)
            else:
                yield b": still here\n\n"


def _told(said: tuple[Any, ...], response: Any) -> list[bytes]:
    """The events of a job as it was just looked at, with `done` when it has ended."""
    job = response.data
    found = _changes(said, job["status"], job["progress"], job["message"])
    if job["status"] in TERMINAL:
        found.append(_event("done", response.rendered_content, _id_of_done(job)))
    return found


def _changes(
    said: tuple[Any, ...], status: str, progress: float, message: str, entry: str = ""
) -> list[bytes]:
    """The events that tell of a state after `said`, the (status, progress, message) told last."""
    found = []
    if said[:1] != (status,):
        found.append(_event("status", {"status": status}, entry))
    if (progress, message) != (said[1:] or (0.0, "")):
        found.append(_event("progress", {"progress": progress, "message": message}, entry))
    return found


def _event(name: str, data: Any, entry: str = "") -> bytes:
    text = data.decode() if isinstance(data, bytes) else json.dumps(data, ensure_ascii=False)
    lines = [f"id: {entry}"] if entry else []
    return "\n".join([*lines, f"event: {name}", f"data: {text}", "", ""]).encode()


def _id_of_done(job: dict[str, Any]) -> str:
    """The same for every stream of the job, so that a client which comes back with it is known to have all."""
    return f"{int(job['finished_at'].timestamp() * 1000)}-0"
