"""How long runs are kept: by kind, with a date that the owner sees, and longer where they are pinned."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone

from camp.accounts.models import User
from camp.accounts.services import GUESTS_KEPT
from camp.lab import runner, selectors, services, sweeper, tasks
from camp.lab.models import ErrorCode, Job, JobBatch, JobResult, Status
from tests.camp.callers import ARTICLE

pytestmark = pytest.mark.django_db
Submit = Callable[..., Job]


def ended(job: Job, *, ago: timedelta, **more: object) -> Job:
    runner.run(job.pk, "w")
    Job.objects.filter(pk=job.pk).update(finished_at=timezone.now() - ago, **more)
    return Job.objects.get(pk=job.pk)


@pytest.fixture
def browser(ada: User) -> Client:
    client = Client()
    client.force_login(ada)
    return client


@pytest.mark.parametrize("queue", settings.JOB_KEPT)
def test_a_run_goes_when_the_time_of_its_kind_is_over(submit: Submit, queue: str) -> None:
    kept = settings.JOB_KEPT[queue]
    old = ended(submit(), ago=kept + timedelta(minutes=1), queue=queue)
    young = ended(submit(), ago=kept - timedelta(minutes=1), queue=queue)
    assert services.old_jobs_delete() == 1
    assert list(Job.objects.all()) == [young]
    assert not JobResult.objects.filter(job_id=old.pk).exists()


def test_a_pinned_run_and_one_that_lives_stay(submit: Submit) -> None:
    longer = max(settings.JOB_KEPT.values()) + timedelta(days=1)
    ended(submit(), ago=longer, pinned=True)
    submit()
    assert services.old_jobs_delete() == 0
    assert Job.objects.count() == 2


def test_the_owner_sees_the_date_pins_and_unpins(browser: Client, submit: Submit) -> None:
    job = ended(submit(), ago=timedelta(0))
    day = timezone.localtime(selectors.kept_until(job)).date()
    page = browser.get(job.get_absolute_url()).content.decode()
    assert f"Kept until {day}, or longer if you pin it." in re.sub(r"\s+", " ", page)
    pinned = browser.post(f"{job.get_absolute_url()}pin/", {"pinned": "1"}, follow=True).content.decode()
    assert "Pinned: kept until you delete it." in pinned
    assert "Kept until" not in pinned
    assert Job.objects.get().pinned
    browser.post(f"{job.get_absolute_url()}pin/")
    assert not Job.objects.get().pinned


def test_nobody_pins_anothers_run(submit: Submit) -> None:
    client = Client()
    client.force_login(User.objects.create(username="bob"))
    job = ended(submit(), ago=timedelta(0))
    assert client.post(f"{job.get_absolute_url()}pin/", {"pinned": "1"}).status_code == 404
    assert not Job.objects.get().pinned


def test_a_guests_run_goes_with_the_guest(submit: Submit) -> None:
    guest = User.objects.create(username="guest-1", is_guest=True)
    job = ended(submit(owner=guest), ago=timedelta(0))
    assert selectors.kept_until(job) == guest.date_joined + GUESTS_KEPT
    services.job_pin(job=job, pinned=True)
    assert selectors.kept_until(job) == guest.date_joined + GUESTS_KEPT
    client = Client()
    client.force_login(guest)
    page = client.get(job.get_absolute_url()).content.decode()
    assert "You are a guest: kept until" in page
    assert "/pin/" not in page


def test_a_job_that_no_worker_could_start_for_a_day_has_failed(
    submit: Submit, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tasks, "waiting_messages", lambda queue: 0)
    late, waiting, running = submit(), submit(), submit()
    runner.claim(running.pk, "w")
    a_day_ago = timezone.now() - settings.JOB_WAITS - timedelta(seconds=1)
    Job.objects.filter(pk__in=[late.pk, running.pk]).update(created_at=a_day_ago)
    assert sweeper.sweep()["expired"] == 1
    late.refresh_from_db()
    assert (late.status, late.error_code, late.attempts) == (Status.FAILED, ErrorCode.EXPIRED, 0)
    assert runner.run(late.pk, "w") is None
    assert Job.objects.get(pk=waiting.pk).status == Status.QUEUED
    assert Job.objects.get(pk=running.pk).status == Status.RUNNING


def test_the_same_work_of_the_same_owner_is_answered_from_the_kept_result(
    submit: Submit, woken: list[object], django_capture_on_commit_callbacks: Callable[..., object]
) -> None:
    first = submit(function="general", causal=True)
    runner.run(first.pk, "w")
    with django_capture_on_commit_callbacks(execute=True):
        again, other = submit(function="general", causal=True), submit(function="general")
    assert (again.status, again.cached, again.attempts, again.progress) == (Status.SUCCEEDED, True, 0, 1.0)
    assert again.started_at == again.finished_at
    first, again = Job.objects.get(pk=first.pk), Job.objects.get(pk=again.pk)
    assert bytes(again.result.document) == bytes(first.result.document)
    assert selectors.arrays_of(again) == selectors.arrays_of(first)
    assert (other.status, other.cached) == (Status.QUEUED, False)
    assert woken == [other.pk], "nobody is woken for what is done"
    services.job_delete(job=first)
    assert selectors.arrays_of(again), "its result is its own"


def test_not_anothers_work_nor_that_of_another_core_nor_what_failed(
    submit: Submit, monkeypatch: pytest.MonkeyPatch
) -> None:
    runner.run(submit(function="general").pk, "w")
    assert not submit(owner=User.objects.create(username="bob"), function="general").cached
    monkeypatch.setattr("attention_core.__version__", "0.0.9")
    other = submit(function="general")
    assert not other.cached
    claimed = runner.claim(other.pk, "w")
    runner.fail(other.pk, claimed.attempts, ErrorCode.INTERNAL, "no")
    assert not submit(function="general").cached


def test_what_measures_is_measured_again(submit: Submit, monkeypatch: pytest.MonkeyPatch) -> None:
    from dataclasses import replace

    from attention_core import catalogue

    runner.run(submit(function="general").pk, "w")
    measuring = {"attention": replace(catalogue.task("attention"), measures=True)}
    monkeypatch.setattr(catalogue, "tasks", lambda: measuring)
    assert not submit(function="general").cached


def test_small_work_is_computed_again(submit: Submit) -> None:
    runner.run(submit().pk, "w")
    assert submit().status == Status.QUEUED


def test_a_batch_is_computed_whatever_was_computed_before(submit: Submit, ada: User) -> None:
    params = {"query": ARTICLE, "key": ARTICLE, "value": ARTICLE, "function": "general"}
    runner.run(submit(**params).pk, "w")
    work = services.check_work(task="attention", params=params)
    batch = services.batch_write(owner=ada, works=[work, work])
    assert set(batch.jobs.values_list("status", flat=True)) == {Status.QUEUED}


def test_one_that_was_started_and_handed_back_does_not_expire(
    submit: Submit, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tasks, "waiting_messages", lambda queue: 0)
    job = runner.claim(submit().pk, "w")
    runner.hand_back(job.pk, job.attempts)
    Job.objects.update(created_at=timezone.now() - 2 * settings.JOB_WAITS)
    assert sweeper.sweep()["expired"] == 0


def test_a_batch_without_runs_goes_after_a_day(submit: Submit, ada: User) -> None:
    empty, young = JobBatch.objects.create(owner=ada), JobBatch.objects.create(owner=ada)
    JobBatch.objects.filter(pk=empty.pk).update(created_at=timezone.now() - timedelta(days=2))
    services.old_jobs_delete()
    assert list(JobBatch.objects.all()) == [young]
