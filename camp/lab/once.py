"""Submitting once, however often it is sent: Idempotency-Key."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from camp.accounts.models import User
from camp.accounts.services import OwnerGone
from camp.lab import selectors
from camp.lab.clock import from_now
from camp.lab.models import IdempotencyKey, Job, JobBatch
from camp.lab.services import CheckedWork, batch_write, check_work, job_write

KEPT = timedelta(hours=24)


class KeyReused(Exception):
    """The key came before, with other work."""


class KeySpent(Exception):
    """What the key made has been deleted."""


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
    if made is None or (isinstance(made, JobBatch) and not selectors.jobs_in(made).exists()):
        raise KeySpent
    return made


def forget_old_keys() -> int:
    """Remove the keys that are no longer kept; how many."""
    return _too_old().delete()[0]


def _too_old() -> QuerySet[IdempotencyKey]:
    return IdempotencyKey.objects.filter(created_at__lte=from_now(-KEPT))
