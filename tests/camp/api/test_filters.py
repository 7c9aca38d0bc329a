"""The list of jobs, narrowed by its address."""

from collections import defaultdict
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

import pytest
from django.utils import timezone

from camp.api import schema
from camp.lab import services
from camp.lab.models import Job
from tests.camp.callers import Api

pytestmark = pytest.mark.django_db


def listed(api: Api, **asked: str) -> list[str]:
    answer = api.get(f"/jobs/?{urlencode(asked)}")
    assert answer.status_code == 200, answer.content
    return [job["id"] for job in answer.json()["results"]]


@pytest.fixture
def jobs(submit: Any) -> list[Job]:
    """Three jobs, one a day, the newest today; the oldest is cancelled."""
    made = [submit(seed=number) for number in range(3)]
    for days, job in enumerate(reversed(made)):
        Job.objects.filter(pk=job.pk).update(created_at=timezone.now() - timedelta(days=days))
    services.job_cancel(job=made[0])
    return made


def test_by_status_and_task(api: Api, jobs: list[Job]) -> None:
    assert listed(api, status="cancelled") == [str(jobs[0].pk)]
    assert listed(api, status="queued", task="attention") == [str(jobs[2].pk), str(jobs[1].pk)]
    assert listed(api, task="another") == []


def test_by_time(api: Api, jobs: list[Job]) -> None:
    middle = timezone.now() - timedelta(hours=36)
    assert listed(api, created_after=middle.isoformat()) == [str(jobs[2].pk), str(jobs[1].pk)]
    assert listed(api, created_before=middle.isoformat()) == [str(jobs[0].pk)]
    plus_unescaped = middle.isoformat()
    assert "+" in plus_unescaped
    assert api.get(f"/jobs/?created_before={plus_unescaped}").json()["results"] != []


def test_pages_keep_what_was_asked(api: Api, submit: Any) -> None:
    for seed in range(21):
        submit(seed=seed)
    first = api.get("/jobs/?status=queued").json()
    assert len(first["results"]) == 20
    second = api.client.get(first["next"], headers=api.headers).json()
    assert len(second["results"]) == 1
    assert "status=queued" in first["next"]


@pytest.mark.parametrize(
    ("query", "pointer"),
    [
        ("status=done", "/status"),
        ("status=queued&status=failed", "/status"),
        ("task=", "/task"),
        ("task=%00", "/task"),
        ("created_after=yesterday", "/created_after"),
        ("created_after=2026-13-01T00:00:00Z", "/created_after"),
        ("created_before=2026-01-01T00:00:00", "/created_before"),
        ("created_before=0001-01-01T00:00:00%2B14:00", "/created_before"),
        ("owner=ada", "/owner"),
        ("page=2", "/page"),
    ],
)
def test_what_makes_no_sense_is_refused_by_name(api: Api, query: str, pointer: str) -> None:
    answer = api.get(f"/jobs/?{query}")
    assert answer.status_code == 400
    assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]


@pytest.mark.parametrize("task", ["", "\0", "a\nb", "x" * 65])
def test_a_name_that_no_task_can_have_is_shown_as_it_came(api: Api, task: str) -> None:
    [error] = api.get(f"/jobs/?{urlencode({'task': task})}").json()["errors"]
    shown = {"\0": "\\u0000", "a\nb": "a\\u000ab", "x" * 65: "x" * 39 + "…"}.get(task, task)
    assert error["detail"] == f'expected a name of 1 to 64 printable characters, got the text "{shown}"'


def test_every_call_refuses_what_its_address_does_not_take_and_what_it_takes_twice(
    api: Api, submit: Any
) -> None:
    """Asked of every call in the description, with each of its own parameters given twice."""
    job = submit()
    for path, calls in schema.document()["paths"].items():
        for method, call in calls.items():
            if not path.startswith("/api/v1/"):
                continue
            where = path.removeprefix("/api/v1").format_map(defaultdict(uuid4, job_id=job.pk))
            taken = [one["name"] for one in call.get("parameters", []) if one["in"] == "query"]
            for name, query in [("wiat", "wiat=3"), *((name, f"{name}=1&{name}=2") for name in taken)]:
                caller = Api(api.user)  # one call revokes its token
                answer = caller.call(method.upper(), f"{where}?{query}")
                assert answer.status_code == 400, (method, where, query, answer.content)
                assert f"/{name}" in [error["pointer"] for error in answer.json()["errors"]]


def test_a_hundred_unknown_words_are_counted_beyond_the_first_twenty(api: Api) -> None:
    errors = api.get("/me/?" + urlencode({f"word{number}": 1 for number in range(100)})).json()["errors"]
    assert len(errors) == 21
    assert errors[0]["detail"] == "unknown query parameter; this call takes none"
    assert errors[-1]["detail"] == "and 80 more"
