"""A job's events, from a real camp: in order, once, and to an end."""

import contextlib
import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.running_camp import RunningCamp

TINY = {"task": "attention", "params": {"query": [[1]], "key": [[1]], "value": [[1]]}}
WAIT = httpx.Timeout(60)


def read(lines: Iterator[str]) -> Iterator[dict[str, Any]]:
    """The events of a stream as {event, data, id}; comments are left out."""
    event: dict[str, Any] = {}
    for line in lines:
        if line.startswith(":"):
            continue
        if line:
            name, _, value = line.partition(": ")
            event[name] = json.loads(value) if name == "data" else value
        elif event:
            yield event
            event = {}


def all_events(client: httpx.Client, job: dict[str, Any], **headers: str) -> list[dict[str, Any]]:
    with client.stream("GET", job["links"]["events"], headers=headers, timeout=WAIT) as stream:
        assert stream.status_code == 200, stream.read()
        assert stream.headers["Content-Type"].startswith("text/event-stream")
        return list(read(stream.iter_lines()))


def test_a_waiting_jobs_events_lead_from_its_present_state_to_done(camp: RunningCamp) -> None:
    client = camp.client("watcher")
    with contextlib.ExitStack() as open_stream:
        with camp.paused("worker"):
            job = client.post("/api/v1/jobs/", json=TINY).json()
            headers = {"Accept": "text/event-stream"}
            stream = client.stream("GET", job["links"]["events"], headers=headers, timeout=WAIT)
            later = read(open_stream.enter_context(stream).iter_lines())
            events = [next(later)]
        events += later
    states = [event["data"]["status"] for event in events if event["event"] == "status"]
    assert states[0] == "queued"
    assert states[-1] == "succeeded"
    assert states == [state for state in ("queued", "running", "succeeded") if state in states], "each once"
    assert [event["event"] for event in events][-1] == "done"
    assert events[-1]["data"] == client.get(job["links"]["self"]).json()


def test_who_comes_late_hears_the_end_and_who_has_heard_it_nothing_more(camp: RunningCamp) -> None:
    client = camp.client("watcher")
    job = client.post("/api/v1/jobs/", json=TINY).json()
    client.get(job["links"]["result"], params={"wait": 60})
    late = all_events(client, job)
    assert [event["event"] for event in late] == ["status", "progress", "done"]
    again = client.get(job["links"]["events"], headers={"Last-Event-ID": late[-1]["id"]})
    assert (again.status_code, again.content) == (204, b"")
    assert all_events(client, job, **{"Last-Event-ID": "1-0"}) == late


@pytest.mark.parametrize(("method", "ends"), [("cancel", ["status", "done"]), ("delete", ["status"])])
def test_cancel_and_delete_end_a_stream_that_is_open(camp: RunningCamp, method: str, ends: list[str]) -> None:
    client = camp.client("watcher")
    with contextlib.ExitStack() as stack:
        stack.enter_context(camp.paused("worker"))
        job = client.post("/api/v1/jobs/", json=TINY).json()
        stream = stack.enter_context(client.stream("GET", job["links"]["events"], timeout=WAIT))
        events = read(stream.iter_lines())
        first = next(events)
        address = job["links"]["cancel"] if method == "cancel" else job["links"]["self"]
        httpx.request("POST" if method == "cancel" else "DELETE", address, headers=client.headers)
        rest = list(events)
    assert first["data"] == {"status": "queued"}
    assert [event["event"] for event in rest] == ends
    assert rest[0]["data"] == {"status": "cancelled"}


def test_another_persons_events_are_not_there(camp: RunningCamp) -> None:
    job = camp.client("watcher").post("/api/v1/jobs/", json=TINY).json()
    assert camp.client("stranger").get(job["links"]["events"]).status_code == 404
    assert httpx.get(job["links"]["events"]).status_code == 401
