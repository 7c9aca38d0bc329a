"""Jobs over HTTP: submit, list, look, wait for the result, cancel, delete."""

import asyncio
import math
import re
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

from asgiref.sync import sync_to_async
from django.db import connection
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from django.views.decorators.csrf import csrf_exempt
from rest_framework.exceptions import NotAcceptable, NotFound
from rest_framework.pagination import CursorPagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param

from attention_core.params import Problem
from attention_core.problems import shorten
from camp.accounts.models import User
from camp.api.calls import Call, seen_as
from camp.api.filters import JOB_FILTERS, job_filters, moment
from camp.api.parsers import StrictJSONParser
from camp.api.problems import Invalid
from camp.api.result_formats import RESULT_FORMATS, ResultFormat, csv_part, not_offered
from camp.api.serializers import JobRequest, JobUpload, job_document
from camp.api.uploads import Uploads, is_upload, read_upload
from camp.errors import PROBLEM_TYPE, problem_response
from camp.lab import events, once, results, selectors, services
from camp.lab.models import TERMINAL, Job, Status
from camp.lab.result_files import NoPart, csv_answer, npz_answer

MAX_WAIT_SECONDS = 60
_KEY = re.compile(r"[\x20-\x7e]{1,255}")
_LOOK_AGAIN_SECONDS = 2.0  # news may be lost with Redis; the row is looked at anyway

_MADE_UP_CURSOR = gettext_noop("expected a cursor out of next or previous, got another text")
_NO_TASK = gettext_noop('expected one of %(options)s, got the text "%(received)s"')
_NO_KEY = gettext_noop("expected 1 to 255 printable ASCII characters in the header, got %(received)s")
_NO_WAIT = gettext_noop('expected ?wait= from 0 to %(most)s seconds, got "%(received)s"')


class NewestFirst(CursorPagination):
    ordering = ("-created_at", "-id")
    page_size = 20

    def decode_cursor(self, request: Request) -> Any:
        """The framework's, which takes almost any text for one; here only what it wrote itself is one."""
        sent = request.query_params.get(self.cursor_query_param)
        if sent is None:
            return None
        try:
            cursor: Any = super().decode_cursor(request)
            is_ours = bool(sent) and self.encode_cursor(cursor) == self._with_cursor(sent)
        except (NotFound, ValueError):
            is_ours = False
        # A position is a moment; the database would meet any other text with an exception.
        if not is_ours or (cursor.position is not None and moment(cursor.position) is None):
            raise Invalid([Problem(("cursor",), _MADE_UP_CURSOR)])
        return cursor

    def _with_cursor(self, text: str) -> str:
        return replace_query_param(str(self.base_url), self.cursor_query_param, text)

    def get_paginated_response(self, data: Any) -> Response:
        return Response({"next": self.get_next_link(), "previous": self.get_previous_link(), "results": data})


class Unfinished(HttpResponse):
    """The 409 of a job that may yet end, which `job_result` waits on."""


def own_job(request: Request, job_id: UUID) -> Job:
    job = selectors.job_of(request.user, job_id)
    if job is None:
        raise Http404
    return job


class Jobs(Call):
    """`POST`: submit a job, as JSON or with a file. `GET`: the caller's jobs, newest first."""

    scope = "jobs"
    parser_classes = (StrictJSONParser, Uploads)

    def query_of(self, method: str) -> tuple[str, ...]:
        return () if method == "POST" else (*JOB_FILTERS, NewestFirst.cursor_query_param)

    def post(self, request: Request) -> Response:
        body = JobUpload.read(read_upload(request)) if is_upload(request) else JobRequest.read(request.data)
        key = idempotency_key(request)
        if not isinstance(request.user, User):
            raise Http404
        try:
            if key is None:
                job, is_new = services.job_submit(owner=request.user, **body), True
            else:
                job, is_new = once.job_submit_once(owner=request.user, path=request.path, key=key, **body)
        except services.UnknownTask as error:
            raise unknown_task(error) from error
        document = job_document(job, request)
        where = {"Location": document["links"]["self"]}
        return Response(document, status=201 if is_new else 200, headers=where)

    def get(self, request: Request) -> Response:
        pages = NewestFirst()
        jobs = selectors.jobs_of(request.user).defer(None).filter(**job_filters(request.query_params))
        page = pages.paginate_queryset(jobs, request, view=self) or []
        return pages.get_paginated_response([job_document(job, request) for job in page])


def unknown_task(error: services.UnknownTask) -> Invalid:
    values = {"options": ", ".join(error.args[1]), "received": shorten(error.args[0])}
    return Invalid([Problem(("task",), _NO_TASK, values)])


def idempotency_key(request: Request) -> str | None:
    """The header, or None without it. Raises Invalid."""
    key: str | None = request.headers.get("Idempotency-Key")
    if key is not None and not _KEY.fullmatch(key):
        raise Invalid([Problem(("Idempotency-Key",), _NO_KEY, {"received": shorten(repr(key))})])
    return key


class JobDetail(Call):
    """`GET`: the job. `DELETE`: remove it with its result."""

    scope = "jobs"

    def get(self, request: Request, job_id: UUID) -> Response:
        return Response(job_document(own_job(request, job_id), request))

    def delete(self, request: Request, job_id: UUID) -> Response:
        services.job_delete(job=own_job(request, job_id))
        return Response(status=204)


class JobCancel(Call):
    """`POST`: cancel a waiting or running job; 409 when it has ended."""

    scope = "jobs"

    def post(self, request: Request, job_id: UUID) -> Any:
        try:
            job = services.job_cancel(job=own_job(request, job_id))
        except services.AlreadyEnded as error:
            return _conflict(error.job)
        return Response(job_document(job, request))


class JobResultNow(Call):
    """`GET`: the result as it was computed, as JSON, NPZ or CSV; 409 while there is none."""

    scope = "jobs"
    query = ("wait", "as", "part")
    content_negotiation_class = ResultFormat
    renderer_classes = RESULT_FORMATS

    def get(self, request: Request, job_id: UUID) -> HttpResponseBase:
        _wait_seconds(request._request)
        part = csv_part(request)
        job = own_job(request, job_id)
        result = selectors.result_of(job) if job.status == Status.SUCCEEDED else None
        if result is None:
            return _conflict(job)
        if request.accepted_renderer.format == "json":
            # The worker's bytes, unparsed: exactly what the core computed.
            return HttpResponse(bytes(result.document), content_type="application/json")
        size = results.arrays_size(job.pk)
        if not size:
            raise NotAcceptable(_("The result of this job has no arrays; ask for JSON."))
        name = f"{job.task}-{job.pk}"
        if part is None:
            return npz_answer(job, size, name)
        try:
            return csv_answer(selectors.arrays_of(job), part, name)
        except NoPart as error:
            if not error.args[0]:
                raise NotAcceptable(
                    _("The result of this job has no matrices; ask for JSON or NPZ.")
                ) from error
            raise Invalid([not_offered("part", error.args[0], part)]) from error


def looks(view: Callable[..., Any]) -> Callable[[HttpRequest, UUID], Awaitable[Any]]:
    """`view` for those who wait and look at a job now and then: between two looks no connection is kept."""

    @sync_to_async
    def look(request: HttpRequest, job_id: UUID) -> Any:
        try:
            return view(request, job_id=job_id)
        finally:
            if not connection.in_atomic_block:  # a test's
                connection.close()

    return look


_look = looks(JobResultNow.as_view())


@seen_as(JobResultNow)
@csrf_exempt
async def job_result(request: HttpRequest, job_id: UUID) -> HttpResponse:
    """The result, waited for up to `?wait=` seconds without holding a database connection."""
    try:
        seconds = _wait_seconds(request)
    except Invalid:
        seconds = 0.0  # the look says what is wrong with it
    response: HttpResponse
    if not seconds:
        response = await _look(request, job_id)
    else:
        loop = asyncio.get_running_loop()
        ends = loop.time() + seconds
        # Listening before the first look: what ends between the two is heard of. Each look costs milliseconds.
        async with events.news_of(str(job_id)) as news:
            response = await _look(request, job_id)
            while isinstance(response, Unfinished) and (left := ends - loop.time()) > 0:
                await _ended(news, min(left, _LOOK_AGAIN_SECONDS))
                response = await _look(request, job_id)
    patch_vary_headers(response, ["Accept"])
    return response


async def _ended(news: events.Listener, seconds: float) -> None:
    """Wait until the job is said to have ended, or so many seconds; that it has begun is no reason to look."""
    loop = asyncio.get_running_loop()
    ends = loop.time() + seconds
    while (left := ends - loop.time()) > 0 and await news.wait(left):
        if any(one.status in TERMINAL for one in news.take()):
            return


def _wait_seconds(request: HttpRequest) -> float:
    """`?wait=` as seconds, 0 when absent."""
    text = request.GET.get("wait", "0")
    try:
        seconds = float(text)
    except ValueError:
        seconds = math.nan
    if not 0 <= seconds <= MAX_WAIT_SECONDS:
        values = {"most": MAX_WAIT_SECONDS, "received": shorten(text)}
        raise Invalid([Problem(("wait",), _NO_WAIT, values)])
    return seconds


def _conflict(job: Job) -> HttpResponse:
    """409: not finished yet, or ended without a result, with the reason."""
    if job.is_terminal and job.status != Status.SUCCEEDED:
        error = {"code": job.error_code, "message": job.error_message}
        detail = _("The job ended without a result: %(reason)s") % {"reason": job.error_message}
        return problem_response(409, detail, code="no-result", job_status=job.status, error=error)
    if job.is_terminal:
        return problem_response(409, _("The job has already ended."), code="ended", job_status=job.status)
    detail = _("The job is %(status)s; ask again, or wait with ?wait=30.") % {
        "status": job.get_status_display()
    }
    answer = problem_response(409, detail, code="not-finished", job_status=job.status, error=None)
    return Unfinished(answer.content, status=409, content_type=PROBLEM_TYPE)
