"""The Python client against answers made by hand: errors, repeats, pages, events, files."""

import io
import json
from collections.abc import Callable
from typing import Any

import httpx
import numpy as np
import pytest

from attention_camp import (
    Camp,
    Conflict,
    Forbidden,
    Invalid,
    JobFailed,
    NotFound,
    NotSignedIn,
    QuotaUsedUp,
    RateLimited,
    TooMuchWork,
    Unavailable,
)
from attention_camp import camp as module

JOB = {
    "id": "1", "task": "attention", "status": "queued", "progress": 0.0, "message": "", "params": {},
    "created_at": "2026-01-01T00:00:00Z", "started_at": None, "finished_at": None, "attempts": 0, "cached": False,
    "core_version": "1", "error": None, "links": {"self": "/"},
}  # fmt: skip


@pytest.fixture
def slept(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    found: list[float] = []
    monkeypatch.setattr(module, "_sleep", found.append)
    return found


def talking_to(*answers: Any, patience: float = 60.0) -> tuple[Camp, list[httpx.Request]]:
    """A client of a server that gives these answers in turn, and what it was asked."""
    asked: list[httpx.Request] = []
    left = list(answers)

    def answer(request: httpx.Request) -> httpx.Response:
        request.read()
        asked.append(request)
        following = left.pop(0)
        if isinstance(following, Exception):
            raise following
        found: httpx.Response = following
        return found

    return Camp("http://camp", "secret", patience=patience, transport=httpx.MockTransport(answer)), asked


def problem(status: int, code: str, **more: Any) -> httpx.Response:
    document = {"type": f"urn:camp:problem:{code}", "title": "T", "status": status, "detail": "words", **more}
    return httpx.Response(status, json=document)


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (problem(400, "invalid"), Invalid), (problem(413, "too-large"), Invalid),
        (problem(401, "unauthorized"), NotSignedIn), (problem(403, "mfa-required"), Forbidden),
        (problem(404, "not-found"), NotFound), (problem(410, "idempotency-key-spent"), NotFound),
        (problem(409, "not-finished"), Conflict), (problem(409, "no-result"), JobFailed),
        (problem(422, "too-much-work"), TooMuchWork), (problem(422, "quota"), QuotaUsedUp),
    ],
)  # fmt: skip
def test_each_problem_is_an_exception_of_its_own(answer: httpx.Response, kind: type[Exception]) -> None:
    camp, asked = talking_to(answer)
    with pytest.raises(kind, match="words"):
        camp.me()
    assert len(asked) == 1, "not repeated"


def test_the_places_of_faults_are_told() -> None:
    faults = [{"pointer": "/params/query/0/1", "detail": "expected a number, got NaN"}]
    camp, _ = talking_to(problem(400, "invalid", errors=faults))
    with pytest.raises(Invalid, match="/params/query/0/1: expected a number, got NaN") as caught:
        camp.submit("attention", {})
    assert caught.value.faults[0].pointer == "/params/query/0/1"


def test_an_answer_that_is_no_problem_document_is_still_told() -> None:
    camp, _ = talking_to(httpx.Response(502, text="<html>Bad gateway"))
    with pytest.raises(Exception, match="Bad gateway"):
        camp.me()


def test_throttled_and_broken_calls_are_repeated_as_told_with_the_same_key(slept: list[float]) -> None:
    camp, asked = talking_to(
        httpx.Response(429, headers={"Retry-After": "7"}, json={}),
        httpx.ConnectError("gone"),
        httpx.Response(503, headers={"Retry-After": "5"}, json={}),
        httpx.Response(201, json=JOB),
    )
    assert camp.submit("attention", {"query": np.eye(2)}).id == "1"
    assert slept == [7.0, 0.2, 5.0]
    assert len({request.headers["Idempotency-Key"] for request in asked}) == 1
    assert json.loads(asked[0].content)["params"]["query"] == [[1.0, 0.0], [0.0, 1.0]]


def test_patience_ends(slept: list[float]) -> None:
    camp, _ = talking_to(httpx.Response(429, headers={"Retry-After": "61"}, json={}))
    with pytest.raises(RateLimited) as caught:
        camp.me()
    assert caught.value.retry_after == 61
    camp, _ = talking_to(httpx.ConnectError("gone"), patience=0)
    with pytest.raises(Unavailable, match="gone"):
        camp.me()


def test_a_password_is_never_sent_twice_by_itself(slept: list[float]) -> None:
    camp, asked = talking_to(httpx.ReadError("broken"))
    with pytest.raises(Unavailable):
        camp._call("POST", "auth/tokens/", json={})
    assert len(asked) == 1


def test_jobs_come_page_by_page() -> None:
    pages = [{"next": "http://camp/api/v1/jobs/?cursor=2", "previous": None, "results": [JOB]},
             {"next": None, "previous": None, "results": [JOB | {"id": "2"}]}]  # fmt: skip
    camp, asked = talking_to(*(httpx.Response(200, json=page) for page in pages))
    assert [job.id for job in camp.jobs(status="queued")] == ["1", "2"]
    assert str(asked[0].url) == "http://camp/api/v1/jobs/?status=queued"


@pytest.mark.parametrize(("rows", "is_file"), [(10, False), (1000, True)])
def test_large_arrays_go_as_a_file(rows: int, is_file: bool) -> None:
    camp, asked = talking_to(httpx.Response(201, json=JOB))
    matrix = np.arange(rows * 40.0).reshape(rows, 40)
    camp.submit("attention", {"query": matrix, "parameters": {"weight": matrix}, "causal": np.bool_(True)})
    kind = asked[0].headers["Content-Type"]
    assert kind.startswith("multipart/form-data") == is_file
    if is_file:
        body = asked[0].content
        start = body.index(b"PK\x03\x04")
        with np.load(io.BytesIO(body[start:])) as sent:
            assert np.array_equal(sent["query"], matrix)
            assert np.array_equal(sent["parameters.weight"], matrix)
        assert b'{"causal": true}' in body


def test_events_are_read_and_a_broken_stream_goes_on_where_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("attention_camp.camp.time.sleep", lambda seconds: None)
    first = ': hello\n\nid: 5-0\nevent: status\ndata: {"status": "running"}\n\n'
    rest = (
        'event: progress\ndata: {"progress": 0.5,\ndata: "message": ""}\n\nevent: done\ndata: {"id": "1"}\n\n'
    )
    camp, asked = talking_to(
        httpx.Response(200, text=first), httpx.ReadError("cut"), httpx.Response(200, text=rest)
    )
    found = list(camp.events("1"))
    assert [(event.name, event.data) for event in found] == [
        ("status", {"status": "running"}), ("progress", {"progress": 0.5, "message": ""}), ("done", {"id": "1"}),
    ]  # fmt: skip
    assert [request.headers.get("Last-Event-ID") for request in asked] == [None, "5-0", "5-0"]


def test_waiting_ends_with_the_time_it_was_given(slept: list[float]) -> None:
    answers: Callable[[], httpx.Response] = lambda: problem(409, "not-finished")  # noqa: E731
    camp, _ = talking_to(*(answers() for _ in range(50)))
    with pytest.raises(TimeoutError, match="has not ended after 0 s"):
        camp.wait("1", timeout=0)


def test_a_batch_that_was_waited_for_has_its_jobs_as_they_ended() -> None:
    counts = {"queued": 0, "running": 0, "succeeded": 1, "failed": 1, "cancelled": 0}
    started = {"id": "b", "total": 3, "counts": {**counts, "queued": 3}}
    jobs = [{**JOB, "id": name} for name in "123"]
    camp, asked = talking_to(
        httpx.Response(201, json={**started, "jobs": jobs}),
        httpx.Response(200, json={**started, "counts": counts}),
        httpx.Response(200, json={**jobs[0], "status": "succeeded"}),
        problem(404, "not-found"),
        httpx.Response(200, json={**jobs[2], "status": "failed"}),
    )
    batch = camp.wait_batch(camp.submit_batch([("attention", {})] * 3))
    assert [(job.id, job.status) for job in batch.jobs] == [("1", "succeeded"), ("3", "failed")]
    assert len(asked) == 5
