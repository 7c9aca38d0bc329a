"""Guessing passwords is slow for the guesser and for nobody else."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.contrib.auth.hashers import MD5PasswordHasher
from django.db import connection
from django.test import Client

from camp.accounts.models import User
from camp.redis_client import client
from tests.camp.callers import PASSWORD, Api

TOKENS = "/auth/tokens/"


def sign_in(login: str, password: str, **headers: str) -> Any:
    return Client().post("/account/login/", {"login": login, "password": password}, headers=headers)


@pytest.fixture
def looked_at(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The passwords that were compared with a hash."""
    found: list[str] = []
    verify = MD5PasswordHasher.verify

    def noting(self: Any, password: str, encoded: str) -> bool:
        found.append(password)
        return verify(self, password, encoded)

    monkeypatch.setattr(MD5PasswordHasher, "verify", noting)
    return found


@pytest.mark.django_db(transaction=True)
def test_of_twenty_at_once_ten_are_looked_at_and_another_signs_in_meanwhile(
    ada: User, eve: User, looked_at: list[str]
) -> None:
    def guess(number: int) -> int:
        try:
            return int(
                sign_in("ada", f"wrong {number}", **{"X-Forwarded-For": f"9.9.9.{number}"}).status_code
            )
        finally:
            connection.close()

    with ThreadPoolExecutor(20) as pool:
        guesses = pool.map(guess, range(20))
        assert sign_in("eve", PASSWORD).status_code == 302
        found = sorted(guesses)
    assert found == [200] * 10 + [429] * 10
    assert len([password for password in looked_at if password.startswith("wrong")]) == 10


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["ada", "ADA", " ada ", "ada@camp.example", "nobody", "nobody@camp.example"])
def test_the_page_is_429_and_keeps_what_was_typed(ada: User, name: str) -> None:
    ada.email = "ada@camp.example"
    ada.save()
    for number in range(10):
        assert sign_in(name, f"wrong {number}").status_code == 200
    answer = sign_in(name, PASSWORD)
    assert answer.status_code == 429
    assert 0 < int(answer["Retry-After"]) <= 15 * 60 + 1
    assert "Too many passwords were tried. Try again in 15 minutes." in answer.content.decode()
    assert f'value="{name}"' in answer.content.decode()


@pytest.mark.django_db
def test_names_and_mails_of_one_account_share_one_count_across_page_and_api(ada: User) -> None:
    ada.email = "ada@camp.example"
    ada.save()
    for number in range(5):
        sign_in("ada", f"wrong {number}")
        Api(None).post(TOKENS, {"username": "ada@camp.example", "password": f"wrong too {number}"})
    answer = Api(None).post(TOKENS, {"username": "Ada", "password": PASSWORD})
    assert answer.status_code == 429
    assert answer.json()["type"] == "urn:camp:problem:too-many-guesses"
    assert 0 < int(answer["Retry-After"]) <= 15 * 60 + 1


@pytest.mark.django_db
def test_signing_in_rightly_never_locks_anybody_out(ada: User) -> None:
    for _ in range(30):
        assert sign_in("ada", PASSWORD).status_code == 302


@pytest.mark.django_db
def test_from_another_address_the_owner_may_still_sign_in(ada: User, settings: Any) -> None:
    settings.TRUSTED_PROXIES = 1
    for number in range(12):
        sign_in("ada", f"wrong {number}", **{"X-Forwarded-For": f"1.1.1.{number}, 6.6.6.6"})
    assert sign_in("ada", PASSWORD, **{"X-Forwarded-For": "6.6.6.6"}).status_code == 429
    assert sign_in("ada", PASSWORD, **{"X-Forwarded-For": "7.7.7.7"}).status_code == 302


@pytest.mark.django_db
@pytest.mark.parametrize("forwarded", ["", ",", "not an address", "1.1.1.1,2.2.2.2", "::1", "x" * 5000])
def test_a_strange_forwarded_for_is_no_error(ada: User, settings: Any, forwarded: str) -> None:
    settings.TRUSTED_PROXIES = 2
    assert sign_in("ada", PASSWORD, **{"X-Forwarded-For": forwarded}).status_code == 302
    assert Client().post("/account/password/reset/", {"email": "a@b.example"}).status_code == 302


@pytest.mark.django_db
def test_an_account_guessed_at_from_everywhere_is_closed_for_an_hour(ada: User, settings: Any) -> None:
    settings.TRUSTED_PROXIES = 1
    for number in range(50):
        sign_in("ada", f"wrong {number}", **{"X-Forwarded-For": f"5.5.5.{number}"})
    answer = sign_in("ada", PASSWORD, **{"X-Forwarded-For": "7.7.7.7"})
    assert answer.status_code == 429
    assert int(answer["Retry-After"]) > 15 * 60


@pytest.mark.django_db
def test_guesses_of_the_old_password_count_like_those_of_a_sign_in(ada: User) -> None:
    browser = Client()
    browser.force_login(ada)
    form = {"password1": "another-horse-battery", "password2": "another-horse-battery"}
    for number in range(5):  # allauth lets through five a minute
        wrong = browser.post("/account/password/change/", {"oldpassword": f"wrong {number}", **form})
        assert "type your current password" in wrong.content.decode()
        sign_in("ada", f"wrong too {number}")
    assert sign_in("ada", PASSWORD).status_code == 429
    for key in client().scan_iter("camp:1:allauth*"):  # its minute is over
        client().delete(key)
    refused = browser.post("/account/password/change/", {"oldpassword": PASSWORD, **form})
    assert refused.status_code == 429
    assert "Too many passwords were tried." in refused.content.decode()
    ada.refresh_from_db()
    assert ada.check_password(PASSWORD)
