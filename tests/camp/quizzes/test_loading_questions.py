"""The bank loaded from files: repeatable, edits kept, what vanished retired, faults told at their line."""

from pathlib import Path

import pytest

from camp.courses import loading
from camp.courses.models import Module
from camp.quizzes import publishing
from camp.quizzes.models import Question
from tests.camp.quizzes.bank import QUESTIONS

pytestmark = pytest.mark.django_db


def bank(folder: Path, slug: str) -> Path:
    return folder / "questions" / "start" / f"{slug}.yaml"


def test_loading_again_changes_nothing(folder: Path, module: Module) -> None:
    again = loading.course_load(folder)
    assert not again.has_changes
    assert Question.objects.filter(published__isnull=False).count() == len(QUESTIONS)
    assert all(question.versions.count() == 1 for question in Question.objects.all())


def test_a_changed_file_makes_a_version(folder: Path, module: Module) -> None:
    text = QUESTIONS["which"].replace("Which?", "Which one?")
    bank(folder, "which").write_text(text, encoding="utf-8")
    assert loading.course_load(folder).updated == ["start/which"]
    assert Question.objects.get(slug="which").published.number == 2


def test_an_edited_question_is_kept_and_told(folder: Path, module: Module) -> None:
    question = Question.objects.get(slug="which")
    question.order = 99
    question.save()
    publishing.question_edited(question=question)
    bank(folder, "which").write_text(QUESTIONS["which"].replace("Which?", "Which one?"), encoding="utf-8")
    report = loading.course_load(folder)
    assert [line.split(",")[0] for line in report.kept] == ["kept: start/which"]
    assert "the camp's file has changed since" in report.kept[0]
    assert Question.objects.get(slug="which").order == 99


def test_an_edit_taken_back_is_none(folder: Path, module: Module) -> None:
    question = Question.objects.get(slug="which")
    publishing.question_edited(question=question)
    assert question.edited_at is None


def test_a_vanished_question_is_retired_and_back_when_its_file_is(folder: Path, module: Module) -> None:
    bank(folder, "which").unlink()
    assert loading.course_load(folder).withdrawn == ["start/which"]
    assert Question.objects.get(slug="which").is_retired
    bank(folder, "which").write_text(QUESTIONS["which"], encoding="utf-8")
    loading.course_load(folder)
    assert not Question.objects.get(slug="which").is_retired


def test_faults_are_told_at_their_line_and_nothing_is_changed(folder: Path, module: Module) -> None:
    bank(folder, "which").write_text(
        QUESTIONS["which"].replace("Which?", "Is it {{ nobody }}?"), encoding="utf-8"
    )
    bank(folder, "scale").write_text(QUESTIONS["scale"].replace("d > 4", "d > 1000"), encoding="utf-8")
    bank(folder, "new").write_text("type: [", encoding="utf-8")
    with pytest.raises(loading.LoadRefused) as refused:
        loading.course_load(folder)
    faults = "\n".join(refused.value.report.faults)
    line = QUESTIONS["which"].splitlines().index('  en: {prompt: "Which?", reason: canary which}') + 1
    assert f"which.yaml:{line}: en: “nobody”: there is no name nobody" in faults
    assert "scale.yaml:1: 200 drawings were no good" in faults
    assert "new.yaml:1: YAML" in faults
    assert Question.objects.get(slug="which").published.number == 1
    assert not Question.objects.filter(slug="new").exists()


def test_a_question_written_from_the_console_is_the_file_it_came_from(module: Module) -> None:
    for question in Question.objects.select_related("module"):
        content, order, concepts = publishing.read_question(publishing.write_question(question))
        assert publishing.digest_of(content, order, concepts) == question.shipped_digest
