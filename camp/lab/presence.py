"""Which workers are alive: each worker process says so in Redis every few seconds."""

import os
import socket
import time
from dataclasses import dataclass
from typing import Any

from camp.redis_client import client

HEARD_WITHIN_SECONDS = 30
SCHEDULE = "schedule"  # stands where a worker has its queue
_KEY = "camp:workers:{queue}"


def worker_name(queue: str, pid: int | None = None) -> str:
    """The name of this worker process, or of the one numbered `pid` on this host."""
    return f"{queue}@{socket.gethostname()}:{pid or os.getpid()}"


def say_alive(queue: str) -> None:
    """Called by a worker process once TensorFlow is loaded, and every few seconds after."""
    now = time.time()
    with client().pipeline() as pipe:
        pipe.zadd(_KEY.format(queue=queue), {worker_name(queue): now})
        pipe.zremrangebyscore(_KEY.format(queue=queue), 0, now - 10 * HEARD_WITHIN_SECONDS)
        pipe.execute()


def say_gone(queue: str) -> None:
    client().zrem(_KEY.format(queue=queue), worker_name(queue))


def interactive_worker_heard() -> bool:
    """Whether a worker that can run a learner's job has been heard from in the last 30 seconds."""
    return bool(heard("interactive"))


@dataclass(frozen=True)
class Heard:
    """A process that said it is alive, so many seconds ago."""

    host: str
    pid: int
    seconds_ago: int


def heard(queue: str) -> list[Heard]:
    """The processes of `queue` that have been heard from in the last 30 seconds, by host and number."""
    now = time.time()
    found: Any = client().zrangebyscore(
        _KEY.format(queue=queue), now - HEARD_WITHIN_SECONDS, "+inf", withscores=True
    )
    processes = []
    for encoded, said_at in found:
        host, _colon, pid = encoded.decode().partition("@")[2].rpartition(":")
        if _may_live(host, int(pid)):
            processes.append(Heard(host, int(pid), max(0, round(now - said_at))))
    return sorted(processes, key=lambda one: (one.host, one.pid))


def heard_count(queue: str) -> int:
    """How many processes of `queue` have been heard from in the last 30 seconds, on all hosts."""
    return len(heard(queue))


def heard_here(queue: str) -> bool:
    """The same of the workers of `queue` on this host."""
    return any(one.host == socket.gethostname() for one in heard(queue))


def _may_live(host: str, pid: int) -> bool:
    """False for a process of this host that is gone: one that was killed could not say so itself."""
    if host != socket.gethostname():
        return True
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True  # it lives, as another user
    return True
