"""A worker process: TensorFlow loaded after the fork, and one thread that says "alive" and renews the lease."""

import contextlib
import os
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import redis
import structlog
from celery.signals import celeryd_init, task_prerun, worker_process_init, worker_process_shutdown
from django.conf import settings
from django.db import close_old_connections, connection

import attention_core
from camp.lab import presence, runner
from camp.lab.models import Job
from camp.supervisor.deathsig import die_with_parent

log = structlog.get_logger("camp.worker")

_queue = "interactive"
_current: Sequence[Job] = ()


def queue() -> str:
    return _queue


def name() -> str:
    return presence.worker_name(_queue)


@celeryd_init.connect
def _remember_queue(sender: str, conf: Any, **kwargs: Any) -> None:
    """In the main process, before the fork: nodes are called after their queue, as `interactive@host`."""
    global _queue
    _queue = sender.partition("@")[0]
    options = dict(conf.broker_transport_options)
    options.pop("max_retries", None)
    conf.broker_transport_options = options


@worker_process_init.connect
def _begin(**kwargs: Any) -> None:
    """In each new process. TensorFlow must not have run before the fork: its first operation would hang."""
    die_with_parent(signal.SIGKILL)
    # Only here: a connection that the main process kept would be shared with the processes it forks.
    connection.settings_dict |= {"CONN_MAX_AGE": None, "CONN_HEALTH_CHECKS": True}
    options = connection.settings_dict["OPTIONS"]
    if "journal_mode=WAL" in options.get("init_command", ""):
        # SQLite as the settings have it, for only there it is safe. A claim or a result that a power cut takes back is
        # made again by the sweeper; a submit, which nobody would make again, is on the disk before its 201. Each wait
        # for the disk is milliseconds of every small job.
        options["init_command"] += "PRAGMA synchronous=NORMAL;"
    with _stderr_kept_back():
        # The first call pays for loading; no learner should.
        attention_core.explain([[1.0, 0.0]], [[1.0, 0.0]], [[1.0, 0.0]])
    threading.Thread(target=_beat, name="heartbeat", daemon=True).start()


@contextlib.contextmanager
def _stderr_kept_back() -> Iterator[None]:
    """TensorFlow greets on file descriptor 2, before any log level holds. Shown only when loading fails."""
    sys.stderr.flush()
    shown = os.dup(2)
    with tempfile.TemporaryFile() as kept:
        os.dup2(kept.fileno(), 2)
        try:
            yield
        except BaseException:
            kept.seek(0)
            os.write(shown, kept.read())
            raise
        finally:
            os.dup2(shown, 2)
            os.close(shown)


@task_prerun.connect
def _connect(**kwargs: Any) -> None:
    """The database's connection is kept from job to job, for to open one takes milliseconds; a broken one is not."""
    close_old_connections()


@worker_process_shutdown.connect
def _end(**kwargs: Any) -> None:
    with contextlib.suppress(redis.RedisError, OSError):
        presence.say_gone(_queue)


@contextlib.contextmanager
def leases_kept() -> Iterator[Callable[[Sequence[Job]], None]]:
    """Within the block, the jobs handed to the yielded function have their leases renewed."""
    global _current

    def keep(jobs: Sequence[Job]) -> None:
        global _current
        _current = jobs

    try:
        yield keep
    finally:
        _current = ()


def _beat() -> None:
    """Every few seconds, for the life of the process. A fault in one round, whatever it is, must not end the rounds."""
    while True:
        # The lease first: a Redis that hangs takes seconds to say nothing.
        for step in (_renew_leases, _say_alive):
            try:
                step()
            except Exception as error:
                log.warning("beat_missed", step=step.__name__, error=f"{type(error).__name__}: {error}")
                connection.close()
        time.sleep(settings.JOB_HEARTBEAT.total_seconds())


def _renew_leases() -> None:
    for job in _current:
        runner.renew(job.pk, job.attempts)


def _say_alive() -> None:
    presence.say_alive(_queue)
