"""Many jobs in one call: all or none, in the order they were sent, under one key."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from django.conf import settings

from camp.accounts.models import User
from camp.lab import runner
from camp.lab.models import Job, JobBatch, JobsOnDay
from camp.lab.services import QuotaUsedUp, batch_write, check_work
from tests.camp.callers import ARTICLE, Api

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("woken")]


def work(**params: Any) -> dict[str, Any]:
    return {"task": "attention", "params": {"query": ARTICLE, "key": ARTICLE, "value": ARTICLE, **params}}


def test_a_batch_is_accepted_whole_and_in_order(api: Api, run_jobs: Callable[[], None]) -> None:
    answer = api.post("/jobs/batch/", {"jobs": [work(seed=seed) for seed in range(256)]})
    assert answer.status_code == 201, answer.content
    document = answer.json()
    assert [job["params"]["seed"] for job in document["jobs"]] == list(range(256))
    counts = api.get(f"/jobs/batch/{document['id']}/").json()
    assert answer["Location"] == counts["links"]["self"]
    assert (counts["total"], counts["counts"]["queued"]) == (256, 256)


def test_counts_follow_the_jobs(api: Api, run_jobs: Callable[[], None]) -> None:
    batch = api.post("/jobs/batch/", {"jobs": [work(seed=seed) for seed in range(4)]}).json()
    api.post(f"/jobs/{batch['jobs'][0]['id']}/cancel/")
    api.delete(f"/jobs/{batch['jobs'][1]['id']}/")
    run_jobs()
    counts = api.get(f"/jobs/batch/{batch['id']}/").json()
    expected = {"queued": 0, "running": 0, "succeeded": 2, "failed": 0, "cancelled": 1}
    assert (counts["total"], counts["counts"]) == (3, expected)


def test_every_bad_place_is_named_and_nothing_is_kept(api: Api) -> None:
    jobs = [
        work(),
        work(temperature=0),
        {"task": "attention"},
        {**work(), "task": "guess"},
        5,
        {**work(), "owner": 1},
    ]
    answer = api.post("/jobs/batch/", {"jobs": jobs})
    assert answer.status_code == 400
    assert [error["pointer"] for error in answer.json()["errors"]] == [
        "/jobs/1/params/temperature",
        "/jobs/2/params",
        "/jobs/3/task",
        "/jobs/4",
        "/jobs/5/owner",
    ]
    assert not Job.objects.exists()
    assert not JobBatch.objects.exists()


def test_a_hundred_bad_jobs_are_counted_beyond_the_first_twenty(api: Api) -> None:
    errors = api.post("/jobs/batch/", {"jobs": [work(temperature=0)] * 100}).json()["errors"]
    assert len(errors) == 21
    assert errors[-1]["detail"] == "and 80 more"


@pytest.mark.parametrize("jobs", [[], {}, "jobs", None, [1] * 257])
def test_what_is_no_list_of_jobs_is_refused(api: Api, jobs: Any) -> None:
    answer = api.post("/jobs/batch/", {"jobs": jobs})
    assert answer.status_code == 400
    [error] = answer.json()["errors"]
    assert error["pointer"] == "/jobs"
    assert "1 to 256" in error["detail"]


def test_too_much_work_in_one_refuses_all(api: Api) -> None:
    many = [[1.0]] * 1024
    large = work(query=many, key=many, value=[[1.0, 2.0]] * 1024, num_heads=1)
    two = {**large["params"], "query": [[1.0, 1.0]] * 1024, "key": [[1.0, 1.0]] * 1024, "num_heads": 2}
    answer = api.post("/jobs/batch/", {"jobs": [work(), {**large, "params": two}]})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"].startswith("/jobs/1/params")
    assert not Job.objects.exists()


def test_one_key_covers_the_batch(api: Api) -> None:
    body, headers = {"jobs": [work(seed=1), work(seed=2)]}, {"Idempotency-Key": "night run"}
    first = api.post("/jobs/batch/", body, headers=headers)
    again = api.post("/jobs/batch/", body, headers=headers)
    assert (first.status_code, again.status_code) == (201, 200)
    assert [job["id"] for job in again.json()["jobs"]] == [job["id"] for job in first.json()["jobs"]]
    assert Job.objects.count() == 2
    assert api.post("/jobs/batch/", {"jobs": [work()]}, headers=headers).status_code == 409
    assert api.post("/jobs/", work(), headers=headers).status_code == 201, "a key belongs to its path"


def test_a_key_whose_batch_was_deleted_is_410_once_nothing_of_it_is_left(api: Api) -> None:
    body, headers = {"jobs": [work(seed=1), work(seed=2)]}, {"Idempotency-Key": "night run"}
    first, second = api.post("/jobs/batch/", body, headers=headers).json()["jobs"]
    api.delete(f"/jobs/{first['id']}/")
    again = api.post("/jobs/batch/", body, headers=headers)
    assert (again.status_code, [job["id"] for job in again.json()["jobs"]]) == (200, [second["id"]])
    api.delete(f"/jobs/{second['id']}/")
    gone = api.post("/jobs/batch/", body, headers=headers)
    assert (gone.status_code, gone.json()["type"]) == (410, "urn:camp:problem:idempotency-key-spent")
    assert gone.json()["detail"] == "What this Idempotency-Key made has been deleted."


def test_a_guest_cannot_go_over_the_day_with_a_batch() -> None:
    guest = User.objects.create(username="guest", is_guest=True)
    works = [check_work(**work())] * settings.GUEST_JOBS_A_DAY
    with pytest.raises(QuotaUsedUp):
        batch_write(owner=guest, works=[*works, works[0]])
    batch_write(owner=guest, works=works)
    assert JobsOnDay.objects.get().count == settings.GUEST_JOBS_A_DAY
    with pytest.raises(QuotaUsedUp):
        batch_write(owner=guest, works=works[:1])


def test_a_cancel_ends_what_is_live_and_answers_with_the_counts_as_they_are_then(
    api: Api, run_jobs: Callable[[], None]
) -> None:
    batch = api.post("/jobs/batch/", {"jobs": [work(seed=seed) for seed in range(5)]}).json()
    first, second, third, *_ = (job["id"] for job in batch["jobs"])
    runner.run(UUID(first), "test")
    runner.claim(UUID(second), "test")
    api.delete(f"/jobs/{third}/")
    answer = api.post(f"/jobs/batch/{batch['id']}/cancel/")
    expected = {"queued": 0, "running": 0, "succeeded": 1, "failed": 0, "cancelled": 3}
    assert (answer.status_code, answer.json()["total"], answer.json()["counts"]) == (200, 4, expected)
    assert answer.json() == api.get(f"/jobs/batch/{batch['id']}/").json()
    run_jobs()
    again = api.post(f"/jobs/batch/{batch['id']}/cancel/")
    assert (again.status_code, again.json()) == (200, answer.json()), "nothing is left to cancel"


def test_cancelling_gives_back_places_at_once_and_none_of_the_day(api: Api, settings: Any) -> None:
    settings.JOBS_AT_ONCE = 3
    batch = api.post("/jobs/batch/", {"jobs": [work(seed=seed) for seed in range(3)]}).json()
    assert api.post("/jobs/", work()).status_code == 422
    api.post(f"/jobs/batch/{batch['id']}/cancel/")
    assert api.post("/jobs/", work()).status_code == 201
    assert JobsOnDay.objects.get().count == 4


def test_only_a_post_cancels_and_only_with_the_scope(api: Api, ada: User) -> None:
    batch = api.post("/jobs/batch/", {"jobs": [work()]}).json()
    assert api.get(f"/jobs/batch/{batch['id']}/cancel/").status_code == 405
    assert api.post(f"/jobs/batch/{batch['id']}/cancel/?soon=1").status_code == 400
    assert Api(ada, scopes=["me"]).post(f"/jobs/batch/{batch['id']}/cancel/").status_code == 403
    assert Job.objects.get().status == "queued"


def test_a_batch_links_to_its_cancel_and_to_its_page(api: Api) -> None:
    batch = api.post("/jobs/batch/", {"jobs": [work()]}).json()
    here = f"http://testserver/api/v1/jobs/batch/{batch['id']}/"
    page = f"http://testserver/lab/batches/{batch['id']}/"
    assert batch["links"] == {"self": here, "cancel": f"{here}cancel/", "page": page}


@pytest.mark.parametrize(("method", "action"), [("GET", ""), ("POST", "cancel/")])
def test_anothers_batch_looks_like_none(api: Api, eve: User, method: str, action: str) -> None:
    batch = api.post("/jobs/batch/", {"jobs": [work()]}).json()
    other = Api(eve).call(method, f"/jobs/batch/{batch['id']}/{action}")
    missing = Api(eve).call(method, f"/jobs/batch/00000000-0000-0000-0000-000000000000/{action}")
    assert other.status_code == missing.status_code == 404
    assert other.content == missing.content
    assert Api(None).call(method, f"/jobs/batch/{batch['id']}/{action}").status_code == 401
    assert Job.objects.get().status == "queued"


def test_a_stranger_submits_no_batch() -> None:
    assert Api(None).post("/jobs/batch/", {"jobs": [work()]}).status_code == 401
