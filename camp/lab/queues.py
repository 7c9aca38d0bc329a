"""How the queues stand, over all owners' jobs. Only rows that wait or run are read."""

from django.conf import settings
from django.db.models import Count, DurationField, ExpressionWrapper, F, Q, QuerySet
from django.db.models.functions import Now

from camp.lab.models import LIVE, Job, Status


def live_counts() -> dict[tuple[str, str], int]:
    """How many jobs wait and run, by queue and status; by the index `job_queue`, with zeros."""
    rows = live_jobs().values_list("queue", "status").annotate(Count("pk"))
    zeros = {(queue, status.value): 0 for queue in settings.JOB_SECONDS for status in LIVE}
    return zeros | {(queue, status): count for queue, status, count in rows}


def live_jobs() -> QuerySet[Job]:
    return Job.objects.filter(status__in=LIVE).order_by()


def may_start() -> Q:
    """Jobs that wait, and not for a moment to come."""
    return Q(status=Status.QUEUED) & (Q(available_at__isnull=True) | Q(available_at__lte=Now()))


def startable(queue: str) -> QuerySet[Job]:
    """Jobs of the queue that may start now, oldest first: the order of the index `job_queue`."""
    return Job.objects.filter(may_start(), queue=queue).order_by("created_at")


def oldest_wait_seconds() -> dict[str, float]:
    """For how long the oldest startable job of each queue has waited; 0 where none waits."""
    age = ExpressionWrapper(Now() - F("created_at"), output_field=DurationField())
    found = {
        queue: startable(queue).annotate(age=age).values_list("age", flat=True).first()
        for queue in settings.JOB_SECONDS
    }
    # A web process whose clock is ahead of the database's wrote a row of the future.
    return {queue: max(0.0, age.total_seconds()) if age else 0.0 for queue, age in found.items()}
