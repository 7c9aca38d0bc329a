"""The jobs of the drills: how they are made, submitted and followed to their ends, and what is counted of them.

DRILLS=full is `make drills`; DRILL_SEED=… makes another drill of the same kind: other inputs, other moments.
"""

import os
import random
import signal
import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import httpx
import pytest

from tests.drills.inside import redis_of, rows
from tests.running_camp import RunningCamp

FULL = os.environ.get("DRILLS") == "full"
SEED = int(os.environ.get("DRILL_SEED", "20170612"))
LIVE = ("queued", "running")
long_drill = pytest.mark.skipif(not FULL, reason="a long drill, which starts a camp anew: make drills")


def sized(full: int, short: int) -> int:
    """The number of `make drills`, or that of `make test`."""
    return full if FULL else short


def chance(drill: str) -> random.Random:
    """The drill's own dice, the same at each run with the same seed."""
    return random.Random(f"{SEED} {drill}")


def brief(seed: int) -> dict[str, object]:
    """A job of about 50 ms."""
    rng = random.Random(f"{SEED} {seed}")
    rows = [[rng.randint(-3, 3) for _ in range(16)] for _ in range(100)]
    params = {"function": "additive", "query": rows, "key": rows, "value": [[row[0]] for row in rows]}
    return {"task": "attention", "params": {**params, "seed": seed}}


def submit(client: httpx.Client, bodies: Iterable[dict[str, object]]) -> list[str]:
    """Their ids; each must be taken."""
    ids = []
    for body in bodies:
        answer = client.post("/api/v1/jobs/", json=body)
        assert answer.status_code == 201, answer.text
        ids.append(answer.json()["id"])
    return ids


@dataclass(frozen=True)
class Standing:
    """A job's row, in short; `results` is how many results it has."""

    status: str
    attempts: int
    error: str
    results: int

    @property
    def is_live(self) -> bool:
        return self.status in LIVE


def standings(camp: RunningCamp, ids: Iterable[str]) -> dict[str, Standing]:
    """How each of the jobs stands; one whose row is gone is not among them."""
    query = (
        "SELECT j.id, j.status, j.attempts, j.error_code, count(r.job_id) FROM lab_job j"
        " LEFT JOIN lab_jobresult r ON r.job_id = j.id GROUP BY j.id, j.status, j.attempts, j.error_code"
    )
    asked = set(ids)
    found = {str(UUID(str(row[0]))): Standing(*row[1:]) for row in rows(camp, query)}
    return {job_id: one for job_id, one in found.items() if job_id in asked}


def all_ended(camp: RunningCamp, ids: Iterable[str]) -> bool:
    return not any(one.is_live for one in standings(camp, ids).values())


def ended_count(camp: RunningCamp, ids: Iterable[str]) -> int:
    return sum(not one.is_live for one in standings(camp, ids).values())


def follow(camp: RunningCamp, ids: list[str], patience: float) -> tuple[float, float]:
    """Wait for the jobs' ends; seconds from now until no message waits any more, and from then to the last end.

    `patience`, in seconds, only keeps a broken run from hanging.
    """
    begun, drained = time.monotonic(), 0.0
    source = redis_of(camp)
    while not all_ended(camp, ids):
        now = time.monotonic()
        if not drained and not source.llen("interactive"):
            drained = now
        left = {job_id: one for job_id, one in standings(camp, ids).items() if one.is_live}
        assert now < begun + patience, f"after {patience} s not at an end: {left}"
        time.sleep(0.25)
    ended = time.monotonic()
    drained = drained or ended
    return drained - begun, ended - drained


def successes_told(camp: RunningCamp) -> Counter[str]:
    """How often each job's success was told: a start tells it once it has written its result.

    News may be lost with a process or with Redis, so a job may have none; it must never have two.
    """
    entries: Any = redis_of(camp).xrange("camp:events")
    return Counter(fields[b"job"].decode() for _, fields in entries if fields[b"status"] == b"succeeded")


def doubled(camp: RunningCamp, ids: list[str]) -> list[str]:
    """Jobs that came to two results, by the rows or by what was told."""
    told = successes_told(camp)
    standing = standings(camp, ids)
    return [job_id for job_id in ids if told[job_id] > 1 or standing[job_id].results > 1]


def not_succeeded(camp: RunningCamp, ids: list[str]) -> dict[str, Standing | None]:
    """Jobs of these without success or without a result, each as it stands; None for a row that is gone."""
    standing = standings(camp, ids)
    return {
        job_id: standing.get(job_id)
        for job_id in ids
        if job_id not in standing or (standing[job_id].status, standing[job_id].results) != ("succeeded", 1)
    }


def starts(camp: RunningCamp, ids: list[str]) -> str:
    """How many jobs were started how often, in words."""
    counts = Counter(one.attempts for one in standings(camp, ids).values())
    return ", ".join(f"{count} × {number}" for number, count in sorted(counts.items()))


def kill_group(pid: int | None) -> None:
    """`kill -9` of a process and all that it has started in its group."""
    assert pid is not None
    os.killpg(os.getpgid(pid), signal.SIGKILL)
