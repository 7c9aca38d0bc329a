"""`GET /metrics`: what it counts, who may read it, and that a part that is away takes only its own figures along."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import redis
from django.db import OperationalError, connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from prometheus_client.parser import text_string_to_metric_families

from camp import metrics
from camp.accounts.models import User
from camp.lab import presence, queues, runner, services, sweeper, tally, tasks, together
from camp.lab.models import ErrorCode, Job, Status
from camp.redis_client import client as redis_client
from tests.camp.test_production import run

pytestmark = pytest.mark.django_db
TOKEN = "sixteen-letters-and-more"
Submit = Callable[..., Job]


@pytest.fixture(autouse=True)
def _counts_from_zero(settings: Any, _redis: None) -> None:
    settings.METRICS_TOKEN = TOKEN
    keys = [*redis_client().scan_iter("camp:count:*"), "camp:workers:interactive", "camp:workers:training"]
    redis_client().delete(*keys)


def scrape(**headers: str) -> Any:
    return Client().get("/metrics", headers={"Authorization": f"Bearer {TOKEN}", **headers})


def figures() -> dict[str, float]:
    """`{'camp_jobs{queue="interactive",status="queued"}': 2.0, …}`, labels in the order of their names."""
    answer = scrape()
    assert answer.status_code == 200
    found = {}
    for family in text_string_to_metric_families(answer.content.decode()):
        for sample in family.samples:
            labels = ",".join(f'{name}="{value}"' for name, value in sorted(sample.labels.items()))
            found[sample.name + (f"{{{labels}}}" if labels else "")] = sample.value
    return found


def ended(status: str) -> float:
    return figures()[f'camp_jobs_ended_total{{queue="interactive",status="{status}",task="attention"}}']


def failed(reason: str) -> float:
    return figures()[f'camp_jobs_failed_total{{queue="interactive",reason="{reason}",task="attention"}}']


def lose_lease(job: Job) -> None:
    Job.objects.filter(pk=job.pk).update(lease_expires_at=timezone.now() - timedelta(seconds=1))


# --- Who may read it -----------------------------------------------------------------------------------


def test_without_a_token_set_there_is_no_such_page(settings: Any) -> None:
    settings.METRICS_TOKEN = ""
    for method in ("GET", "HEAD", "POST"):
        assert Client().generic(method, "/metrics").status_code == 404
    assert scrape().status_code == 404
    assert scrape(Authorization="Bearer ").status_code == 404, "an empty token opens nothing"


@pytest.mark.parametrize("given", ["", TOKEN, "Bearer", "Bearer ", f"Bearer {TOKEN[:-1]}", f"Bearer {TOKEN}x", f"Basic {TOKEN}", "Bearer 钥匙"])  # fmt: skip
def test_another_token_is_refused_in_words_that_a_program_reads(given: str) -> None:
    answer = Client().get("/metrics", HTTP_AUTHORIZATION=given)
    assert answer.status_code == 401
    assert answer["WWW-Authenticate"].startswith("Bearer")
    assert answer["Content-Type"] == "application/problem+json"
    assert "CAMP_METRICS_TOKEN" in answer.json()["detail"]
    assert b"camp_" not in answer.content


def test_an_admins_session_is_not_the_token(ada: User) -> None:
    ada.is_superuser = ada.is_staff = True
    ada.save()
    browser = Client()
    browser.force_login(ada)
    assert browser.get("/metrics").status_code == 401


def test_only_get_is_answered_and_no_cache_keeps_it() -> None:
    assert Client().post("/metrics", headers={"Authorization": f"Bearer {TOKEN}"}).status_code == 405
    answer = scrape()
    assert answer["Content-Type"].startswith("text/plain")
    assert "no-store" in answer["Cache-Control"]
    assert not answer.cookies


@pytest.mark.parametrize("token", ["fifteen-letters", "sixteen letters and", "sechzehn-Zeichen-ä"])
def test_a_token_that_is_short_or_cannot_be_sent_stops_the_start(
    project: Any, tmp_path: Any, token: str
) -> None:
    done = run(project, tmp_path, "", CAMP_METRICS_TOKEN=token)
    assert done.returncode != 0
    assert "ImproperlyConfigured: CAMP_METRICS_TOKEN must be 16 or more" in done.stderr
    assert token not in done.stderr


# --- What it counts ------------------------------------------------------------------------------------


def test_jobs_that_wait_and_run_are_those_of_the_rows(submit: Submit) -> None:
    first, _second = submit(), submit()
    runner.claim(first.pk, "w")
    found = figures()
    assert found['camp_jobs{queue="interactive",status="queued"}'] == 1
    assert found['camp_jobs{queue="interactive",status="running"}'] == 1
    assert found['camp_jobs{queue="training",status="queued"}'] == 0


def test_the_oldest_wait_is_of_a_job_that_may_start(submit: Submit) -> None:
    name = 'camp_oldest_waiting_seconds{queue="interactive"}'
    assert figures()[name] == 0
    held_back, waiting = submit(), submit()
    now = timezone.now()
    Job.objects.filter(pk=held_back.pk).update(
        created_at=now - timedelta(seconds=900), available_at=now + timedelta(seconds=20)
    )
    Job.objects.filter(pk=waiting.pk).update(created_at=now - timedelta(seconds=90))
    assert 90 <= figures()[name] < 150
    assert figures()['camp_oldest_waiting_seconds{queue="training"}'] == 0


def test_every_end_is_counted_once_and_deleting_takes_nothing_back(
    submit: Submit, django_capture_on_commit_callbacks: Any
) -> None:
    assert [ended(status) for status in ("succeeded", "failed", "cancelled")] == [0, 0, 0]
    done, cancelled, bad, deleted = submit(), submit(), submit(), submit()
    runner.run(done.pk, "w")
    runner.run(done.pk, "w")
    services.job_cancel(job=cancelled)
    with pytest.raises(services.AlreadyEnded):
        services.job_cancel(job=cancelled)
    claimed = runner.claim(bad.pk, "w")
    assert claimed is not None
    assert runner.fail(bad.pk, 1, ErrorCode.TIMEOUT, "It ran past 60 s.")
    assert not runner.fail(bad.pk, 1, ErrorCode.TIMEOUT, "It ran past 60 s.")
    for job in (done, cancelled, bad, deleted):
        with django_capture_on_commit_callbacks(execute=True):
            services.job_delete(job=job)
    assert not Job.objects.exists()
    assert [ended(status) for status in ("succeeded", "failed", "cancelled")] == [1, 1, 2]
    assert failed("timeout") == 1
    assert failed("poison") == 0
    assert not [name for name, count in figures().items() if name.startswith("camp_leases_lost") and count]


def test_run_times_lie_in_their_buckets(submit: Submit) -> None:
    now = timezone.now()
    for seconds in (0.1, 0.2, 700):
        job = submit()
        runner.claim(job.pk, "w")
        Job.objects.filter(pk=job.pk).update(
            status=Status.SUCCEEDED, started_at=now - timedelta(seconds=seconds), finished_at=now
        )
        tally.ended(job.pk)
    found = figures()

    def upto(bound: str) -> float:
        return found[f'camp_run_seconds_bucket{{le="{bound}",queue="interactive"}}']

    assert [upto(bound) for bound in ("0.05", "0.1", "0.25", "600.0", "+Inf")] == [0, 1, 2, 2, 3]
    assert found['camp_run_seconds_count{queue="interactive"}'] == 3
    assert found['camp_run_seconds_sum{queue="interactive"}'] == pytest.approx(700.3)
    assert found['camp_run_seconds_count{queue="training"}'] == 0


def test_small_jobs_that_run_together_are_each_counted(submit: Submit) -> None:
    jobs = [submit() for _ in range(3)]

    def lose_one(started: Any) -> None:
        services.job_cancel(job=jobs[1])

    together.run(jobs[0].pk, "interactive", "w", on_start=lose_one)
    assert (ended("succeeded"), ended("cancelled")) == (2, 1)
    found = figures()
    assert found['camp_run_seconds_count{queue="interactive"}'] == 2
    assert found['camp_leases_lost_total{queue="interactive",why="cancelled"}'] == 1


def test_a_result_that_was_reused_is_an_end_but_no_run(
    ada: User, woken: list[Any], django_capture_on_commit_callbacks: Any
) -> None:
    rows = [[0.5] * 40] * 200
    work = services.check_work(task="attention", params={"query": rows, "key": rows, "value": rows})
    assert not work.may_share, "what is small is computed anew"
    runner.run(services.job_write(owner=ada, work=work).pk, "w")
    with django_capture_on_commit_callbacks(execute=True):
        services.job_write(owner=ada, work=work)
    assert Job.objects.filter(cached=True).count() == 1
    assert ended("succeeded") == 2
    assert figures()['camp_run_seconds_count{queue="interactive"}'] == 1


def test_a_batch_that_is_cancelled_counts_each_job_that_was_left(
    ada: User, woken: list[Any], django_capture_on_commit_callbacks: Any
) -> None:
    work = services.check_work(task="attention", params={"query": [[1]], "key": [[1]], "value": [[1]]})
    batch = services.batch_write(owner=ada, works=[work, work, work])
    first = batch.jobs.order_by("place_in_batch").first()
    assert first is not None
    runner.run(first.pk, "w")
    with django_capture_on_commit_callbacks(execute=True):
        services.batch_cancel(batch=batch)
    assert (ended("succeeded"), ended("cancelled")) == (1, 2)


def test_a_job_that_nobody_could_start_counts_as_expired(
    submit: Submit, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tasks, "waiting_messages", lambda queue: 0)
    job = submit()
    Job.objects.filter(pk=job.pk).update(created_at=timezone.now() - timedelta(days=2))
    sweeper.sweep()
    assert failed("expired") == 1


def test_the_time_of_a_run_that_was_cut_short_is_no_run_time(submit: Submit) -> None:
    job = runner.claim(submit().pk, "w")
    assert job is not None
    services.job_cancel(job=job)
    assert figures()['camp_run_seconds_count{queue="interactive"}'] == 0


def test_what_the_sweeper_did_is_counted(submit: Submit, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tasks, "waiting_messages", lambda queue: 0)
    job, lost_message = submit(), submit()
    for start in (1, 2, 3):
        Job.objects.filter(pk=job.pk).update(available_at=None)
        claimed = runner.claim(job.pk, "dies")
        assert claimed is not None
        assert claimed.attempts == start
        lose_lease(job)
        sweeper.sweep()
    Job.objects.filter(pk=lost_message.pk).update(sent_at=timezone.now() - timedelta(seconds=10))
    sweeper.sweep()
    found = figures()
    assert found["camp_sweeps_total"] == 4
    assert found["camp_jobs_taken_back_total"] == 2
    assert found["camp_jobs_poisoned_total"] == 1
    assert found["camp_messages_sent_again_total"] == 1
    assert failed("poison") == 1
    assert figures()['camp_run_seconds_count{queue="interactive"}'] == 0


@pytest.mark.parametrize("why", ["taken_back", "cancelled", "deleted"])
def test_a_start_that_lost_its_row_is_counted_once_with_why(
    submit: Submit, monkeypatch: pytest.MonkeyPatch, why: str
) -> None:
    monkeypatch.setattr(tasks, "waiting_messages", lambda queue: 0)
    job = submit()

    def lose(started: Job) -> None:
        if why == "taken_back":
            lose_lease(started)
            sweeper.sweep()
        elif why == "cancelled":
            services.job_cancel(job=started)
        else:
            services.job_delete(job=started)

    assert runner.run(job.pk, "slow", on_start=lose) is None
    found = figures()
    lost = {
        one: found[f'camp_leases_lost_total{{queue="interactive",why="{one}"}}'] for one in tally.WHY_LOST
    }
    assert lost == {one: float(one == why) for one in tally.WHY_LOST}


def test_workers_are_counted_by_queue() -> None:
    presence.say_alive("training")
    found = figures()
    assert found['camp_workers{queue="training"}'] == 1
    assert found['camp_workers{queue="interactive"}'] == 0
    assert 'camp_workers{queue="schedule"}' in found


def test_the_operators_guide_tells_of_every_metric(project: Any) -> None:
    told = set(re.findall(r"^\| `(camp_\w+)` \|", (project / "docs/operations.md").read_text(), re.MULTILINE))
    # The names as a query has them, where a histogram goes by its family's.
    there = {re.sub(r"_(bucket|count|sum)$", "", name.partition("{")[0]) for name in figures()}
    assert told == there


# --- What it costs, and what may be away -----------------------------------------------------------------


def test_a_scrape_asks_as_many_queries_of_a_thousand_rows_as_of_ten(ada: User) -> None:
    counts = []
    for more in (10, 990):
        now = timezone.now()
        Job.objects.bulk_create(
            Job(owner=ada, task="attention", queue="interactive", params_json="{}", status=status, finished_at=end)
            for place in range(more)
            for status, end in [(Status.QUEUED, None) if place % 2 else (Status.SUCCEEDED, now)]
        )  # fmt: skip
        with CaptureQueriesContext(connection) as queries:
            found = figures()
        counts.append(len(queries))
    assert counts == [3, 3]
    assert found['camp_jobs{queue="interactive",status="queued"}'] == 500


@pytest.mark.parametrize(
    "rows", [lambda: queues.live_jobs().values("queue", "status"), lambda: queues.startable("interactive").values("created_at")]
)  # fmt: skip
def test_the_rows_of_a_scrape_are_found_by_the_index(rows: Callable[[], Any], submit: Submit) -> None:
    submit()
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":  # which reads a table of one row without any index
            cursor.execute("SET LOCAL enable_seqscan = off")
    assert "job_queue" in rows().explain()


def test_without_redis_the_rows_are_counted_all_the_same(
    submit: Submit, monkeypatch: pytest.MonkeyPatch
) -> None:
    submit()
    nowhere = redis.Redis(host="127.0.0.1", port=1, socket_connect_timeout=1)
    for module in (tally, presence):
        monkeypatch.setattr(module, "client", lambda: nowhere)
    found = figures()
    assert (found['camp_up{part="redis"}'], found['camp_up{part="database"}']) == (0, 1)
    assert found['camp_jobs{queue="interactive",status="queued"}'] == 1
    assert not [name for name in found if name.startswith(("camp_jobs_ended", "camp_workers", "camp_run"))]


def test_without_the_database_redis_is_told_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    def away() -> Any:
        raise OperationalError("away")

    monkeypatch.setattr(metrics.queues, "live_counts", away)
    found = figures()
    assert (found['camp_up{part="redis"}'], found['camp_up{part="database"}']) == (1, 0)
    assert "camp_sweeps_total" in found
    assert not [name for name in found if name.startswith(("camp_jobs{", "camp_oldest"))]


def test_a_job_ends_as_it_should_though_nothing_can_be_counted(
    submit: Submit, monkeypatch: pytest.MonkeyPatch
) -> None:
    nowhere = redis.Redis(host="127.0.0.1", port=1, socket_connect_timeout=1)
    monkeypatch.setattr(tally, "client", lambda: nowhere)
    job = submit()
    assert runner.run(job.pk, "w") == Status.SUCCEEDED
    assert Job.objects.get(pk=job.pk).status == Status.SUCCEEDED
