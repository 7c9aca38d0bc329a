"""Writes to jobs: submit, cancel, delete, and the move of a guest's jobs into an account."""

import hashlib
import json
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import F
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext as _

import attention_core
from attention_core import catalogue
from attention_core.params import parse_params
from attention_core.tasks.base import Task
from camp.accounts.models import User
from camp.accounts.services import moves_rows
from camp.lab import events, tasks
from camp.lab.models import LIVE, ErrorCode, Job, JobsOnDay, Status
from camp.lab.summaries import summarise


class UnknownTask(LookupError):
    """No task of that name; `args[0]` is the name given, `args[1]` the names there are."""


class AlreadyEnded(Exception):
    """The job had ended before it could be cancelled; `job` is as it stands."""

    def __init__(self, job: Job) -> None:
        super().__init__(job.status)
        self.job = job


class OwnerGone(PermissionDenied):
    """The guest became an account while the request was under way."""


def owner_gone() -> OwnerGone:
    return OwnerGone(_("You have signed in meanwhile. Load the page again."))


class QuotaUsedUp(Exception):
    """The owner may not submit more just now; `limit` says how many in a day."""

    def __init__(self, limit: int) -> None:
        super().__init__(limit)
        self.limit = limit


def canonical_json(params: dict[str, Any]) -> str:
    """The one spelling of params: keys sorted, no spaces, shortest round-trip numbers."""
    return json.dumps(params, sort_keys=True, separators=(",", ":"), allow_nan=False, ensure_ascii=False)


@dataclass(frozen=True)
class CheckedWork:
    """A task with params that have passed every check, ready to be written as a job's row.

    `digest` names the work: SHA-256 of the task's name and its canonical params.
    """

    task: Task
    params_json: str
    summary: dict[str, Any]
    seed: int | None

    @property
    def digest(self) -> str:
        return hashlib.sha256(f"{self.task.name}\n{self.params_json}".encode()).hexdigest()


def check_work(*, task: str, params: Any) -> CheckedWork:
    """Find the task and check `params` by its rules.

    Raises:
        UnknownTask: no such task.
        attention_core.params.InvalidParams: with a pointer to each bad place.
        attention_core.params.TooMuchWork: sound, but over a cost limit.
    """
    definition = catalogue.tasks().get(task)
    if definition is None:
        raise UnknownTask(task, list(catalogue.tasks()))
    parsed = parse_params(definition.params, params)
    canonical = parsed.canonical()
    return CheckedWork(definition, canonical_json(canonical), summarise(parsed), canonical.get("seed"))


def job_submit(*, owner: User, task: str, params: Any) -> Job:
    """Check `params`, write the job's row and, once it is committed, wake a worker.

    Raises:
        UnknownTask, InvalidParams, TooMuchWork: as `check_work`.
        QuotaUsedUp: a guest's jobs for today are spent.
    """
    return job_write(owner=owner, work=check_work(task=task, params=params))


def job_write(*, owner: User, work: CheckedWork) -> Job:
    """Write the row of a job and, once it is committed, wake a worker.

    When this returns outside a transaction, the job survives anything but the loss of the database.

    Raises:
        QuotaUsedUp: a guest's jobs for today are spent.
    """
    with transaction.atomic():
        if owner.is_guest:
            _take_place_of_today(owner)
        job = Job.objects.create(
            owner=owner,
            task=work.task.name,
            queue=work.task.queue,
            params_json=work.params_json,
            summary=work.summary,
            params_hash=work.digest,
            seed=work.seed,
            core_version=attention_core.__version__,
            sent_at=Now(),
        )
        job.sent_at = None  # the expression; nobody needs its value here
        transaction.on_commit(lambda: tasks.wake(job.pk, job.queue))
    return job


def _take_place_of_today(guest: User) -> None:
    """Count one more job of the guest's today, or refuse; parallel submits wait for each other on the guest's row."""
    if not User.objects.select_for_update().filter(pk=guest.pk).exists():
        raise owner_gone()
    today, _made = JobsOnDay.objects.get_or_create(owner=guest, day=timezone.now().date())
    if today.count >= settings.GUEST_JOBS_A_DAY:
        raise QuotaUsedUp(settings.GUEST_JOBS_A_DAY)
    JobsOnDay.objects.filter(pk=today.pk).update(count=F("count") + 1)


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
