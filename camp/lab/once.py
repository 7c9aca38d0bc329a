"""Submitting once, however often it is sent: Idempotency-Key."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from camp.accounts.models import User
from camp.accounts.services import OwnerGone
from camp.lab import selectors
from camp.lab.clock import from_now
from camp.lab.models import IdempotencyKey, Job, JobBatch, Status
from camp.lab.services import CheckedWork, batch_write, check_work, job_write

KEPT = timedelta(hours=24)
_RETRIES = "retry"  # stands where a client's key has its path, which begins with /


class KeyReused(Exception):
    """The key came before, with other work."""


class KeySpent(Exception):
    """What the key made has been deleted."""


class NotFailed(Exception):
    """Only a job that failed can be retried."""


def job_submit_once(
    *, owner: User, task: str, params: Any, path: str, key: str, file: bytes | None = None
) -> tuple[Job, bool]:
    """Submit as `services.job_submit` does, unless `key` made a job within 24 hours; the job, and whether it is new.

    Raises:
        KeyReused, KeySpent: the key cannot be used.
        UnknownTask, InvalidParams, TooMuchWork, QuotaUsedUp: as `services.job_submit`.
    """
    work = check_work(task=task, params=params, file=file)
    name = KeyName(owner, path, key, work.digest)
    made, is_new = _once(name, lambda: job_write(owner=owner, work=work))
    assert isinstance(made, Job)
    return made, is_new


def batch_write_once(*, owner: User, works: list[CheckedWork], path: str, key: str) -> tuple[JobBatch, bool]:
    """The same for `services.batch_write`: one key covers the batch."""
    digest = hashlib.sha256("\n".join(work.digest for work in works).encode()).hexdigest()
    made, is_new = _once(KeyName(owner, path, key, digest), lambda: batch_write(owner=owner, works=works))
    assert isinstance(made, JobBatch)
    return made, is_new


def job_retry(*, job: Job) -> tuple[Job, bool]:
    """Submit the work of a failed job as a new one for its owner, outside their quota; and whether it is new.

    The failed job stays as it ended. Of two who press at the same moment, or one who presses twice, the second
    finds the job of the first.

    Raises:
        NotFailed: the job waits, runs, or ended otherwise.
        KeySpent: its owner has deleted the new job.
        UnknownTask, InvalidParams, TooMuchWork: the camp has changed, and no longer takes such work.
        OwnerGone: nobody is left to have it.
    """
    if job.status != Status.FAILED:
        raise NotFailed
    work = check_work(task=job.task, params=job.params, file=selectors.input_file_of(job))
    name = KeyName(job.owner, _RETRIES, str(job.pk), work.digest)
    made, is_new = _once(name, lambda: job_write(owner=job.owner, work=work, in_quota=False))
    assert isinstance(made, Job)
    return made, is_new


def retries_of(jobs: Sequence[Job]) -> dict[UUID, Job]:
    """The new job of each of these that has been retried within 24 hours, by the failed one's id."""
    rows = IdempotencyKey.objects.filter(
        owner__in={job.owner_id for job in jobs},
        path=_RETRIES,
        key__in=[str(job.pk) for job in jobs],
        job__isnull=False,
        job__deleted_at=None,
    ).select_related("job")
    return {UUID(row.key): row.job for row in rows.defer("job__params_json") if row.job}


@dataclass(frozen=True)
class KeyName:
    """A key, whose it is, where it was sent, and the digest of the work it came with."""

    owner: User
    path: str
    key: str
    digest: str


def _once(name: KeyName, write: Callable[[], Job | JobBatch]) -> tuple[Job | JobBatch, bool]:
    """What `name` made before, or what `write` makes now.

    Of many at the same moment one writes the key; the others wait on its uniqueness and find what it made. A replay
    costs no quota.
    """
    if (earlier := _made_before(name)) is not None:
        return earlier, False
    unique = {"owner": name.owner, "path": name.path, "key": name.key}
    try:
        with transaction.atomic():
            # Only one that is too old: another may have written the key since we looked.
            _too_old().filter(**unique).delete()
            # Before the job: who comes second must wait here, not at the quota.
            row = IdempotencyKey.objects.create(**unique, digest=name.digest)
            made = write()
            field = "job" if isinstance(made, Job) else "batch"
            setattr(row, field, made)
            row.save(update_fields=[field])
            return made, True
    except IntegrityError as error:
        earlier = _made_before(name)
        if earlier is None:  # no other has written the key, so it was the owner's row that is missing
            raise OwnerGone from error
        return earlier, False


def _made_before(name: KeyName) -> Job | JobBatch | None:
    row = (
        IdempotencyKey.objects.filter(
            owner=name.owner, path=name.path, key=name.key, created_at__gt=from_now(-KEPT)
        )
        .select_related("job", "batch")
        .first()
    )
    if row is None:
        return None
    if row.digest != name.digest:
        raise KeyReused
    made: Job | JobBatch | None = row.job or row.batch
    if made is None or _is_deleted(made):
        raise KeySpent
    return made


def _is_deleted(made: Job | JobBatch) -> bool:
    if isinstance(made, JobBatch):
        return not selectors.jobs_in(made).exists()
    return made.deleted_at is not None


def forget_old_keys() -> int:
    """Remove the keys that are no longer kept; how many."""
    return _too_old().delete()[0]


def _too_old() -> QuerySet[IdempotencyKey]:
    return IdempotencyKey.objects.filter(created_at__lte=from_now(-KEPT))
