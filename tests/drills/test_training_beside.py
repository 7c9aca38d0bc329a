"""Interactive jobs beside a training that keeps its worker busy: they start at once, and it goes on.

It starts a camp with a task of its own, so only `make drills` runs it.
"""

import statistics
import time
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from tests.drills.jobs import long_drill
from tests.running_camp import RunningCamp

pytestmark = [pytest.mark.timeout(600), long_drill]
JOBS = 200


def test_interactive_jobs_do_not_wait_for_a_training(
    tmp_path: Path, project: Path, wait_until: Callable[..., None], figure: Callable[[str], None]
) -> None:
    path = f"{Path(__file__).parent / 'training'}:{project}"
    with RunningCamp(tmp_path, PYTHONPATH=path) as camp:
        client = camp.client("driller")
        alone = _waits(client)
        sent = client.post("/api/v1/jobs/", json={"task": "busy", "params": {"steps": 10**6}})
        assert sent.status_code == 201, sent.text
        training = sent.json()["links"]["self"]
        wait_until(lambda: client.get(training).json()["progress"] > 0, 60)
        begun = client.get(training).json()["progress"]
        beside = _waits(client)
        standing = client.get(training).json()
        client.post(sent.json()["links"]["cancel"])
    assert standing["status"] == "running"
    assert standing["progress"] > begun, "the drill must have had a training beside it"
    figure(
        f"submit to result of {JOBS} tiny jobs, in ms: alone {_told(alone)}; beside a training {_told(beside)}"
    )


def _waits(client: httpx.Client) -> list[float]:
    """Milliseconds from each submit to its result; every job must have one."""
    waits = []
    for number in range(JOBS):
        begun = time.perf_counter()
        params = {"query": [[time.time() % 1000, 1]], "key": [[1, 0], [0, 1]], "value": [[number], [0]]}
        job = client.post("/api/v1/jobs/", json={"task": "attention", "params": params}).json()
        answer = client.get(job["links"]["result"], params={"wait": 30})
        waits.append((time.perf_counter() - begun) * 1e3)
        assert answer.status_code == 200, answer.text
    return waits


def _told(waits: list[float]) -> str:
    return f"p50 {statistics.median(waits):.1f}, p95 {sorted(waits)[int(len(waits) * 0.95)]:.1f}"
