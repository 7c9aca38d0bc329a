"""A batch's page: how far it is, what failed and why, its runs, and the cancel of what is left; never another's."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db.models import F
from django.test import Client

from camp.accounts.models import User
from camp.lab import batch_words, events, runner, services
from camp.lab.models import ErrorCode, Job, JobBatch, Status
from camp.lab.services import batch_write, check_work
from camp.learning.time_on_task import Kind
from camp.progress.services import moment_note
from tests.camp.callers import ARTICLE

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("woken")]
BatchOf = Callable[..., JobBatch]
LOOK = {"HX-Request": "true", "HX-Target": "run-poll"}
RUNS = "/lab/runs/"


@pytest.fixture
def browser(ada: User) -> Client:
    client = Client()
    client.force_login(ada)
    return client


@pytest.fixture
def batch_of(ada: User) -> BatchOf:
    def write(count: int) -> JobBatch:
        work = check_work(task="attention", params={"query": ARTICLE, "key": ARTICLE, "value": ARTICLE})
        return batch_write(owner=ada, works=[work] * count)

    return write


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[tuple[list[Any], str]]:
    """What was published, a trip an entry."""
    trips: list[tuple[list[Any], str]] = []
    monkeypatch.setattr(events, "publish_all", lambda ids, status, **_: trips.append((list(ids), status)))
    return trips


def path(batch: JobBatch) -> str:
    return f"/lab/batches/{batch.pk}/"


def text_of(response: Any) -> str:
    """What a reader sees: no tags, single spaces."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", response.content.decode()))


def jobs(batch: JobBatch) -> list[Job]:
    return list(batch.jobs.order_by("place_in_batch"))


def fail(job: Job, code: ErrorCode = ErrorCode.TIMEOUT) -> None:
    runner.claim(job.pk, "test")
    runner.fail(job.pk, 1, code, "It did not work out.")


def poll_of(page: str) -> str | None:
    found = re.search(r'hx-get="([^"]*)"', page)
    return found[1].replace("&amp;", "&") if found else None


def test_the_page_says_how_far_the_batch_is(browser: Client, batch_of: BatchOf) -> None:
    batch = batch_of(6)
    first, second, third, fourth, *_ = jobs(batch)
    runner.run(first.pk, "test")
    fail(second)
    services.job_cancel(job=third)
    runner.claim(fourth.pk, "test")
    page = browser.get(path(batch))
    assert "1 of 6 done, 1 failed, 1 cancelled, 1 running, 2 waiting" in text_of(page)
    assert '<progress value="3" max="6" aria-labelledby="batch-words">' in page.content.decode()
    assert "Running: half has ended." in text_of(page)
    counts = dict(re.findall(r'id="count-(\w+)">(\d+)<', page.content.decode()))
    assert counts == {"queued": "2", "running": "1", "succeeded": "1", "failed": "1", "cancelled": "1"}
    assert all(
        word in text_of(page) for word in ("waiting 2", "running 1", "done 1", "failed 1", "cancelled 1")
    )


def test_its_runs_are_listed_in_the_order_they_were_sent_a_page_at_a_time(
    browser: Client, batch_of: BatchOf
) -> None:
    batch = batch_of(30)
    first, second = browser.get(path(batch)), browser.get(f"{path(batch)}?page=2")
    sent = [f"/lab/runs/{job.pk}/" for job in jobs(batch)]
    listed = [
        re.findall(r'<a href="(/lab/runs/[0-9a-f-]+/)"', page.content.decode()) for page in (first, second)
    ]
    assert listed == [sent[:25], sent[25:]]
    assert re.search(r"No\. 26 Scaled dot.product: Q\s5", text_of(second))
    assert "Page 2 of 2" in text_of(second)


def test_failures_stand_under_their_reason_with_a_link_to_each(browser: Client, batch_of: BatchOf) -> None:
    batch = batch_of(4)
    fail(jobs(batch)[0], ErrorCode.MEMORY)
    for job in jobs(batch)[1:3]:
        fail(job)
    page = browser.get(path(batch))
    said = text_of(page)
    assert "2 runs failed: it ran past its time limit. No. 2 No. 3" in said
    assert "1 run failed: it needed more memory than there is. No. 1" in said
    assert said.index("2 runs failed") < said.index("1 run failed"), "the most common reason first"
    assert f'id="failed-1" href="/lab/runs/{jobs(batch)[0].pk}/"' in page.content.decode()


def test_a_batch_without_failures_speaks_of_none(browser: Client, batch_of: BatchOf) -> None:
    assert "What failed" not in text_of(browser.get(path(batch_of(1))))


@pytest.mark.parametrize(
    ("counts", "said"),
    [
        ((256, 0, 0, 0, 0), "None has started yet."),
        ((255, 1, 0, 0, 0), "Running."),
        ((193, 0, 63, 0, 0), "Running."),
        ((192, 0, 64, 0, 0), "Running: a quarter has ended."),
        ((74, 0, 180, 2, 0), "Running: half has ended."),
        ((0, 1, 255, 0, 0), "Running: three quarters have ended."),
        ((0, 0, 256, 0, 0), "All done."),
        ((0, 0, 254, 2, 0), "Ended: 2 failed."),
        ((0, 0, 0, 2, 254), "Ended: 2 failed, 254 cancelled."),
        ((0, 0, 0, 0, 0), "All runs of this batch have been deleted."),
    ],
)
def test_the_status_line_speaks_at_the_start_at_each_quarter_and_at_the_end(
    counts: tuple[int, ...], said: str
) -> None:
    assert (
        batch_words.state_of(dict(zip(Status.values, counts, strict=True))).text.replace("\u00a0", " ")
        == said
    )


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (-3, "It took 1 ms."),
        (0.44, "It took 440 ms."),
        (9.96, "It took 10 s."),
        (59.6, "It took 1 min 0 s."),
        (200, "It took 3 min 20 s."),
        (3 * 3600 + 125, "It took 3 h 2 min."),
    ],
)
def test_time_is_told_in_the_two_largest_units(seconds: float, said: str) -> None:
    assert batch_words.time(seconds, dict.fromkeys(Status.values, 0)) == said


def test_the_time_runs_until_the_last_run_has_ended(
    browser: Client, batch_of: BatchOf, run_jobs: Callable[[], None]
) -> None:
    batch = batch_of(2)
    JobBatch.objects.update(created_at=F("created_at") - timedelta(minutes=5))
    assert "Submitted 5 min 0 s ago." in text_of(browser.get(path(batch)))
    run_jobs()
    Job.objects.update(finished_at=JobBatch.objects.get().created_at + timedelta(seconds=42))
    assert "It took 42 s." in text_of(browser.get(path(batch)))


def test_without_javascript_the_page_comes_again_by_itself_until_the_end(
    browser: Client, batch_of: BatchOf, run_jobs: Callable[[], None]
) -> None:
    batch = batch_of(2)
    again = '<meta http-equiv="refresh" content="2">'
    page = browser.get(path(batch)).content.decode()
    assert again in re.sub(r"\s+", " ", page)
    assert f'action="{path(batch)}cancel/"' in page
    run_jobs()
    page = browser.get(path(batch)).content.decode()
    assert "http-equiv" not in page
    assert "cancel/" not in page
    assert poll_of(page) is None


def test_a_look_changes_figures_and_words_alone(browser: Client, batch_of: BatchOf) -> None:
    batch = batch_of(8)
    page = browser.get(path(batch)).content.decode()
    first = browser.get(poll_of(page), headers=LOOK).content.decode()
    changed = set(re.findall(r'id="([\w-]+)"\s+hx-swap-oob', first))
    assert changed == {"batch-time"}, "nothing happened, so nothing is said"
    runner.run(jobs(batch)[0].pk, "test")
    fail(jobs(batch)[1])
    second = browser.get(poll_of(first), headers=LOOK).content.decode().replace("\u00a0", " ")
    changed = set(re.findall(r'id="([\w-]+)"\s+hx-swap-oob', second))
    states = {f"state-{job.pk}" for job in jobs(batch)}
    counts = {f"count-{status}" for status in Status.values}
    assert changed == {"run-status", "batch-progress", "batch-failed-since"} | states | counts
    assert "1 of 8 done, 1 failed, 6 waiting" in second
    assert "<button" not in second
    assert "/lab/runs/" not in second
    assert "More runs have failed: show why" in second
    third = browser.get(poll_of(second), headers=LOOK).content.decode()
    assert "run-status" not in third, "a screen reader hears of it once"


def test_failures_that_the_page_lists_are_not_offered_again(browser: Client, batch_of: BatchOf) -> None:
    batch = batch_of(3)
    fail(jobs(batch)[0])
    page = browser.get(path(batch)).content.decode()
    runner.run(jobs(batch)[1].pk, "test")
    look = browser.get(poll_of(page), headers=LOOK).content.decode().replace("\u00a0", " ")
    assert "1 of 3 done, 1 failed, 1 waiting" in look
    assert "More runs have failed" not in look


def test_the_last_look_brings_the_end_and_no_look_more(
    browser: Client, batch_of: BatchOf, run_jobs: Callable[[], None]
) -> None:
    batch = batch_of(3)
    look = poll_of(browser.get(path(batch)).content.decode())
    fail(jobs(batch)[0])
    run_jobs()
    last = browser.get(look, headers=LOOK)
    assert (last["HX-Retarget"], last["HX-Reswap"]) == ("#batch-actions", "innerHTML")
    assert "Ended: 1 failed." in text_of(last)
    assert "1 run failed: it ran past its time limit. No. 1" in text_of(last)
    assert "run-poll" not in last.content.decode()


def test_the_page_of_the_list_is_kept_from_look_to_look(browser: Client, batch_of: BatchOf) -> None:
    batch = batch_of(30)
    page = browser.get(f"{path(batch)}?page=2").content.decode()
    runner.run(jobs(batch)[0].pk, "test")
    look = browser.get(poll_of(page), headers=LOOK).content.decode()
    assert set(re.findall(r'id="state-([0-9a-f-]+)"', look)) == {str(job.pk) for job in jobs(batch)[25:]}


@pytest.mark.parametrize(
    "query", ["page=x", "page=999", "page=-1", "look=x&seen=%00&said=<b>&listed=" + "9" * 99]
)
def test_a_strange_address_is_answered_all_the_same(browser: Client, batch_of: BatchOf, query: str) -> None:
    batch = batch_of(2)
    for headers in ({}, LOOK):
        answer = browser.get(f"{path(batch)}?{query}", headers=headers)
        assert answer.status_code == 200
        assert "<b>" not in answer.content.decode().replace("<b>Attention Training Camp</b>", "")


def test_a_batch_whose_runs_were_deleted_says_so(browser: Client, batch_of: BatchOf) -> None:
    batch = batch_of(2)
    look = poll_of(browser.get(path(batch)).content.decode())
    for job in jobs(batch):
        services.job_delete(job=job)
    page = browser.get(path(batch))
    assert "All runs of this batch have been deleted." in text_of(page)
    assert "<progress" not in page.content.decode()
    assert "All runs of this batch have been deleted." in text_of(browser.get(look, headers=LOOK))


def test_cancel_ends_what_waits_or_runs_and_tells_how_many(browser: Client, batch_of: BatchOf) -> None:
    batch, other = batch_of(5), batch_of(1)
    first, second, third, *_ = jobs(batch)
    runner.run(first.pk, "test")
    fail(second)
    runner.claim(third.pk, "test")
    answer = browser.post(f"{path(batch)}cancel/")
    assert (answer.status_code, answer["Location"]) == (302, path(batch))
    page = text_of(browser.get(path(batch)))
    assert "3 runs were cancelled." in page
    assert "Ended: 1 failed, 3 cancelled." in page
    assert [job.status for job in jobs(batch)] == ["succeeded", "failed", *["cancelled"] * 3]
    assert jobs(other)[0].status == Status.QUEUED


def test_a_second_cancel_has_nothing_to_do_and_says_so(browser: Client, batch_of: BatchOf) -> None:
    batch = batch_of(2)
    browser.post(f"{path(batch)}cancel/")
    ends = [job.finished_at for job in jobs(batch)]
    page = browser.post(f"{path(batch)}cancel/", follow=True)
    assert "Nothing was cancelled: no run of this batch waits or runs any more." in text_of(page)
    assert [job.finished_at for job in jobs(batch)] == ends


def test_a_late_worker_cannot_write_over_a_cancelled_batch(batch_of: BatchOf) -> None:
    batch = batch_of(1)
    job = runner.claim(jobs(batch)[0].pk, "test")
    assert services.batch_cancel(batch=batch) == 1
    assert job is not None
    assert not runner.renew(job.pk, job.attempts)
    assert not runner.fail(job.pk, job.attempts, ErrorCode.TIMEOUT, "too late")
    [cancelled] = jobs(batch)
    assert (cancelled.status, cancelled.error_code, cancelled.lease_expires_at) == (
        "cancelled",
        "cancelled",
        None,
    )


def test_those_who_wait_are_told_of_a_cancel_in_one_trip_once_it_is_committed(
    batch_of: BatchOf, told: list[tuple[list[Any], str]], django_capture_on_commit_callbacks: Any
) -> None:
    batch = batch_of(40)
    services.job_cancel(job=jobs(batch)[0])
    told.clear()
    with django_capture_on_commit_callbacks(execute=True):
        assert services.batch_cancel(batch=batch) == 39
        assert told == []
    [(ids, status)] = told
    assert (set(ids), status) == ({job.pk for job in jobs(batch)[1:]}, Status.CANCELLED)


@pytest.mark.parametrize("action", ["", "cancel/"])
def test_anothers_batch_is_answered_as_a_missing_one(eve: User, batch_of: BatchOf, action: str) -> None:
    batch = batch_of(1)
    client = Client()
    client.force_login(eve)
    method = client.post if action else client.get
    theirs, missing = method(f"{path(batch)}{action}"), method(f"/lab/batches/{uuid4()}/{action}")
    assert theirs.status_code == missing.status_code == 404
    hide = re.compile(r'[0-9a-f-]{36}|name="csrfmiddlewaretoken" value="[^"]*"')
    assert hide.sub("", theirs.content.decode()) == hide.sub("", missing.content.decode())
    assert method(f"/lab/batches/nothing/{action}").status_code == 404
    assert Client().generic("POST" if action else "GET", f"{path(batch)}{action}").status_code == 404
    assert jobs(batch)[0].status == Status.QUEUED


def test_cancel_is_a_post_with_the_forms_token(browser: Client, batch_of: BatchOf, ada: User) -> None:
    batch = batch_of(1)
    assert browser.get(f"{path(batch)}cancel/").status_code == 405
    assert browser.post(path(batch)).status_code == 405
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(ada)
    assert strict.post(f"{path(batch)}cancel/").status_code == 403
    assert jobs(batch)[0].status == Status.QUEUED


def test_a_run_of_a_batch_leads_to_it_and_another_to_none(
    browser: Client, batch_of: BatchOf, submit: Callable[..., Job]
) -> None:
    batch = batch_of(2)
    link = re.compile(rf'href="{path(batch)}">No. (\d) of a batch</a>')
    assert link.findall(browser.get(RUNS).content.decode()) == ["2", "1"]
    assert link.findall(browser.get(f"{RUNS}{jobs(batch)[1].pk}/").content.decode()) == ["2"]
    alone = submit()
    assert "of a batch" not in text_of(browser.get(f"{RUNS}{alone.pk}/"))
    assert len(link.findall(browser.get(RUNS).content.decode())) == 2


def test_page_look_and_cancel_cost_the_same_queries_for_10_runs_and_for_200(
    browser: Client, batch_of: BatchOf, django_assert_num_queries: Any, django_assert_max_num_queries: Any
) -> None:
    few, many = batch_of(10), batch_of(200)
    for batch in (few, many):
        for job in jobs(batch)[: len(jobs(batch)) // 2]:
            fail(job)
    moment_note(owner=few.owner, kind=Kind.TASK)  # so near to it that neither cancel notes another
    for ask in (
        lambda batch: browser.get(path(batch)),
        lambda batch: browser.get(path(batch), headers=LOOK),
        lambda batch: browser.post(f"{path(batch)}cancel/"),
    ):
        with django_assert_max_num_queries(20) as asked:
            ask(few)
        with django_assert_num_queries(len(asked.captured_queries)) as again:
            ask(many)
        assert not any('"params_json"' in query["sql"] for query in again.captured_queries)
