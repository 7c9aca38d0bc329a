"""What the console's page of the queue shows. The number of queries does not depend on the number of rows."""

from dataclasses import dataclass
from datetime import timedelta
from itertools import groupby
from typing import Any

import redis
from django.conf import settings
from django.db.models import Count, F, QuerySet, Window
from django.db.models.functions import RowNumber
from django.utils import timezone

from camp.lab import once, presence, queues
from camp.lab.models import ErrorCode, Job, Status

MOST_RUNNING = 100
MOST_WAITING = 25  # of each queue
NEWEST_FAILURES = 5  # of each reason
_HOURS = 24


@dataclass(frozen=True)
class Queue:
    """How one queue stands, and the first that wait in it; `workers` is None while Redis is away."""

    name: str
    waiting: int
    running: int
    oldest_seconds: int
    first: list[Job]
    workers: list[presence.Heard] | None

    @property
    def more(self) -> int:
        """How many wait behind those that are shown."""
        return max(0, self.waiting - len(self.first))


@dataclass(frozen=True)
class Failure:
    """A failed job, and the new one with its work if it has been retried."""

    job: Job
    retried_as: Job | None


@dataclass(frozen=True)
class Reason:
    """Why jobs failed, how many in the last 24 hours, and the newest of them."""

    label: str
    count: int
    newest: list[Failure]


def state() -> dict[str, Any]:
    """How each queue stands, what runs, what waits in its order, and what failed lately."""
    queues_now = _queues()
    running = sum(queue.running for queue in queues_now)
    first_running = list(_rows().filter(status=Status.RUNNING).order_by("queue", "started_at")[:MOST_RUNNING])
    return {
        "now": timezone.now(),
        "queues": queues_now,
        "running": first_running,
        "more_running": max(0, running - len(first_running)),
        "schedule": _workers(presence.SCHEDULE),
        "reasons": _reasons(),
        "hours": _HOURS,
    }


def _rows() -> QuerySet[Job]:
    """Without the parameters, which may be 2 MiB a row."""
    return Job.objects.select_related("owner").defer("params_json", "summary")


def _queues() -> list[Queue]:
    counts = queues.live_counts()
    oldest = queues.oldest_wait_seconds()
    return [
        Queue(
            name=name,
            waiting=counts[name, Status.QUEUED],
            running=counts[name, Status.RUNNING],
            oldest_seconds=round(oldest[name]),
            first=list(
                _rows().filter(status=Status.QUEUED, queue=name).order_by("created_at")[:MOST_WAITING]
            ),
            workers=_workers(name),
        )
        for name in settings.JOB_SECONDS
    ]


def _workers(queue: str) -> list[presence.Heard] | None:
    try:
        return presence.heard(queue)
    except (redis.RedisError, OSError):
        return None


def _reasons() -> list[Reason]:
    failed = _rows().filter(
        status=Status.FAILED, finished_at__gte=timezone.now() - timedelta(hours=_HOURS)
    )  # fmt: skip
    reason = F("error_code")
    placed = failed.annotate(
        place=Window(RowNumber(), partition_by=reason, order_by=F("finished_at").desc()),
        of_reason=Window(Count("pk"), partition_by=reason),
    )
    newest = list(placed.filter(place__lte=NEWEST_FAILURES).order_by("error_code", "-finished_at"))
    retries = once.retries_of(newest)
    return [
        Reason(
            label=str(ErrorCode(code).label),
            count=jobs[0].of_reason,
            newest=[Failure(job, retries.get(job.pk)) for job in jobs],
        )
        for code, jobs in ((code, list(rows)) for code, rows in groupby(newest, lambda job: job.error_code))
    ]
