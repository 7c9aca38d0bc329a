"""A new password, and what opened the account before it."""

import re
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.test import Client

from camp.accounts.models import Session, User
from camp.accounts.services import account_set
from tests.camp.callers import PASSWORD, Api

pytestmark = pytest.mark.django_db
NEW = {"password1": "another-long-sentence", "password2": "another-long-sentence"}


def browser() -> Client:
    found = Client()
    assert found.post("/account/login/", {"login": "ada", "password": PASSWORD}).status_code == 302
    return found


def reset(by: Client) -> Any:
    """Through the link of the mail to the page that says it is done."""
    by.post("/account/password/reset/", {"email": "ada@camp.example"})
    link = re.search(r"/account/password/reset/key/[^\s]+", mail.outbox[-1].body)
    assert link
    return by.post(by.get(link[0])["Location"], NEW, follow=True)


@pytest.fixture(autouse=True)
def _mail_at_once(settings: Any, ada: User) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    EmailAddress.objects.create(user=ada, email="ada@camp.example", primary=True, verified=True)


@pytest.mark.parametrize("signed_in", [False, True])
def test_a_reset_shuts_out_whatever_opened_the_account_before(ada: User, eve: User, signed_in: bool) -> None:
    intruder, program, neighbour = browser(), Api(ada), Api(eve)
    mine = browser() if signed_in else Client()
    done = reset(mine)
    assert done.status_code == 200
    assert "all API tokens are revoked" in done.content.decode()
    assert "all API tokens are revoked" in mail.outbox[-1].body
    assert "Your password has been reset." in mail.outbox[-1].body
    assert program.get("/me/").status_code == 401
    assert [one.get("/account/").status_code for one in (intruder, mine)] == [302, 302]
    assert not Session.objects.filter(user=ada).exists(), "none is left in the list either"
    assert neighbour.get("/me/").status_code == 200
    form = {"login": "ada", "password": NEW["password1"]}
    assert mine.post("/account/login/", form).status_code == 302
    assert mine.get("/account/").status_code == 200


@pytest.mark.parametrize(("ticked", "expected"), [({}, 200), ({"revoke_tokens": "on"}, 401)])
def test_a_change_asks_whether_tokens_go_too(ada: User, eve: User, ticked: Any, expected: int) -> None:
    program, neighbour = Api(ada), Api(eve)
    mine, other = browser(), browser()
    assert "Revoke my API tokens too" in mine.get("/account/password/change/").content.decode()
    form = {"oldpassword": PASSWORD, **NEW, **ticked}
    assert mine.post("/account/password/change/", form)["Location"] == "/account/"
    assert program.get("/me/").status_code == expected
    assert [one.get("/account/").status_code for one in (mine, other)] == [200, 302]
    assert neighbour.get("/me/").status_code == 200


def test_a_change_that_is_refused_revokes_nothing(ada: User) -> None:
    program = Api(ada)
    form = {"oldpassword": "wrong", **NEW, "revoke_tokens": "on"}
    assert browser().post("/account/password/change/", form).status_code == 200
    assert program.get("/me/").status_code == 200


def test_who_has_no_tokens_is_not_asked(ada: User) -> None:
    assert "revoke_tokens" not in browser().get("/account/password/change/").content.decode()


def test_an_operator_who_gives_another_password_resets_the_account(ada: User) -> None:
    program, intruder = Api(ada), browser()
    account_set(username="ada", role="instructor", password=PASSWORD)
    assert program.get("/me/").status_code == 200, "the same password is no news"
    assert intruder.get("/account/").status_code == 200
    account_set(username="ada", role="learner", password=NEW["password1"])
    assert program.get("/me/").status_code == 401
    assert intruder.get("/account/").status_code == 302
