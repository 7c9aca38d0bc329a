"""Jobs over HTTP: the documented shapes, codes and rules."""

from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

import pytest

from camp.accounts.models import User
from camp.lab import runner
from camp.lab.models import Job
from tests.camp.callers import ARTICLE, Api

pytestmark = pytest.mark.django_db
BODY = {"task": "attention", "params": {"query": ARTICLE, "key": ARTICLE, "value": ARTICLE}}


@pytest.fixture(autouse=True)
def _no_workers(woken: list[Any]) -> None:
    pass


def test_submit_answers_the_job_and_where_it_is(api: Api) -> None:
    answer = api.post("/jobs/", BODY)
    assert answer.status_code == 201
    job = answer.json()
    assert answer.headers["Location"] == job["links"]["self"] == f"http://testserver/api/v1/jobs/{job['id']}/"
    assert (job["status"], job["progress"], job["attempts"], job["cached"]) == ("queued", 0.0, 0, False)
    assert job["params"]["num_heads"] == 1, "defaults are filled in"
    assert job["params"]["query"] == ARTICLE
    assert job["links"]["page"] == f"http://testserver/lab/runs/{job['id']}/"
    assert api.get(f"/jobs/{job['id']}/").json() == job


def test_the_articles_numbers(api: Api, run_jobs: Callable[[], None]) -> None:
    job = api.post("/jobs/", BODY).json()
    run_jobs()
    result = api.get(f"/jobs/{job['id']}/result/").json()
    assert [round(row[0], 4) for row in result["output"]] == [0.3020, 0.3040, 0.3060, 0.3080, 0.3100]
    assert [round(weight, 4) for weight in result["weights"][-1]] == [0.1805, 0.1898, 0.1995, 0.2097, 0.2205]
    assert api.get(f"/jobs/{job['id']}/").json()["status"] == "succeeded"


def test_a_result_not_there_yet_is_409_with_the_state(api: Api) -> None:
    job = api.post("/jobs/", BODY).json()
    answer = api.get(f"/jobs/{job['id']}/result/")
    assert answer.status_code == 409
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert (answer.json()["type"], answer.json()["error"]) == ("urn:camp:problem:not-finished", None)
    assert api.get(f"/jobs/{job['id']}/result/?wait=0.1").status_code == 409


@pytest.mark.parametrize("wait", ["61", "-1", "soon", "nan", "inf", ""])
def test_a_wait_beyond_its_bounds_is_refused(api: Api, wait: str) -> None:
    job = api.post("/jobs/", BODY).json()
    answer = api.get(f"/jobs/{job['id']}/result/?wait={wait}")
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["pointer"] == "/wait"


def test_cancel_then_the_result_says_so(api: Api) -> None:
    job = api.post("/jobs/", BODY).json()
    cancelled = api.post(f"/jobs/{job['id']}/cancel/")
    assert (cancelled.status_code, cancelled.json()["status"]) == (200, "cancelled")
    assert cancelled.json()["error"]["code"] == "cancelled"
    assert api.post(f"/jobs/{job['id']}/cancel/").status_code == 409
    result = api.get(f"/jobs/{job['id']}/result/?wait=30")
    assert (result.status_code, result.json()["error"]["code"]) == (409, "cancelled")


def test_delete_removes_job_and_result(api: Api, run_jobs: Callable[[], None]) -> None:
    job = api.post("/jobs/", BODY).json()
    run_jobs()
    assert api.delete(f"/jobs/{job['id']}/").status_code == 204
    assert api.get(f"/jobs/{job['id']}/").status_code == 404
    assert api.get(f"/jobs/{job['id']}/result/").status_code == 404


def test_the_list_is_mine_newest_first_in_pages(api: Api, eve: User) -> None:
    Api(eve).post("/jobs/", BODY)
    made = [api.post("/jobs/", BODY).json()["id"] for _ in range(25)]
    page = api.get("/jobs/").json()
    assert page["previous"] is None
    second = api.client.get(page["next"], headers=api.headers).json()
    assert [job["id"] for job in page["results"] + second["results"]] == made[::-1]
    assert second["next"] is None


@pytest.mark.parametrize("path", ["/jobs/{id}/", "/jobs/{id}/result/", "/jobs/{id}/result/?wait=1"])
def test_anothers_job_looks_the_same_as_none(api: Api, eve: User, path: str) -> None:
    job = api.post("/jobs/", BODY).json()
    hers, missing = (Api(eve).get(path.format(id=job_id)) for job_id in (job["id"], uuid4()))
    assert hers.status_code == missing.status_code == 404
    assert hers.content == missing.content


def test_anothers_job_cannot_be_cancelled_or_deleted(api: Api, eve: User) -> None:
    job = api.post("/jobs/", BODY).json()
    assert Api(eve).post(f"/jobs/{job['id']}/cancel/").status_code == 404
    assert Api(eve).delete(f"/jobs/{job['id']}/").status_code == 404
    assert api.get(f"/jobs/{job['id']}/").json()["status"] == "queued"


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/jobs/"), ("POST", "/jobs/"), ("GET", f"/jobs/{UUID(int=7)}/"), ("GET", f"/jobs/{UUID(int=7)}/result/"),
     ("POST", f"/jobs/{UUID(int=7)}/cancel/"), ("DELETE", f"/jobs/{UUID(int=7)}/"), ("GET", "/me/"),
     ("DELETE", "/auth/tokens/current/")],
)  # fmt: skip
def test_without_credentials_401_names_the_scheme(db: None, method: str, path: str) -> None:
    answer = Api(None).call(method, path, BODY if method == "POST" else None)
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == "Token"
    assert answer.json()["status"] == 401


@pytest.mark.parametrize("path", ["/jobs/", "/me/"])
def test_a_token_without_the_scope_is_403(ada: User, path: str) -> None:
    answer = Api(ada, scopes=["course"]).get(path)
    assert (answer.status_code, answer.json()["type"]) == (403, "urn:camp:problem:scope")
    assert "course" in answer.json()["detail"]


def test_extra_fields_change_nothing_and_are_refused(api: Api, eve: User) -> None:
    answer = api.post("/jobs/", {**BODY, "owner": eve.pk, "status": "succeeded"})
    assert answer.status_code == 400
    assert {error["pointer"] for error in answer.json()["errors"]} == {"/owner", "/status"}
    assert not Job.objects.exists()


def test_the_session_of_a_page_may_call_with_csrf(ada: User) -> None:
    from django.test import Client

    browser = Client(enforce_csrf_checks=True)
    browser.force_login(ada)
    assert browser.get("/api/v1/me/").json()["username"] == "ada"
    refused = browser.post("/api/v1/jobs/", BODY, content_type="application/json")
    assert (refused.status_code, refused.headers["Content-Type"]) == (403, "application/problem+json")


def test_queries_do_not_grow_with_rows(api: Api, submit: Any, django_assert_num_queries: Any) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    counts = []
    api.get("/jobs/")  # notes the token's first use
    for more in (2, 15):
        for _ in range(more):
            runner.run(submit().pk, "w")
        with CaptureQueriesContext(
            connection,
        ) as queries:
            assert api.get("/jobs/").status_code == 200
        counts.append(len(queries))
    assert counts[0] == counts[1] < 20


def test_tasks_are_listed_for_everyone_with_a_schema_that_holds(db: None) -> None:
    import jsonschema

    tasks = Api(None).get("/tasks/").json()
    attention = next(task for task in tasks if task["name"] == "attention")
    jsonschema.Draft202012Validator.check_schema(attention["params_schema"])
    jsonschema.validate(BODY["params"], attention["params_schema"])
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({**BODY["params"], "colour": 1}, attention["params_schema"])
    assert attention["queue"] == "interactive"
    assert attention["limits"]
