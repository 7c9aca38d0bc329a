"""Jobs run while their worker, the camp or its supervisor is ended: they finish there, or at the next start."""

import os
import signal
import sys
import time
from collections.abc import Callable

import pytest

from tests.drills.inside import processes_of
from tests.drills.jobs import (
    brief,
    doubled,
    ended_count,
    follow,
    long_drill,
    not_succeeded,
    sized,
    standings,
    starts,
    submit,
)
from tests.running_camp import RunningCamp, heavy

pytestmark = pytest.mark.timeout(600)
JOBS = 100
PATIENCE_SECONDS = 240


def running(camp: RunningCamp, ids: list[str]) -> int:
    return sum(one.status == "running" for one in standings(camp, ids).values())


def test_a_worker_asked_to_stop_finishes_its_jobs_or_hands_them_back(
    drilled: RunningCamp, wait_until: Callable[..., None], figure: Callable[[str], None]
) -> None:
    client = drilled.client("stopper")
    with drilled.paused("worker"):
        ids = submit(client, map(heavy, range(sized(30, 12))))
    wait_until(lambda: running(drilled, ids))
    held, asked = running(drilled, ids), drilled.pid("worker")
    assert asked
    os.kill(asked, signal.SIGTERM)
    wait_until(lambda: drilled.pid("worker") not in (None, asked))
    finished = ended_count(drilled, ids)
    to_drain, to_end = follow(drilled, ids, PATIENCE_SECONDS)
    figure(
        f"SIGTERM to the worker with {held} of {len(ids)} jobs running: {finished} at their end when it was replaced,"
        f" all {to_drain + to_end:.1f} s later; starts: {starts(drilled, ids)}"
    )
    assert not not_succeeded(drilled, ids)
    assert not doubled(drilled, ids)


@long_drill
def test_jobs_queued_at_an_upgrade_finish_under_the_new_code(
    drilled: RunningCamp, wait_until: Callable[..., None], figure: Callable[[str], None]
) -> None:
    """The camp is stopped and started on the same data, as new code would be."""
    client = drilled.client("upgrader")
    with drilled.paused("worker"):
        ids = submit(client, map(brief, range(JOBS)))
    assert drilled.stop() == 0
    left = JOBS - ended_count(drilled, ids)
    assert left, "jobs must be waiting when the camp stops"
    drilled.start()
    to_drain, to_end = follow(drilled, ids, PATIENCE_SECONDS)
    figure(
        f"Upgrade with {left} of {JOBS} jobs left: all at their end {to_drain + to_end:.1f} s after the start; starts:"
        f" {starts(drilled, ids)}"
    )
    assert not not_succeeded(drilled, ids)
    assert not doubled(drilled, ids)


@long_drill
@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ends children with their parent")
def test_a_killed_supervisor_leaves_no_process_and_the_next_start_recovers_every_job(
    drilled: RunningCamp, wait_until: Callable[..., None], figure: Callable[[str], None]
) -> None:
    client = drilled.client("survivor")
    with drilled.paused("worker"):
        ids = submit(client, map(brief, range(JOBS)))
    wait_until(lambda: ended_count(drilled, ids) >= JOBS // 10)
    assert len(processes_of(drilled)) > 5
    drilled.kill()
    killed_at = time.monotonic()
    wait_until(lambda: not processes_of(drilled))
    gone = time.monotonic() - killed_at
    left = JOBS - ended_count(drilled, ids)
    assert left, "jobs must be left when the supervisor is killed"
    drilled.start()
    to_drain, to_end = follow(drilled, ids, PATIENCE_SECONDS)
    figure(
        f"Supervisor killed with {left} of {JOBS} jobs left: no process {gone:.1f} s later; all at their end"
        f" {to_drain + to_end:.1f} s after the next start; starts: {starts(drilled, ids)}"
    )
    assert not not_succeeded(drilled, ids)
    assert not doubled(drilled, ids)
