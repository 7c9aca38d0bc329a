"""The disk is full: what cannot be kept is refused, nothing is damaged, and all goes on once there is room."""

import os
import sqlite3
import subprocess
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.drills.jobs import brief, follow, long_drill, not_succeeded
from tests.running_camp import RunningCamp

pytestmark = [
    pytest.mark.timeout(600),
    long_drill,
    pytest.mark.skipif(
        bool(os.environ.get("DATABASE_URL")), reason="full disk: PostgreSQL's is not ours to fill"
    ),
]
DISK = "48m"
PATIENCE_SECONDS = 240


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={DISK},mode=0700", "tmpfs", str(folder)]
    refused = subprocess.run(mount, capture_output=True, text=True)
    if refused.returncode:
        pytest.skip(f"full disk: mounting a tmpfs was refused ({refused.stderr.strip()})")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


def fill(disk: Path) -> Path:
    """A file that takes all the room there is."""
    path = disk / "filler"
    with open(path, "wb", buffering=0) as file:
        for size in (2**20, 4096, 1):
            try:
                while file.write(b"x" * size):
                    pass
            except OSError:
                continue
    return path


def test_a_full_disk_refuses_damages_nothing_and_recovers(
    small_disk: Path, wait_until: Callable[..., None], figure: Callable[[str], None]
) -> None:
    with RunningCamp(small_disk.parent, CAMP_DATA_DIR=str(small_disk), REDIS_URL="") as camp:
        client = camp.client("hoarder")
        ids: list[str] = []
        statuses: Counter[int] = Counter()

        def ask(count: int) -> None:
            for _ in range(count):
                answer = client.post("/api/v1/jobs/", json=brief(sum(statuses.values())))
                statuses[answer.status_code] += 1
                if answer.status_code == 201:
                    ids.append(answer.json()["id"])

        ask(5)
        filler = fill(small_disk)
        ask(30)
        while_full = statuses.copy()
        pages = Counter(client.get(path).status_code for path in ("/", "/lab/", "/api/v1/jobs/", "/healthz"))
        filler.unlink()
        wait_until(camp.is_ready, 120)
        ask(5)
        to_drain, to_end = follow(camp, ids, PATIENCE_SECONDS)
        lost = not_succeeded(camp, ids)
        with closing(sqlite3.connect(small_disk / "camp.sqlite3")) as database:
            soundness = database.execute("PRAGMA integrity_check").fetchall()
        figure(
            f"Full disk: submits {dict(while_full)}, pages {dict(pages)}; with room again {dict(statuses - while_full)},"
            f" {len(lost)} lost, all at their end {to_drain + to_end:.1f} s later; integrity_check {soundness[0][0]}"
        )
        assert while_full[503], "the disk must have been full"
        assert set(statuses) == {201, 503}
        assert set(pages) <= {200, 503}
        assert statuses[201] - while_full[201] == 5
        assert soundness == [("ok",)]
        assert not lost
