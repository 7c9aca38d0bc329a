"""A certificate says what was completed, to whoever has its code, until it is withdrawn."""

import io
import json
import re
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from pypdf import PdfReader

from camp.accounts.models import User
from camp.accounts.own_data import document
from camp.certificates import services
from camp.certificates.models import CODE_LENGTH, Certificate
from camp.certificates.selectors import completed_by
from camp.courses.loading import course_load
from camp.courses.models import Lesson, LessonState, Module
from camp.quizzes.models import Attempt, AttemptStatus
from tests.camp.quizzes.bank import course_with_quiz

pytestmark = pytest.mark.django_db
OWN = "/certificates/"


@pytest.fixture
def module(db: None, tmp_path: Path) -> Module:
    course_load(course_with_quiz(tmp_path))
    return Module.objects.get(slug="start")


def complete(person: User, module: Module, score: float = 0.8) -> None:
    for lesson in Lesson.objects.filter(module=module, published__isnull=False):
        LessonState.objects.update_or_create(
            owner=person, lesson=lesson, defaults={"done_at": timezone.now(), "seen_at": timezone.now()}
        )
    Attempt.objects.create(
        owner=person,
        module=module,
        seed=1,
        score=score,
        status=AttemptStatus.SUBMITTED,
        submitted_at=timezone.now(),
    )


def words(answer: Any) -> str:
    return " ".join(re.sub(r"<[^>]*>", " ", answer.content.decode()).split())


@pytest.mark.parametrize(("score", "is_enough"), [(0.79, False), (0.8, True), (1.0, True)])
def test_every_lesson_and_four_fifths_of_the_quiz_complete_a_module(
    ada: User, module: Module, score: float, is_enough: bool
) -> None:
    complete(ada, module, score)
    assert bool(completed_by(ada)) is is_enough


def test_a_lesson_that_is_not_done_keeps_it_open(ada: User, module: Module) -> None:
    complete(ada, module, 1.0)
    LessonState.objects.filter(owner=ada).update(done_at=None)
    assert completed_by(ada) == []
    with pytest.raises(services.NothingCompleted):
        services.certificate_issue(owner=ada, name="Ada")


def test_it_is_issued_and_anybody_with_the_code_verifies_it(
    client: Client, ada: User, module: Module
) -> None:
    complete(ada, module, 0.9)
    client.force_login(ada)
    address = client.post(OWN, {"name": "  Ada   Lovelace "})["Location"]
    assert Certificate.objects.get().name == "Ada Lovelace"
    shown = Client().get(address)
    said = words(shown)
    assert shown.status_code == 200
    assert "Ada Lovelace" in said
    assert "90 %" in said
    assert "Valid" in said
    assert ada.username not in said
    assert "ada@" not in said
    assert shown["X-Robots-Tag"] == "noindex"
    assert Client().get(address.lower()).status_code == 200, "a code may be typed in small letters"


def test_asked_for_again_it_is_the_same_until_there_is_more_to_certify(ada: User, module: Module) -> None:
    complete(ada, module, 0.8)
    first = services.certificate_issue(owner=ada, name="Ada")
    assert services.certificate_issue(owner=ada, name="Ada") == first
    complete(ada, module, 1.0)
    assert services.certificate_issue(owner=ada, name="Ada") != first
    first.refresh_from_db()
    assert first.modules[0]["score"] == 0.8, "a certificate never changes"


def test_withdrawn_it_is_there_for_nobody(client: Client, ada: User, module: Module) -> None:
    complete(ada, module)
    found = services.certificate_issue(owner=ada, name="Ada")
    page = found.get_absolute_url()
    client.force_login(ada)
    assert client.post(f"{page}withdraw/").status_code == 302
    assert Client().get(page).status_code == 404
    assert Client().get(f"{page}certificate.pdf").status_code == 404
    assert client.get(page).status_code == 404
    assert client.post(f"{page}withdraw/").status_code == 404


def test_nobody_else_withdraws_it(client: Client, ada: User, module: Module) -> None:
    complete(ada, module)
    page = services.certificate_issue(owner=ada, name="Ada").get_absolute_url()
    assert client.post(f"{page}withdraw/").status_code == 302  # to sign in
    client.force_login(User.objects.create_user("bob"))
    assert client.post(f"{page}withdraw/").status_code == 404
    assert Client().get(page).status_code == 200


@pytest.mark.parametrize("code", ["0" * CODE_LENGTH, "AAAAA-AAAAA-AAAAA-AAAAA", "x", "-"])
def test_a_code_that_was_never_given_is_not_found(client: Client, code: str) -> None:
    assert client.get(f"{OWN}{code}/").status_code == 404
    assert client.get(f"{OWN}{code}/certificate.pdf").status_code == 404


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("   ", "Expected the name that shall stand on the certificate; got nothing."),
        ("a" * 81, "Expected a name of at most 80 characters; got 81."),
        ("Ada 🦆", "The PDF has no letter for “🦆”."),
        ("A\x00da", "The PDF has no letter for"),
    ],
)
def test_a_name_that_cannot_be_printed_is_refused_and_kept_in_the_form(
    client: Client, ada: User, module: Module, name: str, says: str
) -> None:
    complete(ada, module)
    client.force_login(ada)
    answer = client.post(OWN, {"name": name})
    assert answer.status_code == 422
    assert says in words(answer)
    assert not Certificate.objects.exists()


@pytest.mark.parametrize("name", ["Ada Lovelace", "José Müller-Ørsted", "李小龙", "欧阳 Ada"])
def test_the_pdf_has_the_name_the_module_and_the_address(
    client: Client, ada: User, module: Module, name: str
) -> None:
    complete(ada, module, 0.9)
    found = services.certificate_issue(owner=ada, name=name)
    answer = client.get(f"{found.get_absolute_url()}certificate.pdf")
    assert answer["Content-Type"] == "application/pdf"
    text = PdfReader(io.BytesIO(answer.content)).pages[0].extract_text()
    assert name in text.replace("\n", "")
    assert "quiz 90 %" in text
    assert found.shown_code in text
    assert f"http://testserver{found.get_absolute_url()}" in text
    assert client.get(f"{found.get_absolute_url()}certificate.pdf").content == answer.content


def test_in_chinese_it_is_chinese(client: Client, ada: User, module: Module) -> None:
    complete(ada, module)
    found = services.certificate_issue(owner=ada, name="李小龙")
    client.cookies["django_language"] = "zh-hans"
    text = (
        PdfReader(io.BytesIO(client.get(f"{found.get_absolute_url()}certificate.pdf").content))
        .pages[0]
        .extract_text()
    )
    assert "结业证书" in text
    assert "开始" in text


def test_a_guest_is_told_to_sign_up_and_a_stranger_to_sign_in(client: Client, module: Module) -> None:
    assert client.get(OWN)["Location"].startswith("/account/login/")
    guest = User.objects.create_user("guest-1", is_guest=True)
    complete(guest, module)
    client.force_login(guest)
    assert "A certificate needs an account" in words(client.get(OWN))
    client.post(OWN, {"name": "Guest"})
    assert not Certificate.objects.exists()


def test_the_page_says_what_is_missing(client: Client, ada: User, module: Module) -> None:
    client.force_login(ada)
    assert "not yet" in words(client.get(OWN))
    complete(ada, module, 0.7)
    said = words(client.get(OWN))
    assert "70 %" in said
    assert "not yet" in said
    assert client.post(OWN, {"name": "Ada"}).status_code == 422


def test_it_is_exported_and_goes_with_the_account(client: Client, ada: User, module: Module) -> None:
    complete(ada, module)
    found = services.certificate_issue(owner=ada, name="Ada")
    exported = json.loads(b"".join(document(ada)))
    assert [one["code"] for one in exported["certificates"]] == [found.code]
    ada.delete()
    assert client.get(found.get_absolute_url()).status_code == 404
