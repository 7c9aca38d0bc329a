"""A guest is a session's; to sign up or in keeps what they did."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from camp.accounts import services
from camp.accounts.models import User
from camp.lab.models import Job
from tests.camp.callers import PASSWORD

pytestmark = pytest.mark.django_db
RUN = {"query": "1", "key": "1", "value": "1"}
SIGN_UP = {"username": "grace", "email": "", "password1": PASSWORD, "password2": PASSWORD}


@pytest.fixture
def guest(client: Client, woken: list[Any]) -> Job:
    client.post("/lab/attention/", RUN)
    return Job.objects.get()


def test_sign_up_turns_the_guests_row_into_the_account(client: Client, guest: Job) -> None:
    assert "becomes your account" in client.get("/account/signup/").content.decode()
    answer = client.post("/account/signup/", SIGN_UP)
    assert answer.status_code == 302
    account = User.objects.get()
    assert (account.pk, account.username, account.is_guest) == (guest.owner_id, "grace", False)
    assert [group.name for group in account.groups.all()] == ["learner"]
    assert client.get(guest.get_absolute_url()).status_code == 200
    client.post("/account/logout/")
    assert client.get(guest.get_absolute_url()).status_code == 404
    elsewhere = Client()
    elsewhere.post("/account/login/", {"login": "grace", "password": PASSWORD})
    assert elsewhere.get(guest.get_absolute_url()).status_code == 200


def test_signing_in_moves_the_guests_runs_and_removes_the_guest(
    client: Client, guest: Job, ada: User
) -> None:
    client.post("/account/login/", {"login": "ada", "password": PASSWORD})
    guest.refresh_from_db()
    assert guest.owner == ada
    assert list(User.objects.all()) == [ada]


def test_who_signs_up_from_the_progress_page_comes_back_to_it_and_is_told_what_came_along(
    client: Client, guest: Job
) -> None:
    link = re.search(r'href="(/account/signup/[^"]*)"', client.get("/progress/").content.decode())
    assert link
    assert link[1] == "/account/signup/?next=/progress/"
    form = {"username": "grace", "password1": PASSWORD, "password2": PASSWORD, "next": "/progress/"}
    answer = client.post("/account/signup/", form, follow=True)
    assert answer.redirect_chain[-1][0] == "/progress/"
    assert "What you did before you signed in is in your account now." in answer.content.decode()


def test_who_did_nothing_before_is_not_told_that_it_came_along(client: Client, ada: User) -> None:
    client.get("/progress/")
    form = {"login": "ada", "password": PASSWORD}
    assert "before you signed in" not in client.post("/account/login/", form, follow=True).content.decode()


def test_a_failed_sign_up_leaves_the_guest_as_it_was(client: Client, guest: Job, ada: User) -> None:
    page = client.post("/account/signup/", {**SIGN_UP, "username": "ada"}).content.decode()
    assert "already exists" in page
    assert client.get(guest.get_absolute_url()).status_code == 200
    assert User.objects.filter(is_guest=True).count() == 1


def test_nobody_becomes_staff_or_another_by_what_they_send(client: Client, guest: Job) -> None:
    extra = {"is_staff": "1", "is_superuser": "1", "is_guest": "1", "groups": "admin", "id": "1"}
    client.post("/account/signup/", {**SIGN_UP, **extra})
    account = User.objects.get()
    assert (account.is_staff, account.is_superuser, account.is_guest) == (False, False, False)


def test_looking_at_pages_makes_no_guest(client: Client) -> None:
    for path in ("/", "/lab/", "/lab/attention/", "/lab/runs/", "/account/login/", "/account/signup/"):
        client.get(path)
    assert not User.objects.exists()


def test_the_accounts_pages_are_not_a_guests(client: Client, guest: Job) -> None:
    for path in ("/account/", "/account/tokens/", "/account/sessions/", "/account/erase/", "/account/2fa/"):
        answer = client.get(path)
        assert (answer.status_code, answer["Location"].split("?")[0]) == (302, "/account/login/")
    assert client.get("/admin/").status_code in (302, 403)


def test_one_address_makes_only_so_many_guests(settings: Any, woken: list[Any]) -> None:
    settings.GUESTS_BY_ADDRESS = (3, 60)
    answers = [Client().post("/lab/attention/", RUN) for _ in range(4)]
    assert [answer.status_code for answer in answers] == [302, 302, 302, 429]
    assert 0 < int(answers[-1]["Retry-After"]) <= 61
    assert User.objects.count() == 3


def test_guests_are_erased_after_thirty_days_with_all_they_did(client: Client, guest: Job, ada: User) -> None:
    User.objects.update(date_joined=timezone.now() - timedelta(days=29))
    assert services.old_guests_erase() == 0
    User.objects.update(date_joined=timezone.now() - timedelta(days=31))
    assert services.old_guests_erase() == 1
    assert not Job.objects.exists()
    assert list(User.objects.all()) == [ada], "accounts stay"
    assert "No runs yet" in client.get("/lab/runs/").content.decode()


@pytest.mark.parametrize("meanwhile", ["the sweep", "a sign-in in another tab"])
def test_a_guest_who_signed_up_meanwhile_is_not_taken_for_one(
    meanwhile: str, ada: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Sign-up turns the guest's own row into the account, after it was read as a guest's."""
    long_ago = timezone.now() - services.GUESTS_KEPT - timedelta(days=1)
    row = User.objects.create(username="guest-1", is_guest=True, date_joined=long_ago)
    held = services._held_for_erasure

    def late(account: User, **still: Any) -> bool:
        services.account_open(user=User.objects.get(pk=row.pk))
        return held(account, **still)

    monkeypatch.setattr(services, "_held_for_erasure", late)
    if meanwhile == "the sweep":
        assert services.old_guests_erase() == 0
    else:
        assert not services.adopt_guest(guest=row, account=ada)
    assert User.objects.filter(pk=row.pk, is_guest=False).exists()
