"""Which workers are alive: each worker process says so in Redis every few seconds."""

import os
import socket
import time

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
    return any(_may_live(name) for name in _heard("interactive"))


def heard_count(queue: str) -> int:
    """How many processes of `queue` have been heard from in the last 30 seconds, on all hosts."""
    return sum(_may_live(name) for name in _heard(queue))


def heard_here(queue: str) -> bool:
    """The same of the workers of `queue` on this host."""
    mine = f"@{socket.gethostname()}:"
    return any(mine in name and _may_live(name) for name in _heard(queue))


def _heard(queue: str) -> list[str]:
    since = time.time() - HEARD_WITHIN_SECONDS
    names: list[bytes] = client().zrangebyscore(_KEY.format(queue=queue), since, "+inf")  # type: ignore[assignment]
    return [name.decode() for name in names]


def _may_live(name: str) -> bool:
    """False for a process of this host that is gone: one that was killed could not say so itself."""
    host, _, pid = name.partition("@")[2].rpartition(":")
    if host != socket.gethostname():
        return True
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True  # it lives, as another user
    return True
