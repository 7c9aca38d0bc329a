"""A run deleted on its page is gone for everybody at once, can be brought back whole for a while, and then is no more."""

import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone

from camp.accounts import own_data
from camp.accounts.models import User
from camp.accounts.services import account_erase, account_set
from camp.lab import once, queues, runner, selectors, services, sharing, sweeper, tasks
from camp.lab.models import IdempotencyKey, Job, JobBatch, JobInput, JobResult, SharedRun, Status
from tests.camp.callers import ARTICLE, PASSWORD, Api

Submit = Callable[..., Job]
pytestmark = pytest.mark.django_db
NAME = "a-name-of-its-own"
WORK = {"task": "attention", "params": {"query": ARTICLE, "key": ARTICLE, "value": ARTICLE}}


@pytest.fixture
def run(submit: Submit, ada: User) -> Job:
    """With all that a run can have."""
    work = services.check_work(task="attention", params=WORK["params"])
    job = services.batch_write(owner=ada, works=[work]).jobs.get()
    runner.run(job.pk, "w")
    services.job_describe(job=job, own_name=NAME, note="row 2")
    services.job_pin(job=job, pinned=True)
    sharing.share(job)
    return Job.objects.get(pk=job.pk)


def delete(owner: Client, job: Job) -> str:
    """On its page; where that leads."""
    answer = owner.post(f"/lab/runs/{job.pk}/delete/")
    assert answer.status_code == 302
    return str(answer["Location"])


def state() -> list[Any]:
    """Every row, deleted or not, for comparing."""
    models = (Job, JobResult, SharedRun, JobBatch)
    return [list(model._base_manager.order_by("pk").values()) for model in models]


def wait(job: Job, length: timedelta) -> None:
    Job.with_deleted.filter(pk=job.pk).update(deleted_at=timezone.now() - length)


def addresses(job: Job) -> Iterator[tuple[str, str]]:
    """Everything that tells of one run, for its owner."""
    page, call = f"/lab/runs/{job.pk}/", f"/api/v1/jobs/{job.pk}/"
    for name in ("", "job.json", "run.py", "weights.svg", "delete/"):
        yield "get", page + name
    for name in ("cancel/", "again/", "pin/", "words/", "share/", "delete/"):
        yield "post", page + name
    for name in ("", "result/", "result/?wait=1", "result/?as=npz", "result/?as=csv&part=weights", "events/"):
        yield "get", call + name
    yield "post", f"{call}cancel/"
    yield "delete", call
    yield "get", f"/lab/attention/?run={job.pk}"
    link = sharing.path_of(job)
    for name in ("", "weights.svg", "weights.csv", "result.json", "result.npz"):
        yield "get", f"{link}{name}"


def lists(job: Job) -> list[str]:
    return ["/lab/runs/", f"/lab/runs/?q={NAME}", f"/lab/batches/{job.batch_id}/", "/api/v1/jobs/",
            f"/api/v1/batches/{job.batch_id}/"]  # fmt: skip


def test_a_deleted_run_is_nowhere(owner: Client, run: Job) -> None:
    walked = [one for one in addresses(run) if one[0] == "get"]
    assert {owner.get(path).status_code for _method, path in walked} == {200}
    assert all(str(run.pk) in owner.get(path).content.decode() for path in lists(run)[:4])
    delete(owner, run)
    found = {path: getattr(owner, method)(path).status_code for method, path in addresses(run)}
    assert set(found.values()) == {404}, found
    for path in lists(run):
        answer = owner.get(path).content.decode()
        assert str(run.pk) not in answer, path
        assert f">{NAME}<" not in answer
    assert set(selectors.status_counts(run.batch).values()) == {0}
    assert Job.with_deleted.filter(pk=run.pk).exists(), "and none of these calls has removed it"


def test_no_admin_sees_it_either(owner: Client, run: Job) -> None:
    root = Client()
    root.force_login(account_set(username="root", role="admin", password=PASSWORD)[0])
    delete(owner, run)
    assert str(run.pk) not in root.get("/admin/lab/job/").content.decode()
    assert root.get(f"/admin/lab/job/{run.pk}/change/").status_code == 302
    assert root.get(f"/admin/queue/{run.pk}/retry/").status_code == 404


def test_undo_brings_it_back_whole(owner: Client, run: Job) -> None:
    before, link = state(), sharing.path_of(run)
    page = owner.get(delete(owner, run)).content.decode()
    assert "The run was deleted." in page
    assert f'action="/lab/runs/{run.pk}/undo/"' in page
    answer = owner.post(f"/lab/runs/{run.pk}/undo/", follow=True)
    assert answer.request["PATH_INFO"] == f"/lab/runs/{run.pk}/"
    assert "The run is back, as it was." in answer.content.decode()
    assert state() == before
    assert Client().get(link or "").status_code == 200
    assert selectors.arrays_of(run)


def test_the_offer_stands_as_long_as_it_can_be_kept_and_for_its_owner_alone(
    owner: Client, run: Job, eve: User
) -> None:
    where = delete(owner, run)
    stranger = Client()
    stranger.force_login(eve)
    assert "Undo" not in stranger.get(where).content.decode()
    assert stranger.post(f"/lab/runs/{run.pk}/undo/").status_code == 302
    assert Client().post(f"/lab/runs/{run.pk}/undo/").status_code == 302
    assert not Job.objects.exists()
    wait(run, settings.JOB_UNDO - timedelta(seconds=30))
    assert "Undo" in owner.get(where).content.decode()
    wait(run, settings.JOB_UNDO + timedelta(seconds=1))
    assert "Undo" not in owner.get(where).content.decode()
    late = owner.post(f"/lab/runs/{run.pk}/undo/", follow=True).content.decode()
    assert "it is gone for good" in late
    assert not Job.objects.exists()
    assert owner.get("/lab/runs/?deleted=nonsense").status_code == 200


def test_when_its_time_is_over_nothing_is_left(
    owner: Client, run: Job, submit: Submit, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tasks, "waiting_messages", lambda queue: 0)
    kept = submit()
    delete(owner, run)
    wait(run, settings.JOB_UNDO - timedelta(seconds=30))
    assert sweeper.sweep()["removed_for_good"] == 0
    wait(run, settings.JOB_UNDO + timedelta(seconds=1))
    assert sweeper.sweep()["removed_for_good"] == 1
    assert list(Job.with_deleted.all()) == [kept]
    assert not JobResult.objects.exists()
    assert not SharedRun.objects.exists()


def test_the_api_deletes_for_good(run: Job, api: Api) -> None:
    assert api.delete(f"/jobs/{run.pk}/").status_code == 204
    assert not Job.with_deleted.exists()


@pytest.mark.parametrize("is_running", [False, True])
def test_one_that_waits_or_runs_is_cancelled_and_comes_back_so(
    owner: Client, submit: Submit, ada: User, is_running: bool
) -> None:
    job = submit()
    claimed = runner.claim(job.pk, "w") if is_running else None
    delete(owner, job)
    assert not queues.live_jobs().exists()
    assert selectors.quota_of(ada)["live"] == 0
    if claimed:
        assert runner.run_claimed(claimed) is None, "its worker writes nothing"
    assert runner.run(job.pk, "w") is None
    owner.post(f"/lab/runs/{job.pk}/undo/")
    job = Job.objects.get(pk=job.pk)
    assert (job.status, job.error_code) == (Status.CANCELLED, "cancelled")
    assert not JobResult.objects.exists()


def test_a_deleted_run_still_counts_as_submitted(owner: Client, submit: Submit, ada: User) -> None:
    submit(), submit()
    job = submit()
    delete(owner, job)
    assert selectors.quota_of(ada)["today"] == 3
    owner.post(f"/lab/runs/{job.pk}/undo/")
    assert selectors.quota_of(ada)["today"] == 3


def test_its_idempotency_key_is_spent_until_it_is_back(
    owner: Client, ada: User, api: Api, woken: list[Any]
) -> None:
    headers = {"Idempotency-Key": "once"}
    made = api.post("/jobs/", WORK, headers=headers).json()["id"]
    job = Job.objects.get(pk=made)
    delete(owner, job)
    assert api.post("/jobs/", WORK, headers=headers).status_code == 410
    owner.post(f"/lab/runs/{made}/undo/")
    again = api.post("/jobs/", WORK, headers=headers)
    assert (again.status_code, again.json()["id"]) == (200, made)
    assert Job.with_deleted.count() == 1


def test_no_new_run_is_answered_from_a_deleted_one(owner: Client, submit: Submit) -> None:
    job = submit(function="general")
    runner.run(job.pk, "w")
    delete(owner, job)
    assert not submit(function="general").cached


def test_a_retry_that_was_deleted_is_not_told_of(owner: Client, submit: Submit, ada: User) -> None:
    failed, retried = submit(), submit()
    IdempotencyKey.objects.create(owner=ada, path="retry", key=str(failed.pk), digest="x", job=retried)
    assert once.retries_of([failed]) == {failed.pk: retried}
    delete(owner, retried)
    assert once.retries_of([failed]) == {}


def test_the_export_of_everything_kept_has_it_marked(owner: Client, run: Job, ada: User) -> None:
    def exported() -> list[dict[str, Any]]:
        document = json.loads(b"".join(own_data.document(ada)))
        return list(document["jobs"])

    assert [one["deleted_at"] for one in exported()] == [None]
    delete(owner, run)
    (job,) = exported()
    assert job["name"] == NAME
    assert job["deleted_at"]


def test_an_erased_account_takes_it_along(owner: Client, run: Job, ada: User) -> None:
    delete(owner, run)
    account_erase(account=ada)
    assert not Job.with_deleted.exists()
    assert not JobResult.objects.exists()


def test_who_signs_in_meanwhile_can_still_undo(submit: Submit, ada: User) -> None:
    guest = User.objects.create(username="guest-1", is_guest=True)
    job = submit(owner=guest)
    services.job_set_aside(job=job)
    services._move_jobs(guest, ada)
    assert services.job_bring_back(owner=ada, job_id=job.pk) == job


def test_its_batch_outlives_it_as_long_as_it_can_come_back(owner: Client, run: Job) -> None:
    delete(owner, run)
    JobBatch.objects.update(created_at=timezone.now() - timedelta(days=2))
    services.old_jobs_delete()
    owner.post(f"/lab/runs/{run.pk}/undo/")
    assert Job.objects.get().batch == run.batch
    assert str(run.pk) in owner.get(f"/lab/batches/{run.batch_id}/").content.decode()


def test_a_large_input_comes_back_too(owner: Client, submit: Submit) -> None:
    job = submit()
    JobInput.objects.create(job=job, arrays=b"arrays")
    delete(owner, job)
    owner.post(f"/lab/runs/{job.pk}/undo/")
    assert bytes(JobInput.objects.get(job=job).arrays) == b"arrays"
