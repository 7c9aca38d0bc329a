"""Lessons in the console: who may edit, what a preview shows, and what publishing does."""

import re
from html import unescape
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.db import connection
from django.test import Client

from camp.accounts.models import User
from camp.accounts.services import account_set
from camp.courses import admin as lesson_admin
from camp.courses import drawing, loading, services
from camp.courses.blocks import blocks
from camp.courses.computations import FUNCTIONS
from camp.courses.document import document
from camp.courses.models import Lesson, LessonVersion
from camp.lab.blocks import widgets
from camp.quizzes.question_types import question_types
from tests.camp.callers import PASSWORD
from tests.camp.courses.lessons import CHINESE, LESSON


@pytest.fixture
def editor(db: None) -> Client:
    user, _new = account_set(username="grace", role="instructor", password=PASSWORD)
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture(autouse=True)
def _works(monkeypatch: pytest.MonkeyPatch, folder: Any) -> None:
    monkeypatch.setattr(
        lesson_admin, "shipped_sources", lambda lesson: loading.shipped_sources(lesson, folder)
    )


def address(lesson: Lesson, rest: str = "change/") -> str:
    return f"/admin/courses/lesson/{lesson.pk}/{rest}"


def sent(lesson: Lesson, english: str, chinese: str = CHINESE, **more: str) -> dict[str, str]:
    lesson.refresh_from_db()
    return {"text_en": english, "text_zh_hans": chinese, "base": services.digest_of(lesson.sources), **more}


def test_instructors_and_admins_edit_and_nobody_else(lesson: Lesson, editor: Client, ada: User) -> None:
    assert editor.get(address(lesson)).status_code == 200
    assert editor.get("/admin/courses/lesson/").status_code == 200
    assert editor.get("/admin/courses/lesson/add/").status_code == 403
    assert editor.post(address(lesson, "delete/")).status_code == 403
    learner = Client()
    learner.force_login(ada)
    for rest in ("change/", "preview/?language=en", "back/"):
        answer = learner.post(address(lesson, rest), sent(lesson, "x", _publish="1"))
        assert answer.status_code in (302, 403)
    assert LessonVersion.objects.filter(lesson=lesson).count() == 1


def test_the_page_keeps_the_policy_and_speaks_both_languages(lesson: Lesson, editor: Client) -> None:
    for language, word in (("en", "Publish"), ("zh-CN", "控制台")):
        page = editor.get(address(lesson), headers={"Accept-Language": language}).content.decode()
        assert word in page
        assert not re.search(
            r"<script(?![^>]*(?:\bsrc=|application/json))|<style|\sstyle=\"|\son\w+=\"|hx-on", page
        )


def test_a_draft_is_saved_with_its_faults_and_learners_do_not_see_it(
    lesson: Lesson, editor: Client, client: Client
) -> None:
    editor.post(address(lesson), sent(lesson, "not yet a lesson", _draft="1"))
    lesson.refresh_from_db()
    assert lesson.sources["en"] == "not yet a lesson"
    assert lesson.edited_at is not None
    assert "Last." in client.get(lesson.get_absolute_url()).content.decode()
    assert "This text is a draft" in editor.get(address(lesson)).content.decode()


def test_publishing_makes_a_version_in_the_editors_name_and_the_history_says_so(
    lesson: Lesson, editor: Client, client: Client
) -> None:
    answer = editor.post(
        address(lesson), sent(lesson, LESSON.replace("Last.", "Grace's."), _publish="1"), follow=True
    )
    assert "learners read it now" in answer.content.decode()
    lesson.refresh_from_db()
    assert lesson.published is not None
    assert (lesson.published.number, lesson.published.created_by.username) == (2, "grace")  # type: ignore[union-attr]
    assert "Grace’s." in client.get(lesson.get_absolute_url()).content.decode().replace(
        "&#x27;", "’"
    ).replace("'", "’")
    assert LogEntry.objects.get().user.username == "grace"


def test_an_unfit_text_is_refused_at_its_line_with_all_that_was_typed(lesson: Lesson, editor: Client) -> None:
    answer = editor.post(
        address(lesson), sent(lesson, LESSON.replace("Last.", "It is 0.5 <b>."), _publish="1")
    )
    page = answer.content.decode()
    assert answer.status_code == 200
    assert "Line 25: the number 0.5" in page
    assert "It is 0.5 &lt;b&gt;." in page
    assert LessonVersion.objects.filter(lesson=lesson).count() == 1


def test_two_editors_do_not_overwrite_each_other(lesson: Lesson, editor: Client) -> None:
    stale = sent(lesson, LESSON.replace("Last.", "Mine."), _publish="1")
    editor.post(address(lesson), sent(lesson, LESSON.replace("Last.", "Theirs."), _publish="1"))
    page = editor.post(address(lesson), stale).content.decode()
    assert "Somebody else has saved this lesson" in page
    lesson.refresh_from_db()
    assert "Theirs." in lesson.sources["en"]


def test_a_preview_shows_the_text_or_its_fault_and_saves_nothing(lesson: Lesson, editor: Client) -> None:
    before = Lesson.objects.values().get(pk=lesson.pk)
    shown = editor.post(
        address(lesson, "preview/?language=en"), sent(lesson, LESSON.replace("Last.", "Soon."))
    )
    assert "Soon." in shown.content.decode()
    assert "<svg" in shown.content.decode()
    wrong = editor.post(
        address(lesson, "preview/?language=en"), sent(lesson, LESSON.replace("Last.", "0.5 <i>"))
    )
    assert "Line 25:" in wrong.content.decode()
    assert "<pre>0.5 &lt;i&gt;</pre>" in wrong.content.decode()
    chinese = editor.post(address(lesson, "preview/?language=zh-hans"), sent(lesson, LESSON))
    assert "另说：" in chinese.content.decode()
    assert editor.post(address(lesson, "preview/?language=xx"), {}).status_code == 302
    assert editor.get(address(lesson, "preview/?language=en")).status_code == 302
    assert editor.post("/admin/courses/lesson/999999/preview/?language=en", {}).status_code == 404
    assert Lesson.objects.values().get(pk=lesson.pk) == before


def test_the_camps_text_can_be_had_back_and_the_edit_stays_a_version(lesson: Lesson, editor: Client) -> None:
    assert "Back to the camp" not in editor.get(address(lesson)).content.decode()
    editor.post(address(lesson), sent(lesson, LESSON.replace("Last.", "Grace's."), _publish="1"))
    assert "Back to the camp" in editor.get(address(lesson)).content.decode()
    editor.get(address(lesson, "back/"))
    lesson.refresh_from_db()
    assert lesson.published is not None
    assert lesson.published.number == 2
    editor.post(address(lesson, "back/"))
    lesson.refresh_from_db()
    assert lesson.published is not None
    assert (lesson.published.number, lesson.edited_at) == (3, None)
    old = editor.get(address(lesson, "change/?version=2")).content.decode()
    assert "Grace&#x27;s." in old
    assert editor.get(address(lesson, "change/?version=99")).status_code == 404
    assert editor.get(address(lesson, "change/?version=x")).status_code == 200


def test_the_camps_text_does_not_take_the_place_of_a_draft(lesson: Lesson, editor: Client) -> None:
    """A draft is in no version, so it would be gone."""
    editor.post(address(lesson), sent(lesson, LESSON.replace("Last.", "Grace's."), _publish="1"))
    editor.post(address(lesson), sent(lesson, LESSON.replace("Last.", "Grace's second."), _save="1"))
    answer = editor.post(address(lesson, "back/"), follow=True).content.decode()
    assert "There are saved changes that are not published." in answer
    lesson.refresh_from_db()
    assert "Grace's second." in lesson.sources["en"]
    assert lesson.published is not None
    assert lesson.published.number == 2


def test_publishing_computes_before_the_consoles_transaction(
    lesson: Lesson, editor: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On SQLite nobody else could save meanwhile."""
    depth, seen = len(connection.savepoint_ids), []
    compute = services.documents_of

    def computed(*args: Any) -> Any:
        seen.append(len(connection.savepoint_ids))
        return compute(*args)

    monkeypatch.setattr(services, "documents_of", computed)
    editor.post(address(lesson), sent(lesson, LESSON.replace("Last.", "Grace's."), _publish="1"))
    editor.post(address(lesson, "back/"))
    assert seen == [depth, depth]


def test_a_title_is_bounded(lesson: Lesson, editor: Client) -> None:
    text = LESSON.replace("A lesson", "A" * 201)
    page = editor.post(address(lesson), sent(lesson, text, _publish="1")).content.decode()
    assert "title: expected 1 to 200 characters; got 201" in page


def test_the_page_on_writing_lessons_has_all_that_there_is(editor: Client) -> None:
    for language in ("en", "zh-CN"):
        page = unescape(
            editor.get("/admin/authoring/", headers={"Accept-Language": language}).content.decode()
        )
        for name in (*FUNCTIONS, *blocks(), *widgets(), *drawing.names(), *question_types()):
            assert name in page
    assert Client().get("/admin/authoring/").status_code == 302


@pytest.mark.parametrize("name", sorted(blocks()))
def test_the_example_of_each_block_is_one(name: str) -> None:
    """Also when somebody adds a block."""
    document(LESSON.replace("Last.", blocks()[name].example), "en")
