"""The job engine: one terminal state, one result, three starts at most, and late workers change nothing."""

import signal
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone

from camp.accounts.models import User
from camp.lab import handing_back, presence, runner, services, sweeper, tasks
from camp.lab.models import ErrorCode, Job, JobResult, Status

pytestmark = pytest.mark.django_db
Submit = Callable[..., Job]


def lose_lease(job: Job) -> None:
    """As if the worker had been silent for longer than its lease."""
    Job.objects.filter(pk=job.pk).update(lease_expires_at=timezone.now() - timedelta(seconds=1))


def sweep(monkeypatch: pytest.MonkeyPatch) -> dict[str, int]:
    monkeypatch.setattr(tasks, "waiting_messages", lambda queue: 0)
    return sweeper.sweep()


def test_a_job_is_sent_only_once_its_row_is_committed(
    submit: Submit, woken: list[Any], django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        job = submit()
        assert woken == []
    assert woken == [job.pk]
    assert Job.objects.get(pk=job.pk).status == Status.QUEUED


def test_a_run_writes_the_result_and_the_end_together(submit: Submit) -> None:
    job = submit()
    assert runner.run(job.pk, "w") == Status.SUCCEEDED
    job.refresh_from_db()
    assert (job.status, job.attempts, job.progress, job.lease_expires_at) == ("succeeded", 1, 1.0, None)
    assert job.started_at <= job.finished_at
    assert [round(row[0], 4) for row in job.result.data["output"]] == [0.3020, 0.3040, 0.3060, 0.3080, 0.3100]


def test_a_message_that_comes_twice_does_nothing(submit: Submit) -> None:
    job = submit()
    runner.run(job.pk, "w")
    assert runner.run(job.pk, "w") is None
    assert Job.objects.get(pk=job.pk).attempts == 1


def test_only_one_of_two_claims_wins(submit: Submit) -> None:
    job = submit()
    assert runner.claim(job.pk, "one").attempts == 1
    assert runner.claim(job.pk, "two") is None


def test_a_start_that_lost_its_lease_cannot_write(submit: Submit, monkeypatch: pytest.MonkeyPatch) -> None:
    job = submit()
    first = runner.claim(job.pk, "slow")
    lose_lease(job)
    sweep(monkeypatch)
    second = runner.claim(job.pk, "quick")
    assert not runner.succeed(job.pk, first.attempts, b"{}")
    assert not runner.fail(job.pk, first.attempts, ErrorCode.INTERNAL, "late")
    assert not runner.renew(job.pk, first.attempts)
    assert runner.succeed(job.pk, second.attempts, b"{}")
    assert JobResult.objects.filter(job=job).count() == 1


def test_a_renewed_lease_is_not_swept(submit: Submit, monkeypatch: pytest.MonkeyPatch) -> None:
    job = runner.claim(submit().pk, "w")
    lose_lease(job)
    assert runner.renew(job.pk, job.attempts)
    assert sweep(monkeypatch)["taken_back"] == 0


def test_lost_starts_return_and_the_third_is_the_last(
    submit: Submit, woken: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    job = submit()
    for start in (1, 2, 3):
        Job.objects.filter(pk=job.pk).update(available_at=None)
        assert runner.claim(job.pk, "dies").attempts == start
        lose_lease(job)
        sweep(monkeypatch)
    job.refresh_from_db()
    assert (job.status, job.error_code, job.attempts) == (Status.FAILED, ErrorCode.POISON, 3)
    assert "3 times" in job.error_message
    assert runner.claim(job.pk, "w") is None
    assert sweep(monkeypatch) == dict.fromkeys(
        ("poisoned", "expired", "taken_back", "sent_again", "keys_forgotten", "removed_for_good"), 0
    )


def test_the_last_start_waits_for_the_storm_to_pass(submit: Submit, monkeypatch: pytest.MonkeyPatch) -> None:
    job = submit()
    for _ in range(2):
        runner.claim(job.pk, "dies")
        lose_lease(job)
        sweep(monkeypatch)
    assert runner.claim(job.pk, "too early") is None
    Job.objects.filter(pk=job.pk).update(available_at=timezone.now() - timedelta(seconds=1))
    assert sweep(monkeypatch)["sent_again"] == 1
    assert runner.run(job.pk, "w") == Status.SUCCEEDED


def test_a_waiting_row_whose_message_was_lost_is_sent_again(
    submit: Submit, woken: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    job = submit()
    assert sweep(monkeypatch)["sent_again"] == 0, "just sent: a worker may be about to take it"
    Job.objects.filter(pk=job.pk).update(sent_at=timezone.now() - timedelta(seconds=10))
    assert sweep(monkeypatch)["sent_again"] == 1
    assert woken[-1] == job.pk
    assert sweep(monkeypatch)["sent_again"] == 0


def test_a_waiting_row_that_a_later_one_has_overtaken_is_sent_again_though_others_wait(
    submit: Submit, woken: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    lost, later, behind = submit(), submit(), submit()
    for job, seconds in ((lost, 12), (later, 11), (behind, 10)):
        sent_at = timezone.now() - timedelta(seconds=seconds)
        Job.objects.filter(pk=job.pk).update(sent_at=sent_at, created_at=sent_at, may_share=False)
    monkeypatch.setattr(tasks, "waiting_messages", lambda queue: 1)
    assert sweeper.sweep()["sent_again"] == 0, "nothing runs yet: they wait in the order they were sent"
    runner.claim(later.pk, "w")
    assert sweeper.sweep()["sent_again"] == 1
    assert woken[-1] == lost.pk


def test_one_that_was_sent_again_has_overtaken_nobody(
    submit: Submit, monkeypatch: pytest.MonkeyPatch
) -> None:
    waiting, again = submit(), submit()
    long_ago = timezone.now() - timedelta(seconds=30)
    Job.objects.all().update(created_at=long_ago, sent_at=long_ago, may_share=False)
    Job.objects.filter(pk=again.pk).update(sent_at=timezone.now() - timedelta(seconds=5))
    monkeypatch.setattr(tasks, "waiting_messages", lambda queue: 1)
    runner.claim(again.pk, "read its first message")
    assert sweeper.sweep()["sent_again"] == 0
    assert Job.objects.get(pk=waiting.pk).sent_at == long_ago


def test_cancelled_while_waiting_never_runs(submit: Submit) -> None:
    job = services.job_cancel(job=submit())
    assert (job.status, job.error_code) == (Status.CANCELLED, ErrorCode.CANCELLED)
    assert runner.run(job.pk, "w") is None


def test_cancelled_while_running_keeps_no_result(submit: Submit, monkeypatch: pytest.MonkeyPatch) -> None:
    job = submit()
    claimed = runner.claim(job.pk, "w")
    services.job_cancel(job=job)
    monkeypatch.setattr(runner, "REPORT_SECONDS", 0)
    with pytest.raises(runner.LeaseLost):
        runner._reporter(claimed)(0.5, "half")
    assert not runner.succeed(job.pk, claimed.attempts, b"{}")
    assert not JobResult.objects.filter(job=job).exists()


def test_an_ended_job_cannot_be_cancelled(submit: Submit) -> None:
    job = submit()
    runner.run(job.pk, "w")
    with pytest.raises(services.AlreadyEnded):
        services.job_cancel(job=job)
    assert Job.objects.get(pk=job.pk).status == Status.SUCCEEDED


def test_a_job_deleted_while_running_ends_quietly(submit: Submit) -> None:
    job = submit()
    claimed = runner.claim(job.pk, "w")
    services.job_delete(job=Job.objects.get(pk=job.pk))
    assert not runner.succeed(job.pk, claimed.attempts, b"{}")


@pytest.mark.parametrize(
    ("error", "code"),
    [(MemoryError(), ErrorCode.MEMORY), (RuntimeError("secret detail"), ErrorCode.INTERNAL)],
)
def test_a_fault_in_the_task_becomes_the_jobs_reason(
    submit: Submit, monkeypatch: pytest.MonkeyPatch, error: Exception, code: ErrorCode
) -> None:
    from attention_core.tasks import attention

    def broken(*args: Any) -> Any:
        raise error

    monkeypatch.setattr(attention, "compute", broken)
    job = submit()
    assert runner.run(job.pk, "w") == Status.FAILED
    job.refresh_from_db()
    assert job.error_code == code
    assert "secret detail" not in job.error_message


def test_a_time_limit_is_the_jobs_reason_and_the_next_job_runs(
    submit: Submit, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tasks, "close_old_connections", lambda: None)  # the test's own transaction is on it
    job = runner.claim(submit(function="general").pk, presence.worker_name("interactive", 4711))
    request = object.__new__(tasks.JobRequest)
    request._args = [str(job.pk)]
    request.worker_pid = 4712
    request._fail(ErrorCode.TIMEOUT, "another process holds the job")
    assert Job.objects.get(pk=job.pk).status == Status.RUNNING
    request.worker_pid = 4711
    request._fail(ErrorCode.TIMEOUT, "It ran past 60 s.")
    job.refresh_from_db()
    assert (job.status, job.error_code) == (Status.FAILED, ErrorCode.TIMEOUT)
    assert runner.run(submit().pk, "w") == Status.SUCCEEDED


@pytest.mark.parametrize(
    "impossible",
    [
        {"status": "done"},
        {"status": Status.SUCCEEDED},
        {"status": Status.RUNNING},
        {"status": Status.FAILED, "finished_at": timezone.now()},
        {"finished_at": timezone.now()},
    ],
)
def test_the_database_refuses_impossible_rows(submit: Submit, impossible: dict[str, Any]) -> None:
    job = submit()
    with pytest.raises(IntegrityError), transaction.atomic():
        Job.objects.filter(pk=job.pk).update(**impossible)


def test_a_guest_has_so_many_jobs_a_day(submit: Submit) -> None:
    guest = User.objects.create(username="guest-1", is_guest=True)
    for _ in range(settings.GUEST_JOBS_A_DAY):
        submit(owner=guest)
    with pytest.raises(services.QuotaUsedUp):
        submit(owner=guest)
    assert Job.objects.filter(owner=guest).count() == settings.GUEST_JOBS_A_DAY


def test_the_broker_away_at_submit_is_not_the_submitters_affair(
    ada: User, monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Any
) -> None:
    from kombu.exceptions import OperationalError

    def away(*args: Any, **options: Any) -> None:
        raise OperationalError("connection refused")

    monkeypatch.setattr(tasks.run_job, "apply_async", away)
    matrix = [[1.0]]
    with django_capture_on_commit_callbacks(execute=True):
        job = services.job_submit(
            owner=ada, task="attention", params={"query": matrix, "key": matrix, "value": matrix}
        )
    assert Job.objects.get(pk=job.pk).status == Status.QUEUED


def test_after_a_step_of_the_clock_no_lease_is_believed_for_the_length_of_one(
    submit: Submit, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = {"wall": 1000.0, "steady": 50.0}
    monkeypatch.setattr(sweeper.time, "time", lambda: now["wall"])
    monkeypatch.setattr(sweeper.time, "monotonic", lambda: now["steady"])
    clock = sweeper.Clock()

    def later(seconds: float, *, step: float = 0.0) -> bool:
        now["steady"] += seconds
        now["wall"] += seconds + step
        return clock.is_trusted()

    lease = settings.JOB_LEASE.total_seconds()
    assert later(2)
    assert not later(2, step=3600)
    assert not later(lease - 1)
    assert later(1)
    assert not later(2, step=-30)
    job = runner.claim(submit().pk, "alive")
    lose_lease(job)
    assert sweeper.sweep(leases_tell=False)["taken_back"] == 0
    assert sweep(monkeypatch)["taken_back"] == 1


def test_a_lease_that_ends_later_than_any_can_is_over(
    submit: Submit, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = runner.claim(submit().pk, "before the clock was set back")
    Job.objects.filter(pk=job.pk).update(lease_expires_at=timezone.now() + timedelta(hours=1))
    assert sweep(monkeypatch)["taken_back"] == 1


def test_the_sweep_loop_outlives_a_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    from django.db import OperationalError

    rounds = []

    def faulty(**options: bool) -> dict[str, int]:
        rounds.append(1)
        raise OperationalError("database is away")

    class Enough(BaseException):
        pass

    def nap(seconds: float) -> None:
        if len(rounds) == 3:
            raise Enough

    monkeypatch.setattr(sweeper, "sweep", faulty)
    monkeypatch.setattr(sweeper, "close_old_connections", lambda: None)
    monkeypatch.setattr(sweeper.time, "sleep", nap)
    with pytest.raises(Enough):
        sweeper.sweep_forever()
    assert len(rounds) == 3


def test_a_worker_asked_to_stop_ends_the_process_and_hands_its_jobs_back(
    submit: Submit, monkeypatch: pytest.MonkeyPatch
) -> None:
    killed: list[tuple[int, int]] = []
    monkeypatch.setattr(handing_back.os, "kill", lambda pid, sign: killed.append((pid, sign)))
    running, elsewhere, waiting = submit(), submit(), submit()
    runner.claim(running.pk, presence.worker_name("interactive", 4711))
    runner.claim(elsewhere.pk, presence.worker_name("interactive", 4712))
    assert handing_back.hand_back(4711) == 1
    assert killed == [(4711, signal.SIGKILL)]
    rows = {job.pk: (job.status, job.starts) for job in Job.objects.all()}
    assert rows == {running.pk: ("queued", 0), elsewhere.pk: ("running", 1), waiting.pk: ("queued", 0)}
    assert handing_back.hand_back(4711) == 0
    assert len(killed) == 1, "a process without a job is left alone: it may be sending mail"
