"""Idempotency-Key: however often a submit is sent, it makes one job."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from camp.accounts.models import User
from camp.lab import once
from camp.lab.models import IdempotencyKey, Job, JobsOnDay
from tests.camp.callers import ARTICLE, Api

PARAMS = {"query": ARTICLE, "key": ARTICLE, "value": ARTICLE}
BODY = {"task": "attention", "params": PARAMS}


@pytest.fixture(autouse=True)
def _no_workers(woken: list[Any]) -> None:
    pass


def send(api: Api, key: str, body: Any = BODY) -> Any:
    return api.post("/jobs/", body, headers={"Idempotency-Key": key})


def test_the_same_submit_again_answers_the_same_job(api: Api, woken: list[Any]) -> None:
    first, second = send(api, "a key"), send(api, "a key")
    assert (first.status_code, second.status_code) == (201, 200)
    assert first.json()["id"] == second.json()["id"]
    assert second.headers["Location"] == first.headers["Location"]
    assert len(woken) <= 1
    assert Job.objects.count() == 1


def test_defaults_written_out_are_the_same_work(api: Api) -> None:
    send(api, "k")
    spelled = {"task": "attention", "params": {**PARAMS, "temperature": 1.0, "num_heads": 1, "causal": False}}
    assert send(api, "k", spelled).status_code == 200


def test_other_work_under_the_same_key_is_409(api: Api) -> None:
    send(api, "k")
    answer = send(api, "k", {"task": "attention", "params": {**PARAMS, "causal": True}})
    assert answer.status_code == 409
    assert answer.json()["type"] == "urn:camp:problem:idempotency-key-reused"
    assert Job.objects.count() == 1


def test_a_key_whose_job_was_deleted_is_410(api: Api) -> None:
    job = send(api, "k").json()
    assert api.delete(f"/jobs/{job['id']}/").status_code == 204
    answer = send(api, "k")
    assert answer.status_code == 410
    assert answer.json()["type"] == "urn:camp:problem:idempotency-key-spent"
    assert Job.objects.count() == 0


def test_keys_are_each_owners_own(api: Api, eve: User) -> None:
    assert send(api, "k").status_code == send(Api(eve), "k").status_code == 201
    assert Job.objects.count() == 2


def test_a_refused_submit_leaves_its_key_free(api: Api) -> None:
    assert send(api, "k", {"task": "attention", "params": {}}).status_code == 400
    assert send(api, "k").status_code == 201


@pytest.mark.parametrize("key", ["", "x" * 256, "schlüssel", "a\tb"])
def test_a_key_that_is_none_is_refused_by_name(api: Api, key: str) -> None:
    answer = send(api, key)
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["pointer"] == "/Idempotency-Key"


def test_after_a_day_a_key_may_be_used_anew(api: Api) -> None:
    first = send(api, "k").json()
    long_ago = timezone.now() - timedelta(hours=25)
    IdempotencyKey.objects.update(created_at=long_ago)
    assert send(api, "k").json()["id"] != first["id"]
    IdempotencyKey.objects.update(created_at=long_ago)
    assert once.forget_old_keys() == 1
    assert Job.objects.count() == 2


@pytest.mark.django_db
def test_a_replay_costs_a_guest_nothing_even_with_the_quota_spent(settings: Any) -> None:
    settings.GUEST_JOBS_A_DAY = 1
    guest = User.objects.create(username="guest-1", is_guest=True)
    sent = [
        once.job_submit_once(owner=guest, task="attention", params=PARAMS, path="/", key="k")
        for _ in range(3)
    ]
    assert [is_new for _job, is_new in sent] == [True, False, False]
    assert JobsOnDay.objects.get().count == 1


@pytest.mark.django_db(transaction=True)
def test_a_hundred_at_the_same_moment_make_one_job(ada: User) -> None:
    def send_one(_: int) -> tuple[Any, bool]:
        try:
            job, is_new = once.job_submit_once(
                owner=ada, task="attention", params=PARAMS, path="/api/v1/jobs/", key="same"
            )
            return job.pk, is_new
        finally:
            connection.close()

    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(send_one, range(100)))
    assert Counter(is_new for _pk, is_new in answers) == {True: 1, False: 99}
    assert len({pk for pk, _is_new in answers}) == 1
    assert Job.objects.count() == 1
