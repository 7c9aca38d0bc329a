"""One-time codes: asked for at sign-in, encrypted at rest; recovery codes; programs need a token made by hand."""

import re
import time
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time
from django.test import Client

from camp.accounts.models import User
from camp.lab.models import Job
from tests.camp.callers import PASSWORD, Api

pytestmark = pytest.mark.django_db
LOGIN = {"login": "ada", "password": PASSWORD}


def code_of(secret: str, which: int = 0) -> str:
    """Of the codes that are good now: the oldest, or the one at another place."""
    return str(format_hotp_value(hotp_value(secret, list(yield_hotp_counters_from_time())[which])))


def give(code: str, browser: Client | None = None) -> Any:
    """Sign in with the password, then with the code."""
    browser = browser or Client()
    browser.post("/account/login/", LOGIN)
    return browser.post("/account/2fa/authenticate/", {"code": code})


@pytest.fixture
def turned_on(ada: User) -> tuple[str, str]:
    """Ada's secret, and the code with which she has turned codes on over the pages: the oldest that is good."""
    browser = Client()
    browser.post("/account/login/", LOGIN)
    page = browser.get("/account/2fa/totp/activate/").content.decode()
    found = re.search(r"<code>([A-Z2-7]{16,})</code>", page)
    assert found
    assert "<svg" in page
    code = code_of(found[1])
    answer = browser.post("/account/2fa/totp/activate/", {"code": code})
    assert answer["Location"] == "/account/2fa/recovery-codes/"
    return found[1], code


@pytest.fixture
def secret(turned_on: tuple[str, str]) -> str:
    return turned_on[0]


def test_a_guest_signs_in_with_a_code_and_keeps_the_run(
    secret: str, ada: User, client: Client, woken: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    client.post("/lab/attention/", {"query": "1", "key": "1", "value": "1"})
    job = Job.objects.get()
    answer = client.post("/account/login/", LOGIN)
    assert answer["Location"] == "/account/2fa/authenticate/"
    assert client.get("/account/").status_code == 302, "the password alone opens nothing"
    assert client.get(job.get_absolute_url()).status_code == 200, "meanwhile the guest is still the guest"
    assert "Incorrect code" in client.post("/account/2fa/authenticate/", {"code": "000000"}).content.decode()
    later = time.time() + 30  # a code is good once
    monkeypatch.setattr(time, "time", lambda: later)
    answer = client.post("/account/2fa/authenticate/", {"code": code_of(secret)})
    assert answer.status_code == 302
    assert client.get("/account/").status_code == 200
    job.refresh_from_db()
    assert job.owner == ada


def test_seeds_and_recovery_codes_are_not_readable_in_the_database(secret: str, ada: User) -> None:
    stored = str(list(Authenticator.objects.filter(user=ada).values_list("data", flat=True)))
    assert secret not in stored
    browser = Client()
    browser.force_login(ada)
    assert Authenticator.objects.filter(user=ada, type="recovery_codes").exists()


def test_under_another_key_no_code_fits_and_nothing_breaks(secret: str, ada: User, settings: Any) -> None:
    code = Authenticator.objects.get(user=ada, type="recovery_codes").wrap().get_unused_codes()[0]
    settings.SECRET_KEY = "the key of another machine, long enough to be one"
    for wrong in (code_of(secret, -1), code):
        answer = give(wrong)
        assert (answer.status_code, "under another key of the camp" in answer.content.decode()) == (200, True)


@pytest.mark.parametrize(
    "address", ["recovery-codes/", "recovery-codes/download/", "recovery-codes/generate/"]
)
def test_under_another_key_no_codes_are_shown_that_would_never_fit(
    secret: str, ada: User, settings: Any, address: str
) -> None:
    settings.SECRET_KEY = "the key of another machine, long enough to be one"
    browser = Client()
    browser.force_login(ada)
    assert browser.post("/account/reauthenticate/", {"password": PASSWORD}).status_code == 302
    answer = browser.get(f"/account/2fa/{address}", follow=True)
    assert answer.status_code == 200
    assert answer.redirect_chain == [("/account/2fa/", 302)]
    assert "under another key of the camp" in answer.content.decode()


def test_a_recovery_code_opens_the_account_once(secret: str, ada: User) -> None:
    code = Authenticator.objects.get(user=ada, type="recovery_codes").wrap().get_unused_codes()[0]
    for expected in (302, 200):
        browser = Client()
        browser.post("/account/login/", LOGIN)
        assert browser.post("/account/2fa/authenticate/", {"code": code}).status_code == expected


def test_the_code_that_turned_codes_on_signs_nobody_in(turned_on: tuple[str, str]) -> None:
    secret, used = turned_on
    assert "Incorrect code" in give(used).content.decode()
    assert "Incorrect code" in give(f" {used[:3]} {used[3:]} ").content.decode(), "however it is written"
    assert give(code_of(secret, -1)).status_code == 302


def test_a_code_stays_used_for_as_long_as_it_would_be_good(secret: str, settings: Any) -> None:
    settings.MFA_TOTP_PERIOD = 2  # seconds; a code is good in three of them
    code = code_of(secret, -1)
    assert give(code).status_code == 302
    time.sleep(2.1)
    assert code in {code_of(secret, which) for which in range(3)}
    assert "Incorrect code" in give(code).content.decode()


def test_a_code_that_signed_in_confirms_nothing_more(secret: str, settings: Any) -> None:
    browser, code = Client(), code_of(secret, -1)
    assert give(code, browser).status_code == 302
    settings.ACCOUNT_REAUTHENTICATION_TIMEOUT = 0
    again = browser.post("/account/2fa/reauthenticate/", {"code": code, "next": "/account/erase/"})
    assert "Incorrect code" in again.content.decode()
    fresh = {"code": code_of(secret, 1), "next": "/account/erase/"}
    assert browser.post("/account/2fa/reauthenticate/", fresh)["Location"] == "/account/erase/"


def assert_locked(answer: Any) -> None:
    assert answer.status_code == 429
    assert answer["Retry-After"] == "300"
    assert "Too many tries. Try again in 5 minutes." in answer.content.decode()


def test_codes_are_not_guessed(secret: str) -> None:
    browser = Client()
    browser.post("/account/login/", LOGIN)
    for number in range(10):
        answer = browser.post("/account/2fa/authenticate/", {"code": f"{number:06}"})
        assert (answer.status_code, "Incorrect code" in answer.content.decode()) == (200, True)
    locked = browser.post("/account/2fa/authenticate/", {"code": code_of(secret, -1)})
    assert_locked(locked)
    assert f'value="{code_of(secret, -1)}"' in locked.content.decode(), "what was typed is kept"
    assert_locked(give(code_of(secret, -1)))  # another browser
    assert browser.get("/account/2fa/authenticate/").status_code == 200


def test_nor_where_codes_are_asked_for_again(secret: str) -> None:
    mine, guesser = Client(), Client()
    assert give(code_of(secret, -1), mine).status_code == 302
    for _ in range(10):
        give("000000", guesser)
    assert_locked(mine.post("/account/2fa/reauthenticate/", {"code": code_of(secret, 1)}))


def test_nor_where_codes_are_turned_on(eve: User) -> None:
    browser = Client()
    browser.post("/account/login/", {**LOGIN, "login": "eve"})
    for _ in range(10):
        assert browser.post("/account/2fa/totp/activate/", {"code": "000000"}).status_code == 200
    assert_locked(browser.post("/account/2fa/totp/activate/", {"code": "000000"}))


def test_a_program_is_sent_to_the_account_page(secret: str) -> None:
    answer = Api(None).post("/auth/tokens/", {"username": "ada", "password": PASSWORD})
    assert answer.status_code == 403
    assert answer.json()["type"] == "urn:camp:problem:mfa-required"
    wrong = Api(None).post("/auth/tokens/", {"username": "ada", "password": "wrong"})
    assert wrong.status_code == 401, "a wrong password does not learn of the second factor"


def test_turning_it_off_asks_for_it_again_and_then_the_password_suffices(secret: str, ada: User) -> None:
    browser = Client()
    browser.force_login(ada)
    answer = browser.post("/account/2fa/totp/deactivate/")
    assert "reauthenticate" in answer["Location"]
