"""The console's page of the queue: what it shows, who may act there, and that nothing that ended comes back."""

import re
import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import redis
from django.contrib.admin.models import LogEntry
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from camp.accounts.models import User
from camp.console import queue
from camp.lab import presence, runner, selectors, services
from camp.lab.models import ErrorCode, Job, Status
from camp.redis_client import client as redis_client
from tests.camp.callers import signed_in

pytestmark = pytest.mark.django_db
Submit = Callable[..., Job]
PART = {"HX-Request": "true", "HX-Target": "queue"}


@pytest.fixture
def root(db: None) -> Client:
    redis_client().delete("camp:workers:interactive", "camp:workers:training", "camp:workers:schedule")
    return signed_in("admin")


def fail(job: Job, code: ErrorCode = ErrorCode.TIMEOUT, message: str = "It ran past 60 s.") -> Job:
    claimed = runner.claim(job.pk, "interactive@camp-1:4711")
    assert claimed is not None
    assert runner.fail(job.pk, claimed.attempts, code, message)
    job.refresh_from_db()
    return job


def page_of(browser: Client, path: str = "/admin/queue/", **extra: Any) -> str:
    """The page's text without its markup, in one line."""
    answer = browser.get(path, follow=True, **extra)
    assert answer.status_code == 200
    return " ".join(re.sub(r"<[^>]+>", " ", answer.content.decode()).split())


# --- What it shows -------------------------------------------------------------------------------------


def test_what_runs_is_shown_with_owner_start_lease_and_progress(root: Client, submit: Submit) -> None:
    job = submit()
    runner.claim(job.pk, "interactive@camp-1:4711")
    Job.objects.filter(pk=job.pk).update(progress=0.42, message="softmax")
    job.refresh_from_db()
    assert job.lease_expires_at is not None
    row = f"attention {str(job.pk)[:8]} Cancel interactive ada 1 interactive@camp-1:4711 {job.lease_expires_at:%H:%M:%S} UTC 42 % softmax"
    assert row in page_of(root)


def test_what_waits_is_shown_in_its_order_and_the_rest_counted(root: Client, submit: Submit) -> None:
    now = timezone.now()
    jobs = [submit() for _ in range(queue.MOST_WAITING + 2)]
    for place, job in enumerate(jobs):
        Job.objects.filter(pk=job.pk).update(created_at=now - timedelta(seconds=90 + place))
    page = page_of(root)
    shown = re.findall(r"attention (\w{8}) Cancel ada", page)
    assert shown == [str(job.pk)[:8] for job in reversed(jobs)][: queue.MOST_WAITING]
    assert "2 more wait" in page
    assert re.search(r"interactive 27 0 1[12]\d s", page)
    assert "training 0 0 –" in page


def test_workers_are_named_with_host_process_and_when(root: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    import time

    redis_client().zadd("camp:workers:interactive", {"interactive@camp-1:4711": time.time() - 4})
    redis_client().zadd("camp:workers:schedule", {"schedule@camp-2:12": time.time()})
    page = page_of(root)
    assert re.search(r"camp-1, process 4711, [45] s ago", page)
    assert re.search(r"it takes no jobs camp-2, process 12, [01] s ago", page)

    def away(queue: str) -> Any:
        raise redis.ConnectionError("away")

    monkeypatch.setattr(presence, "heard", away)
    assert page_of(root).count("Redis is away") == 3


def test_failures_stand_under_their_reason_the_newest_first(root: Client, submit: Submit) -> None:
    now = timezone.now()
    timeouts = [fail(submit()) for _ in range(queue.NEWEST_FAILURES + 2)]
    for place, job in enumerate(timeouts):
        Job.objects.filter(pk=job.pk).update(finished_at=now - timedelta(minutes=place))
    memory = fail(submit(), ErrorCode.MEMORY, "It needed more memory than there is.")
    old = fail(submit(), ErrorCode.POISON, "old")
    Job.objects.filter(pk=old.pk).update(finished_at=now - timedelta(hours=25))
    found = queue.state()["reasons"]
    assert [(reason.label, reason.count) for reason in found] == [
        ("it needed more memory than there is", 1),
        ("it ran past its time limit", 7),
    ]
    assert [failure.job.pk for failure in found[0].newest] == [memory.pk]
    assert [failure.job.pk for failure in found[1].newest] == [
        job.pk for job in timeouts[: queue.NEWEST_FAILURES]
    ]
    page = page_of(root)
    assert "It ran past its time limit: 7" in page
    assert "old" not in page


def test_an_empty_queue_says_so(root: Client) -> None:
    page = page_of(root)
    for words in ("Nothing runs.", "Nothing waits.", "Nothing failed.", "none"):
        assert words in page


def test_it_asks_as_many_queries_of_a_thousand_rows_as_of_ten(root: Client, ada: User) -> None:
    now = timezone.now()
    counts = []
    for more in (10, 990):
        kinds = [
            {"status": Status.QUEUED},
            {"status": Status.RUNNING, "attempts": 1, "lease_expires_at": now},
            {"status": Status.FAILED, "error_code": "timeout", "finished_at": now},
        ]
        Job.objects.bulk_create(
            Job(owner=ada, task="attention", queue="interactive", params_json="{}", **kinds[place % 3])  # type: ignore[arg-type]
            for place in range(more)
        )
        with CaptureQueriesContext(connection) as queries:
            page = page_of(root)
        counts.append(len(queries))
    assert counts[0] == counts[1]
    assert "233 more run." in page


# --- How it looks again ----------------------------------------------------------------------------------


def test_the_part_is_the_page_without_its_frame_and_can_be_kept_still(root: Client) -> None:
    part = root.get("/admin/queue/", headers=PART)
    assert part.content.decode().lstrip().startswith('<div id="queue"')
    assert "HX-Request" in part["Vary"]
    assert "no-cache" in part["Cache-Control"]
    assert 'hx-trigger="every 5s"' in part.content.decode()
    still = root.get("/admin/queue/?refresh=off").content.decode()
    assert "hx-trigger" not in still
    assert "Look again every 5 s" in still


def test_who_signed_out_meanwhile_gets_no_sign_in_page_inside_the_page(root: Client) -> None:
    root.logout()
    answer = root.get("/admin/queue/", headers=PART)
    assert (answer.status_code, answer["HX-Refresh"], answer.content) == (200, "true", b"")


# --- What may be done there ------------------------------------------------------------------------------


def addresses(job_id: object) -> list[str]:
    return [f"/admin/queue/{job_id}/cancel/", f"/admin/queue/{job_id}/retry/"]


@pytest.mark.parametrize("role", ["learner", "instructor"])
def test_only_admins_act(submit: Submit, role: str) -> None:
    waiting, failed = submit(), fail(submit())
    browser = signed_in(role)
    for job in (waiting, failed):
        for address in addresses(job.pk):
            for method in (browser.get, browser.post):
                assert method(address, follow=True).status_code == 403
    assert Client().post(addresses(waiting.pk)[0]).status_code == 302
    assert list(Job.objects.order_by("created_at").values_list("status", flat=True)) == ["queued", "failed"]


def test_a_job_that_does_not_exist_is_not_found_and_other_methods_are_refused(
    root: Client, submit: Submit
) -> None:
    for address in addresses(uuid.uuid4()):
        assert root.get(address).status_code == root.post(address).status_code == 404
    assert root.post("/admin/queue/not-a-uuid/cancel/", follow=True).status_code == 404
    for address in ("/admin/queue/", *addresses(submit().pk)):
        assert root.put(address).status_code == 405
    assert root.post("/admin/queue/").status_code == 405


def test_cancelling_is_asked_first_and_stands_in_the_history(root: Client, submit: Submit) -> None:
    job = submit()
    address = addresses(job.pk)[0]
    assert "It ends as cancelled" in page_of(root, address)
    job.refresh_from_db()
    assert job.status == Status.QUEUED, "a look cancels nothing"
    assert "The job was cancelled." in root.post(address, follow=True).content.decode()
    job.refresh_from_db()
    assert job.status == Status.CANCELLED
    assert [entry.object_id for entry in LogEntry.objects.all()] == [str(job.pk)]
    for again in (root.get(address, follow=True), root.post(address, follow=True)):
        assert "could not be cancelled, for it has ended: cancelled." in again.content.decode()


def test_a_retry_is_a_new_job_of_the_same_work_and_owner_outside_their_quota(
    root: Client, submit: Submit, ada: User, woken: list[Any], settings: Any, django_capture_on_commit_callbacks: Any
) -> None:  # fmt: skip
    failed = fail(submit(scale=0.5))
    before = Job.objects.filter(pk=failed.pk).values().get()
    settings.MEMBER_JOBS_A_DAY = settings.JOBS_AT_ONCE = 1
    today = selectors.quota_of(ada)["today"]
    page = page_of(root, addresses(failed.pk)[1])
    assert "The failed job stays as it ended. Its work is submitted as a new job for the same owner" in page
    assert Job.objects.count() == 1, "a look submits nothing"
    with django_capture_on_commit_callbacks(execute=True):
        answer = root.post(addresses(failed.pk)[1], follow=True).content.decode()
    new = Job.objects.exclude(pk=failed.pk).get()
    assert (new.owner, new.status, new.attempts) == (ada, Status.QUEUED, 0)
    assert (new.params, new.params_hash) == (failed.params, failed.params_hash)
    assert new.pk in woken
    assert f'<a href="/admin/lab/job/{new.pk}/change/">{str(new.pk)[:8]}</a>' in answer
    assert "The failed one stays as it ended." in answer
    assert Job.objects.filter(pk=failed.pk).values().get() == before
    assert selectors.quota_of(ada)["today"] == today
    with pytest.raises(services.QuotaUsedUp):
        submit()
    assert LogEntry.objects.get().change_message == f"retried as {new.pk}"


def test_a_job_with_its_arrays_in_a_file_is_retried_with_them(
    root: Client, ada: User, woken: list[Any]
) -> None:
    import io

    import numpy as np

    file = io.BytesIO()
    rows = np.full((600, 200), 0.25)
    np.savez(file, query=rows[:1], key=rows, value=rows)
    job = services.job_submit(owner=ada, task="attention", params={}, file=file.getvalue())
    assert job.has_input_file
    root.post(addresses(fail(job).pk)[1])
    new = Job.objects.exclude(pk=job.pk).get()
    assert new.params_hash == job.params_hash
    assert selectors.input_file_of(new) == selectors.input_file_of(job)


def test_pressing_twice_retries_once_and_the_page_says_what_became_of_it(
    root: Client, submit: Submit
) -> None:
    failed = fail(submit())
    for _ in range(2):
        answer = root.post(addresses(failed.pk)[1], follow=True).content.decode()
    assert "It was retried before, as job" in answer
    new = Job.objects.exclude(pk=failed.pk).get()
    page = page_of(root)
    assert "retried: waiting" in page
    assert "Retry" not in re.split("Failed in the last", page)[1].split("A job that has ended")[0]
    services.job_delete(job=new)
    assert (
        "the new job has been deleted since"
        in root.post(addresses(failed.pk)[1], follow=True).content.decode()
    )


@pytest.mark.parametrize("status", [Status.QUEUED, Status.RUNNING, Status.SUCCEEDED, Status.CANCELLED])
def test_only_what_failed_can_be_retried(root: Client, submit: Submit, status: Status) -> None:
    job = submit()
    if status == Status.CANCELLED:
        services.job_cancel(job=job)
    elif status == Status.RUNNING:
        runner.claim(job.pk, "w")
    elif status == Status.SUCCEEDED:
        runner.run(job.pk, "w")
    for answer in (root.get(addresses(job.pk)[1], follow=True), root.post(addresses(job.pk)[1], follow=True)):
        assert (
            f"Only a job that failed can be retried; this one stands at: {status.label}."
            in answer.content.decode()
        )
    assert Job.objects.get().status == status


def test_work_that_the_camp_does_not_take_any_more_is_refused_with_why(root: Client, submit: Submit) -> None:
    failed = fail(submit())
    Job.objects.filter(pk=failed.pk).update(task="gone")
    assert (
        "The camp does not take this work any more: gone"
        in root.post(addresses(failed.pk)[1], follow=True).content.decode()
    )
    assert Job.objects.count() == 1


def test_the_dashboard_and_the_list_of_jobs_lead_there(root: Client) -> None:
    for page in ("/admin/", "/admin/lab/job/"):
        assert 'href="/admin/queue/"' in root.get(page).content.decode()
