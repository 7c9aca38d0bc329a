"""How many event streams a person may hold open, without a camp running."""

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest
from django.utils import timezone

from camp.api import job_events
from tests.camp.callers import Api

pytestmark = pytest.mark.django_db


def test_one_stream_too_many_is_refused_with_when_to_come_back(api: Api, submit: Any, settings: Any) -> None:
    settings.EVENT_STREAMS_EACH = 0
    answer = api.get(f"/jobs/{submit().pk}/events/")
    assert answer.status_code == 429
    assert answer.headers["Retry-After"] == "5"
    assert answer.json()["type"] == "urn:camp:problem:streams"


def test_a_stream_counts_until_it_is_closed(api: Api, submit: Any) -> None:
    job = submit()
    answer = api.get(f"/jobs/{job.pk}/events/")
    assert job_events._open == {api.user.pk: 1}
    answer.close()
    answer.close()
    assert job_events._open == {}


@pytest.mark.parametrize(
    ("last", "names"),
    [
        ((200, "succeeded"), ["status", "status", "progress", "done"]),
        ((404, ""), ["status", "status"]),
        ((401, ""), ["status"]),
    ],
)
def test_a_database_that_is_away_for_a_moment_ends_no_stream(
    monkeypatch: pytest.MonkeyPatch, last: tuple[int, str], names: list[str]
) -> None:
    states = iter([(200, "queued"), (503, ""), last])

    async def look(request: Any, job_id: Any) -> Any:
        code, status = next(states)
        job = {"status": status, "progress": float(status == "succeeded"), "message": ""}
        return SimpleNamespace(
            status_code=code, data={**job, "finished_at": timezone.now()}, rendered_content=b"{}"
        )

    async def everything() -> list[bytes]:
        return [part async for part in job_events._stream(None, "a job")]  # type: ignore[arg-type]

    monkeypatch.setattr(job_events, "_look", look)
    monkeypatch.setattr(job_events, "_LOOK_AGAIN_SECONDS", 0.01)
    monkeypatch.setattr(job_events, "_LOOK_SECONDS_ALONE", 0.01)
    parts = [part.decode() for part in asyncio.run(everything())]
    told = [line.removeprefix("event: ") for part in parts for line in part.split("\n") if "event: " in line]
    assert told == names
