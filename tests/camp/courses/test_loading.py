"""Loading the camp's files: repeatable, all or nothing, and an instructor's edit is kept."""

from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from camp.accounts.models import User
from camp.courses import loading, services
from camp.courses.loading import LoadRefused, Report, Write, course_load
from camp.courses.models import Lesson, LessonVersion, Module, Origin
from camp.courses.services import Refused, lesson_draft_save, lesson_make, lesson_publish
from tests.camp.courses.lessons import CHINESE, LESSON, MODULES, write

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _no_other_content(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loading, "_loaders", [])


def state() -> list[object]:
    return [list(model.objects.order_by("pk").values()) for model in (Module, Lesson, LessonVersion)]


def test_what_is_new_is_published_in_both_languages(folder: Path) -> None:
    report = course_load(folder)
    assert report.new == ["start", "pipeline", "first", "second"]
    lesson = Lesson.objects.get(slug="second")
    assert (lesson.order, lesson.edited_at, lesson.module.slug) == (2, None, "start")
    assert lesson.published is not None
    assert set(lesson.published.documents) == {"en", "zh-hans"}
    assert lesson.published.documents["zh-hans"]["title"] == "一课"
    assert (lesson.published.origin, lesson.published.number) == (Origin.SHIPPED, 1)


def test_loading_again_changes_nothing(folder: Path) -> None:
    course_load(folder)
    before = state()
    report = course_load(folder)
    assert not report.has_changes
    assert report.unchanged == 4
    assert state() == before


def test_a_changed_file_makes_a_version_and_the_old_one_stays(folder: Path) -> None:
    course_load(folder)
    old = LessonVersion.objects.filter(lesson__slug="first").values().get()
    write(folder, "first", LESSON.replace("Last.", "Finally."), CHINESE)
    assert course_load(folder).updated == ["first"]
    lesson = Lesson.objects.get(slug="first")
    assert lesson.published is not None
    assert lesson.published.number == 2
    assert LessonVersion.objects.filter(pk=old["id"]).values().get() == old


def test_one_fault_and_nothing_is_loaded_but_every_fault_is_told(folder: Path) -> None:
    write(folder, "first", LESSON.replace("Last.", "It is 0.5."), CHINESE.replace("minutes: 5", "minutes: 6"))
    (folder / "zh-hans/start/second.md").unlink()
    write(folder, "third", LESSON, CHINESE, module="nowhere")
    with pytest.raises(LoadRefused) as refused:
        course_load(folder)
    told = refused.value.report.faults
    assert any("en/start/first.md:25:" in line and "0.5" in line for line in told)
    assert any("zh-hans/start/second.md:1:" in line for line in told)
    assert any("nowhere" in line for line in told)
    assert not Module.objects.exists()


def test_an_edit_is_kept_and_told_until_it_is_given_up(folder: Path, ada: User) -> None:
    course_load(folder)
    lesson = Lesson.objects.get(slug="first")
    texts = {"en": LESSON.replace("Last.", "Ada's."), "zh-hans": CHINESE}
    edited = lesson_publish(lesson=lesson, made=lesson_make(texts), by=ada)
    write(folder, "first", LESSON.replace("Last.", "Ours."), CHINESE)
    told = StringIO()
    call_command("loadcourse", folder=folder, stdout=told)
    assert "kept: first, edited by ada at 20" in told.getvalue()
    assert "has changed since" in told.getvalue()
    lesson.refresh_from_db()
    assert lesson.published == edited
    shipped = loading.shipped_sources(lesson, folder)
    assert shipped is not None
    lesson_publish(lesson=lesson, made=lesson_make(shipped), by=ada, origin=Origin.SHIPPED)
    assert course_load(folder).kept == []
    lesson.refresh_from_db()
    assert lesson.published is not None
    assert "Ours." in lesson.published.documents["en"]["parts"][-1]["html"]


def test_a_draft_is_kept_too_and_learners_do_not_see_it(folder: Path) -> None:
    course_load(folder)
    lesson = Lesson.objects.select_related("published").get(slug="first")
    lesson_draft_save(lesson=lesson, sources={"en": "unfinished", "zh-hans": ""})
    write(folder, "first", LESSON.replace("Last.", "Ours."), CHINESE)
    assert len(course_load(folder).kept) == 1
    lesson.refresh_from_db()
    assert lesson.sources["en"] == "unfinished"
    assert lesson.published is not None
    assert lesson.published.number == 1


def test_publishing_the_same_again_makes_no_version(folder: Path, ada: User) -> None:
    course_load(folder)
    lesson = Lesson.objects.get(slug="first")
    texts = {"en": LESSON.replace("Last.", "Ada's."), "zh-hans": CHINESE}
    assert lesson_publish(lesson=lesson, made=lesson_make(texts), by=ada) == lesson_publish(
        lesson=lesson, made=lesson_make(texts), by=ada
    )
    assert lesson.versions.count() == 2


def test_an_unfit_text_is_not_published(folder: Path, ada: User) -> None:
    course_load(folder)
    lesson = Lesson.objects.get(slug="first")
    before = state()
    with pytest.raises(Refused) as refused:
        lesson_publish(lesson=lesson, made=lesson_make({"en": LESSON, "zh-hans": "---"}), by=ada)
    assert [language for language, _fault in refused.value.faults] == ["zh-hans"]
    assert state() == before


def test_a_lesson_whose_file_is_gone_is_withdrawn_and_comes_back_with_it(folder: Path) -> None:
    course_load(folder)
    for language in services.LANGUAGES:
        (folder / language / "start/first.md").unlink()
    assert course_load(folder).withdrawn == ["first"]
    assert Lesson.objects.get(slug="first").published is None
    write(folder, "first", LESSON, CHINESE)
    assert course_load(folder).updated == ["first"]
    assert Lesson.objects.get(slug="first").published is not None


def test_other_apps_load_in_the_same_run(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(given: Path, report: Report) -> Write:
        def write() -> None:
            assert Lesson.objects.count() == 2
            report.fault(given / "questions/start/x.yaml", 7, "no answer")

        return write

    monkeypatch.setattr(loading, "_loaders", [refuse])
    with pytest.raises(CommandError, match=r"x\.yaml:7: no answer"):
        call_command("loadcourse", folder=folder)
    assert not Lesson.objects.exists()


def test_nothing_is_said_at_start_when_nothing_changed(folder: Path) -> None:
    told = StringIO()
    call_command("loadcourse", folder=folder, only_changes=True, stdout=told)
    assert "new: start" in told.getvalue()
    again = StringIO()
    call_command("loadcourse", folder=folder, only_changes=True, stdout=again)
    assert again.getvalue() == ""


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("- {slug: X, number: 1}", "titles"),
        ("just text", "module"),
        ("- [", "YAML"),
        (MODULES.replace("zh-hans: 开始", "fr: D"), "each of"),
    ],
)
def test_modules_that_are_unfit_are_told(folder: Path, text: str, told: str) -> None:
    (folder / "modules.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(LoadRefused, match=told):
        course_load(folder)


def test_everything_is_computed_while_nothing_is_locked(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On SQLite a learner's save would wait for as long as the course is being computed."""
    depth = len(connection.savepoint_ids)
    seen = []

    def make(*args: Any) -> services.Made:
        seen.append(len(connection.savepoint_ids))
        return lesson_make(*args)

    monkeypatch.setattr(loading, "lesson_make", make)
    course_load(folder)
    assert seen == [depth, depth]
