"""Mistakes that readers report: who may, how often, who sees them, and whose they are."""

import json
from pathlib import Path
from typing import Any

import pytest
import redis
from django.test import Client

from camp import rates
from camp.accounts.models import User
from camp.accounts.own_data import document
from camp.accounts.services import account_erase, account_set, adopt_guest
from camp.courses.loading import course_load
from camp.mistakes.models import MOST_TEXT, MistakeReport
from tests.camp.callers import PASSWORD
from tests.camp.quizzes.bank import course_with_quiz

pytestmark = pytest.mark.django_db
FORM = "/mistakes/report/"
LESSON = "/camp/start/asking/"
SOUND = {"page": LESSON, "section": "section-1", "text": "It is 5, not 4."}


@pytest.fixture(autouse=True)
def _course(tmp_path: Path, db: None) -> None:
    course_load(course_with_quiz(tmp_path))


def staff(role: str) -> Client:
    account, _is_new = account_set(username=f"the-{role}", role=role, password=PASSWORD)
    client = Client()
    client.force_login(account)
    return client


def test_a_visitor_reports_without_becoming_a_guest_and_is_thanked_on_the_page(client: Client) -> None:
    answer = client.post(FORM, SOUND, follow=True)
    assert answer.redirect_chain == [(LESSON, 302)]
    assert "Thank you" in answer.content.decode()
    report = MistakeReport.objects.get()
    assert (report.owner, report.page, report.section, report.text) == (
        None,
        LESSON,
        "section-1",
        SOUND["text"],
    )
    assert (report.state, report.language) == ("open", "en")
    assert not User.objects.exists()


def test_a_report_of_somebody_known_is_theirs_exported_and_erased(
    owner: Client, ada: User, eve: User
) -> None:
    owner.post(FORM, SOUND)
    exported = json.loads(b"".join(document(ada)))["mistakes_reported"]
    assert [one["text"] for one in exported] == [SOUND["text"]]
    assert json.loads(b"".join(document(eve)))["mistakes_reported"] == []
    account_erase(account=ada)
    assert not MistakeReport.objects.exists()


def test_a_guests_report_becomes_the_accounts(client: Client, ada: User) -> None:
    client.post(f"{LESSON}done/")
    client.post(FORM, SOUND)
    guest = User.objects.get(is_guest=True)
    assert MistakeReport.objects.get().owner == guest
    adopt_guest(guest=guest, account=ada)
    assert MistakeReport.objects.get().owner == ada


def test_the_form_knows_the_page_its_sections_and_the_place_it_was_opened_from(client: Client) -> None:
    shown = client.get(FORM, {"page": LESSON, "section": "section-1"}).content.decode()
    assert f'value="{LESSON}"' in shown
    assert '<option value="section-1" selected>A heading</option>' in shown
    assert "A lesson" in shown
    of_block = client.get(FORM, {"page": LESSON, "section": "two-and-two"}).content.decode()
    assert '<option value="two-and-two" selected>' in of_block
    elsewhere = client.get(FORM, {"page": "/camp/start/quiz/", "section": "scale"}).content.decode()
    assert 'type="hidden" name="section" value="scale"' in elsewhere
    chinese = client.get(FORM, {"page": LESSON}, headers={"Accept-Language": "zh-CN"}).content.decode()
    assert "报告错误" in chinese
    assert "一课" in chinese


@pytest.mark.parametrize("address", [LESSON, "/camp/start/", "/glossary/"])
def test_pages_lead_to_the_form(client: Client, address: str) -> None:
    assert f"{FORM}?page={address}" in client.get(address).content.decode()


def test_each_question_of_a_result_leads_to_the_form_by_its_name(owner: Client) -> None:
    attempt = owner.post("/camp/start/quiz/")["Location"].partition("?")[0]
    assert FORM not in owner.get(attempt).content.decode()
    owner.post(f"{attempt}submit/")
    shown = owner.get(attempt).content.decode()
    for question in ("scale", "which", "several", "weights"):
        assert f"{FORM}?page=/camp/start/quiz/&amp;section={question}" in shown


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"text": "  "}, "required"),
        ({"text": "x" * (MOST_TEXT + 1)}, "2000"),
        ({"text": "a\x00b"}, "Null"),
        ({"page": ""}, "required"),
        ({"page": "https://elsewhere.example/"}, "of a page of this camp"),
        ({"page": "//elsewhere.example/"}, "of a page of this camp"),
        ({"page": "/\\elsewhere.example/"}, "of a page of this camp"),
        ({"page": "/no-such-page/"}, "of a page of this camp"),
        ({"page": "/camp/start/no-such-lesson/"}, "of a page of this camp"),
        ({"page": "/" + "x" * 10_000}, "300"),
        ({"section": "nowhere"}, "nowhere"),
        ({"page": "/camp/", "section": "<b>"}, "id of a part"),
    ],
)
def test_what_is_unfit_is_told_and_what_was_typed_stays(
    client: Client, changes: dict[str, str], told: str
) -> None:
    answer = client.post(FORM, {**SOUND, **changes})
    assert answer.status_code == 422
    shown = answer.content.decode()
    assert told in shown
    assert changes.get("text", SOUND["text"]).strip() in shown
    assert not MistakeReport.objects.exists()


def test_so_many_an_hour_and_no_more_but_nothing_typed_is_lost(client: Client, settings: Any) -> None:
    settings.MISTAKES_BY_ADDRESS = (2, 3600)
    for _time in range(2):
        assert client.post(FORM, SOUND).status_code == 302
    answer = client.post(FORM, SOUND)
    assert answer.status_code == 429
    assert 0 < int(answer["Retry-After"]) <= 3601
    assert "It is 5, not 4." in answer.content.decode()
    assert MistakeReport.objects.count() == 2


def test_one_person_may_less_than_all_of_an_address(owner: Client, client: Client, settings: Any) -> None:
    settings.MISTAKES_BY_PERSON = (1, 3600)
    assert [owner.post(FORM, SOUND).status_code for _time in range(2)] == [302, 429]
    assert client.post(FORM, SOUND).status_code == 302


def test_without_redis_none_is_refused(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*_rates: Any) -> float:
        raise redis.ConnectionError("away")

    monkeypatch.setattr(rates, "take", away)
    assert client.post(FORM, SOUND).status_code == 302


@pytest.mark.parametrize("role", ["instructor", "admin"])
def test_staff_find_filter_and_answer_reports(client: Client, role: str) -> None:
    for text in ("First.", "Second <b>."):
        client.post(FORM, {**SOUND, "text": text})
    console = staff(role)
    assert "2 reported mistakes are open" in console.get("/admin/").content.decode()
    listed = "/admin/mistakes/mistakereport/"
    shown = console.get(f"{listed}?state__exact=open").content.decode()
    assert f'<a href="{LESSON}#section-1">' in shown
    assert "Second &lt;b&gt;." in shown
    first, second = MistakeReport.objects.order_by("pk")
    console.post(listed, {"action": "answer", "_selected_action": [str(first.pk)]})
    first.refresh_from_db()
    assert first.state == "answered"
    assert first.answered_at is not None
    assert "First." not in console.get(f"{listed}?state__exact=open").content.decode()
    console.post(f"{listed}{second.pk}/change/", {"state": "answered", "text": "changed", "page": "/x"})
    second.refresh_from_db()
    assert (second.state, second.text, second.page) == ("answered", "Second <b>.", LESSON)
    console.post(listed, {"action": "open_again", "_selected_action": [str(first.pk), str(second.pk)]})
    assert MistakeReport.objects.filter(state="open", answered_at=None).count() == 2
    assert console.get(f"{listed}{first.pk}/history/").status_code == 200


def test_learners_do_not_see_reports(owner: Client, client: Client) -> None:
    client.post(FORM, SOUND)
    report = MistakeReport.objects.get()
    for path in ("/admin/mistakes/mistakereport/", f"/admin/mistakes/mistakereport/{report.pk}/change/"):
        assert owner.get(path, follow=True).status_code == 403
        assert SOUND["text"] not in client.get(path, follow=True).content.decode()


def test_other_methods_are_refused(client: Client) -> None:
    assert client.put(FORM).status_code == 405
