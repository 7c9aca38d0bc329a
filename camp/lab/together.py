"""Small jobs that wait at the same moment, run as one call; each keeps its own row, result and reason.

A message of a small job means: run what small jobs wait, at most so many. Any job that waits has either a message of its own
or one that it shares with as many as fit into a call, so none is forgotten; and what has been started once and was lost
never shares again, so that a job which ends its process takes its neighbours with it once and no more.
"""

from collections.abc import Callable, Sequence
from uuid import UUID

import structlog
from django.db import DatabaseError, transaction
from django.db.models import QuerySet

from attention_core import catalogue
from attention_core.params import InvalidParams, TooMuchWork, parse_params
from camp.lab import events, inputs, run_figures, runner, tally
from camp.lab.models import ErrorCode, Job, JobResult, RunFigures, Status

log = structlog.get_logger("camp.jobs")

MOST = 64


def run(job_id: UUID, queue: str, worker: str, on_start: Callable[[Sequence[Job]], None]) -> None:
    """Do what a message with this id asks for: the job alone, or the small ones that wait, this one among them or not."""
    asked = Job.objects.filter(pk=job_id, status=Status.QUEUED).only("task", "may_share", "attempts").first()
    if asked is not None and not (asked.may_share and asked.attempts == 0):
        runner.run(job_id, worker, on_start=lambda job: on_start([job]))
        return
    jobs = claim(queue, worker, task=asked.task if asked else None)
    if not jobs:
        return
    on_start(jobs)
    events.publish_all([job.pk for job in jobs], Status.RUNNING)
    if len(jobs) == 1:
        runner.run_claimed(jobs[0])
    else:
        _run_claimed(jobs)


def _waiting(queue: str) -> QuerySet[Job]:
    return Job.objects.filter(
        status=Status.QUEUED, queue=queue, may_share=True, attempts=0, available_at__isnull=True
    ).order_by("created_at", "pk")


def claim(queue: str, worker: str, task: str | None = None) -> list[Job]:
    """Start the small jobs that have waited longest, all of one task: that given, or else the oldest's."""
    # Looked at first, for most messages find nothing left: a lock for writing is not free.
    task = task or _waiting(queue).values_list("task", flat=True).first()
    if task is None:
        return []
    with transaction.atomic():
        jobs = list(_waiting(queue).filter(task=task).select_for_update(skip_locked=True)[:MOST])
        Job.objects.filter(pk__in=[job.pk for job in jobs]).update(**runner.started(worker))
    for job in jobs:
        job.status, job.attempts = Status.RUNNING, 1
    return jobs


def _run_claimed(jobs: Sequence[Job]) -> None:
    task = catalogue.task(jobs[0].task)
    assert task.sharing
    accepted = []
    for job in jobs:
        try:
            accepted.append((job, parse_params(task.params, inputs.whole_params(job))))
        except (InvalidParams, TooMuchWork) as error:
            runner.fail(job.pk, job.attempts, ErrorCode.INVALID, str(error))
    try:
        results = task.sharing.run([params for _job, params in accepted])
        made = [
            (job, *runner.as_bytes(result), run_figures.of_run(job, result.arrays))
            for (job, _params), result in zip(accepted, results, strict=True)
        ]
    except DatabaseError:
        raise
    except Exception as error:  # whichever of them it was, it says so by itself
        log.warning("jobs_run_apart", count=len(accepted), error=f"{type(error).__name__}: {error}")
        for job, _params in accepted:
            runner.run_claimed(job)
        return
    _succeed(made)


def _succeed(made: Sequence[tuple[Job, bytes, bytes, RunFigures | None]]) -> None:
    """Write the results, figures and ends of those that are still ours, in one transaction."""
    ours = Job.objects.filter(pk__in=[job.pk for job, *_ in made], status=Status.RUNNING, attempts=1)
    with transaction.atomic():
        kept = set(ours.select_for_update().order_by("pk").values_list("pk", flat=True))
        Job.objects.filter(pk__in=kept).update(**runner.SUCCEEDED)
        JobResult.objects.bulk_create(
            JobResult(job_id=job.pk, document=document, arrays=arrays)
            for job, document, arrays, _figures in made
            if job.pk in kept
        )
        run_figures.keep([figures for job, *_, figures in made if figures and job.pk in kept])
    events.publish_all([job.pk for job, *_ in made if job.pk in kept], Status.SUCCEEDED)
    tally.ended(*kept)
    for job, *_ in made:
        if job.pk not in kept:
            tally.lease_lost(job)
