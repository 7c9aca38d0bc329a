"""Celery as an interface: a message carries a job's id, the runner does the work."""

from typing import Any
from uuid import UUID

import structlog
from billiard.exceptions import WorkerLostError
from celery import Task, shared_task
from celery.worker.request import Request
from django.conf import settings
from django.db import close_old_connections
from kombu.exceptions import OperationalError

from camp.lab import handing_back, presence, runner, together, worker
from camp.lab.models import ErrorCode, Job, Status

log = structlog.get_logger("camp.jobs")


class JobRequest(Request):
    """The worker's main process, which outlives the process that ran the job, writes why it died."""

    def on_timeout(self, soft: bool, timeout: float) -> None:
        super().on_timeout(soft, timeout)
        if not soft:
            self._fail(ErrorCode.TIMEOUT, f"It ran past {timeout:g} s.")

    def on_failure(self, exc_info: Any, *args: Any, **options: Any) -> None:
        if int(self.worker_pid or 0) in handing_back.ended:
            self.acknowledge()  # its job has been handed back, and will have another message
        else:
            super().on_failure(exc_info, *args, **options)

    def _fail(self, code: ErrorCode, message: str) -> None:
        close_old_connections()
        # Only the start of the process that died: another may hold the job by now.
        name = presence.worker_name(worker.queue(), int(self.worker_pid or -1))
        jobs = list(Job.objects.filter(status=Status.RUNNING, worker=name)[:2])
        # Of several that shared a run one was at fault: when their lease has run out, each runs by itself.
        if len(jobs) == 1 and not (jobs[0].may_share and jobs[0].attempts == 1):
            runner.fail(jobs[0].pk, jobs[0].attempts, code, message)
        close_old_connections()


class JobTask(Task):
    Request = "camp.lab.tasks:JobRequest"


@shared_task(base=JobTask, name="camp.lab.run_job", throws=(WorkerLostError,))
def run_job(job_id: str) -> None:
    """Run the job if it is still to be run, and with it what may share its run; a message too many does nothing."""
    with worker.leases_kept() as keep:
        together.run(UUID(job_id), worker.queue(), worker.name(), on_start=keep)


def wake(job_id: UUID, queue: str) -> bool:
    """Send the job's id to the workers. False when the broker is away: the sweeper sends it again."""
    try:
        run_job.apply_async(
            args=(str(job_id),),
            queue=queue,
            retry=False,
            time_limit=settings.JOB_SECONDS[queue],
            ignore_result=True,
        )
    except (OperationalError, OSError) as error:
        log.warning("job_not_sent", job_id=str(job_id), error=str(error))
        return False
    return True


def waiting_messages(queue: str) -> int:
    """How many ids lie in the queue unread."""
    with run_job.app.connection_for_write() as connection:
        channel: Any = connection.default_channel
        return int(channel.client.llen(queue))
