"""One start of one job: claim it, run its task, write its result. Runs only in worker processes.

Every write is conditional on the fence, the attempt number under which this start claimed the row. A start
whose lease was lost, or whose job was cancelled, changes nothing however late it wakes.
"""

import json
import time
from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

import structlog
from django.conf import settings
from django.db import DatabaseError, transaction
from django.db.models import F, Q, QuerySet
from django.db.models.functions import Now

from attention_core import catalogue
from attention_core.npz import write_npz
from attention_core.params import InvalidParams, TooMuchWork, parse_params
from attention_core.tasks.base import NO_FIGURES, Report, Result
from camp.lab import events, inputs, results, run_figures, tally
from camp.lab.clock import from_now
from camp.lab.models import ErrorCode, Job, RunFigures, Status
from camp.lab.queues import may_start

log = structlog.get_logger("camp.jobs")


REPORT_SECONDS = 0.2
MOST_POINTS = 200  # of the curve that a row keeps; beyond it every second one is dropped
# What a row says again that goes back to the queue.
WAITING: dict[str, Any] = {
    "status": Status.QUEUED, "lease_expires_at": None, "progress": 0.0, "message": "", "curve": [],
}  # fmt: skip
SUCCEEDED: dict[str, Any] = {
    "status": Status.SUCCEEDED, "progress": 1.0, "finished_at": Now(), "lease_expires_at": None,
}  # fmt: skip


class LeaseLost(Exception):
    """The row is no longer ours: cancelled, deleted, or given to another start."""


def claim(job_id: UUID, worker: str) -> Job | None:
    """Start the job if it may be started now, by one conditional update; the job with its fence, or None."""
    job = Job.objects.filter(may_start(), has_starts_left(), pk=job_id).first()
    if job is None:
        return None
    row = Job.objects.filter(may_start(), pk=job_id, attempts=job.attempts)
    if not row.update(**started(worker)):
        return None
    job.status, job.attempts = Status.RUNNING, job.attempts + 1
    return job


def has_starts_left() -> Q:
    return Q(attempts__lt=F("handed_back") + settings.JOB_STARTS)


def started(worker: str) -> dict[str, Any]:
    """What a start writes into a row."""
    return {
        "status": Status.RUNNING,
        "attempts": F("attempts") + 1,
        "worker": worker,
        "started_at": Now(),
        "heartbeat_at": Now(),
        "lease_expires_at": from_now(settings.JOB_LEASE),
        "progress": 0.0,
        "message": "",
        "curve": [],
    }


def held(job_id: UUID, fence: int) -> QuerySet[Job]:
    """The row, as long as the start numbered `fence` holds it."""
    return Job.objects.filter(pk=job_id, status=Status.RUNNING, attempts=fence)


def renew(job_id: UUID, fence: int) -> bool:
    """Push the lease on; False when it is no longer ours."""
    return bool(held(job_id, fence).update(heartbeat_at=Now(), lease_expires_at=from_now(settings.JOB_LEASE)))


def fail(job_id: UUID, fence: int, code: ErrorCode, message: str, **more: Any) -> bool:
    """End the start's job as failed, with its reason; False when the lease was lost."""
    written = held(job_id, fence).update(
        status=Status.FAILED,
        error_code=code,
        error_message=message,
        finished_at=Now(),
        lease_expires_at=None,
        **more,
    )
    if written:
        events.publish(job_id, Status.FAILED)
        tally.ended(job_id)
    return bool(written)


def hand_back(job_id: UUID, fence: int) -> bool:
    """Return the job to the queue, the start uncounted, for its worker was asked to stop; False when it was lost.

    The process that ran it must be dead: the next start writes under another fence, but its task must not run twice at
    a time.
    """
    written = held(job_id, fence).update(**WAITING, handed_back=F("handed_back") + 1, sent_at=None)
    if written:
        events.publish(job_id, Status.QUEUED)
    return bool(written)


def succeed(
    job_id: UUID, fence: int, document: bytes, arrays: bytes = b"", figures: RunFigures | None = None
) -> bool:
    """Write the result, its figures and the terminal state in one transaction; False when the lease was lost."""
    with transaction.atomic():
        written = held(job_id, fence).update(**SUCCEEDED)
        if written:
            results.write(job_id, document, arrays)
            run_figures.keep([figures] if figures else [])
    if written:
        events.publish(job_id, Status.SUCCEEDED)
        tally.ended(job_id)
    return bool(written)


def _reporter(job: Job) -> Report:
    """What a task calls at each step; it stops the task when the job was cancelled or lost.

    Steps closer together than a person can see are not written: each costs a write to disk.
    """
    last = time.monotonic()
    curve: list[Mapping[str, float]] = []

    def report(progress: float, message: str, figures: Mapping[str, float] = NO_FIGURES) -> None:
        nonlocal last, curve
        if time.monotonic() - last < REPORT_SECONDS:
            return
        last = time.monotonic()
        if figures:
            curve.append({name: float(f"{figure:.5g}") for name, figure in figures.items()})
            curve = curve[::2] if len(curve) > MOST_POINTS else curve
        if not held(job.pk, job.attempts).update(progress=progress, message=message[:200], curve=curve):
            raise LeaseLost
        events.publish(job.pk, Status.RUNNING, progress=progress, message=message[:200])

    return report


def run(job_id: UUID, worker: str, on_start: Callable[[Job], None] = lambda job: None) -> str | None:
    """Claim and run the job; its status afterwards, or None when there was nothing to do.

    `on_start` hears of the claimed job, so that the worker's heartbeat can renew its lease.
    """
    job = claim(job_id, worker)
    if job is None:
        return None
    on_start(job)
    events.publish(job.pk, Status.RUNNING)
    return run_claimed(job)


def run_claimed(job: Job) -> str | None:
    """Run a job that has been claimed, to its end; its status, or None when the start was lost."""
    with structlog.contextvars.bound_contextvars(job_id=str(job.pk), attempt=job.attempts):
        status = _run_claimed(job)
        if status is None:
            tally.lease_lost(job)
        return status


def _run_claimed(job: Job) -> str | None:
    more: dict[str, Any] = {}
    try:
        task = catalogue.task(job.task)
        result = task.run(parse_params(task.params, inputs.whole_params(job)), _reporter(job))
        document, arrays = as_bytes(result)
        figures = run_figures.of_run(job, result.arrays)
    except LeaseLost:
        log.info("job_given_up")
        return None
    except (InvalidParams, TooMuchWork) as error:
        code, message = ErrorCode.INVALID, str(error)
        problems = error.problems if isinstance(error, InvalidParams) else [error.problem]
        refused = [{"template": one.template, "values": dict(one.values)} for one in problems]
        more = {"summary": job.summary | {"refused": refused}}  # in the reader's language, whoever reads
    except DatabaseError:
        raise  # not the task's fault: the lease runs out and the sweeper takes the job back
    except MemoryError:
        code, message = ErrorCode.MEMORY, "It needed more memory than there is."
    except Exception as error:
        log.exception("job_failed")
        code, message = ErrorCode.INTERNAL, f"{type(error).__name__} while computing. It has been logged."
    else:
        return Status.SUCCEEDED if succeed(job.pk, job.attempts, document, arrays, figures) else None
    return Status.FAILED if fail(job.pk, job.attempts, code, message, **more) else None


def as_bytes(result: Result) -> tuple[bytes, bytes]:
    """The result as its row keeps it: the JSON document, and the NPZ file or nothing."""
    document = json.dumps(result.document, allow_nan=False, separators=(",", ":")).encode()
    return document, write_npz(result.arrays) if result.arrays else b""
