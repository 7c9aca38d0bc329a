"""A link shows one run to anybody who has it, until it is withdrawn, and nothing else of its owner's."""

import re
from collections.abc import Callable

import pytest
from django.test import Client

from camp.accounts.models import User
from camp.lab import runner, services, sharing
from camp.lab.models import Job, SharedRun

Submit = Callable[..., Job]
pytestmark = pytest.mark.django_db


@pytest.fixture
def run(submit: Submit, ada: User) -> Job:
    job = submit(owner=ada, temperature=0.5)
    runner.run(job.pk, "w")
    return job


def link_of(owner: Client, run: Job) -> str:
    """Shared as its owner does it, and read off the page."""
    assert owner.post(f"/lab/runs/{run.pk}/share/", {"shared": "1"}).status_code == 302
    found = re.search(r"http://testserver(/s/[\w-]{43}/)", owner.get(f"/lab/runs/{run.pk}/").content.decode())
    assert found
    return found[1]


def test_who_has_the_link_sees_every_step_and_nothing_else(owner: Client, run: Job, ada: User) -> None:
    ada.username = "ada-of-the-unusual-name"
    ada.save()
    answer = Client().get(link_of(owner, run))
    text = answer.content.decode()
    assert answer.status_code == 200
    assert text.count("<table") >= 6
    assert ada.username not in text
    assert str(run.pk) not in text, "the run's own address is its owner's"
    assert answer["X-Robots-Tag"] == "noindex, nofollow"
    assert "no-store" in answer["Cache-Control"]


def test_a_withdrawn_link_is_gone_at_once_and_another_is_another(owner: Client, run: Job) -> None:
    link = link_of(owner, run)
    owner.post(f"/lab/runs/{run.pk}/share/", {"shared": "0"})
    gone, never = Client().get(link), Client().get("/s/never-given/")
    assert (gone.status_code, never.status_code) == (404, 404)
    assert link_of(owner, run) != link
    assert Client().get(link).status_code == 404


def test_to_share_again_keeps_the_link_and_the_database_has_only_its_hash(owner: Client, run: Job) -> None:
    link = link_of(owner, run)
    assert link_of(owner, run) == link
    row = SharedRun.objects.get()
    assert link.split("/")[2] not in (str(row.pk), row.pk.hex, row.digest)


def test_a_link_of_another_secret_key_is_replaced(owner: Client, run: Job, settings: object) -> None:
    link = link_of(owner, run)
    settings.SECRET_KEY = "another"  # type: ignore[attr-defined]
    assert sharing.path_of(run) is None
    sharing.share(run)
    assert sharing.path_of(run) not in (None, link)
    assert Client().get(link).status_code == 404


def test_only_the_owner_shares_and_only_what_is_done(
    owner: Client, run: Job, submit: Submit, ada: User
) -> None:
    stranger = Client()
    stranger.force_login(User.objects.create(username="eve-the-stranger"))
    assert stranger.post(f"/lab/runs/{run.pk}/share/", {"shared": "1"}).status_code == 404
    waiting = submit(owner=ada)
    answer = owner.post(f"/lab/runs/{waiting.pk}/share/", {"shared": "1"}, follow=True)
    assert "Only a run that is done can be shared." in answer.content.decode()
    assert not SharedRun.objects.exists()


def test_the_link_ends_with_the_run(owner: Client, run: Job) -> None:
    link = link_of(owner, run)
    services.job_delete(job=run)
    assert Client().get(link).status_code == 404
    assert not SharedRun.objects.exists()


def test_heads_and_parts_of_a_shared_run_are_asked_of_the_shared_page(
    owner: Client, submit: Submit, ada: User
) -> None:
    rows = [[1, 0], [0, 1]]
    job = submit(owner=ada, query=rows, key=rows, value=rows, num_heads=2)
    runner.run(job.pk, "w")
    link = link_of(owner, job)
    text = Client().get(link).content.decode()
    assert f'hx-get="{link}?' in text
    part = Client().get(f"{link}?head=2", headers={"HX-Request": "true", "HX-Target": "picture"})
    assert "<html" not in part.content.decode()


def test_no_log_line_has_the_token(owner: Client, run: Job, caplog: pytest.LogCaptureFixture) -> None:
    link = link_of(owner, run)
    caplog.clear()
    with caplog.at_level("INFO"):
        Client().get(link)
    said = [str(record.msg) for record in caplog.records]
    assert any("/s/…" in line for line in said), said
    assert not any(link.split("/")[2] in line for line in said)
