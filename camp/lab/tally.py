"""What has happened to jobs, counted in Redis by every process that saw it, for /metrics.

Rows cannot tell: their owners delete them. Why Redis and not a table: docs/decisions/0015-metrics.md.
"""

import contextlib
from bisect import bisect_left
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

import redis
import structlog
from django.db import DatabaseError

from camp.lab.models import TERMINAL, ErrorCode, Job, Status
from camp.redis_client import client

log = structlog.get_logger("camp.tally")

# Names of counts, each a hash in Redis whose fields are its labels.
ENDED = "ended"  # queue, task, status
FAILED = "failed"  # queue, task, reason
RUN_SECONDS = "run_seconds"  # queue, upper bound of a bucket or "sum"
LEASES_LOST = "leases_lost"  # queue, why
SWEEPER = "sweeper"  # what it did
_NAMES = (ENDED, FAILED, RUN_SECONDS, LEASES_LOST, SWEEPER)

SWEEPS = "sweeps"
SWEPT = ("poisoned", "taken_back", "sent_again")  # of sweeper.sweep()
WHY_LOST = ("cancelled", "deleted", "taken_back")
BUCKETS = ("0.005", "0.01", "0.025", "0.05", "0.1", "0.25", "0.5", "1.0", "2.5", "5.0", "10.0", "30.0", "60.0",
           "120.0", "300.0", "600.0", "+Inf")  # fmt: skip
_BOUNDS = [float(bucket) for bucket in BUCKETS]
Counts = dict[tuple[str, ...], float]


def ended(*job_ids: UUID) -> None:
    """Count the ends of these jobs: for whoever wrote a terminal state, once it is written."""
    with _adding() as pipe:
        rows = Job.objects.filter(pk__in=job_ids, status__in=TERMINAL).order_by()
        for row in rows.values_list(
            "queue", "task", "status", "error_code", "cached", "started_at", "finished_at"
        ):
            _add_end(pipe, *row)


def deleted(job: Job) -> None:
    """Count the end of a job that was deleted while it waited or ran; one that had ended was counted then."""
    if job.is_terminal:
        return
    with _adding() as pipe:
        pipe.hincrby(_key(ENDED), _field(job.queue, job.task, Status.CANCELLED), 1)


def lease_lost(job: Job) -> None:
    """Count a start that found its row no longer its own, and why."""
    with _adding() as pipe:
        status = Job.objects.filter(pk=job.pk).values_list("status", flat=True).first()
        why = {None: "deleted", Status.CANCELLED.value: "cancelled"}.get(status, "taken_back")
        pipe.hincrby(_key(LEASES_LOST), _field(job.queue, why), 1)


def swept(found: Mapping[str, int]) -> None:
    """Count one round of the sweeper and what it found."""
    with _adding() as pipe:
        pipe.hincrby(_key(SWEEPER), SWEEPS, 1)
        for what in SWEPT:
            if found.get(what):
                pipe.hincrby(_key(SWEEPER), what, found[what])


def read() -> dict[str, Counts]:
    """Every count, by its name and labels.

    Raises:
        redis.RedisError: Redis is away.
    """
    with client().pipeline() as pipe:
        for name in _NAMES:
            pipe.hgetall(_key(name))
        found: list[dict[bytes, bytes]] = pipe.execute()
    return {
        name: {tuple(field.decode().split()): float(value) for field, value in fields.items()}
        for name, fields in zip(_NAMES, found, strict=True)
    }


def _add_end(
    pipe: Any,
    queue: str,
    task: str,
    status: str,
    reason: str,
    reused: bool,
    start: datetime | None,
    end: datetime | None,
) -> None:
    pipe.hincrby(_key(ENDED), _field(queue, task, status), 1)
    if status == Status.FAILED:
        pipe.hincrby(_key(FAILED), _field(queue, task, reason), 1)
    # Reused: it was not run. Cancelled: it was cut short. Poison: its worker had died some time before.
    if start and end and not reused and status != Status.CANCELLED and reason != ErrorCode.POISON:
        seconds = (end - start).total_seconds()
        bucket = BUCKETS[bisect_left(_BOUNDS, seconds)]
        pipe.hincrby(_key(RUN_SECONDS), _field(queue, bucket), 1)
        pipe.hincrbyfloat(_key(RUN_SECONDS), _field(queue, "sum"), seconds)


@contextlib.contextmanager
def _adding() -> Iterator[Any]:
    """A pipeline sent at the end of the block. A count that is lost harms no job: it is logged, nothing else."""
    try:
        with client().pipeline() as pipe:
            yield pipe
            pipe.execute()
    except (redis.RedisError, OSError, DatabaseError) as error:
        log.warning("not_counted", error=f"{type(error).__name__}: {error}")


def _key(name: str) -> str:
    return f"camp:count:{name}"


def _field(*labels: str) -> str:
    """Names of queues, tasks and statuses have no spaces."""
    return " ".join(str(label) for label in labels)
