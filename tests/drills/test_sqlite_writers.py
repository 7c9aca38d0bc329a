"""Sixteen write at once on SQLite: none is told that the database is locked."""

import os
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from tests.drills.jobs import sized
from tests.running_camp import RunningCamp

pytestmark = [
    pytest.mark.timeout(600),
    pytest.mark.skipif(
        bool(os.environ.get("DATABASE_URL")), reason="16 writers: only SQLite locks as a whole"
    ),
]
WRITERS, PEOPLE = 16, 4
SECONDS = sized(30, 5)
WORK = {"task": "attention", "params": {"query": [[1]], "key": [[1]], "value": [[1]]}}


def write(client: httpx.Client, until: float) -> list[httpx.Response]:
    """Jobs and answers by turns, as fast as they are taken."""
    attempt = client.post("/api/v1/quizzes/scoring-functions/attempts/").json()
    question = next(one["question"] for one in attempt["questions"] if one["type"] == "numeric")
    place = f"/api/v1/attempts/{attempt['id']}/answers/{question}/"
    answers = []
    while time.monotonic() < until:
        answers.append(client.post("/api/v1/jobs/", json=WORK))
        answers.append(client.put(place, json={"response": str(len(answers))}))
    return answers


def test_sixteen_writers_never_meet_a_locked_database(
    drilled: RunningCamp, wait_until: Callable[..., None], figure: Callable[[str], None]
) -> None:
    clients = [drilled.client(f"scribe-{number % PEOPLE}") for number in range(WRITERS)]
    logged = drilled.log.stat().st_size
    until = time.monotonic() + SECONDS
    with ThreadPoolExecutor(WRITERS) as pens:
        answers = [one for each in pens.map(lambda client: write(client, until), clients) for one in each]
    statuses = Counter(answer.status_code for answer in answers)
    slowest = max(answer.elapsed.total_seconds() for answer in answers)
    with drilled.log.open("rb") as log:
        log.seek(logged)
        locked = log.read().count(b"database is locked")
    figure(
        f"{WRITERS} writers for {SECONDS} s on SQLite: {len(answers)} writes answered {dict(statuses)}, the slowest after"
        f" {slowest:.1f} s; locked in the log: {locked}"
    )
    assert set(statuses) == {200, 201}
    assert not [answer for answer in answers if "database is locked" in answer.text]
    wait_until(
        lambda: not clients[0].get("/api/v1/jobs/", params={"status": "queued"}).json()["results"], 240
    )
