"""Questions in the console: who may, what is edited, tried and published; attempts are for admins to look at."""

import re
from pathlib import Path
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.db import connection
from django.test import Client
from django.utils import translation

from camp.courses import loading
from camp.courses.models import Module
from camp.quizzes import publishing
from camp.quizzes.models import Attempt, Option, Question
from tests.camp.callers import signed_in

pytestmark = pytest.mark.django_db
LIST = "/admin/quizzes/question/"


@pytest.fixture
def instructor(module: Module) -> Client:
    return signed_in("instructor")


def change(question: Question) -> str:
    return f"{LIST}{question.pk}/change/"


def form_of(client: Client, question: Question, **changes: Any) -> dict[str, Any]:
    """What the console's own form would send."""
    answer = client.get(change(question))
    form = answer.context["adminform"].form
    sent = {name: form[name].value() for name in form.fields}
    for inline in answer.context["inline_admin_formsets"]:
        sent |= {f"{inline.formset.prefix}-{name}": value
                 for name, value in inline.formset.management_form.initial.items()}  # fmt: skip
        for one in inline.formset.forms[: inline.formset.initial_form_count()]:
            sent |= {one.add_prefix(name): one[name].value() for name in one.fields}
    prepared = {name: "" if value is None else value for name, value in sent.items()}
    prepared["concepts"] = ", ".join(question.concepts)
    return {name: value for name, value in (prepared | changes).items() if value is not False}


def test_staff_edit_questions_and_only_admins_see_attempts(module: Module, attempt: Attempt) -> None:
    instructor, admin = signed_in("instructor"), signed_in("admin")
    assert instructor.get(LIST).status_code == admin.get(LIST).status_code == 200
    assert signed_in("learner").get(LIST, follow=True).status_code == 403
    assert instructor.get("/admin/quizzes/attempt/").status_code == 403
    page = admin.get(f"/admin/quizzes/attempt/{attempt.pk}/change/")
    assert page.status_code == 200
    assert str(attempt.seed) not in page.content.decode()
    assert admin.post(f"/admin/quizzes/attempt/{attempt.pk}/delete/", {"post": "yes"}).status_code == 403


def test_a_draft_is_kept_and_asked_once_it_is_published(instructor: Client) -> None:
    question = Question.objects.get(slug="which")
    sent = form_of(instructor, question, prompt_en="Which now?")
    instructor.post(change(question), {**sent, "_draft": "1"})
    question.refresh_from_db()
    assert question.texts["en"]["prompt"] == "Which now?"
    assert question.texts["zh-hans"]["prompt"] == "哪一个？"
    assert question.published.number == 1
    assert question.edited_at is not None
    assert "This is a draft" in instructor.get(change(question)).content.decode()
    sent = form_of(instructor, question)
    said = instructor.post(change(question), {**sent, "_publish": "1"}, follow=True).content.decode()
    assert "Published as version 2" in said
    question.refresh_from_db()
    assert question.published.created_by.username == "the-instructor"
    assert LogEntry.objects.filter(object_id=str(question.pk)).count() == 3


def test_saving_unchanged_changes_nothing(instructor: Client) -> None:
    for question in Question.objects.all():
        before = list(Option.objects.filter(question=question).values("key", "right", "value", "texts"))
        said = instructor.post(
            change(question), {**form_of(instructor, question), "_publish": "1"}, follow=True
        )
        assert "Published as version 1" in said.content.decode(), question.slug
        question.refresh_from_db()
        assert question.edited_at is None
        assert (
            list(Option.objects.filter(question=question).values("key", "right", "value", "texts")) == before
        )


def test_a_shipped_question_stays_where_its_file_is_and_a_retired_one_stays_retired(
    instructor: Client, folder: Path
) -> None:
    question = Question.objects.get(slug="which")
    sent = form_of(instructor, question, slug="another", module=Module.objects.last().pk, is_retired="on")
    instructor.post(change(question), {**sent, "_draft": "1"})
    question.refresh_from_db()
    assert (question.slug, question.module.slug, question.is_retired) == ("which", "start", True)
    assert question.edited_at is not None
    questions = Question.objects.count()
    loading.course_load(folder)
    question.refresh_from_db()
    assert (question.is_retired, Question.objects.count()) == (True, questions)


def test_a_question_that_cannot_be_asked_stays_a_draft_and_says_why(instructor: Client) -> None:
    question = Question.objects.get(slug="scale")
    sent = form_of(instructor, question, answer="sqrt(nobody)")
    said = instructor.post(change(question), {**sent, "_publish": "1"}, follow=True).content.decode()
    assert "Saved as a draft, not published" in said
    assert "there is no name nobody" in said
    question.refresh_from_db()
    assert question.published.number == 1
    assert "there is no name nobody" in instructor.get(f"{LIST}{question.pk}/try/").content.decode()


@pytest.mark.parametrize("slug", ["scale", "which", "several", "weights"])
def test_a_question_is_tried_in_both_languages_with_any_seed(instructor: Client, slug: str) -> None:
    question = Question.objects.get(slug=slug)
    for seed in ("", "3", "x", "9" * 30):
        page = instructor.get(f"{LIST}{question.pk}/try/", {"seed": seed})
        assert page.status_code == 200
        assert question.texts["zh-hans"]["reason"] in page.content.decode()
    text = page.content.decode()
    assert not re.search(r"<script(?![^>]*(?:\bsrc=|application/json))|<style|\sstyle=|\son\w+=", text)
    for response in ("a", "1", "1 1\n1 1", "nonsense"):
        assert instructor.post(f"{LIST}{question.pk}/try/?seed=3", {"response": response}).status_code == 200
    right = instructor.post(f"{LIST}{Question.objects.get(slug='which').pk}/try/", {"response": "a"})
    assert right.content.decode().count("chip ok") == 2


def test_nobody_deletes_a_question_and_the_console_speaks_chinese(instructor: Client) -> None:
    question = Question.objects.get(slug="which")
    assert instructor.post(f"{LIST}{question.pk}/delete/", {"post": "yes"}).status_code == 403
    page = instructor.get(change(question), headers={"Accept-Language": "zh-CN"}).content.decode()
    assert "发布" in page
    assert instructor.get(f"{LIST}add/").status_code == 200


def test_of_two_who_edit_the_second_is_told_of_the_first(instructor: Client) -> None:
    question = Question.objects.get(slug="which")
    first, second = (form_of(instructor, question, prompt_en=text) for text in ("First?", "Second?"))
    instructor.post(change(question), {**first, "_draft": "1"})
    answer = instructor.post(change(question), {**second, "_draft": "1"})
    assert "Somebody else has saved this question" in answer.content.decode()
    assert "Second?" in answer.content.decode()
    question.refresh_from_db()
    assert question.texts["en"]["prompt"] == "First?"
    third = form_of(instructor, question, prompt_en="Third?")
    Option.objects.filter(question=question).update(right="false")
    assert "Somebody else" in instructor.post(change(question), {**third, "_draft": "1"}).content.decode()


@pytest.mark.parametrize(
    ("counts", "told"),
    [
        ({"options-INITIAL_FORMS": "-5"}, "no counts of options"),
        ({"options-INITIAL_FORMS": "9", "options-TOTAL_FORMS": "3"}, "no counts of options"),
        ({"options-TOTAL_FORMS": "999"}, "at most 24 forms"),
        ({"options-TOTAL_FORMS": "x"}, "ManagementForm"),
    ],
)
def test_counts_of_options_that_cannot_be_are_refused(
    instructor: Client, counts: dict[str, str], told: str
) -> None:
    question = Question.objects.get(slug="which")
    before = Option.objects.count()
    answer = instructor.post(change(question), {**form_of(instructor, question), **counts, "_draft": "1"})
    assert answer.status_code == 200
    assert told in answer.content.decode()
    assert len(answer.context["inline_admin_formsets"][0].formset.forms) <= 48
    assert Option.objects.count() == before


def test_concepts_are_as_long_as_they_are_written(instructor: Client) -> None:
    question = Question.objects.get(slug="which")
    sent = form_of(instructor, question) | {"concepts": "a," * 600, "_draft": "1"}
    assert "at most 500 characters (it has 1200)" in instructor.post(change(question), sent).content.decode()


def test_what_was_tried_is_published_at_once_and_the_history_speaks_the_readers_language(
    instructor: Client,
) -> None:
    question = Question.objects.get(slug="which")
    instructor.post(change(question), {**form_of(instructor, question, prompt_en="Now?"), "_try": "1"})
    tried = f"{LIST}{question.pk}/try/"
    assert f'action="{LIST}{question.pk}/publish/"' in instructor.get(tried).content.decode()
    assert instructor.get(f"{LIST}{question.pk}/publish/").status_code == 302
    question.refresh_from_db()
    assert question.published.number == 1
    instructor.post(f"{LIST}{question.pk}/publish/")
    question.refresh_from_db()
    assert question.published.content["texts"]["en"]["prompt"] == "Now?"
    entry = LogEntry.objects.get(object_id=str(question.pk), change_message="published")
    with translation.override("zh-hans"):
        said = translation.gettext(entry.change_message)
    page = instructor.get(
        f"{LIST}{question.pk}/history/", headers={"Accept-Language": "zh-CN"}
    ).content.decode()
    assert said in page


@pytest.mark.parametrize("year", ["99999999999", "0", "x"])
def test_a_filter_that_means_nothing_is_answered_as_a_wrong_one(instructor: Client, year: str) -> None:
    for address in (LIST, "/admin/courses/lesson/"):
        answer = instructor.get(f"{address}?edited_at__year={year}")
        assert answer.headers["Location"].endswith("?e=1")
    answer = signed_in("admin").get(f"/admin/quizzes/attempt/?started_at__year={year}")
    assert answer.headers["Location"].endswith("?e=1")


def test_publishing_computes_after_the_consoles_transaction(
    instructor: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    question = Question.objects.get(slug="which")
    depth, seen = len(connection.savepoint_ids), []
    monkeypatch.setattr(publishing, "check", lambda content: seen.append(len(connection.savepoint_ids)))
    sent = form_of(instructor, question, prompt_en="Computed when?")
    instructor.post(change(question), {**sent, "_publish": "1"})
    assert seen == [depth]
