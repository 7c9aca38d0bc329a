"""Small jobs that wait at the same moment run as one call; each keeps its own row, result and reason."""

import threading
import uuid
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from django.db import connection

from attention_core import catalogue
from camp.accounts.models import User
from camp.lab import presence, runner, services, tasks, together
from camp.lab.models import ErrorCode, Job, JobResult, Status
from tests.camp.callers import ARTICLE

Submit = Callable[..., Job]
pytestmark = pytest.mark.django_db

LARGE = [[float(row)] for row in range(200)]


def message(job: Job | uuid.UUID) -> list[int]:
    """A worker reads the message of a job; how many jobs each of its starts had."""
    starts: list[int] = []
    job_id = job.pk if isinstance(job, Job) else job
    together.run(job_id, "interactive", "w", on_start=lambda jobs: starts.append(len(jobs)))
    return starts


def statuses() -> list[str]:
    return list(Job.objects.order_by("created_at", "pk").values_list("status", flat=True))


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many jobs each shared call had."""
    seen: list[int] = []
    task = catalogue.task("attention")
    assert task.sharing
    run = task.sharing.run

    def counted(many: Any) -> Any:
        seen.append(len(many))
        return run(many)

    shared = replace(task, sharing=replace(task.sharing, run=counted))
    monkeypatch.setattr(catalogue, "task", lambda name: shared)
    return seen


def test_what_waits_runs_in_one_call_and_each_has_its_own_result(submit: Submit, calls: list[int]) -> None:
    jobs = [submit(temperature=1 + number, causal=number % 2 == 1) for number in range(5)]
    assert message(jobs[2]) == [5]
    assert calls == [5]
    for job in jobs:
        job.refresh_from_db()
        assert (job.status, job.attempts, job.progress, job.lease_expires_at) == ("succeeded", 1, 1.0, None)
        params = job.params
        alone = catalogue.task("attention").run(_parsed(params), lambda *_: None).document
        got = job.result.data
        assert got.keys() == alone.keys()
        for name in ("output", "weights", "entropy"):
            _assert_close(got[name], alone[name])
        assert got["shapes"] == alone["shapes"]


def _parsed(params: Any) -> Any:
    from attention_core.params import parse_params

    return parse_params(catalogue.task("attention").params, params)


def _assert_close(got: Any, want: Any) -> None:
    import numpy as np

    np.testing.assert_allclose(np.array(got, float), np.array(want, float), rtol=1e-12, atol=1e-14)


def test_a_message_too_many_does_nothing(submit: Submit, calls: list[int]) -> None:
    one, two = submit(), submit()
    assert message(one) == [2]
    assert message(two) == []
    assert message(uuid.uuid4()) == []
    assert calls == [2]


def test_the_message_of_one_that_has_run_already_runs_those_that_came_later(submit: Submit) -> None:
    first = submit()
    message(first)
    later = [submit() for _ in range(3)]
    assert message(first) == [3]
    assert {Job.objects.get(pk=job.pk).status for job in later} == {Status.SUCCEEDED}


def test_no_more_than_a_call_holds_those_that_waited_longest(
    submit: Submit, calls: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(together, "MOST", 3)
    jobs = [submit() for _ in range(5)]
    message(jobs[-1])
    assert statuses() == ["succeeded"] * 3 + ["queued"] * 2
    message(jobs[0])
    assert statuses() == ["succeeded"] * 5


def test_a_large_job_shares_with_nobody(submit: Submit) -> None:
    small, large = submit(), submit(query=LARGE, key=LARGE, value=LARGE)
    assert (small.may_share, large.may_share) == (True, False)
    assert message(large) == [1]
    assert Job.objects.get(pk=small.pk).status == Status.QUEUED


def test_learned_parameters_share_with_nobody(submit: Submit) -> None:
    assert not submit(function="additive").may_share


def test_what_was_started_once_and_lost_never_shares_again(submit: Submit, calls: list[int]) -> None:
    lost, others = submit(), [submit() for _ in range(2)]
    Job.objects.filter(pk=lost.pk).update(attempts=1)
    assert message(others[0]) == [2]
    assert Job.objects.get(pk=lost.pk).status == Status.QUEUED
    assert message(lost) == [1]
    lost.refresh_from_db()
    assert (lost.status, lost.attempts, calls) == (Status.SUCCEEDED, 2, [2])


def test_a_bad_one_spoils_no_neighbour(submit: Submit) -> None:
    good, bad, other = submit(), submit(), submit()
    Job.objects.filter(pk=bad.pk).update(params_json='{"query": [[1]]}')
    message(good)
    bad.refresh_from_db()
    assert (bad.status, bad.error_code) == (Status.FAILED, ErrorCode.INVALID)
    assert [Job.objects.get(pk=job.pk).status for job in (good, other)] == [Status.SUCCEEDED] * 2


def test_where_the_call_goes_wrong_each_runs_by_itself(
    submit: Submit, monkeypatch: pytest.MonkeyPatch
) -> None:
    from attention_core.tasks import attention

    jobs = [submit(temperature=1.0 + number) for number in range(3)]
    original = attention.compute

    def compute(params: Any) -> Any:
        if params.temperature == 2:
            raise RuntimeError("this one")
        return original(params)

    monkeypatch.setattr(attention, "compute", compute)
    task = catalogue.task("attention")
    assert task.sharing

    def broken(many: Any) -> Any:
        raise RuntimeError("one of them")

    shared = replace(task, sharing=replace(task.sharing, run=broken))
    monkeypatch.setattr(catalogue, "task", lambda name: shared)
    message(jobs[0])
    assert statuses() == ["succeeded", "failed", "succeeded"]
    assert Job.objects.get(pk=jobs[1].pk).error_code == ErrorCode.INTERNAL


def test_one_that_is_cancelled_or_deleted_meanwhile_keeps_no_result(
    submit: Submit, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept, cancelled, deleted = submit(), submit(), submit()

    def meanwhile(jobs: Any) -> None:
        services.job_cancel(job=Job.objects.get(pk=cancelled.pk))
        services.job_delete(job=Job.objects.get(pk=deleted.pk))

    together.run(kept.pk, "interactive", "w", on_start=meanwhile)
    assert statuses() == ["succeeded", "cancelled"]
    assert list(JobResult.objects.values_list("job_id", flat=True)) == [kept.pk]


def test_a_time_limit_in_a_shared_run_fails_nobody_for_each_gets_a_run_of_its_own(
    submit: Submit, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tasks, "close_old_connections", lambda: None)  # the test's own transaction is on it
    jobs = [submit() for _ in range(2)]
    together.claim("interactive", presence.worker_name("interactive", 4711))
    request = object.__new__(tasks.JobRequest)
    request._args = [str(jobs[0].pk)]
    request.worker_pid = 4711
    request._fail(ErrorCode.TIMEOUT, "It ran past 60 s.")
    assert statuses() == ["running", "running"]


def test_a_batch_of_small_jobs_has_a_message_for_as_many_as_share_a_run(
    ada: User, woken: list[Any], django_capture_on_commit_callbacks: Any
) -> None:
    small = {"query": ARTICLE, "key": ARTICLE, "value": ARTICLE}
    large = {"query": LARGE, "key": LARGE, "value": LARGE}
    sent = [small] * 66 + [large] + [small] * 64 + [large]
    works = [services.check_work(task="attention", params=params) for params in sent]
    with django_capture_on_commit_callbacks(execute=True):
        batch = services.batch_write(owner=ada, works=works)
    places = [Job.objects.get(pk=job_id).place_in_batch for job_id in woken]
    assert places == [0, 64, 66, 129, 131], "in the order in which they were sent"
    for job_id in woken:
        message(job_id)
    assert set(batch.jobs.values_list("status", flat=True)) == {Status.SUCCEEDED}


@pytest.mark.django_db(transaction=True)
def test_workers_that_claim_at_the_same_moment_share_no_job(submit: Submit) -> None:
    for _ in range(40):
        submit()
    barrier, claimed = threading.Barrier(4), []

    def work(name: str) -> None:
        barrier.wait(30)
        try:
            while jobs := together.claim("interactive", name):
                claimed.append((name, [job.pk for job in jobs]))
        finally:
            connection.close()

    threads = [threading.Thread(target=work, args=(f"w{number}",)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    taken = [job_id for _name, jobs in claimed for job_id in jobs]
    assert len(taken) == len(set(taken)) == 40
    for name, jobs in claimed:
        assert set(Job.objects.filter(pk__in=jobs).values_list("worker", "attempts")) == {(name, 1)}


def test_a_start_that_was_handed_back_does_not_count(submit: Submit, monkeypatch: pytest.MonkeyPatch) -> None:
    job = submit()
    for _ in range(5):
        claimed = runner.claim(job.pk, "asked to stop")
        assert claimed
        assert runner.hand_back(job.pk, claimed.attempts)
        assert not runner.succeed(job.pk, claimed.attempts, b"{}"), "the old start is fenced off"
    job.refresh_from_db()
    assert (job.status, job.starts, job.attempts, job.sent_at) == (Status.QUEUED, 0, 5, None)
    assert runner.run(job.pk, "w") == Status.SUCCEEDED
    job.refresh_from_db()
    assert job.starts == 1
