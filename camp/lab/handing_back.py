"""A worker that is asked to stop ends what it can, and hands the rest back to the queue before it is killed.

Runs in the worker's main process. What is handed back starts again elsewhere, or when the camp is back, and the start it
lost does not count against it: an upgrade is not the job's fault.
"""

import contextlib
import os
import signal
import threading
import time
from typing import Any

import structlog
from celery.signals import worker_shutting_down
from celery.worker import state
from django.conf import settings
from django.db import close_old_connections, connection

from camp.lab import presence, runner, worker
from camp.lab.models import Job, Status

log = structlog.get_logger("camp.worker")
# Processes that were ended here: their death is no fault.
ended: set[int] = set()


@worker_shutting_down.connect
def _begin(**kwargs: Any) -> None:
    def wait() -> None:
        time.sleep(settings.JOB_STOP_GRACE.total_seconds())
        # Not a daemon as the one that waits: the worker, which ends once it has no job, must let it end its writing.
        threading.Thread(target=_hand_back_all, name="hand-back").start()

    threading.Thread(target=wait, name="grace", daemon=True).start()


def _hand_back_all() -> None:
    close_old_connections()
    for request in list(state.active_requests):
        try:
            hand_back(int(getattr(request, "worker_pid", None) or 0))
        except Exception as error:  # its lease runs out, and the sweeper takes it back
            log.warning("not_handed_back", error=f"{type(error).__name__}: {error}")
    connection.close()


def hand_back(pid: int) -> int:
    """End the process `pid` of this worker and return the jobs it ran to the queue; how many."""
    name = presence.worker_name(worker.queue(), pid)
    jobs = list(Job.objects.filter(status=Status.RUNNING, worker=name)) if pid else []
    if not jobs:
        return 0
    ended.add(pid)
    # First the process, then the row: a job must not run twice at a time.
    with contextlib.suppress(ProcessLookupError):  # it has just died by itself
        os.kill(pid, signal.SIGKILL)
    count = sum(runner.hand_back(job.pk, job.attempts) for job in jobs)
    log.warning("handed_back", count=count)
    return count
