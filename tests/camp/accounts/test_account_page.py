"""The account's own pages: tokens, time zone, mail, export, erasure."""

import json
import re
from typing import Any

import pytest
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.core import mail
from django.db import connection
from django.test import Client

from camp.accounts.models import ApiToken, Session, User
from camp.accounts.services import account_set
from camp.lab.models import Job
from tests.camp.callers import PASSWORD, Api

pytestmark = pytest.mark.django_db


@pytest.fixture
def adas(ada: User) -> Client:
    found = Client()
    found.post("/account/login/", {"login": "ada", "password": PASSWORD})
    return found


def test_the_overview_says_what_there_is(adas: Client) -> None:
    page = adas.get("/account/").content.decode()
    assert "off: the password alone opens the account" in page
    assert "1 browser" in page
    assert "0 tokens are valid." in page


def test_a_token_is_made_shown_once_used_and_revoked(adas: Client, ada: User) -> None:
    form = {"name": "notebook", "scopes": ["jobs"], "expires_in": str(7 * 24 * 3600)}
    page = adas.post("/account/tokens/", form).content.decode()
    key = re.search(r'readonly\s+value="([0-9a-f]+)"', page)
    assert key
    assert key[1] not in adas.get("/account/tokens/").content.decode()
    caller = Api(None)
    caller.headers = {"Authorization": f"Token {key[1]}"}
    assert "never used" in adas.get("/account/tokens/").content.decode()
    assert caller.get("/jobs/").status_code == 200
    assert caller.get("/me/").status_code == 403, "only the scope that was ticked"
    listed = adas.get("/account/tokens/").content.decode()
    assert "notebook" in listed
    assert "never used" not in listed
    token = ApiToken.objects.get(user=ada)
    adas.post(f"/account/tokens/{token.pk}/revoke/")
    assert caller.get("/jobs/").status_code == 401


@pytest.mark.parametrize(
    "change",
    [{"name": ""}, {"scopes": []}, {"scopes": ["teach"]}, {"scopes": ["root"]}, {"expires_in": "0"},
     {"expires_in": "99999999999"}, {"name": "x" * 101}],
)  # fmt: skip
def test_a_wrong_token_form_makes_none_and_keeps_what_was_typed(adas: Client, change: Any) -> None:
    form = {"name": "notebook", "scopes": ["jobs"], "expires_in": str(7 * 24 * 3600), **change}
    answer = adas.post("/account/tokens/", form)
    assert answer.status_code == 422
    assert "errorlist" in answer.content.decode()
    assert not ApiToken.objects.exists()


def test_another_persons_token_cannot_be_revoked(adas: Client, eve: User) -> None:
    token, _key = ApiToken.objects.create(eve)
    adas.post(f"/account/tokens/{token.pk}/revoke/")
    assert ApiToken.objects.filter(pk=token.pk).exists()


def test_times_are_told_in_the_accounts_zone_or_the_browsers(adas: Client, submit: Any) -> None:
    job = submit()
    Job.objects.update(created_at="2026-01-31T23:30:00Z")
    assert "2026-01-31 23:30 UTC" in adas.get("/lab/runs/").content.decode()
    adas.cookies["time_zone"] = "Asia/Shanghai"
    assert "2026-02-01 07:30 CST" in adas.get("/lab/runs/").content.decode()
    adas.post("/account/time-zone/", {"time_zone": "Europe/Berlin"})
    assert "2026-02-01 00:30 CET" in adas.get(job.get_absolute_url()).content.decode()
    for bad in ("Mars/Olympus", "../../etc/passwd", "x" * 5000):
        assert (
            "expected one of the time zones"
            in adas.post("/account/time-zone/", {"time_zone": bad}, follow=True).content.decode()
        )
        adas.cookies["time_zone"] = bad
        assert adas.get("/lab/runs/").status_code == 200
    document = Api(User.objects.get(username="ada")).get("/jobs/").json()
    assert document["results"][0]["created_at"] == "2026-01-31T23:30:00Z", "the API speaks UTC"


def test_a_forgotten_password_is_reset_by_mail(adas: Client, ada: User) -> None:
    adas.post("/account/email/", {"email": "ada@camp.example", "action_add": ""})
    adas.post("/account/logout/")
    mail.outbox.clear()
    known = Client().post("/account/password/reset/", {"email": "ada@camp.example"})
    unknown = Client().post("/account/password/reset/", {"email": "nobody@camp.example"})
    assert (known.status_code, known["Location"]) == (unknown.status_code, unknown["Location"])
    letter = next(one for one in mail.outbox if one.to == ["ada@camp.example"])
    link = re.search(r"http://testserver(/account/password/reset/key/\S+)", letter.body)
    assert link
    stranger = Client()
    form = stranger.get(link[1], follow=True)
    new = {"password1": "another-long-sentence", "password2": "another-long-sentence"}
    assert stranger.post(form.redirect_chain[-1][0], new).status_code == 302
    assert (
        stranger.post(
            "/account/login/", {"login": "ada@camp.example", "password": "another-long-sentence"}
        ).status_code
        == 302
    )
    assert "invalid" in Client().get(link[1], follow=True).content.decode(), "a link is good once"


def test_letters_speak_the_readers_language(adas: Client) -> None:
    adas.post("/account/email/", {"email": "ada@camp.example", "action_add": ""})
    chinese = {"Accept-Language": "zh-CN"}
    Client().post("/account/password/reset/", {"email": "ada@camp.example"}, headers=chinese)
    assert "密码" in mail.outbox[-1].body


def test_the_export_holds_everything_but_no_secret(
    adas: Client, ada: User, submit: Any, run_jobs: Any
) -> None:
    submit()
    run_jobs()
    token, key = ApiToken.objects.create(ada)
    answer = adas.get("/account/export/")
    assert 'filename="attention-camp.json"' in answer["Content-Disposition"]
    text = b"".join(answer).decode()
    found = json.loads(text)
    assert found["account"]["username"] == "ada"
    assert round(found["jobs"][0]["result"]["output"][0][0], 4) == 0.3020
    assert found["jobs"][0]["params"]["query"] == [[0.1], [0.2], [0.3], [0.4], [0.5]]
    assert found["tokens"][0]["token_key"] == token.token_key
    assert len(found["sessions"]) == 1
    assert not any(secret in text for secret in (key, ada.password, token.digest))
    assert json.loads(b"".join(Api(ada, scopes=["me"]).get("/me/export/")))["account"] == found["account"]
    assert Api(ada, scopes=["jobs"]).get("/me/export/").status_code == 403


def test_a_large_upload_and_its_result_are_in_the_export(ada: User, woken: list[Any], run_jobs: Any) -> None:
    import base64
    import io

    import numpy as np

    from camp.lab.services import job_submit

    rows = np.random.default_rng(0).normal(size=(600, 128))
    file = io.BytesIO()
    np.savez(file, query=rows, key=rows, value=rows)
    job_submit(owner=ada, task="attention", params={}, file=file.getvalue())
    run_jobs()
    found = json.loads(b"".join(Api(ada).get("/me/export/")))["jobs"][0]
    given = np.load(io.BytesIO(base64.b64decode(found["input_npz_base64"])))
    assert np.array_equal(given["query"], rows)
    result = np.load(io.BytesIO(base64.b64decode(found["result_npz_base64"])))
    assert result["weights"].shape == (600, 600)


def everything(but: str = "") -> str:
    """All rows of all tables, as text."""
    with connection.cursor() as cursor:
        found = []
        for table in connection.introspection.table_names():
            if table != but:
                cursor.execute(f'SELECT * FROM "{table}"')
                found += [
                    str([bytes(cell) if isinstance(cell, memoryview) else cell for cell in row])
                    for row in cursor
                ]
    return "\n".join(found)


def test_erased_means_no_row_and_no_word_is_left(adas: Client, ada: User, submit: Any, run_jobs: Any) -> None:
    ada.email, ada.first_name = "ada@camp.example", "Augusta"
    ada.save()
    adas.post("/account/email/", {"email": "ada2@camp.example", "action_add": ""})
    submit()
    run_jobs()
    Api(ada).post("/jobs/", {"task": "nothing"}, headers={"Idempotency-Key": "mine"})
    admin = account_set(username="root", role="admin", password=PASSWORD)[0]
    kind = ContentType.objects.get_for_model(User)
    LogEntry.objects.create(
        user=admin, content_type=kind, object_id=str(ada.pk), object_repr="ada", action_flag=CHANGE
    )
    assert "ada" in everything()
    wrong = adas.post("/account/erase/", {"username": "eve"})
    assert wrong.status_code == 422
    assert User.objects.filter(username="ada").exists()
    answer = adas.post("/account/erase/", {"username": "ada"}, follow=True)
    assert "are gone" in answer.content.decode()
    left = everything()
    for word in ("ada", "Augusta", "camp.example"):
        assert not re.search(rf"(?i)\b{word}\b", left), word
    assert not Job.objects.exists()
    assert not Session.objects.filter(user__isnull=False).exists()
    assert adas.get("/account/").status_code == 302


def test_the_only_admin_stays(client: Client) -> None:
    account_set(username="root", role="admin", password=PASSWORD)
    client.post("/account/login/", {"login": "root", "password": PASSWORD})
    answer = client.post("/account/erase/", {"username": "root"})
    assert "You are the only admin" in answer.content.decode()
    assert User.objects.filter(username="root").exists()


@pytest.mark.parametrize("path", ["/account/erase/", "/account/export/", "/account/tokens/"])
def test_what_cannot_be_undone_asks_for_the_password_again_after_five_minutes(
    adas: Client, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    import time

    later = time.time() + 301
    monkeypatch.setattr(time, "time", lambda: later)
    sent = adas.post(path, {"username": "ada"}) if path != "/account/export/" else adas.get(path)
    assert sent["Location"].startswith("/account/reauthenticate/")
    assert User.objects.filter(username="ada").exists()
    answer = adas.post(sent["Location"], {"password": PASSWORD})
    assert answer.status_code in (200, 302, 422)


def test_a_canary_password_is_in_no_log(ada: User, capfd: pytest.CaptureFixture[str], caplog: Any) -> None:
    canary = "canary-Xq7-sings"
    sign_up = {"username": "grace", "email": "", "password1": canary, "password2": canary}
    Client().post("/account/signup/", sign_up)
    Client().post("/account/login/", {"login": "grace", "password": canary})
    Client().post("/account/login/", {"login": "ada", "password": canary})
    Client().post("/account/login/", {"login": canary, "password": ""})
    Api(None).post("/auth/tokens/", {"username": "grace", "password": canary})
    Api(None).post("/auth/tokens/", f'{{"username": "grace", "password": "{canary}", }}')
    Api(None).post("/auth/tokens/", {"username": "grace", "password": canary, "x": 1})
    for _ in range(12):
        Client().post("/account/login/", {"login": "ada", "password": canary})
    written = capfd.readouterr()
    assert canary not in written.out + written.err + caplog.text
    assert canary not in everything()


def test_names_that_differ_only_by_case_are_one(client: Client) -> None:
    account_set(username="root", role="admin", password=PASSWORD)
    page = client.post(
        "/account/signup/", {"username": "ROOT", "email": "", "password1": PASSWORD, "password2": PASSWORD}
    ).content.decode()
    assert "already exists" in page


@pytest.mark.parametrize(("length", "is_made"), [(1024, True), (1025, False), (100_000, False)])
def test_a_password_has_at_most_1024_characters(client: Client, length: int, is_made: bool) -> None:
    password = "correct horse " * (length // 14) + "!" * (length % 14)
    sign_up = {"username": "max", "email": "", "password1": password, "password2": password}
    page = client.post("/account/signup/", sign_up)
    assert User.objects.filter(username="max").exists() is is_made
    assert is_made or f"at most 1024 characters, got {length}" in page.content.decode()
