"""Writes to jobs: submit, cancel, delete, and the move of a guest's jobs into an account."""

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext as _

import attention_core
from attention_core import catalogue
from attention_core.file_params import parse_upload
from attention_core.params import parse_params
from attention_core.tasks.base import Task
from camp.accounts.models import User
from camp.accounts.services import moves_rows, owner_locked
from camp.lab import events, inputs, selectors, tasks
from camp.lab.models import LIVE, ErrorCode, Job, JobBatch, JobInput, JobsOnDay, Status
from camp.lab.summaries import summarise


class UnknownTask(LookupError):
    """No task of that name; `args[0]` is the name given, `args[1]` the names there are."""


class AlreadyEnded(Exception):
    """The job had ended before it could be cancelled; `job` is as it stands."""

    def __init__(self, job: Job) -> None:
        super().__init__(job.status)
        self.job = job


class QuotaUsedUp(Exception):
    """The owner may not submit more just now: so many in a day (`per_day`), or waiting and running at once."""

    def __init__(self, limit: int, *, per_day: bool, is_guest: bool) -> None:
        super().__init__(limit)
        self.limit, self.per_day, self.is_guest = limit, per_day, is_guest

    def words(self) -> str:
        """What a person is told."""
        if not self.per_day:
            text = _("You may have %(limit)s jobs waiting and running at once. Wait until some are done.")
        elif self.is_guest:
            text = _("A guest may submit %(limit)s jobs a day; sign in for more.")
        else:
            text = _("You may submit %(limit)s jobs a day. The count begins anew at midnight UTC.")
        return text % {"limit": self.limit}


@dataclass(frozen=True)
class CheckedWork:
    """A task with params that have passed every check, ready to be written as a job's row.

    `digest` names the work; `arrays` is empty unless they are too large for the row.
    """

    task: Task
    params_json: str
    arrays: bytes
    summary: dict[str, Any]
    seed: int | None
    digest: str


def check_work(*, task: str, params: Any, file: bytes | None = None) -> CheckedWork:
    """Find the task and check `params`, and the arrays of the NPZ `file`, by its rules.

    Raises:
        UnknownTask: no such task.
        attention_core.params.InvalidParams: with a pointer to each bad place.
        attention_core.params.TooMuchWork: sound, but over a cost limit.
    """
    definition = catalogue.tasks().get(task)
    if definition is None:
        raise UnknownTask(task, list(catalogue.tasks()))
    if file is None:
        parsed = parse_params(definition.params, params)
    else:
        parsed = parse_upload(definition.params, params, file)
    if file is None or inputs.cells(parsed) <= inputs.MAX_CELLS_IN_ROW:
        params_json, arrays = inputs.in_row(parsed), b""
    else:
        params_json, arrays = inputs.beside_row(parsed)
    return CheckedWork(
        task=definition,
        params_json=params_json,
        arrays=arrays,
        summary=summarise(parsed),
        seed=getattr(parsed, "seed", None),
        digest=inputs.digest(task, parsed),
    )


def job_submit(*, owner: User, task: str, params: Any, file: bytes | None = None) -> Job:
    """Check `params` and `file`, write the job's row and, once it is committed, wake a worker.

    Raises:
        UnknownTask, InvalidParams, TooMuchWork: as `check_work`.
        QuotaUsedUp: the owner's jobs, of the day or at once, are spent.
    """
    return job_write(owner=owner, work=check_work(task=task, params=params, file=file))


def job_write(*, owner: User, work: CheckedWork) -> Job:
    """Write the row of a job and, once it is committed, wake a worker.

    When this returns outside a transaction, the job survives anything but the loss of the database.

    Raises:
        QuotaUsedUp: the owner's jobs, of the day or at once, are spent.
    """
    with transaction.atomic():
        _take_places(owner, 1)
        return _write_row(owner, work)


def batch_write(*, owner: User, works: list[CheckedWork]) -> JobBatch:
    """Write the rows of a batch, all or none, and, once they are committed, wake workers for them.

    Raises:
        QuotaUsedUp: what is left to the owner, of the day or at once, does not suffice.
    """
    with transaction.atomic():
        _take_places(owner, len(works))
        batch = JobBatch.objects.create(owner=owner)
        for place, work in enumerate(works):
            _write_row(owner, work, batch=batch, place_in_batch=place)
    return batch


def _write_row(owner: User, work: CheckedWork, **batch: Any) -> Job:
    job = Job.objects.create(
        owner=owner,
        task=work.task.name,
        queue=work.task.queue,
        params_json=work.params_json,
        has_input_file=bool(work.arrays),
        summary=work.summary,
        params_hash=work.digest,
        seed=work.seed,
        core_version=attention_core.__version__,
        sent_at=Now(),
        **batch,
    )
    if work.arrays:
        JobInput.objects.create(job=job, arrays=work.arrays)
    job.sent_at = None  # the expression; nobody needs its value here
    transaction.on_commit(lambda: tasks.wake(job.pk, job.queue))
    return job


def _take_places(owner: User, count: int) -> None:
    """Count more jobs of the owner's, or refuse; parallel submits wait for each other on the owner's row."""
    row = owner_locked(owner)
    live = Job.objects.filter(owner=row, status__in=LIVE).count()
    if live + count > settings.JOBS_AT_ONCE:
        raise QuotaUsedUp(settings.JOBS_AT_ONCE, per_day=False, is_guest=row.is_guest)
    a_day = selectors.jobs_a_day(row)
    today, _made = JobsOnDay.objects.get_or_create(owner=row, day=timezone.now().date())
    if today.count + count > a_day:
        raise QuotaUsedUp(a_day, per_day=True, is_guest=row.is_guest)
    JobsOnDay.objects.filter(pk=today.pk).update(count=F("count") + count)


def job_cancel(*, job: Job) -> Job:
    """Cancel a waiting or running job at once; a worker's later write is fenced off.

    Raises:
        AlreadyEnded: it had ended before.
    """
    cancelled = Job.objects.filter(pk=job.pk, status__in=LIVE).update(
        status=Status.CANCELLED,
        error_code=ErrorCode.CANCELLED,
        error_message="It was cancelled by its owner.",
        finished_at=Now(),
        lease_expires_at=None,
    )
    job.refresh_from_db()
    if not cancelled:
        raise AlreadyEnded(job)
    events.publish(job.pk, Status.CANCELLED)
    return job


def job_delete(*, job: Job) -> None:
    """Remove the job and its result; a live one is thereby cancelled, for its worker finds no row to write to."""
    with transaction.atomic():
        # The lock keeps a worker from writing its result between the deletes of result and job.
        row = Job.objects.select_for_update().filter(pk=job.pk).first()
        if row is not None:
            row.delete()
            transaction.on_commit(lambda: events.publish(job.pk, Status.CANCELLED))


@moves_rows
def _move_jobs(guest: User, account: User) -> None:
    Job.objects.filter(owner=guest).update(owner=account)
    JobBatch.objects.filter(owner=guest).update(owner=account)
