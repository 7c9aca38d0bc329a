"""User names: one person, one name, however it is typed, at sign-up as at sign-in."""

from concurrent.futures import ThreadPoolExecutor
from importlib import import_module
from typing import Any

import pytest
from django.apps import apps
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.db import connection
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from camp.accounts.models import User
from camp.accounts.names import check_name, name_key, normal
from camp.accounts.services import account_set
from tests.camp.callers import PASSWORD, Api

TAKEN = "A user with that username already exists."


def sign_up(name: str, **form: str) -> Any:
    passwords = {"password1": PASSWORD, "password2": PASSWORD}
    return Client().post("/account/signup/", {"username": name, **passwords, **form}, follow=True)


def names() -> list[str]:
    return list(User.objects.order_by("pk").values_list("username", flat=True))


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("typed", "kept"),
    [("张三", "张三"), ("学员１号", "学员1号"), ("ａｄａ", "ada"), ("Ada.L-1815_x+y", "Ada.L-1815_x+y"), ("  ada ", "ada"),
     ("Zoë", "Zoë"), ("Zoe\u0308", "Zoë"), ("Мария", "Мария"), ("김민수", "김민수"), ("さくら", "さくら"), ("小李Li", "小李Li")],
)  # fmt: skip
def test_a_name_is_kept_as_typed_in_one_form_of_unicode(typed: str, kept: str) -> None:
    assert sign_up(typed).redirect_chain
    assert names() == [kept]
    for login in (typed, kept, kept.upper(), kept.lower()):
        answer = Client().post("/account/login/", {"login": login, "password": PASSWORD})
        assert answer.status_code == 302, login
        assert Api(None).post("/auth/tokens/", {"username": login, "password": PASSWORD}).status_code == 201


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("typed", "told"),
    [("ada@camp.example", "expected a name without @"), ("＠ada", "expected a name without @"),
     (".", "at least one letter or digit, got “.”"), ("..", "at least one letter or digit"), ("+-_", "one letter or digit"),
     ("ada\u200b", "letters, digits and . + - _ alone, got U+200B"), ("a\u200dda", "got U+200D"), ("a\u00adda", "got U+00AD"),
     ("a\u202eda", "got U+202E"), ("a\u3164da", "got U+1160"), ("a\u115fda", "got U+115F"), ("\ufeffada", "got U+FEFF"),
     ("a da", "got “ ” (U+0020)"), ("a\tda", "got U+0009"), ("a/da", "got “/” (U+002F)"), ("<b>", "got “&lt;” (U+003C)"),
     ("аda", "letters of one script, got Cyrillic + Latin"), ("ad\u03b1", "got Greek + Latin"),
     ("㍿" * 100, "at most 150 characters (it has 400)")],
)  # fmt: skip
def test_a_name_that_could_be_taken_for_another_is_refused(typed: str, told: str) -> None:
    answer = sign_up(typed)
    assert answer.status_code == 200
    assert told in answer.content.decode()
    assert names() == []
    with pytest.raises(ValidationError):
        account_set(username=typed, role="learner", password=PASSWORD)


@pytest.mark.django_db
@pytest.mark.parametrize("like", ["ada", "ADA", "Ada", "ａｄａ", "ᴬda", " ada "])
def test_a_name_like_one_that_is_taken_is_refused(ada: User, like: str) -> None:
    assert TAKEN in sign_up(like).content.decode()
    assert names() == ["ada"]


@pytest.mark.django_db
def test_case_does_not_tell_names_apart_in_any_alphabet() -> None:
    for first, second in (("Zoë", "ZOË"), ("мария", "МАРИЯ"), ("straße", "STRASSE")):
        sign_up(first)
        assert TAKEN in sign_up(second).content.decode()


@pytest.mark.django_db(transaction=True)
def test_of_eight_who_want_a_name_at_once_one_gets_it() -> None:
    def one(number: int) -> tuple[int, bool]:
        try:
            answer = sign_up("Hedy" if number % 2 else "hedy")
            return answer.status_code, TAKEN in answer.content.decode()
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        found = sorted(pool.map(one, range(8)))
    assert found == [(200, False)] + [(200, True)] * 7
    assert len(names()) == 1


@pytest.mark.django_db
def test_the_operator_finds_an_account_however_its_name_is_typed(ada: User, monkeypatch: Any) -> None:
    monkeypatch.setenv("CAMP_PASSWORD", PASSWORD)
    call_command("camp_user", "ＡＤＡ", "--role", "instructor")
    assert names() == ["ada"]
    ada.refresh_from_db()
    assert ada.is_staff


@pytest.mark.django_db
def test_the_console_gives_no_name_that_is_like_another(ada: User, eve: User) -> None:
    account_set(username="root", role="admin", password=PASSWORD)
    console = Client()
    console.post("/account/login/", {"login": "root", "password": PASSWORD})
    page = console.post(f"/admin/accounts/user/{eve.pk}/change/", {"username": "ＡDA"})
    assert page.status_code == 200
    assert TAKEN in page.content.decode()
    eve.refresh_from_db()
    assert eve.username == "eve"


@pytest.mark.django_db
def test_an_upgrade_stops_where_two_names_are_one(ada: User, eve: User) -> None:
    fill = import_module("camp.accounts.migrations.0003_user_name_key").fill
    fill(apps, None)
    User.objects.filter(pk=eve.pk).update(username="ADA")
    with pytest.raises(ValueError, match="'ada' and 'ADA' are the same but for how they are typed"):
        fill(apps, None)


def refused(name: str) -> str:
    try:
        check_name(name)
    except ValidationError as error:
        return error.messages[0]
    return ""


@given(st.text())
def test_any_text_is_a_name_of_one_form_or_is_refused_in_words(text: str) -> None:
    name = normal(text)
    if told := refused(name):
        assert told.startswith("expected ")
        return
    assert name == normal(name)
    assert name_key(name) == name_key(name.lower())
    assert name.isprintable()
    assert not set("@/ ") & set(name)
