"""Writes to jobs: submit, cancel, delete, bring back, and the move of a guest's jobs into an account."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import F, QuerySet
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
from camp.lab import events, inputs, results, run_figures, selectors, tally, tasks, together
from camp.lab.clock import from_now
from camp.lab.models import (
    CANCELLED_BY_ADMIN,
    LIVE,
    TERMINAL,
    ErrorCode,
    Job,
    JobBatch,
    JobInput,
    JobResult,
    JobsOnDay,
    Status,
)
from camp.lab.summaries import summarise

# What a cancel writes into a row.
_CANCELLED: dict[str, Any] = {
    "status": Status.CANCELLED,
    "error_code": ErrorCode.CANCELLED,
    "error_message": "It was cancelled by its owner.",
    "finished_at": Now(),
    "lease_expires_at": None,
}


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
    may_share: bool


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
        may_share=not arrays and definition.sharing is not None and definition.sharing.fits(parsed),
    )


def job_submit(*, owner: User, task: str, params: Any, file: bytes | None = None) -> Job:
    """Check `params` and `file`, write the job's row and, once it is committed, wake a worker.

    Raises:
        UnknownTask, InvalidParams, TooMuchWork: as `check_work`.
        QuotaUsedUp: the owner's jobs, of the day or at once, are spent.
    """
    return job_write(owner=owner, work=check_work(task=task, params=params, file=file))


def job_write(*, owner: User, work: CheckedWork, in_quota: bool = True) -> Job:
    """Write the row of a job and, once it is committed, wake a worker.

    When this returns outside a transaction, the job survives anything but the loss of the database. With
    `in_quota=False` it counts as none of the owner's day and is not refused: it was not the owner who asked for it.

    Raises:
        QuotaUsedUp: the owner's jobs, of the day or at once, are spent.
    """
    with transaction.atomic():
        if in_quota:
            _take_places(owner, 1)
        else:
            owner_locked(owner)
        # What is small is computed sooner than it is found, and whoever submits it sees it computed.
        is_fresh = work.task.measures or work.may_share
        job = _write_row(owner, work, None if is_fresh else selectors.same_work(owner, work.digest))
        if job.cached:
            transaction.on_commit(lambda: tally.ended(job.pk))
        else:
            transaction.on_commit(lambda: tasks.wake(job.pk, job.queue))
    return job


def batch_write(*, owner: User, works: list[CheckedWork]) -> JobBatch:
    """Write the rows of a batch, all or none, and, once they are committed, wake workers for them.

    Raises:
        QuotaUsedUp: what is left to the owner, of the day or at once, does not suffice.
    """
    with transaction.atomic():
        _take_places(owner, len(works))
        batch = JobBatch.objects.create(owner=owner)
        # Never from earlier results: to copy hundreds of large ones would hold up every other writer.
        jobs = [
            _write_row(owner, work, None, batch=batch, place_in_batch=place)
            for place, work in enumerate(works)
        ]
        # Those that share a run share a message, sent where the first of them stands: small ones wait behind nothing
        # that was sent after them.
        messages = {job.pk for job in [job for job in jobs if job.may_share][:: together.MOST]}
        woken = [job for job in jobs if not job.may_share or job.pk in messages]
        # Where one cannot be sent none can: the sweeper sends them, and the caller does not wait for each.
        transaction.on_commit(lambda: all(tasks.wake(job.pk, job.queue) for job in woken))
    return batch


_WAITING: dict[str, Any] = {"sent_at": Now()}
_REUSED: dict[str, Any] = {
    "status": Status.SUCCEEDED, "cached": True, "progress": 1.0, "started_at": Now(), "finished_at": Now(),
}  # fmt: skip


def _write_row(owner: User, work: CheckedWork, earlier: JobResult | None, **batch: Any) -> Job:
    """Write the job's row: done with the `earlier` result, or waiting."""
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
        may_share=work.may_share,
        **(_WAITING if earlier is None else _REUSED),
        **batch,
    )
    if earlier is not None:
        results.copy(earlier, job.pk)
        run_figures.copy(earlier.job_id, job.pk)
        job.refresh_from_db(fields=["started_at", "finished_at"])
    if work.arrays:
        JobInput.objects.create(job=job, arrays=work.arrays)
    job.sent_at = None  # the expression; nobody needs its value here
    return job


def _take_places(owner: User, count: int) -> None:
    """Count more jobs of the owner's, or refuse; parallel submits wait for each other on the owner's row."""
    row = owner_locked(owner)
    live = Job.objects.filter(owner=row, status__in=LIVE).count()
    if live + count > settings.JOBS_AT_ONCE:
        raise QuotaUsedUp(settings.JOBS_AT_ONCE, per_day=False, is_guest=row.is_guest)
    a_day = selectors.jobs_a_day(row)
    day = timezone.now().date()
    today = JobsOnDay.objects.filter(owner=row, day=day)
    if today.filter(count__lte=a_day - count).update(count=F("count") + count):
        return
    # Spent, or the first of the day.
    if count > a_day or today.exists():
        raise QuotaUsedUp(a_day, per_day=True, is_guest=row.is_guest)
    JobsOnDay.objects.create(owner=row, day=day, count=count)


def job_cancel(*, job: Job, by_admin: bool = False) -> Job:
    """Cancel a waiting or running job at once, for its owner or for an admin; a worker's later write is fenced off.

    Raises:
        AlreadyEnded: it had ended before, or has been deleted meanwhile.
    """
    cancelled = Job.objects.filter(pk=job.pk, status__in=LIVE).update(
        **_CANCELLED | ({"error_message": CANCELLED_BY_ADMIN} if by_admin else {})
    )
    try:
        job.refresh_from_db()
    except Job.DoesNotExist as error:
        job.status = Status.CANCELLED
        raise AlreadyEnded(job) from error
    if not cancelled:
        raise AlreadyEnded(job)
    events.publish(job.pk, Status.CANCELLED)
    tally.ended(job.pk)
    return job


def batch_cancel(*, batch: JobBatch) -> int:
    """Cancel what still waits or runs of a batch; how many that were. Those that had ended stay as they ended.

    Raises:
        OwnerGone: the owner was erased meanwhile, and the batch with them.
    """
    with transaction.atomic():
        # The owner first, then the jobs in the order in which a worker that ends many of them locks them: two who took
        # them the other way round would wait for each other.
        owner_locked(User(pk=batch.owner_id))
        live = Job.objects.filter(batch=batch, status__in=LIVE).select_for_update()
        cancelled = list(live.values_list("pk", flat=True))
        Job.objects.filter(pk__in=cancelled).update(**_CANCELLED)
        transaction.on_commit(lambda: events.publish_all(cancelled, Status.CANCELLED))
        transaction.on_commit(lambda: tally.ended(*cancelled))
    return len(cancelled)


def job_delete(*, job: Job) -> None:
    """Remove the job and its result for good; a live one is thereby cancelled, for its worker finds no row to write to."""
    with transaction.atomic():
        # The lock keeps a worker from writing its result between the deletes of result and job.
        row = Job.objects.select_for_update().filter(pk=job.pk).first()
        if row is not None:
            row.delete()
            transaction.on_commit(lambda: events.publish(job.pk, Status.CANCELLED))
            transaction.on_commit(lambda: tally.deleted(row))


def job_set_aside(*, job: Job) -> None:
    """Delete the job so that its owner may bring it back for a while; one that waits or runs is cancelled."""
    with transaction.atomic():
        row = Job.objects.select_for_update().filter(pk=job.pk).first()
        if row is not None:
            ending = {} if row.is_terminal else _CANCELLED
            Job.objects.filter(pk=row.pk).update(deleted_at=Now(), **ending)
            transaction.on_commit(lambda: events.publish(row.pk, Status.CANCELLED))
            transaction.on_commit(lambda: tally.deleted(row))


def job_bring_back(*, owner: object, job_id: UUID) -> Job | None:
    """Undo `job_set_aside` with all that belonged to the job; None when its time is over, or it is not the owner's."""
    if not selectors.jobs_set_aside(owner).filter(pk=job_id).update(deleted_at=None):
        return None
    return selectors.job_of(owner, job_id)


def jobs_set_aside_delete() -> int:
    """Remove for good what may no longer be brought back; how many. The rest of many waits a round."""
    over = Job.with_deleted.filter(deleted_at__lte=from_now(-settings.JOB_UNDO))
    return _remove(over)


def _remove(jobs: QuerySet[Job]) -> int:
    """Remove a hundred of the jobs; how many. Locked, so that none changes between the look and the end."""
    with transaction.atomic():
        # Without what may be megabytes a row.
        found = list(jobs.select_for_update(skip_locked=True).values_list("pk", flat=True)[:100])
        deleted = Job.with_deleted.filter(pk__in=found).defer("params_json", "summary").delete()
    return deleted[1].get("lab.Job", 0)


def job_describe(*, job: Job, own_name: str, note: str) -> None:
    """Keep what its owner calls the run and says of it; a worker may be writing its other columns."""
    Job.objects.filter(pk=job.pk).update(own_name=own_name, note=note)
    job.own_name, job.note = own_name, note


def job_pin(*, job: Job, pinned: bool) -> None:
    """Keep a run beyond its time, or no longer."""
    Job.objects.filter(pk=job.pk).update(pinned=pinned)
    job.pinned = pinned


def old_jobs_delete() -> int:
    """Remove runs whose time is over and that nobody pinned; how many. A hundred at a time: the rest waits a round."""
    gone = 0
    for queue, kept in settings.JOB_KEPT.items():
        gone += _remove(
            Job.objects.filter(
                status__in=TERMINAL, queue=queue, pinned=False, finished_at__lt=from_now(-kept)
            )
        )
    JobBatch.objects.filter(jobs__isnull=True, created_at__lt=from_now(-timedelta(days=1))).delete()
    return gone


@moves_rows
def _move_jobs(guest: User, account: User) -> None:
    # In the order in which a worker locks those that end together.
    theirs = Job.with_deleted.filter(owner=guest)
    list(theirs.select_for_update().values_list("pk", flat=True))
    theirs.update(owner=account)
    JobBatch.objects.filter(owner=guest).update(owner=account)
