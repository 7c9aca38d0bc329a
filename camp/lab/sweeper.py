"""Finds jobs that nobody looks after: leases that ran out, and waiting rows whose message was lost."""

import time
from datetime import timedelta

import structlog
from django.conf import settings
from django.db import close_old_connections
from django.db.models import Max, Q
from django.db.models.functions import Now

from camp.accounts.services import old_guests_erase, old_sessions_forget
from camp.lab import events, once, presence, tasks
from camp.lab.clock import from_now
from camp.lab.models import ErrorCode, Job, Status

log = structlog.get_logger("camp.sweeper")
INTERVAL_SECONDS = 2.0
_TIDY_SECONDS = 600.0
_UNTAKEN = timedelta(seconds=4)  # how long a message may be on its way into a worker that then starts its job
_LONG_UNTAKEN = timedelta(seconds=60)  # in a queue that never empties, a second message does no harm
_BATCH = 500


def sweep() -> dict[str, int]:
    """One round; how many jobs it ended as poison, took back from lost workers, and woke workers for again, and how
    many old idempotency keys it forgot.
    """
    return {
        "poisoned": _end_poison(),
        "taken_back": _take_back(),
        "sent_again": _send_again(),
        "keys_forgotten": once.forget_old_keys(),
    }


def _lost() -> Q:
    return Q(status=Status.RUNNING, lease_expires_at__lt=Now())


def _end_poison() -> int:
    """Jobs whose last permitted start was lost."""
    message = f"Its worker stopped each of the {settings.JOB_STARTS} times it was started."
    ended = 0
    for job_id, attempts in Job.objects.filter(_lost(), attempts__gte=settings.JOB_STARTS).values_list(
        "pk", "attempts"
    )[:_BATCH]:
        written = Job.objects.filter(_lost(), pk=job_id, attempts=attempts).update(
            status=Status.FAILED,
            error_code=ErrorCode.POISON,
            error_message=message,
            finished_at=Now(),
            lease_expires_at=None,
        )
        if written:
            ended += 1
            events.publish(job_id, Status.FAILED)
            log.error("job_poison", job_id=str(job_id))
    return ended


def _take_back() -> int:
    """Lost starts go back to the queue: at once after the first, with a delay before the last."""
    taken = 0
    rows = Job.objects.filter(_lost(), attempts__lt=settings.JOB_STARTS).values_list(
        "pk", "attempts", "queue"
    )
    for job_id, attempts, queue in rows[:_BATCH]:
        last_start_next = attempts + 1 >= settings.JOB_STARTS
        written = Job.objects.filter(_lost(), pk=job_id, attempts=attempts).update(
            status=Status.QUEUED,
            lease_expires_at=None,
            available_at=from_now(settings.JOB_LAST_START_DELAY) if last_start_next else None,
            sent_at=None if last_start_next else Now(),  # None: sent as soon as it may start
            progress=0.0,
            message="",
        )
        if written:
            taken += 1
            log.warning("job_taken_back", job_id=str(job_id), attempt=attempts)
            events.publish(job_id, Status.QUEUED)
            if not last_start_next:
                tasks.wake(job_id, queue)
    return taken


def _send_again() -> int:
    sent = 0
    for queue in settings.JOB_SECONDS:
        may_start = Q(available_at__isnull=True) | Q(available_at__lte=Now())
        untaken = Q(sent_at__isnull=True) | _message_lost(queue)
        waiting = Job.objects.filter(may_start, untaken, status=Status.QUEUED, queue=queue)
        for job_id in waiting.order_by("created_at").values_list("pk", flat=True)[:_BATCH]:
            Job.objects.filter(pk=job_id, status=Status.QUEUED).update(sent_at=Now())
            sent += tasks.wake(job_id, queue)
    return sent


def _message_lost(queue: str) -> Q:
    """Rows whose message some worker must have taken to its grave.

    Messages are read in the order they were sent: a row is lost once the queue is empty, or once a job that was
    sent later runs.
    """
    old = Q(sent_at__lt=from_now(-_UNTAKEN))
    if not tasks.waiting_messages(queue):
        return old
    running = Job.objects.filter(status=Status.RUNNING, queue=queue)
    newest = running.aggregate(newest=Max("sent_at"))["newest"]
    overtaken = old & Q(sent_at__lt=newest) if newest else Q(pk__in=[])
    return overtaken | Q(sent_at__lt=from_now(-_LONG_UNTAKEN))


def tidy() -> dict[str, int]:
    """What is kept only so long; how much of it went."""
    return {"guests_erased": old_guests_erase(), "sessions_forgotten": old_sessions_forget()}


def sweep_forever() -> None:
    """The loop of `manage.py camp_schedule`. A part that is away is waited for; nothing ends the loop."""
    tidy_at = 0.0
    while True:
        try:
            close_old_connections()
            counts = sweep()
            if time.monotonic() >= tidy_at:
                tidy_at = time.monotonic() + _TIDY_SECONDS
                counts |= tidy()
            if any(counts.values()):
                log.info("swept", **counts)
            presence.say_alive(presence.SCHEDULE)
        except Exception as error:  # whatever it is, jobs need the next round
            log.warning("sweep_put_off", error=f"{type(error).__name__}: {error}")
        time.sleep(INTERVAL_SECONDS)
