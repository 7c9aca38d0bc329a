"""Workers are killed with -9, again and again, while jobs run: none is lost, none runs to two results."""

import time
from collections.abc import Callable

import httpx
import pytest

from tests.drills.jobs import (
    brief,
    chance,
    doubled,
    follow,
    kill_group,
    not_succeeded,
    sized,
    starts,
    submit,
)
from tests.running_camp import RunningCamp

pytestmark = pytest.mark.timeout(900)
JOBS, KILLS = sized(1000, 60), sized(10, 1)
SECONDS_BETWEEN_KILLS = 3  # and as much longer as a new worker takes to its first job
PATIENCE_SECONDS = 300  # all the work once more on a slow machine; the figure is printed, not asserted


def starts_under_way(client: httpx.Client) -> set[tuple[str, int]]:
    """The running jobs, each with the number of its start.

    Asked of the list: who looks at one job after another may always come too late.
    """
    running = client.get("/api/v1/jobs/", params={"status": "running"}).json()["results"]
    return {(job["id"], job["attempts"]) for job in running}


def test_killed_worker_groups_lose_no_job(
    drilled: RunningCamp, wait_until: Callable[..., None], figure: Callable[[str], None]
) -> None:
    dice = chance("killed workers")
    client = drilled.client("driller")
    with drilled.paused("worker"):  # or it would be done as soon as the last is submitted
        ids = submit(client, map(brief, range(JOBS)))
    # Starts whose worker is dead still say "running" until their lease runs out.
    ended: set[tuple[str, int]] = set()
    kill_at = time.monotonic()
    for _ in range(KILLS):
        wait_until(lambda ended=ended: starts_under_way(client) - ended, 120)
        time.sleep(max(0, kill_at - time.monotonic()) + dice.uniform(0, 0.2))
        kill_at = time.monotonic() + SECONDS_BETWEEN_KILLS
        ended = ended | starts_under_way(client)
        dead = drilled.pid("worker")
        kill_group(dead)
        wait_until(lambda dead=dead: drilled.pid("worker") not in (None, dead))
    to_drain, to_end = follow(drilled, ids, PATIENCE_SECONDS)
    lost, twice = not_succeeded(drilled, ids), doubled(drilled, ids)
    figure(
        f"{JOBS} jobs, {KILLS} kills of the workers: {len(lost)} lost, {len(twice)} doubled; drained {to_drain:.1f} s"
        f" after the last kill, all at their end {to_end:.1f} s later; starts: {starts(drilled, ids)}"
    )
    assert not lost
    assert not twice
