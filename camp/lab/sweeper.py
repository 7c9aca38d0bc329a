"""Finds jobs that nobody looks after: leases that ran out, and waiting rows whose message was lost."""

import time
from datetime import timedelta

import structlog
from django.conf import settings
from django.db import close_old_connections
from django.db.models import F, Max, Q
from django.db.models.functions import Now

from camp import tidying
from camp.accounts.services import old_guests_erase, old_sessions_forget
from camp.lab import events, once, presence, queues, runner, services, tally, tasks
from camp.lab.clock import from_now
from camp.lab.models import ErrorCode, Job, Status

log = structlog.get_logger("camp.sweeper")
INTERVAL_SECONDS = 2.0
_TIDY_SECONDS = 600.0
_UNTAKEN = timedelta(seconds=4)  # how long a message may be on its way into a worker that then starts its job
_STEP_SECONDS = 2.0
_SENT_AT_ONCE = timedelta(seconds=1)
_LONG_UNTAKEN = timedelta(seconds=60)  # in a queue that never empties, a second message does no harm
_BATCH = 500


class Clock:
    """Whether the host's clock has run evenly: after a sleep of the machine or a correction every lease looks over.

    On SQLite the database's time is the host's.
    """

    def __init__(self) -> None:
        self._ahead = time.time() - time.monotonic()
        self._trusted_at = 0.0

    def is_trusted(self) -> bool:
        """False for the length of a lease after a step, in which workers that live renew theirs."""
        ahead = time.time() - time.monotonic()
        if abs(ahead - self._ahead) > _STEP_SECONDS:
            log.warning("clock_stepped", seconds=round(ahead - self._ahead, 1))
            self._trusted_at = time.monotonic() + settings.JOB_LEASE.total_seconds()
        self._ahead = ahead
        return time.monotonic() >= self._trusted_at


def sweep(*, leases_tell: bool = True) -> dict[str, int]:
    """One round; how many jobs it ended as poison or as never started, took back from lost workers, and woke workers
    for again, how many old idempotency keys it forgot, and how many deleted runs it removed for good. Unless `leases_tell`, no worker counts as lost.
    """
    found = {
        "poisoned": _end_poison() if leases_tell else 0,
        "expired": _end_expired(),
        "taken_back": _take_back() if leases_tell else 0,
        "sent_again": _send_again(),
        "keys_forgotten": once.forget_old_keys(),
        "removed_for_good": services.jobs_set_aside_delete(),
    }
    tally.swept(found)
    return found


def _lost() -> Q:
    # One that ends later than any lease can was written before the clock was set back.
    over = Q(lease_expires_at__lt=Now()) | Q(lease_expires_at__gt=from_now(2 * settings.JOB_LEASE))
    return over & Q(status=Status.RUNNING)


def _end_poison() -> int:
    """Jobs whose last permitted start was lost."""
    message = f"Its worker stopped each of the {settings.JOB_STARTS} times it was started."
    ended = 0
    spent = Job.objects.filter(_lost()).exclude(runner.has_starts_left())
    for job_id, attempts in spent.values_list("pk", "attempts")[:_BATCH]:
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
            tally.ended(job_id)
            log.error("job_poison", job_id=str(job_id))
    return ended


def _end_expired() -> int:
    """Jobs that no worker could start for a day. Not those that were started and came back."""
    too_long = {"status": Status.QUEUED, "attempts": 0, "created_at__lt": from_now(-settings.JOB_WAITS)}
    ended = 0
    for job_id in Job.objects.filter(**too_long).values_list("pk", flat=True)[:_BATCH]:
        written = Job.objects.filter(**too_long, pk=job_id).update(
            status=Status.FAILED,
            error_code=ErrorCode.EXPIRED,
            error_message="No worker could start it within a day.",
            finished_at=Now(),
        )
        if written:
            ended += 1
            events.publish(job_id, Status.FAILED)
            tally.ended(job_id)
    return ended


def _take_back() -> int:
    """Lost starts go back to the queue: at once after the first, with a delay before the last."""
    taken, broker_answers = 0, True
    rows = Job.objects.filter(_lost(), runner.has_starts_left()).only("attempts", "handed_back", "queue")
    for job in rows[:_BATCH]:
        job_id, attempts, queue = job.pk, job.attempts, job.queue
        last_start_next = job.starts + 1 >= settings.JOB_STARTS
        written = Job.objects.filter(_lost(), pk=job_id, attempts=attempts).update(
            **runner.WAITING,
            available_at=from_now(settings.JOB_LAST_START_DELAY) if last_start_next else None,
            sent_at=None if last_start_next else Now(),  # None: sent as soon as it may start
        )
        if written:
            taken += 1
            log.warning("job_taken_back", job_id=str(job_id), attempt=attempts)
            events.publish(job_id, Status.QUEUED)
            if not last_start_next:
                # Where one cannot be sent none can; the next rounds see to them.
                broker_answers = broker_answers and tasks.wake(job_id, queue)
    return taken


def _send_again() -> int:
    sent = 0
    for queue in settings.JOB_SECONDS:
        untaken = Q(sent_at__isnull=True) | _message_lost(queue)
        for job_id in queues.startable(queue).filter(untaken).values_list("pk", flat=True)[:_BATCH]:
            Job.objects.filter(pk=job_id, status=Status.QUEUED).update(sent_at=Now())
            if not tasks.wake(job_id, queue):
                return sent
            sent += 1
    return sent


def _message_lost(queue: str) -> Q:
    """Rows whose message some worker must have taken to its grave.

    Messages are read in the order they were sent: a row is lost once the queue is empty, or once a job that was
    sent later runs.
    """
    old = Q(sent_at__lt=from_now(-_UNTAKEN))
    if not tasks.waiting_messages(queue):
        return old
    # No witness is one that shares a run, which may have been taken before its own message was read, nor one that was
    # sent again: an older message of it may have been read.
    running = Job.objects.filter(
        status=Status.RUNNING, queue=queue, may_share=False, sent_at__lt=F("created_at") + _SENT_AT_ONCE
    )
    newest = running.aggregate(newest=Max("sent_at"))["newest"]
    overtaken = old & Q(sent_at__lt=newest) if newest else Q(pk__in=[])
    return overtaken | Q(sent_at__lt=from_now(-_LONG_UNTAKEN))


def tidy() -> dict[str, int]:
    """What is kept only so long; how much of it went."""
    return {
        "guests_erased": old_guests_erase(),
        "sessions_forgotten": old_sessions_forget(),
        "runs_forgotten": services.old_jobs_delete(),
        **tidying.tidy(),
    }


def sweep_forever() -> None:
    """The loop of `manage.py camp_schedule`. A part that is away is waited for; nothing ends the loop."""
    tidy_at, clock = 0.0, Clock()
    while True:
        try:
            close_old_connections()
            counts = sweep(leases_tell=clock.is_trusted())
            if time.monotonic() >= tidy_at:
                tidy_at = time.monotonic() + _TIDY_SECONDS
                counts |= tidy()
            if any(counts.values()):
                log.info("swept", **counts)
            presence.say_alive(presence.SCHEDULE)
        except Exception as error:  # whatever it is, jobs need the next round
            log.warning("sweep_put_off", error=f"{type(error).__name__}: {error}")
        time.sleep(INTERVAL_SECONDS)
