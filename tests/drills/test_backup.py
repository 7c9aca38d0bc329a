"""Backup while a camp is at work, everything wiped, restore, start: the same rows, everybody signed in, every job ends.

`make drills` does it with 20 learners and 200 jobs; `make test` with a few.
"""

import json
import os
import time
import zipfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.drills.inside import rows
from tests.drills.jobs import brief
from tests.running_camp import PASSWORD, RunningCamp, heavy

pytestmark = pytest.mark.timeout(900)
LEARNERS, JOBS = (20, 200) if os.environ.get("DRILLS") == "full" else (2, 12)
DONE_BEFORE = JOBS // 6
QUIZ, LESSON = "scoring-functions", "why-sqrt-dk"
WORDS = "Lise has measured it."
EDIT = f"""
from camp.accounts.models import User
from camp.courses.models import Lesson
from camp.courses.services import lesson_make, lesson_publish
lesson = Lesson.objects.get(slug="{LESSON}")
sources = {{language: text + "\\n\\n{WORDS}\\n" for language, text in lesson.sources.items()}}
lesson_publish(lesson=lesson, made=lesson_make(sources), by=User.objects.get(username="lise"))
"""


def signed_in(camp: RunningCamp, name: str) -> httpx.Client:
    """A browser; the account is there already."""
    browser = httpx.Client(base_url=camp.url, timeout=60)
    browser.get("/account/login/")
    form = {"login": name, "password": PASSWORD, "csrfmiddlewaretoken": browser.cookies["csrftoken"]}
    answer = browser.post("/account/login/", data=form)
    assert answer.status_code == 302, answer.text
    return browser


def reading_guest(camp: RunningCamp) -> httpx.Client:
    """A browser that is signed in to nothing; its session alone says who has read the lesson."""
    browser = httpx.Client(base_url=camp.url, timeout=60)
    browser.get(f"/camp/{QUIZ}/{LESSON}/")
    form = {"csrfmiddlewaretoken": browser.cookies["csrftoken"]}
    assert browser.post(f"/camp/{QUIZ}/{LESSON}/done/", data=form).status_code == 302
    return browser


def take_the_quiz(client: httpx.Client, *, submit: bool) -> dict[str, Any]:
    """One question answered at least; the attempt as the API shows it."""
    attempt = client.post(f"/api/v1/quizzes/{QUIZ}/attempts/").json()
    path = f"/api/v1/attempts/{attempt['id']}/"
    for question in attempt["questions"]:
        if question["type"] == "numeric":  # 12 of the 29: each attempt has some
            body = {"response": "0.5"}
            answer = client.put(f"{path}answers/{question['question']}/", json=body)
            assert answer.status_code == 200, answer.text
    if submit:
        assert client.post(f"{path}submit/").status_code == 200
    found: dict[str, Any] = client.get(path).json()
    assert any(question["response"] for question in found["questions"])
    return found


def tables_of(file: Path) -> dict[str, tuple[int, str]]:
    """Rows and hash of each table, as the archive says."""
    with zipfile.ZipFile(file) as archive:
        manifest = json.loads(archive.read("manifest.json"))
    return {table["name"]: (table["rows"], table["sha256"]) for table in manifest["tables"]}


def rows_in(file: Path, table: str) -> list[dict[str, Any]]:
    with zipfile.ZipFile(file) as archive:
        manifest = json.loads(archive.read("manifest.json"))
        lines = archive.read(f"tables/{table}.jsonl").splitlines()
    columns = next(entry["columns"] for entry in manifest["tables"] if entry["name"] == table)
    return [dict(zip(columns, json.loads(line), strict=True)) for line in lines]


def test_what_was_backed_up_at_work_goes_on_after_a_wipe(
    tmp_path: Path, wait_until: Callable[..., None]
) -> None:
    first, again = tmp_path / "first.backup", tmp_path / "again.backup"
    with RunningCamp(tmp_path) as camp:
        names = [f"learner{number}" for number in range(LEARNERS)]
        with ThreadPoolExecutor(2) as pool:
            clients = list(pool.map(camp.client, names))
        browsers = [signed_in(camp, name) for name in names]
        guest = reading_guest(camp)
        who = guest.get("/api/v1/me/").json()
        camp.account("lise", role="instructor")
        camp.manage("shell", "-c", EDIT)
        attempts = [take_the_quiz(client, submit=number % 2 == 0) for number, client in enumerate(clients)]
        jobs = [
            (clients[number % LEARNERS], _submit(clients[number % LEARNERS], number))
            for number in range(JOBS)
        ]
        wait_until(lambda: _count(jobs, "succeeded") >= DONE_BEFORE, 240)

        met: set[str] = set()
        while not met >= {"running", "queued"}:  # a quick machine has done all of them by now
            bodies = [heavy(len(jobs) + number) for number in range(8)]
            sent = clients[0].post("/api/v1/jobs/batch/", json={"jobs": bodies})
            assert sent.status_code == 201, sent.text
            jobs.extend((clients[0], job["id"]) for job in sent.json()["jobs"])
            # Workers that stand still in the middle of their jobs: however slow the machine, the backup meets them.
            with camp.paused("schedule"), camp.paused("worker"):
                met = {status for (status,) in rows(camp, "SELECT DISTINCT status FROM lab_job")}
                first.unlink(missing_ok=True)
                begun = time.monotonic()
                said = camp.manage("backup", str(first), "--with-secret-key")
                backup_seconds = time.monotonic() - begun
        states = [row["status"] for row in rows_in(first, "lab_job")]
        assert {"running", "queued"} <= set(states), "the drill must have met jobs at work"
        assert states.count("succeeded") == tables_of(first)["lab_jobresult"][0] >= DONE_BEFORE

        assert camp.stop() == 0
        camp.wipe()
        begun = time.monotonic()
        camp.manage("restore", str(first))
        restore_seconds = time.monotonic() - begun
        camp.manage("backup", str(again), "--with-secret-key")
        assert tables_of(again) == tables_of(first)

        started = time.monotonic()
        camp.start()
        for browser, client, name in zip(browsers, clients, names, strict=True):
            assert browser.get("/account/").status_code == 200, f"the browser of {name} is signed out"
            assert client.get("/api/v1/me/").json()["username"] == name
        assert guest.get("/api/v1/me/").json() == who
        for client, attempt in zip(clients, attempts, strict=True):
            assert client.get(f"/api/v1/attempts/{attempt['id']}/").json() == attempt
        assert WORDS in guest.get(f"/camp/{QUIZ}/{LESSON}/").text
        for client, job in jobs:
            answer = client.get(f"/api/v1/jobs/{job}/result/", params={"wait": 60})
            while answer.status_code == 409 and time.monotonic() < started + 240:
                answer = client.get(f"/api/v1/jobs/{job}/result/", params={"wait": 60})
            assert answer.status_code == 200, (answer.text, camp.log.read_text()[-4000:])
        seconds = time.monotonic() - started
        last = tmp_path / "last.backup"
        camp.manage("backup", str(last))
    assert tables_of(last)["lab_jobresult"][0] == len(jobs)
    counts = [rows for rows, _ in tables_of(first).values()]
    print(
        f"\n{said.splitlines()[0]}\n"
        f"{sum(counts)} rows of {len(counts)} tables, 0 differ; backup {backup_seconds:.1f} s with "
        f"{states.count('running')} jobs running and {states.count('queued')} waiting, restore "
        f"{restore_seconds:.1f} s, all {len(jobs)} jobs done {seconds:.1f} s after the start"
    )


def _submit(client: httpx.Client, seed: int) -> str:
    """One of five large: a result of a large one is 12 MB, and four backups of 200 of them are minutes of nothing new."""
    answer = client.post("/api/v1/jobs/", json=brief(seed) if seed % 5 else heavy(seed))
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


def _count(jobs: list[tuple[httpx.Client, str]], status: str) -> int:
    owners = {id(client): client for client, _ in jobs}.values()
    return sum(
        len(client.get("/api/v1/jobs/", params={"status": status}).json()["results"]) for client in owners
    )
