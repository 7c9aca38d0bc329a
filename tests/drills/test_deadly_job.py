"""A job that ends its process, among 63 good ones that share its run: it fails as poison, the others succeed.

Half a minute of it is waiting for leases to run out, so only `make drills` runs it.
"""

import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.drills.deadly.sitecustomize import DEADLY_SEED
from tests.drills.jobs import long_drill
from tests.running_camp import RunningCamp

pytestmark = [pytest.mark.timeout(600), long_drill]
SHARING = 64


def test_the_neighbours_of_a_job_that_ends_its_process_succeed(
    tmp_path: Path, wait_until: Callable[..., None], figure: Callable[[str], None]
) -> None:
    deadly = Path(__file__).parent / "deadly"
    with RunningCamp(tmp_path, PYTHONPATH=str(deadly)) as camp:
        client = camp.client("driller")
        jobs = [
            {
                "task": "attention",
                "params": {"query": [[1]], "key": [[1]], "value": [[number]], "seed": number},
            }
            for number in range(SHARING)
        ]
        jobs[17]["params"]["seed"] = DEADLY_SEED  # type: ignore[index]
        with camp.paused("worker"):
            sent = client.post("/api/v1/jobs/batch/", json={"jobs": jobs})
            assert sent.status_code == 201, sent.text
        start = time.monotonic()
        ids = [job["id"] for job in sent.json()["jobs"]]
        batch = sent.json()["links"]["self"]
        wait_until(lambda: _ended(client.get(batch).json()) == SHARING, 300)
        seconds = time.monotonic() - start
        ended = [client.get(f"/api/v1/jobs/{job_id}/").json() for job_id in ids]
    bad = ended.pop(17)
    assert (bad["status"], bad["error"]["code"], bad["attempts"]) == ("failed", "poison", 3)
    assert {job["status"] for job in ended} == {"succeeded"}
    starts = Counter(job["attempts"] for job in ended)
    assert set(starts) <= {1, 2}
    assert starts[2], "the drill must have hit a shared run"
    figure(
        f"one deadly job among {SHARING}: poison after 3 starts; the others' starts {dict(starts)}; {seconds:.0f} s"
    )


def _ended(batch: dict[str, Any]) -> int:
    return sum(batch["counts"][status] for status in ("succeeded", "failed", "cancelled"))
