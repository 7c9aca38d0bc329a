"""Submitting once, however often it is sent: Idempotency-Key."""

from datetime import timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from camp.accounts.models import User
from camp.lab.clock import from_now
from camp.lab.models import IdempotencyKey, Job
from camp.lab.services import check_work, job_write, owner_gone

KEPT = timedelta(hours=24)


class KeyReused(Exception):
    """The key came before, with other work."""


class KeySpent(Exception):
    """The job that the key made has been deleted."""


def job_submit_once(
    *, owner: User, task: str, params: Any, path: str, key: str, file: bytes | None = None
) -> tuple[Job, bool]:
    """Submit as `services.job_submit` does, unless `key` made a job within 24 hours; the job, and whether it is new.

    Of many at the same moment one writes the key; the others wait on its uniqueness and find that job. A replay
    costs no quota.

    Raises:
        KeyReused, KeySpent: the key cannot be used.
        UnknownTask, InvalidParams, TooMuchWork, QuotaUsedUp: as `services.job_submit`.
    """
    work = check_work(task=task, params=params, file=file)
    if (earlier := _made_before(owner, path, key, work.digest)) is not None:
        return earlier, False
    try:
        with transaction.atomic():
            # Only one that is too old: another may have written the key since we looked.
            _too_old().filter(owner=owner, path=path, key=key).delete()
            # Before the job: who comes second must wait here, not at the quota.
            row = IdempotencyKey.objects.create(owner=owner, path=path, key=key, digest=work.digest)
            row.job = job_write(owner=owner, work=work)
            row.save(update_fields=["job"])
            return row.job, True
    except IntegrityError as error:
        earlier = _made_before(owner, path, key, work.digest)
        if earlier is None:  # no other has written the key, so it was the owner's row that is missing
            raise owner_gone() from error
        return earlier, False


def _made_before(owner: User, path: str, key: str, digest: str) -> Job | None:
    row = (
        IdempotencyKey.objects.filter(owner=owner, path=path, key=key, created_at__gt=from_now(-KEPT))
        .select_related("job")
        .first()
    )
    if row is None:
        return None
    if row.digest != digest:
        raise KeyReused
    if row.job is None:
        raise KeySpent
    return row.job


def forget_old_keys() -> int:
    """Remove the keys that are no longer kept; how many."""
    return _too_old().delete()[0]


def _too_old() -> QuerySet[IdempotencyKey]:
    return IdempotencyKey.objects.filter(created_at__lte=from_now(-KEPT))
