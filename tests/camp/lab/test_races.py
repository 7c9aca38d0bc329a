"""What two processes do at the same moment, played out in the one order that would hurt."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from datetime import timedelta
from threading import Barrier, Event
from typing import Any

import pytest
from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from camp.accounts.models import User
from camp.accounts.services import account_erase
from camp.lab import run_figures, runner, services, sweeper, tasks, together, worker
from camp.lab.models import Job, JobBatch, JobResult, RunFigures, Status
from tests.camp.callers import ARTICLE

Submit = Callable[..., Job]


@pytest.mark.django_db
def test_a_claim_that_another_overtakes_between_look_and_write_gets_nothing(
    submit: Submit, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = submit()
    original = runner.from_now
    won: list[Job | None] = []

    def overtaken(delta: timedelta) -> Any:
        monkeypatch.setattr(runner, "from_now", original)
        won.append(runner.claim(job.pk, "quick"))
        return original(delta)

    monkeypatch.setattr(runner, "from_now", overtaken)
    assert runner.claim(job.pk, "slow") is None
    assert won[0] is not None
    job.refresh_from_db()
    assert (job.worker, job.attempts) == ("quick", 1)


@pytest.mark.django_db
def test_a_lease_renewed_between_the_sweepers_look_and_write_is_kept(
    submit: Submit, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tasks, "waiting_messages", lambda queue: 0)
    job = runner.claim(submit().pk, "alive after all")
    Job.objects.filter(pk=job.pk).update(lease_expires_at=timezone.now() - timedelta(seconds=1))
    original, calls = sweeper._lost, []

    def lost() -> Any:
        calls.append(1)
        if len(calls) == 3:  # the looks of both rounds are over: this one is the write
            assert runner.renew(job.pk, job.attempts)
        return original()

    monkeypatch.setattr(sweeper, "_lost", lost)
    assert sweeper.sweep()["taken_back"] == 0
    assert len(calls) == 3
    assert runner.succeed(job.pk, job.attempts, b"{}")


@pytest.mark.django_db
def test_the_heartbeat_renews_the_running_jobs_lease_and_outlives_any_fault(
    submit: Submit, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Enough(BaseException):
        pass

    rounds: list[int] = []

    def nap(seconds: float) -> None:
        rounds.append(1)
        if len(rounds) == 2:
            raise Enough

    def broken() -> None:
        raise RuntimeError("nobody foresaw this")

    job = runner.claim(submit().pk, worker.name())
    Job.objects.filter(pk=job.pk).update(lease_expires_at=timezone.now())
    monkeypatch.setattr(worker, "_say_alive", broken)
    broken.__name__ = "_say_alive"
    monkeypatch.setattr(worker, "connection", type("Kept", (), {"close": staticmethod(lambda: None)}))
    monkeypatch.setattr(worker.time, "sleep", nap)
    with worker.leases_kept() as keep:
        keep([job])
        with pytest.raises(Enough):
            worker._beat()
    assert len(rounds) == 2
    assert Job.objects.get(pk=job.pk).lease_expires_at > timezone.now() + timedelta(seconds=5)


@pytest.mark.django_db(transaction=True)
def test_parallel_submits_of_a_guest_get_exactly_the_days_jobs(woken: list[Any]) -> None:
    guest = User.objects.create(username="guest-parallel", is_guest=True)

    def one(number: int) -> bool:
        try:
            services.job_submit(
                owner=guest, task="attention", params={"query": ARTICLE, "key": ARTICLE, "value": ARTICLE}
            )
        except services.QuotaUsedUp:
            return False
        finally:
            connection.close()
        return True

    with ThreadPoolExecutor(8) as pool:
        accepted = sum(pool.map(one, range(settings.GUEST_JOBS_A_DAY + 12)))
    assert accepted == Job.objects.filter(owner=guest).count() == settings.GUEST_JOBS_A_DAY


@pytest.mark.django_db(transaction=True)
def test_parallel_claims_of_one_job_start_it_once(ada: User, woken: list[Any]) -> None:
    job = services.job_submit(
        owner=ada, task="attention", params={"query": ARTICLE, "key": ARTICLE, "value": ARTICLE}
    )

    def one(number: int) -> bool:
        try:
            return runner.claim(job.pk, f"worker {number}") is not None
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(one, range(16))) == 1
    job.refresh_from_db()
    assert (job.status, job.attempts) == (Status.RUNNING, 1)


@pytest.mark.django_db
def test_a_deleted_job_does_not_give_its_place_back(submit: Submit) -> None:
    guest = User.objects.create(username="guest-deleting", is_guest=True)
    for _ in range(settings.GUEST_JOBS_A_DAY):
        services.job_delete(job=submit(owner=guest))
    with pytest.raises(services.QuotaUsedUp):
        submit(owner=guest)


def figures_of(job: Job) -> RunFigures:
    return RunFigures(job_id=job.pk, largest_weight=1.0, **run_figures.settings_of(job.summary))


@pytest.mark.django_db(transaction=True)
def test_of_a_batch_cancelled_while_a_worker_ends_it_each_job_ends_once(ada: User, woken: list[Any]) -> None:
    params = {"query": ARTICLE, "key": ARTICLE, "value": ARTICLE}
    works = [services.check_work(task="attention", params=params)] * together.MOST
    for _round in range(6):
        batch = services.batch_write(owner=ada, works=works)
        claimed = together.claim("interactive", "w")
        assert {job.batch_id for job in claimed} == {batch.pk}
        both = Barrier(2)

        def end(jobs: list[Job] = claimed, both: Barrier = both) -> None:
            both.wait()
            try:
                together._succeed([(job, b"{}", b"", figures_of(job)) for job in jobs])
            finally:
                connection.close()

        def cancel(batch: JobBatch = batch, both: Barrier = both) -> int:
            both.wait()
            try:
                return services.batch_cancel(batch=batch)
            finally:
                connection.close()

        with ThreadPoolExecutor(2) as pool:
            ended, cancelled = pool.submit(end), pool.submit(cancel)
            ended.result()
            assert cancelled.result() == batch.jobs.filter(status=Status.CANCELLED).count()
        done = batch.jobs.filter(status=Status.SUCCEEDED)
        assert done.count() + cancelled.result() == together.MOST
        assert JobResult.objects.filter(job__batch=batch).count() == done.count()
        assert RunFigures.objects.filter(job__batch=batch).count() == done.count()


@pytest.mark.django_db(transaction=True)
def test_an_account_is_erased_while_a_worker_ends_its_job(submit: Submit, ada: User) -> None:
    job = runner.claim(submit(owner=ada).pk, "w")
    assert job is not None
    written, may_end = Event(), Event()

    def end() -> None:
        try:
            with transaction.atomic():
                assert runner.held(job.pk, job.attempts).update(**runner.SUCCEEDED)
                JobResult.objects.create(job_id=job.pk, document=b"{}")
                written.set()
                may_end.wait(10)
        finally:
            connection.close()

    def erase() -> None:
        try:
            account_erase(account=ada)
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        ended = pool.submit(end)
        assert written.wait(10)
        erased = pool.submit(erase)
        wait([erased], timeout=0.5)
        assert not erased.done(), "it must wait for what is written"
        may_end.set()
        ended.result()
        erased.result()
    assert not User.objects.filter(pk=ada.pk).exists()
    assert not Job.objects.exists()
    assert not JobResult.objects.exists()
