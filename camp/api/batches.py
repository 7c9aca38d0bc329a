"""Many jobs in one call, all or none."""

from typing import Any
from uuid import UUID

from django.http import Http404
from django.utils.translation import gettext_noop
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from attention_core.params import InvalidParams, Problem, TooMuchWork
from attention_core.problems import echo
from camp.accounts.models import User
from camp.api.calls import Call
from camp.api.jobs import idempotency_key, unknown_task
from camp.api.problems import Errors, Invalid, entries, too_much_work
from camp.api.serializers import BatchRequest, JobRequest, batch_document, job_document
from camp.lab import once, selectors, services
from camp.lab.models import JobBatch
from camp.lab.services import CheckedWork

MAX_JOBS = 256

_EXPECTED_JOBS = gettext_noop("expected a list of 1 to %(most)s jobs, got %(received)s")


class Batches(Call):
    """`POST`: submit up to 256 jobs; either all are accepted or none."""

    scope = "jobs"

    def post(self, request: Request) -> Any:
        jobs = BatchRequest.read(request.data)["jobs"]
        if not isinstance(jobs, list) or not 1 <= len(jobs) <= MAX_JOBS:
            received = len(jobs) if isinstance(jobs, list) else echo(jobs)
            raise Invalid([Problem(("jobs",), _EXPECTED_JOBS, {"most": MAX_JOBS, "received": received})])
        key = idempotency_key(request)
        if not isinstance(request.user, User):
            raise Http404
        works: list[CheckedWork] = []
        errors: Errors = []
        for index, job in enumerate(jobs):
            try:
                works.append(_checked(job))
            except (Invalid, InvalidParams, ValidationError) as error:
                errors += entries(error, ("jobs", index))
            except TooMuchWork as error:
                return too_much_work(error, ("jobs", index, "params"))
        if errors:
            raise Invalid.at(errors)
        if key is None:
            batch, is_new = services.batch_write(owner=request.user, works=works), True
        else:
            batch, is_new = once.batch_write_once(owner=request.user, works=works, path=request.path, key=key)
        document = batch_document(batch, request)
        document["jobs"] = [job_document(job, request) for job in selectors.jobs_in(batch)]
        where = {"Location": document["links"]["self"]}
        return Response(document, status=201 if is_new else 200, headers=where)


def _checked(job: Any) -> CheckedWork:
    try:
        return services.check_work(**JobRequest.read(job))
    except services.UnknownTask as error:
        raise unknown_task(error) from error


class BatchDetail(Call):
    """`GET`: how many of the batch's jobs stand at each status."""

    scope = "jobs"

    def get(self, request: Request, batch_id: UUID) -> Response:
        return Response(batch_document(_own_batch(request, batch_id), request))


class BatchCancel(Call):
    """`POST`: cancel what still waits or runs; those that had ended stay as they ended."""

    scope = "jobs"

    def post(self, request: Request, batch_id: UUID) -> Response:
        batch = _own_batch(request, batch_id)
        services.batch_cancel(batch=batch)
        return Response(batch_document(batch, request))


def _own_batch(request: Request, batch_id: UUID) -> JobBatch:
    batch = selectors.batch_of(request.user, batch_id)
    if batch is None:
        raise Http404
    return batch
