"""Runs have a name and a note of their owner's, and are found by them."""

from collections.abc import Callable

import pytest
from django.test import Client

from camp.accounts.models import User
from camp.lab import runner, services
from camp.lab.models import Job
from camp.lab.run_views import PAGE_SIZE

Submit = Callable[..., Job]
pytestmark = pytest.mark.django_db


def shown(owner: Client, query: str) -> str:
    answer = owner.get(f"/lab/runs/?{query}")
    assert answer.status_code == 200
    return answer.content.decode()


def test_a_name_and_a_note_are_kept_and_shown_as_text(owner: Client, submit: Submit, ada: User) -> None:
    job = submit(owner=ada)
    words = {"own_name": "Low <b>temperature</b>", "note": "row 2 is sharp"}
    assert owner.post(f"/lab/runs/{job.pk}/words/", words).status_code == 302
    text = owner.get(f"/lab/runs/{job.pk}/").content.decode()
    assert "Low &lt;b&gt;temperature" in text
    assert "row 2 is sharp" in text
    assert "Low &lt;b&gt;temperature" in shown(owner, "")


def test_a_name_that_is_too_long_is_said_and_nothing_typed_is_lost(
    owner: Client, submit: Submit, ada: User
) -> None:
    job = submit(owner=ada)
    long = "n" * (Job.NAME_LENGTH + 1)
    answer = owner.post(f"/lab/runs/{job.pk}/words/", {"own_name": long, "note": "kept"})
    text = answer.content.decode()
    assert answer.status_code == 422
    assert long in text
    assert "kept" in text
    assert "at most 80 characters" in text
    job.refresh_from_db()
    assert (job.own_name, job.note) == ("", "")


def test_a_name_written_while_a_worker_runs_the_job_spoils_nothing(
    owner: Client, submit: Submit, ada: User
) -> None:
    job = submit(owner=ada)
    started = runner.claim(job.pk, "w")
    assert started is not None
    owner.post(f"/lab/runs/{job.pk}/words/", {"own_name": "mine"})
    assert runner.run_claimed(started) == "succeeded"
    job.refresh_from_db()
    assert (job.own_name, job.status) == ("mine", "succeeded")


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", {"first", "second", "third"}),
        ("q=SECOND", {"second"}),
        ("q=a+remark", {"third"}),
        ("status=succeeded", {"first"}),
        ("pinned=on", {"second"}),
        ("q=second&status=succeeded", set()),
    ],
)
def test_runs_are_found_by_words_state_and_pin(
    owner: Client, submit: Submit, ada: User, query: str, found: set[str]
) -> None:
    jobs = {name: submit(owner=ada) for name in ("first", "second", "third")}
    for name, job in jobs.items():
        services.job_describe(job=job, own_name=f"the-{name}", note="a remark" if name == "third" else "")
    runner.run(jobs["first"].pk, "w")
    services.job_pin(job=jobs["second"], pinned=True)
    text = shown(owner, query)
    assert {name for name in jobs if f">the-{name}<" in text} == found
    assert ("No run is like that." in text) == (not found)


def test_what_no_state_is_called_is_said_and_all_are_shown(owner: Client, submit: Submit, ada: User) -> None:
    services.job_describe(job=submit(owner=ada), own_name="the-only-one", note="")
    text = shown(owner, "status=nonsense")
    assert "nonsense is not one of the available choices" in text
    assert "the-only-one" in text


def test_the_way_to_older_runs_keeps_what_was_asked(owner: Client, submit: Submit, ada: User) -> None:
    for _ in range(PAGE_SIZE + 1):
        services.job_describe(job=submit(owner=ada), own_name="one of many", note="")
    assert 'href="?q=many&amp;page=2"' in shown(owner, "q=many")


def test_another_learners_words_are_neither_found_nor_written(submit: Submit, ada: User) -> None:
    job = submit(owner=ada)
    services.job_describe(job=job, own_name="adas-own", note="")
    stranger = Client()
    stranger.force_login(User.objects.create(username="eve-the-stranger"))
    assert "adas-own" not in shown(stranger, "q=adas")
    assert stranger.post(f"/lab/runs/{job.pk}/words/", {"own_name": "hers"}).status_code == 404
    job.refresh_from_db()
    assert job.own_name == "adas-own"
