"""The lab's pages: submit, see it computed, wait for it, find it again, and never see another's."""

import re
from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.conf import settings
from django.test import Client

from camp.accounts.models import User
from camp.lab import runner, services
from camp.lab.models import ErrorCode, Job, Status
from tests.camp.callers import ARTICLE
from tests.camp.lab.test_forms import SOUND

pytestmark = pytest.mark.django_db
Submit = Callable[..., Job]
HTMX = {"HX-Request": "true"}
LAB, PREVIEW, RUNS = "/lab/attention/", "/lab/attention/preview/", "/lab/runs/"


@pytest.fixture
def browser(ada: User) -> Client:
    client = Client()
    client.force_login(ada)
    return client


def text_of(response: Any) -> str:
    """What a reader sees: no tags, single spaces."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", response.content.decode()))


def test_home_shows_the_weights_of_it_and_answers_a_change(client: Client) -> None:
    assert all(weight in text_of(client.get("/")) for weight in ("0.576", "0.140", "0.284"))
    said = "cat rose from 0.58 to 0.77; the others gave way. The row still sums to 1."
    assert said in text_of(client.get("/?q=4"))


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("2", "“it” looks at cat most: 0.58. The row sums to 1."),
        ("1", "cat fell from 0.58 to 0.46; the others gained."),
        ("-2", "cat went from 0.58 to 0.14."),
        ("8/2", "cat rose from 0.58 to 0.77"),
    ],
)
def test_the_reply_is_true_whichever_way_the_row_moves(client: Client, typed: str, said: str) -> None:
    assert said in text_of(client.get("/", {"q": typed}))


@pytest.mark.parametrize(
    ("typed", "said"),
    [("4x", '"4x" is not a number'), ("1e9", "expected a number from -1e6 to 1e6, got 1e9")],
)
def test_bad_input_on_the_home_page_is_told_at_the_field_and_keeps_the_picture(
    client: Client, typed: str, said: str
) -> None:
    page = client.get("/", {"q": typed})
    assert page.status_code == 422
    assert said.replace('"', "&quot;") in page.content.decode()
    assert 'aria-invalid="true"' in page.content.decode()
    assert "0.576" in text_of(page)
    assert client.get("/", {"q": typed}, headers=HTMX)["HX-Reswap"] == "none"


def test_how_opens_the_very_example_in_the_lab(client: Client) -> None:
    how = re.search(r'href="(/lab/attention/\?[^"]*)"', client.get("/?q=4").content.decode())
    assert how is not None
    assert "4 0</textarea>" in client.get(how[1].replace("&amp;", "&")).content.decode()


def test_looking_makes_no_guest(client: Client) -> None:
    for address in ("/", "/lab/", LAB, RUNS, "/account/login/"):
        assert client.get(address).status_code == 200
    client.post(PREVIEW, SOUND)
    assert User.objects.count() == 0


def test_the_form_shows_every_step_of_the_article_before_anything_is_sent(client: Client) -> None:
    page = client.get(LAB)
    assert all(figure in text_of(page) for figure in ("0.1805", "0.2205", "0.3020", "0.3100"))
    assert "not yet checked by a worker" in text_of(page)


@pytest.mark.parametrize("address", ["?preset=none", "?run=none", f"?run={UUID(int=7)}"])
def test_an_unknown_start_of_the_form_is_not_found(client: Client, address: str) -> None:
    assert client.get(LAB + address).status_code == 404


def test_submitting_makes_a_guest_and_leads_to_the_run(client: Client, woken: list[Any]) -> None:
    answer = client.post(LAB, {**SOUND, "causal": "on"})
    job = Job.objects.get()
    assert (answer.status_code, answer["Location"]) == (302, f"/lab/runs/{job.pk}/")
    assert job.owner.is_guest
    assert job.params["causal"] is True
    assert job.summary == {
        "shapes": {"query": [2, 2], "key": [2, 2], "value": [2, 2]},
        "values": {"causal": True},
    }


def test_with_htmx_submitting_answers_the_state_and_an_address_that_keeps_the_input(
    client: Client, woken: list[Any]
) -> None:
    answer = client.post(LAB, SOUND, headers=HTMX)
    job = Job.objects.get()
    assert answer["HX-Replace-Url"] == f"/lab/attention/?run={job.pk}"
    assert "Next in line." in text_of(answer)
    assert f'hx-get="/lab/runs/{job.pk}/?look=1' in answer.content.decode()


@pytest.mark.parametrize("address", [LAB, PREVIEW])
def test_what_cannot_be_computed_comes_back_with_all_that_was_typed(client: Client, address: str) -> None:
    page = client.post(address, {**SOUND, "query": "1 2\n3 x", "seed": "42"})
    assert page.status_code == 422
    assert "1 2\n3 x</textarea>" in page.content.decode()
    assert 'value="42"' in page.content.decode()
    assert "Row 2, column 2" in text_of(page)
    assert 'aria-describedby="query-help query-error" aria-invalid="true"' in re.sub(
        r"\s+", " ", page.content.decode()
    )
    assert Job.objects.count() == 0


def test_a_bad_preview_leaves_the_last_good_picture_and_says_so(client: Client) -> None:
    answer = client.post(PREVIEW, {**SOUND, "query": "x"}, headers=HTMX)
    assert answer["HX-Reswap"] == "none"
    assert "before your last change" in text_of(answer)
    assert 'id="picture"' not in answer.content.decode()


def test_the_address_of_a_preview_leads_back_to_the_form(client: Client) -> None:
    assert client.get(PREVIEW)["Location"] == LAB


def test_a_preview_too_large_to_wait_for_is_left_to_the_worker(client: Client) -> None:
    rows = "\n".join(["1 2"] * 100)
    answer = client.post(PREVIEW, {**SOUND, "query": rows, "key": rows, "value": rows}, headers=HTMX)
    assert "computed when you run it" in text_of(answer)


def test_a_guest_whose_day_is_spent_is_told_and_may_sign_in(client: Client, woken: list[Any]) -> None:
    for _ in range(settings.GUEST_JOBS_A_DAY):
        assert client.post(LAB, SOUND).status_code == 302
    page = client.post(LAB, SOUND)
    assert (
        page.status_code == 422
    )  # as the API answers: 429 is for who asks too often, and passes by waiting a moment
    assert "A guest may submit 20 jobs a day" in text_of(page)
    assert "/account/login/?next=/lab/attention/" in page.content.decode()
    assert Job.objects.count() == settings.GUEST_JOBS_A_DAY


def test_a_run_is_followed_to_its_end(browser: Client, submit: Submit) -> None:
    job = submit()
    waiting = browser.get(f"{RUNS}{job.pk}/")
    assert "Next in line." in text_of(waiting)
    assert '<meta http-equiv="refresh" content="1">' in waiting.content.decode()
    runner.run(job.pk, "test")
    done = browser.get(f"{RUNS}{job.pk}/")
    assert "http-equiv" not in done.content.decode()
    assert "Checked by the server." in text_of(done)
    assert all(figure in text_of(done) for figure in ("0.1805", "0.2205", "0.3020", "0.3100"))


def test_a_look_at_a_waiting_run_brings_only_news(browser: Client, submit: Submit) -> None:
    submit()
    job = submit()
    look = {**HTMX, "HX-Target": "run-poll"}
    first = browser.get(f"{RUNS}{job.pk}/?look=0&seen=", headers=look)
    assert "Waiting: 1 run before yours." in text_of(first)
    again = browser.get(f"{RUNS}{job.pk}/?look=1&seen=queued-1", headers=look)
    assert "Waiting" not in text_of(again)
    assert "run-poll" in again.content.decode()
    runner.run(job.pk, "test")
    last = browser.get(f"{RUNS}{job.pk}/?look=2&seen=queued-1", headers=look)
    assert last["HX-Retarget"] == "#run-state"
    assert "run-poll" not in last.content.decode()
    assert "0.1805" in text_of(last)


def test_looks_come_less_often_the_longer_it_takes(browser: Client, submit: Submit) -> None:
    job = submit()
    delays = []
    for look in (0, 3, 50):
        answer = browser.get(f"{RUNS}{job.pk}/?look={look}", headers={**HTMX, "HX-Target": "run-poll"})
        found = re.search(r"load delay:(\d+)ms", answer.content.decode())
        assert found is not None
        delays.append(int(found[1]))
    assert delays == [150, 400, 2000]


def test_hidden_pairs_say_why_and_an_empty_row_is_named(browser: Client, submit: Submit) -> None:
    mask = [[False] * 5, *([[True] * 5] * 4)]
    job = submit(causal=True, key_padding=[False, True, True, True, True], mask=mask)
    runner.run(job.pk, "test")
    page = text_of(browser.get(f"{RUNS}{job.pk}/"))
    assert "minus infinity , k1 is padding" in page.replace("infinity,", "infinity ,")
    assert "k5 comes after q4: hidden by the causal mask" in page
    assert "q1 may look at no key: weights 0, output 0." in page
    assert "no key" in page


def test_each_head_has_its_own_view(browser: Client, submit: Submit) -> None:
    rows = [[1.0, 0.0, 0.0, 2.0], [0.0, 1.0, 2.0, 0.0]]
    job = submit(query=rows, key=rows, value=rows, num_heads=2)
    runner.run(job.pk, "test")
    first = text_of(browser.get(f"{RUNS}{job.pk}/"))
    second = text_of(browser.get(f"{RUNS}{job.pk}/?head=2"))
    assert "6 Heads joined" in first
    assert re.findall(r"Largest 0\.\d+", first) != re.findall(r"Largest 0\.\d+", second)


def test_a_large_matrix_shows_a_window_that_can_be_moved(browser: Client, submit: Submit) -> None:
    rows = [[index / 40] for index in range(40)]
    job = submit(query=rows[:20], key=rows, value=rows)
    runner.run(job.pk, "test")
    page = browser.get(f"{RUNS}{job.pk}/?k=17")
    assert "Queries 1 to 16 of 20 , keys 17 to 32 of 40" in text_of(page).replace("20,", "20 ,")
    assert 'href="?q=5&amp;k=17"' in page.content.decode()
    assert "k33" not in text_of(page)


def test_a_result_without_weights_says_so_and_shows_the_output(browser: Client, submit: Submit) -> None:
    rows = [[index / 300] for index in range(300)]
    job = submit(query=rows, key=rows, value=rows)
    runner.run(job.pk, "test")
    page = text_of(browser.get(f"{RUNS}{job.pk}/"))
    assert "too large to keep scores and weights" in page
    assert "5 Output" in page
    assert "Softmax" not in page


def test_a_failed_run_gives_its_reason_and_keeps_the_input(browser: Client, submit: Submit) -> None:
    job = submit()
    runner.claim(job.pk, "test")
    runner.fail(job.pk, 1, ErrorCode.TIMEOUT, "It ran past 60 s.")
    page = browser.get(f"{RUNS}{job.pk}/")
    assert "Failed: it ran past its time limit. Your input is kept." in text_of(page)
    edit = browser.get(f"{LAB}?run={job.pk}")
    assert "0.1\n0.2\n0.3\n0.4\n0.5</textarea>" in edit.content.decode()


def test_cancel_again_and_delete(browser: Client, submit: Submit) -> None:
    job = submit(temperature=0.5)
    assert browser.get(f"{RUNS}{job.pk}/cancel/").status_code == 405
    cancelled = browser.post(f"{RUNS}{job.pk}/cancel/", follow=True)
    assert "You cancelled it. Input kept." in text_of(cancelled)
    assert browser.post(f"{RUNS}{job.pk}/cancel/").status_code == 302
    again = browser.post(f"{RUNS}{job.pk}/again/")
    second = Job.objects.get(status=Status.QUEUED)
    assert again["Location"] == f"/lab/runs/{second.pk}/"
    assert second.params_json == job.params_json
    assert "Delete this run?" in text_of(browser.get(f"{RUNS}{job.pk}/delete/"))
    assert "The run was deleted." in text_of(browser.post(f"{RUNS}{job.pk}/delete/", follow=True))
    assert not Job.objects.filter(pk=job.pk).exists()


@pytest.mark.parametrize("action", ["", "cancel/", "again/", "delete/"])
def test_anothers_run_is_answered_as_a_missing_one(eve: User, submit: Submit, action: str) -> None:
    job = submit()
    client = Client()
    client.force_login(eve)
    method = client.get if action in ("", "delete/") else client.post
    theirs, missing = method(f"{RUNS}{job.pk}/{action}"), method(f"{RUNS}{uuid4()}/{action}")
    assert theirs.status_code == missing.status_code == 404
    hide = re.compile(r'[0-9a-f-]{36}|name="csrfmiddlewaretoken" value="[^"]*"')
    assert hide.sub("", theirs.content.decode()) == hide.sub("", missing.content.decode())
    assert client.get(f"{LAB}?run={job.pk}").status_code == 404
    assert Job.objects.filter(pk=job.pk, status=Status.QUEUED).exists()


def test_the_history_is_ones_own_and_says_what_was_changed(
    browser: Client, submit: Submit, eve: User
) -> None:
    assert "No runs yet. Each run is kept here." in text_of(browser.get(RUNS))
    submit(function="cosine", temperature=0.5)
    submit(owner=eve, function="additive")
    page = text_of(browser.get(RUNS)).replace("\u00a0", " ")
    assert "Cosine: Q 5 × 1, K 5 × 1, V 5 × 1" in page
    assert "Temperature 0.5" in page
    assert "Additive" not in page


def test_the_history_costs_the_same_queries_whatever_its_length(
    browser: Client, submit: Submit, django_assert_max_num_queries: Any, django_assert_num_queries: Any
) -> None:
    submit()
    with django_assert_max_num_queries(19) as few:
        browser.get(RUNS)
    for _ in range(30):
        submit()
    with django_assert_num_queries(len(few.captured_queries)) as many:
        assert "Page 1 of 2" in text_of(browser.get(RUNS))
    assert not any('"params_json"' in query["sql"] for query in many.captured_queries)
    assert "Page 2 of 2" in text_of(browser.get(f"{RUNS}?page=2"))


def test_a_run_page_costs_few_queries(
    browser: Client, submit: Submit, django_assert_max_num_queries: Any
) -> None:
    job = submit(query=ARTICLE)
    runner.run(job.pk, "test")
    with django_assert_max_num_queries(19):
        browser.get(f"{RUNS}{job.pk}/")


@pytest.mark.parametrize("typed", ["--5", "-", "٣", "9" * 60, "5.0.0"])
def test_a_strange_whole_number_is_told_at_its_field(client: Client, typed: str) -> None:
    response = client.post(LAB, {**SOUND, "num_heads": typed})
    assert response.status_code == 422
    assert 'aria-invalid="true"' in response.content.decode()


def test_a_database_that_is_away_is_503_without_asking_it_for_the_page(
    browser: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    from django.db import OperationalError

    from camp.lab import run_views, selectors

    def away(*args: Any) -> Any:
        raise OperationalError("the database is away")

    monkeypatch.setattr(selectors, "jobs_of", away)
    monkeypatch.setattr(run_views.selectors, "jobs_of", away)
    response = browser.get(RUNS)
    assert (response.status_code, response.headers["Retry-After"]) == (503, "5")
    assert "Nothing is lost" in text_of(response)


def test_a_run_of_an_older_camp_that_took_more_opens_and_says_that_it_cannot_run_again(
    browser: Client, submit: Submit
) -> None:
    job = submit()
    runner.run(job.pk, "w")
    Job.objects.filter(pk=job.pk).update(params_json='{"query": [[1]], "of_old": 1}')
    assert browser.get(job.get_absolute_url()).status_code == 200
    again = browser.post(f"{job.get_absolute_url()}again/", follow=True)
    assert "no longer takes this input" in text_of(again)
    assert Job.objects.count() == 1


def test_cancelling_what_is_deleted_at_that_moment_is_no_fault(submit: Submit) -> None:
    job = submit()
    Job.objects.filter(pk=job.pk).delete()
    with pytest.raises(services.AlreadyEnded):
        services.job_cancel(job=job)


@pytest.mark.parametrize(
    ("by_admin", "said"), [(True, "An admin cancelled it."), (False, "You cancelled it.")]
)
def test_a_cancelled_run_says_who_cancelled_it(
    browser: Client, submit: Submit, by_admin: bool, said: str
) -> None:
    job = services.job_cancel(job=submit(), by_admin=by_admin)
    assert said in text_of(browser.get(job.get_absolute_url()))
