"""Sessions: hashed at rest, listed, ended."""

from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone

from camp.accounts import services
from camp.accounts.browsers import browser_words
from camp.accounts.models import Session, User
from tests.camp.callers import PASSWORD

pytestmark = pytest.mark.django_db
FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0"
SAFARI = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605 Version/18.0 Mobile Safari/604.1"
)


def browser(agent: str = FIREFOX) -> Client:
    found = Client(headers={"User-Agent": agent})
    found.post("/account/login/", {"login": "ada", "password": PASSWORD, "remember": "on"})
    return found


def test_what_stands_in_the_database_opens_nothing(ada: User) -> None:
    mine = browser()
    cookie = mine.cookies[settings.SESSION_COOKIE_NAME].value
    row = Session.objects.get(user=ada)
    assert cookie not in (row.session_key, row.session_data)
    thief = Client()
    thief.cookies[settings.SESSION_COOKIE_NAME] = row.session_key
    assert thief.get("/account/").status_code == 302
    assert mine.get("/account/").status_code == 200


def test_signing_in_changes_the_cookie_and_signing_out_kills_it(ada: User) -> None:
    visitor = Client()
    visitor.post("/lab/attention/", {"query": "1", "key": "1", "value": "1"})
    before = visitor.cookies[settings.SESSION_COOKIE_NAME].value
    visitor.post("/account/login/", {"login": "ada", "password": PASSWORD})
    after = visitor.cookies[settings.SESSION_COOKIE_NAME].value
    assert after != before
    visitor.post("/account/logout/")
    for old in (before, after):
        thief = Client()
        thief.cookies[settings.SESSION_COOKIE_NAME] = old
        assert thief.get("/account/").status_code == 302


def test_browsers_are_listed_and_each_may_be_signed_out(ada: User, eve: User) -> None:
    desk, phone = browser(), browser(SAFARI)
    page = desk.get("/account/sessions/").content.decode()
    assert "Firefox, Windows" in page
    assert "Safari, iPhone" in page
    assert page.index("this one") < page.index("Safari, iPhone"), "the browser in hand comes first"
    other = Session.objects.get(user=ada, user_agent=SAFARI)
    stranger = Client()
    stranger.force_login(eve)
    stranger.post("/account/sessions/", {"session": other.pk})
    assert phone.get("/account/").status_code == 200, "another person's browsers are not mine to end"
    desk.post("/account/sessions/", {"session": other.pk})
    assert phone.get("/account/").status_code == 302
    assert desk.get("/account/").status_code == 200


def test_all_others_are_signed_out_at_once(ada: User) -> None:
    mine, others = browser(), [browser(), browser(SAFARI)]
    page = mine.post("/account/sessions/", follow=True).content.decode()
    assert "2 browsers are signed out." in page
    assert [one.get("/account/").status_code for one in others] == [302, 302]


def test_a_new_password_ends_the_other_browsers(ada: User) -> None:
    mine, other = browser(), browser()
    new = {
        "oldpassword": PASSWORD,
        "password1": "another-long-sentence",
        "password2": "another-long-sentence",
    }
    assert mine.post("/account/password/change/", new)["Location"] == "/account/"
    assert mine.get("/account/").status_code == 200
    assert other.get("/account/").status_code == 302


def test_old_sessions_are_forgotten(ada: User) -> None:
    mine = browser()
    assert services.old_sessions_forget() == 0
    Session.objects.update(expire_date=timezone.now() - timedelta(seconds=1))
    assert mine.get("/account/").status_code == 302
    assert services.old_sessions_forget() >= 1


def test_when_a_browser_was_last_seen_is_noted_now_and_then(
    ada: User, django_assert_num_queries: Any
) -> None:
    mine = browser()
    long_ago = timezone.now() - timedelta(hours=3)
    opened = Session.objects.get(user=ada).created_at
    Session.objects.update(last_seen_at=long_ago)
    mine.get("/account/")
    row = Session.objects.get(user=ada)
    assert row.last_seen_at > long_ago
    assert row.created_at == opened


@pytest.mark.parametrize(
    ("agent", "words"),
    [(FIREFOX, "Firefox, Windows"), (SAFARI, "Safari, iPhone"), ("", ""), ("curl/8.0", ""),
     ("Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/140.0 Safari/537.36", "Chrome, Linux"),
     ("Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/140 Safari/537.36 Edg/140.0", "Edge, Windows"),
     ("Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 Chrome/140 Mobile MicroMessenger/8.0", "WeChat, Android")],
)  # fmt: skip
def test_a_browser_is_named_as_people_know_it(agent: str, words: str) -> None:
    assert browser_words(agent) == words


@pytest.mark.parametrize(
    "address",
    ["/account/", "/account/sessions/", "/account/tokens/", "/account/erase/", "/account/email/",
     "/account/password/change/", "/account/login/", "/progress/", "/camp/"],
)  # fmt: skip
def test_a_page_with_a_persons_own_data_is_kept_by_nobody(client: Client, ada: User, address: str) -> None:
    client.force_login(ada)
    kept = client.get(address)["Cache-Control"]
    assert "no-store" in kept
    assert "private" in kept
