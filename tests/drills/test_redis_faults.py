"""Redis forgets everything, is stopped, is killed: it only wakes workers, so no job is lost with it."""

import os
import re
import signal
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from tests.drills.inside import redis_of
from tests.drills.jobs import (
    brief,
    chance,
    doubled,
    ended_count,
    follow,
    kill_group,
    not_succeeded,
    sized,
    starts,
    submit,
)
from tests.running_camp import PASSWORD, RunningCamp

pytestmark = pytest.mark.timeout(900)
PATIENCE_SECONDS = 300


@pytest.fixture(scope="module")
def embedded(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[RunningCamp]:
    """A camp with a Redis of its own, whatever REDIS_URL says: that one is not ours to empty or to kill."""
    drilled: RunningCamp = request.getfixturevalue("drilled")
    if not drilled.environment.get("REDIS_URL"):
        yield drilled
        return
    with RunningCamp(tmp_path_factory.mktemp("embedded"), REDIS_URL="") as running:
        yield running


def browser_of(camp: RunningCamp, name: str) -> httpx.Client:
    """A browser in which the person is signed in, by cookie."""
    camp.account(name)
    browser = httpx.Client(base_url=camp.url, timeout=60)
    form = browser.get("/account/login/").text
    found = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', form)
    assert found
    body = {"login": name, "password": PASSWORD, "csrfmiddlewaretoken": found[1]}
    assert browser.post("/account/login/", data=body).status_code == 302
    return browser


def tried(client: httpx.Client, bodies: list[dict[str, object]]) -> tuple[list[str], Counter[int]]:
    """Submit each once, whatever comes of it: the ids of those taken, and how often each status came.

    Many at a time: while Redis is away, each waits some seconds for it.
    """
    with ThreadPoolExecutor(50) as hands:
        answers = list(hands.map(lambda body: client.post("/api/v1/jobs/", json=body), bodies))
    ids = [answer.json()["id"] for answer in answers if answer.status_code == 201]
    return ids, Counter(answer.status_code for answer in answers)


def job_count(client: httpx.Client) -> int:
    """How many jobs the person has, by the list."""
    count, url = 0, "/api/v1/jobs/"
    while url:
        page = client.get(url).json()
        count, url = count + len(page["results"]), page["next"]
    return count


def test_a_redis_that_forgets_everything_loses_no_job_and_signs_nobody_out(
    embedded: RunningCamp, wait_until: Callable[..., None], figure: Callable[[str], None]
) -> None:
    jobs = sized(200, 60)
    client, browser = embedded.client("forgotten"), browser_of(embedded, "signed-in")
    assert browser.get("/account/").status_code == 200
    with embedded.paused("worker"):
        ids = submit(client, map(brief, range(jobs)))
    wait_until(lambda: ended_count(embedded, ids) >= jobs // 10)
    redis_of(embedded).flushall()
    ended = ended_count(embedded, ids)
    assert ended < jobs, "it must forget in the middle"
    to_drain, to_end = follow(embedded, ids, PATIENCE_SECONDS)
    figure(
        f"FLUSHALL after {ended} of {jobs} jobs: all at their end {to_drain + to_end:.1f} s later; starts:"
        f" {starts(embedded, ids)}"
    )
    assert not not_succeeded(embedded, ids)
    assert not doubled(embedded, ids)
    assert browser.get("/account/").status_code == 200
    assert client.get("/api/v1/me/").status_code == 200


def test_without_redis_a_job_is_taken_and_runs_later_or_is_refused_and_never_runs(
    embedded: RunningCamp, wait_until: Callable[..., None], figure: Callable[[str], None]
) -> None:
    jobs = 50
    client, dead = embedded.client("patient"), embedded.pid("redis")
    assert dead
    with embedded.paused("camp"):  # the supervisor, which would start it again at once
        os.kill(dead, signal.SIGTERM)
        wait_until(lambda: not embedded.is_ready())
        ids, statuses = tried(client, [brief(number) for number in range(jobs)])
        ready = client.get("/readyz")
    wait_until(embedded.is_ready, 120)
    to_drain, to_end = follow(embedded, ids, PATIENCE_SECONDS)
    lost = not_succeeded(embedded, ids)
    figure(
        f"Redis stopped: {jobs} submits answered {dict(statuses)}; back, {len(lost)} of those taken lost, all at their end"
        f" {to_drain + to_end:.1f} s later"
    )
    assert set(statuses) <= {201, 503}
    assert ready.status_code == 503
    assert (ready.json()["checks"]["broker"], ready.json()["checks"]["database"]) == ("down", "ok")
    assert not lost
    assert not doubled(embedded, ids)
    assert job_count(client) == len(ids), "what was refused must have left no job"


def test_a_redis_killed_again_and_again_loses_no_job(
    embedded: RunningCamp, wait_until: Callable[..., None], figure: Callable[[str], None]
) -> None:
    jobs, kills = sized(1000, 100), sized(10, 1)
    dice = chance("killed Redis")
    client = embedded.client("stubborn")
    ids: list[str] = []
    statuses: Counter[int] = Counter()
    bodies = [brief(number) for number in range(jobs)]
    half = jobs // kills // 2
    for _ in range(kills):
        for is_dead in (False, True):
            if is_dead:
                dead = embedded.pid("redis")
                kill_group(dead)
            taken, came = tried(client, bodies[:half])
            bodies, ids, statuses = bodies[half:], ids + taken, statuses + came
        wait_until(lambda dead=dead: embedded.pid("redis") not in (None, dead))
        time.sleep(dice.uniform(0, 1.5))
    to_drain, to_end = follow(embedded, ids, PATIENCE_SECONDS)
    lost, twice = not_succeeded(embedded, ids), doubled(embedded, ids)
    figure(
        f"Redis killed {kills} times during {jobs} submits {dict(statuses)}: {len(lost)} lost, {len(twice)} doubled,"
        f" all taken at their end {to_drain + to_end:.1f} s after; starts: {starts(embedded, ids)}"
    )
    assert set(statuses) <= {201, 503}
    assert not lost
    assert not twice
