"""A cursor that a program made up is refused at its place; it never becomes a fault of ours."""

from base64 import b64encode
from typing import Any

import pytest
from django.utils import timezone

from camp.lab.models import Job
from tests.camp.callers import Api

pytestmark = pytest.mark.django_db


def encoded(text: str) -> str:
    return b64encode(text.encode()).decode()


@pytest.mark.parametrize(
    "cursor",
    ["x", "é", encoded("p=abc"), encoded("p=2026-13-45"), encoded("p=2026-11-24"), encoded("p=\0"),
     encoded("r=1&p=abc"), encoded("p="), "", "AAAA", "AAAAAAAA", encoded("q=1"), encoded("o=0"), encoded("o=1&o=2"),
     encoded("o=01"), encoded("p=0001-01-01T00%3A00%3A00%2B14%3A00"), encoded("p=9999-12-31T23%3A59%3A59-14%3A00"),
     encoded("p=0001-01-01T00:00:00+14:00"), encoded("p=9999-12-31T23:59:59-14:00")],
)  # fmt: skip
def test_a_made_up_cursor_is_refused_at_its_place(api: Api, submit: Any, cursor: str) -> None:
    submit()
    answer = api.client.get("/api/v1/jobs/", {"cursor": cursor}, headers=api.headers)
    assert answer.status_code == 400, answer.content
    assert answer.json()["errors"][0]["pointer"] == "/cursor"


def test_next_and_previous_lead_through_all_pages_and_back(api: Api, submit: Any) -> None:
    for seed in range(45):
        submit(seed=seed)
    url, pages = "http://testserver/api/v1/jobs/", []
    while url:
        pages.append(api.client.get(url, headers=api.headers).json())
        url = pages[-1]["next"]
    assert [len(page["results"]) for page in pages] == [20, 20, 5]
    back = api.client.get(pages[2]["previous"], headers=api.headers).json()
    assert back["results"] == pages[1]["results"]
    assert api.client.get(back["previous"], headers=api.headers).json()["results"] == pages[0]["results"]


def test_pages_of_jobs_made_in_one_moment_are_cursors_too(api: Api, submit: Any) -> None:
    """Such a cursor only counts rows."""
    for seed in range(25):
        submit(seed=seed)
    Job.objects.update(created_at=timezone.now())
    first = api.get("/jobs/").json()
    assert len(api.client.get(first["next"], headers=api.headers).json()["results"]) == 5
