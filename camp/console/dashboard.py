"""Figures of the console's first page. The number of queries does not depend on the number of rows."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import redis
from django.conf import settings
from django.db.models import Count, F, Q
from django.db.models.functions import TruncHour
from django.utils import timezone

from camp.accounts.models import User
from camp.lab import presence, queues
from camp.lab.models import ErrorCode, Job, Status

HOURS = 24
_CHART_HEIGHT = 80


@dataclass(frozen=True)
class Bar:
    """Jobs submitted in one hour, and where its bar stands in the drawing."""

    hour: datetime
    count: int
    x: int
    y: int
    height: int


def figures() -> dict[str, Any]:
    """How jobs and people stand now, and over the last 24 hours."""
    now = timezone.now()
    since = now - timedelta(hours=HOURS)
    return {
        "statuses": _statuses(),
        "queues": _queues(),
        "bars": _bars(now),
        "chart_height": _CHART_HEIGHT,
        "failures": _failures(since),
        "seconds": _run_seconds(since),
        "people": _people(now),
    }


def _statuses() -> list[dict[str, Any]]:
    counts = dict(Job.objects.order_by().values_list("status").annotate(Count("pk")))
    return [
        {"value": status.value, "label": status.label, "count": counts.get(status.value, 0)}
        for status in Status
    ]


def _queues() -> list[dict[str, Any]]:
    """Each queue: how many wait, for how long the oldest has, and the workers heard from (None: Redis is away)."""
    counts, oldest = queues.live_counts(), queues.oldest_wait_seconds()
    found = []
    for queue in settings.JOB_SECONDS:
        count = counts[queue, Status.QUEUED]
        age = round(oldest[queue]) if count else None
        found.append({"name": queue, "count": count, "age": age, "workers": _workers(queue)})
    return found


def _workers(queue: str) -> int | None:
    try:
        return presence.heard_count(queue)
    except (redis.RedisError, OSError):
        return None


def _bars(now: datetime) -> list[Bar]:
    first = now.replace(minute=0, second=0, microsecond=0) - timedelta(hours=HOURS - 1)
    hourly = Job.objects.filter(created_at__gte=first).order_by().annotate(hour=TruncHour("created_at"))
    counts = dict(hourly.values_list("hour").annotate(Count("pk")))
    hours = [first + timedelta(hours=place) for place in range(HOURS)]
    most = max([counts.get(hour, 0) for hour in hours] + [1])
    bars = []
    for place, hour in enumerate(hours):
        count = counts.get(hour, 0)
        height = max(1, round(count / most * _CHART_HEIGHT)) if count else 0
        bars.append(Bar(hour, count, place * 20, _CHART_HEIGHT - height, height))
    return bars


def _failures(since: datetime) -> list[dict[str, Any]]:
    failed = Job.objects.filter(status=Status.FAILED, finished_at__gte=since).order_by()
    rows = failed.values_list("error_code").annotate(Count("pk"))
    return [{"code": code, "label": ErrorCode(code).label, "count": count} for code, count in rows]


def _run_seconds(since: datetime) -> dict[str, float] | None:
    """Median and 95th percentile (nearest rank) of run times; None where nothing ran."""
    done = Job.objects.filter(status=Status.SUCCEEDED, finished_at__gte=since, started_at__isnull=False)
    spans = done.order_by(F("finished_at") - F("started_at"))
    count = done.count()
    if not count:
        return None

    def at(share: float) -> float:
        start, end = spans.values_list("started_at", "finished_at")[min(count - 1, int(share * count))]
        assert start is not None
        assert end is not None
        return round((end - start).total_seconds(), 3)

    return {"median": at(0.5), "p95": at(0.95), "count": count}


def _people(now: datetime) -> dict[str, int]:
    week = now - timedelta(days=7)
    return User.objects.aggregate(
        members=Count("pk", filter=Q(is_guest=False)),
        guests=Count("pk", filter=Q(is_guest=True)),
        new=Count("pk", filter=Q(is_guest=False, date_joined__gte=week)),
        signed_in=Count("pk", filter=Q(is_guest=False, last_login__gte=week)),
    )
