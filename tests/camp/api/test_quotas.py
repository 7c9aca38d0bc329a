"""How much a person may ask for: jobs a day, jobs at once, calls a minute; exact however many ask at once."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection

from camp.accounts.models import User
from camp.lab.models import Job
from tests.camp.callers import ARTICLE, Api

WORK = {"task": "attention", "params": {"query": ARTICLE, "key": ARTICLE, "value": ARTICLE}}


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("which", ["MEMBER_JOBS_A_DAY", "JOBS_AT_ONCE"])
def test_of_two_hundred_at_once_exactly_the_quota_is_accepted(
    ada: User, settings: Any, woken: list[Any], which: str
) -> None:
    setattr(settings, which, 50)
    api = Api(ada)

    def submit(number: int) -> int:
        try:
            return int(api.post("/jobs/", WORK).status_code)
        finally:
            connection.close()

    with ThreadPoolExecutor(16) as pool:
        found = sorted(pool.map(submit, range(200)))
    assert found == [201] * 50 + [422] * 150
    assert Job.objects.filter(owner=ada).count() == len(woken) == 50


@pytest.mark.django_db
def test_a_spent_quota_is_422_with_the_limit_and_me_tells_how_it_stands(
    api: Api, settings: Any, woken: list[Any], run_jobs: Any
) -> None:
    settings.MEMBER_JOBS_A_DAY, settings.JOBS_AT_ONCE = 3, 2
    assert api.get("/me/").json()["jobs"] == {"a_day": 3, "today": 0, "at_once": 2, "live": 0}
    assert [api.post("/jobs/", WORK).status_code for _ in range(2)] == [201, 201]
    answer = api.post("/jobs/", WORK)
    assert (answer.status_code, answer.json()["type"], answer.json()["limit"]) == (
        422,
        "urn:camp:problem:quota",
        2,
    )
    assert "waiting and running at once" in answer.json()["detail"]
    run_jobs()
    assert api.post("/jobs/", WORK).status_code == 201
    run_jobs()
    answer = api.post("/jobs/", WORK)
    assert (answer.status_code, answer.json()["limit"]) == (422, 3)
    assert "a day" in answer.json()["detail"]
    assert api.get("/me/").json()["jobs"] == {"a_day": 3, "today": 3, "at_once": 2, "live": 0}


@pytest.mark.django_db
def test_a_batch_is_counted_as_its_jobs_all_or_none(api: Api, settings: Any, woken: list[Any]) -> None:
    settings.MEMBER_JOBS_A_DAY = 5
    assert api.post("/jobs/batch/", {"jobs": [WORK] * 3}).status_code == 201
    assert api.post("/jobs/batch/", {"jobs": [WORK] * 3}).status_code == 422
    assert Job.objects.count() == 3
    assert api.post("/jobs/batch/", {"jobs": [WORK] * 2}).status_code == 201


@pytest.mark.django_db
def test_a_replay_costs_nothing(api: Api, settings: Any, woken: list[Any]) -> None:
    settings.MEMBER_JOBS_A_DAY = 1
    sent = [api.post("/jobs/", WORK, headers={"Idempotency-Key": "one"}).status_code for _ in range(3)]
    assert sent == [201, 200, 200]


@pytest.mark.django_db
def test_calls_beyond_the_rate_are_429_with_retry_after_for_that_caller_alone(
    api: Api, eve: User, settings: Any
) -> None:
    settings.API_CALLS_A_MINUTE = 5
    assert [api.get("/jobs/").status_code for _ in range(5)] == [200] * 5
    answer = api.get("/me/")
    assert answer.status_code == 429
    assert 0 < int(answer.headers["Retry-After"]) <= 61
    assert Api(eve).get("/jobs/").status_code == 200
    assert [Api(None).get("/tasks/").status_code for _ in range(6)] == [200] * 5 + [429]


@pytest.mark.django_db
def test_without_redis_calls_are_answered_and_passwords_are_not_looked_at(
    api: Api, ada: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    import redis

    from camp import rates
    from tests.camp.callers import PASSWORD

    def away(*rates: Any) -> float:
        raise redis.ConnectionError("away")

    monkeypatch.setattr(rates, "take", away)
    assert api.get("/jobs/").status_code == 200
    assert Api(None).post("/auth/tokens/", {"username": "ada", "password": PASSWORD}).status_code == 503
