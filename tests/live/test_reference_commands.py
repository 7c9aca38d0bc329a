"""The commands in the reference, copied from the page and run in a shell, are answered as the page says."""

import io
import os
import re
import shutil
import subprocess
from collections.abc import Callable
from html import unescape
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest

from tests.running_camp import PASSWORD, RunningCamp

ROWS = [[0.1], [0.2], [0.3]]
JOB = {"task": "attention", "params": {"query": ROWS, "key": ROWS, "value": ROWS}}
EXAMPLE = re.compile(
    r'<span class="muted">(\d+)</span>\s*</summary>\s*<pre class="command" lang="en">(.*?)</pre>', re.DOTALL
)
# What needs a state that no command by itself brings about: another's key, a full house, a body too long to show.
NEEDS_MORE = {"409", "410", "422", "429", "503"}


@pytest.fixture
def shell(camp: RunningCamp, tmp_path: Path) -> Callable[[str], subprocess.CompletedProcess[str]]:
    """Runs a command with the variables of someone who has followed the reference so far."""
    if shutil.which("curl") is None:
        pytest.skip("no curl")
    client = camp.client("ada")
    job = client.post("/api/v1/jobs/", json=JOB).json()
    assert client.get(job["links"]["result"], params={"wait": 60}).status_code == 200
    batch = client.post("/api/v1/jobs/batch/", json={"jobs": [JOB]}).json()
    file = io.BytesIO()
    np.savez(file, query=ROWS, key=ROWS, value=ROWS)
    (tmp_path / "arrays.npz").write_bytes(file.getvalue())
    module = client.get("/api/v1/modules/scoring-functions/").json()
    attempt = client.post(f"/api/v1/quizzes/{module['slug']}/attempts/").json()
    environment = {
        **os.environ,
        "TOKEN": client.headers["Authorization"].removeprefix("Token "),
        "JOB": job["id"],
        "BATCH": batch["id"],
        "MODULE": module["slug"],
        "LESSON": module["lessons"][0]["slug"],
        "ATTEMPT": attempt["id"],
        "QUESTION": attempt["questions"][0]["question"],
    }

    def run(command: str) -> subprocess.CompletedProcess[str]:
        command = command.replace("curl ", "curl -sS -o answer -w '%{http_code}' ", 1)
        return subprocess.run(
            ["sh", "-c", command], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
        )

    return run


def test_every_success_in_the_reference_can_be_copied_and_run(camp: RunningCamp, shell: Any) -> None:
    assert PASSWORD == "correct-horse-battery", "the reference's ada signs in with it"
    page = httpx.get(f"{camp.url}/api/docs/").text
    examples = [(status, unescape(command)) for status, command in EXAMPLE.findall(page)]
    assert len(examples) == page.count('<pre class="command"')
    # In order: the job is deleted, and the token revoked, by commands of their own.
    kept, last = [], []
    for status, command in examples:
        (last if "-X DELETE" in command else kept).append((status, command))
    ran = 0
    for status, command in kept:
        if status in NEEDS_MORE or not status.startswith("2"):
            continue
        done = shell(command)
        if "/cancel/" in command and "/batch/" not in command:  # the job has ended
            assert done.stdout == "409"
        elif "Last-Event-ID" in command or (
            "/attempts/" in command and status == "201"
        ):  # another job; it is open
            assert done.stdout == "200"
        elif "-X PUT" in command or "/hints/" in command:  # of a question of another shape, or without hints
            assert done.stdout in ("200", "400")
        else:
            assert (done.stdout, done.stderr) == (status, ""), command
        ran += 1
    assert ran >= 20
    assert len(last) == 3
