"""`?wait=`: a look costs milliseconds, so there is one before and one after, whatever is heard between."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import pytest
from django.http import HttpResponse
from django.test import RequestFactory

from camp.api import jobs
from camp.lab.events import Listener, News


@pytest.mark.parametrize(
    ("heard", "looks"),
    [
        (["running", "succeeded"], 2),
        (["running", "queued", "running", "failed"], 2),
        ([], 3),  # news was lost: looked at again after a while, and in the end
    ],
)
def test_only_the_end_is_a_reason_to_look(
    monkeypatch: pytest.MonkeyPatch, heard: list[str], looks: int
) -> None:
    seen: list[str] = []
    listener = Listener()

    async def look(request: Any, job_id: Any) -> HttpResponse:
        seen.append("look")
        return HttpResponse("{}") if len(seen) == looks else jobs.Unfinished(status=409)

    @contextlib.asynccontextmanager
    async def news_of(job_id: str) -> AsyncIterator[Listener]:
        assert not seen, "who listens only after a look misses what ends between"
        yield listener

    async def answer() -> HttpResponse:
        async def tell() -> None:
            for status in heard:
                await asyncio.sleep(0.01)
                listener.hear(News("1-0", status, 0.0, ""))

        telling = asyncio.create_task(tell())
        response = await jobs.job_result(RequestFactory().get("/", {"wait": "30"}), job_id=uuid4())
        await telling
        return response

    monkeypatch.setattr(jobs, "_look", look)
    monkeypatch.setattr(jobs.events, "news_of", news_of)
    monkeypatch.setattr(jobs, "_LOOK_AGAIN_SECONDS", 0.02 if not heard else 30.0)
    assert asyncio.run(answer()).status_code == 200
    assert len(seen) == looks


def test_without_wait_or_with_a_wrong_one_nobody_listens(monkeypatch: pytest.MonkeyPatch) -> None:
    async def look(request: Any, job_id: Any) -> HttpResponse:
        return jobs.Unfinished(status=409)

    def nobody(job_id: str) -> Any:
        raise AssertionError("listened")

    monkeypatch.setattr(jobs, "_look", look)
    monkeypatch.setattr(jobs.events, "news_of", nobody)
    for query in ({}, {"wait": "0"}, {"wait": "soon"}, {"wait": "-1"}):
        request = RequestFactory().get("/", query)
        assert asyncio.run(jobs.job_result(request, job_id=uuid4())).status_code == 409
