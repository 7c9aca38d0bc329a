"""A worker is asked to stop while a job of its runs that does not end in time: the job goes back, and the start does not count."""

import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.running_camp import RunningCamp, heavy

pytestmark = pytest.mark.timeout(300)


def _children(pid: int) -> list[int]:
    tasks = Path(f"/proc/{pid}/task").glob("*/children")
    return [int(child) for task in tasks for child in task.read_text().split()]


def test_a_job_that_outlasts_the_workers_grace_runs_again_as_if_for_the_first_time(
    tmp_path: Path, wait_until: Callable[..., None], figure: Callable[[str], None]
) -> None:
    with RunningCamp(tmp_path, CAMP_WORKERS="1") as camp:
        client = camp.client("driller")
        worker = camp.pid("worker")
        assert worker
        job = client.post("/api/v1/jobs/", json=heavy(1)).json()["id"]
        wait_until(lambda: client.get(f"/api/v1/jobs/{job}/").json()["status"] == "running")
        # Frozen, its process takes as long as a job may.
        for child in _children(worker):
            os.kill(child, signal.SIGSTOP)
        assert client.get(f"/api/v1/jobs/{job}/").json()["status"] == "running", (
            "it ended before it was frozen"
        )
        start = time.monotonic()
        os.kill(worker, signal.SIGTERM)
        wait_until(lambda: camp.pid("worker") not in (None, worker), 60)
        answer = client.get(f"/api/v1/jobs/{job}/result/", params={"wait": 60})
        assert answer.status_code == 200, (answer.text, camp.log.read_text()[-3000:])
        seconds = time.monotonic() - start
        ended = client.get(f"/api/v1/jobs/{job}/").json()
        log = camp.log.read_text()
    assert (ended["status"], ended["attempts"]) == ("succeeded", 1), log[-3000:]
    assert "handed_back" in log
    figure(f"handed back and done {seconds:.1f} s after the worker was asked to stop")
