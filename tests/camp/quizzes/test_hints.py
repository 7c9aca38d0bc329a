"""Hints: their cost is told first, their text afterwards; those that were taken leave less of the credit."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from camp.accounts.models import User
from camp.accounts.services import adopt_guest
from camp.courses import loading
from camp.courses.blocks import Unfit
from camp.courses.models import Lesson, Module
from camp.quizzes import hints, selectors, services, taking_hints
from camp.quizzes.content import Content
from camp.quizzes.drawn import ShownHint, Variant
from camp.quizzes.marking import Mark
from camp.quizzes.models import Attempt, AttemptItem, LessonAnswer, LessonHints, Question
from camp.quizzes.publishing import digest_of, read_question, write_question
from tests.camp.callers import Api, signed_in
from tests.camp.quizzes.bank import QUESTIONS
from tests.camp.quizzes.test_question_console import change, form_of

HTMX = {"HX-Request": "true"}
TWO = Variant("numeric", hints=(ShownHint(0.25, "one"), ShownHint(0.5, "two")))


def words(answer: Any) -> str:
    return " ".join(re.sub(r"<[^>]*>", " ", answer.content.decode()).split())


def item_of(attempt: Attempt, slug: str = "scale") -> AttemptItem:
    return next(one for one in selectors.items_of(attempt) if one.version.question.slug == slug)


# --- Worth ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("score", "taken", "left", "is_right"),
    [(1, 0, 1, True), (1, 1, 0.75, True), (1, 2, 0.25, True), (0.5, 1, 0.375, False), (0, 2, 0, False), (1, 9, 0.25, True)],
)  # fmt: skip
def test_each_hint_takes_its_share_and_right_stays_right(
    score: float, taken: int, left: float, is_right: bool
) -> None:
    mark = hints.after_hints(Mark(score), TWO, taken)
    assert mark.score == pytest.approx(left)
    assert mark.is_right is is_right
    assert mark.hints_taken == min(taken, 2)
    assert Mark.of_json(json.loads(json.dumps(mark.as_json()))) == mark


def test_a_mark_from_before_there_were_hints_is_read() -> None:
    assert Mark.of_json({"score": 1.0, "mistake": "", "cells": None}).is_right


def test_only_the_texts_that_were_taken_are_shown() -> None:
    assert hints.shown(TWO, 1) == [{"cost": 0.25, "text": "one"}, {"cost": 0.5, "text": None}]


# --- Written down --------------------------------------------------------------------------------------


def test_hints_survive_the_way_to_yaml_and_json_and_none_leave_no_trace() -> None:
    content = read_question(QUESTIONS["scale"])[0]
    assert [one.cost for one in content.hints] == [0.25, 0.5]
    assert Content.of_json(json.loads(json.dumps(content.as_json()))) == content
    without = read_question(QUESTIONS["which"])[0].as_json()
    assert "hints" not in without, "or every version would be made anew"


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ("cost: 0.25", "cost: much", "hints[0].cost: expected a number; got 'much'"),
        ("cost: 0.25", "cost: -0.1", "hints[0].cost: expected a share from 0 to below 1; got -0.1"),
        ("cost: 0.25", "cost: 0.5", "together they must cost less than all of the credit"),
        ("cost: 0.25", "price: 0.25", "“hints[0].price” means nothing here"),
        ('{text: "canary hint: a root of {{ d }}"}', "{text: ''}", "hints[0].en.text: expected a text"),
        ('zh-hans: {text: "canary 提示：{{ sqrt(d) }}"}', "", "hints[1].zh-hans: expected"),
    ],
)
def test_what_is_wrong_with_a_hint_is_said(old: str, new: str, why: str) -> None:
    assert old in QUESTIONS["scale"]
    with pytest.raises(Unfit) as refused:
        read_question(QUESTIONS["scale"].replace(old, new))
    assert why in refused.value.message


def test_there_are_at_most_three() -> None:
    more = "\n".join(f"  - {{cost: 0.01, en: {{text: '{n}'}}, zh-hans: {{text: '{n}'}}}}" for n in "ab")
    with pytest.raises(Unfit, match="at most 3; got 4"):
        read_question(f"{QUESTIONS['scale']}{more}\n")


# --- In a quiz -----------------------------------------------------------------------------------------


@pytest.fixture
def person(client: Client, ada: User) -> Client:
    client.force_login(ada)
    return client


@pytest.fixture
def at(attempt: Attempt) -> str:
    return f"/attempts/{attempt.pk}/answers/scale/hint/"


def test_the_cost_stands_on_the_button_and_the_text_comes_after_it(
    person: Client, attempt: Attempt, at: str
) -> None:
    page = f"/attempts/{attempt.pk}/?q={item_of(attempt).position}"
    before = person.get(page)
    assert "Show a hint (costs 25 %)" in words(before)
    assert "canary" not in before.content.decode()
    part = person.post(at, {"hint": "1"}, headers=HTMX)
    assert "canary hint: a root of" in words(part)
    assert "Show another hint (costs 50 %)" in words(part)
    assert "<html" not in part.content.decode()
    assert person.post(at, {"hint": "1"}, headers=HTMX).status_code == 200
    assert item_of(attempt).hints_taken == 1, "asked for again it costs nothing more"
    assert "canary hint: a root of" in words(person.get(page))
    chinese = person.get(page, headers={"Accept-Language": "zh-CN"})
    assert "canary 提示" in words(chinese)
    assert "再看一个提示（扣 50 %）" in words(chinese)


def test_without_scripts_what_was_typed_is_kept_as_the_hint_is_shown(
    person: Client, attempt: Attempt, at: str
) -> None:
    answer = person.post(at, {"hint": "1", "response": "7", "started_from": ""})
    assert answer["Location"] == f"/attempts/{attempt.pk}/?q={item_of(attempt).position}"
    assert (item_of(attempt).response, item_of(attempt).hints_taken) == ("7", 1)
    refused = person.post(at, {"hint": "2", "response": "seven", "started_from": item_of(attempt).edition})
    assert refused.status_code == 422
    assert 'value="seven"' in refused.content.decode()
    assert item_of(attempt).hints_taken == 2


def test_a_right_answer_with_a_hint_is_right_and_earns_less(
    person: Client, attempt: Attempt, at: str
) -> None:
    person.post(at, {"hint": "1"}, headers=HTMX)
    item = item_of(attempt)
    right = repr(selectors.variant_of_item(item).number)
    services.answer_save(attempt=attempt, item=item, response=right)
    done = services.attempt_submit(attempt=attempt)
    assert done.score == pytest.approx(0.75 / len(QUESTIONS))
    mark = item_of(attempt).mark
    assert mark is not None
    assert (mark["score"], mark["hints_taken"], mark["worth"]) == (0.75, 1, 0.75)
    said = words(person.get(f"/attempts/{attempt.pk}/"))
    assert "1 of" in said
    assert "Right With 1 hint a right answer was worth 75 %." in said
    assert "canary hint: a root of" in said
    assert "Show another hint" not in said
    assert person.post(at, {"hint": "2"}, headers=HTMX).status_code == 409
    assert item_of(attempt).hints_taken == 1


@pytest.mark.parametrize("number", ["2", "0", "-1", "x", "", "3", "1e9", "９"])
def test_a_hint_that_is_not_its_turn_is_not_there(
    person: Client, attempt: Attempt, at: str, number: str
) -> None:
    assert person.post(at, {"hint": number}).status_code == 404
    assert item_of(attempt).hints_taken == 0


def test_nobody_takes_anothers_hint_and_a_look_takes_none(
    client: Client, attempt: Attempt, at: str, eve: User
) -> None:
    client.force_login(eve)
    assert client.post(at, {"hint": "1"}).status_code == 404
    assert client.get(at).status_code == 405
    assert client.post(at.replace("scale", "which"), {"hint": "1"}).status_code == 404
    assert item_of(attempt).hints_taken == 0


# --- Over the API --------------------------------------------------------------------------------------


def test_the_api_tells_costs_first_and_texts_of_those_that_were_taken(api: Api, module: Module) -> None:
    made = api.post("/quizzes/start/attempts/").json()
    where = f"/attempts/{made['id']}/answers/scale/hints/"
    asked = {one["question"]: one for one in made["questions"]}
    assert asked["which"]["hints"] == []
    assert asked["scale"]["hints"] == [{"cost": 0.25, "text": None}, {"cost": 0.5, "text": None}]
    taken = api.post(where, {"hint": 1}).json()
    assert taken["hints_taken"] == 1
    assert "canary hint: a root of" in taken["hints"][0]["text"]
    assert taken["hints"][1]["text"] is None
    assert api.post(where, {"hint": 1}).json() == taken
    assert "canary 提示" in api.post(f"{where}?lang=zh-hans", {"hint": 1}).json()["hints"][0]["text"]
    done = api.post(f"/attempts/{made['id']}/submit/").json()
    told = next(one for one in done["questions"] if one["question"] == "scale")
    assert (told["hints_taken"], told["feedback"]["worth"]) == (1, 0.75)
    late = api.post(where, {"hint": 2})
    assert (late.status_code, late.json()["type"]) == (409, "urn:camp:problem:submitted")


@pytest.mark.parametrize(
    ("body", "pointer", "detail"),
    [
        ({"hint": 2}, "/hint", "expected a hint from 1 to 1, in order, got 2"),
        ({"hint": 0}, "/hint", "expected a hint from 1 to 1"),
        ({"hint": "1"}, "/hint", "expected a whole number"),
        ({"hint": True}, "/hint", "expected a whole number"),
        ({"hint": None}, "/hint", "expected a whole number"),
        ({}, "/hint", ""),
        ({"hint": 1, "all": True}, "/all", "unknown field"),
        ([1], "", "expected an object"),
    ],
)
def test_what_is_no_hint_is_told_at_its_place(
    api: Api, module: Module, body: Any, pointer: str, detail: str
) -> None:
    made = api.post("/quizzes/start/attempts/").json()
    answer = api.post(f"/attempts/{made['id']}/answers/scale/hints/", body)
    assert answer.status_code == 400
    error = answer.json()["errors"][0]
    assert error["pointer"] == pointer
    assert detail in error["detail"]


def test_a_hint_of_anothers_attempt_or_of_no_question_is_404(attempt: Attempt, ada: User, eve: User) -> None:
    where = f"/attempts/{attempt.pk}/answers"
    assert Api(eve).post(f"{where}/scale/hints/", {"hint": 1}).status_code == 404
    assert Api(ada).post(f"{where}/nothing/hints/", {"hint": 1}).status_code == 404
    assert Api(ada).get(f"{where}/scale/hints/").status_code == 405
    assert Api(ada, scopes=["course"]).post(f"{where}/scale/hints/", {"hint": 1}).status_code == 403


# --- In a lesson ---------------------------------------------------------------------------------------

LESSON = "/camp/start/asking/"
CHECK = f"{LESSON}answers/two-and-two/"


def test_a_lessons_hint_is_kept_before_any_answer_and_lowers_both_scores(
    person: Client, module: Module
) -> None:
    before = person.get(LESSON)
    assert "Show a hint (costs 25 %)" in words(before)
    assert "canary" not in before.content.decode()
    assert not LessonHints.objects.exists()
    part = person.post(f"{CHECK}hint/", {"hint": "1"}, headers=HTMX)
    assert "canary hint: 2" in words(part)
    assert not LessonAnswer.objects.exists()
    assert "canary hint: 2" in words(person.get(LESSON))
    said = words(person.post(CHECK, {"response": "11.4321"}, headers=HTMX))
    assert "Right With 1 hint a right answer was worth 75 %." in said
    row = LessonAnswer.objects.get()
    assert (row.score, row.first_score, row.hints_taken, row.tries) == (0.75, 0.75, 1, 1)
    person.post(CHECK, {"response": "1"}, headers=HTMX)
    row.refresh_from_db()
    assert (row.score, row.first_score, row.hints_taken, row.tries) == (0.0, 0.75, 1, 2)


def test_once_it_is_answered_there_is_nothing_to_take(person: Client, module: Module) -> None:
    person.post(CHECK, {"response": "1"}, headers=HTMX)
    assert "Show a hint" not in words(person.get(LESSON))
    assert "canary hint" not in words(person.post(f"{CHECK}hint/", {"hint": "1"}, headers=HTMX))
    person.post(CHECK, {"response": "11.4321"}, headers=HTMX)
    row = LessonAnswer.objects.get()
    assert (row.score, row.first_score, row.hints_taken) == (1.0, 0.0, 0)


def test_without_scripts_a_lessons_hint_comes_with_what_was_typed(client: Client, module: Module) -> None:
    page = client.post(f"{CHECK}hint/", {"hint": "1", "response": "ele"})
    assert page.status_code == 200
    assert 'value="ele"' in page.content.decode()
    assert "canary hint: 2" in words(page)
    assert LessonHints.objects.get().owner.is_guest


@pytest.mark.parametrize(
    ("block", "number"), [("two-and-two", "2"), ("pick-one", "1"), ("three-bars", "1"), ("nothing", "1")]
)
def test_a_lessons_hint_that_is_not_there_is_404(
    person: Client, module: Module, block: str, number: str
) -> None:
    assert person.post(f"{LESSON}answers/{block}/hint/", {"hint": number}).status_code == 404
    assert not LessonHints.objects.exists()


def test_the_lesson_over_the_api_tells_the_cost_alone(api: Api, module: Module) -> None:
    told = json.dumps(api.get("/lessons/asking/").json(), ensure_ascii=False)
    assert '"hints": [{"cost": 0.25, "text": null}]' in told
    assert "canary hint" not in told


def test_a_prediction_has_no_hints(folder: Path, db: None) -> None:
    for language in ("en", "zh-hans"):
        path = folder / language / "start" / "asking.md"
        text = path.read_text(encoding="utf-8")
        more = "reveal: canary number\nhints:\n  - {cost: 0.5, text: eight}"
        path.write_text(text.replace("reveal: canary number", more), encoding="utf-8")
    with pytest.raises(loading.LoadRefused, match="a prediction earns nothing, so it has no hints"):
        loading.course_load(folder)


def test_hints_that_a_guest_took_stay_taken_with_the_account(module: Module, ada: User) -> None:
    guest = User.objects.create(username="guest-1", is_guest=True)
    lesson = Lesson.objects.get(slug="asking")
    for owner, taken in ((guest, 2), (ada, 1)):
        LessonHints.objects.create(owner=owner, lesson=lesson, block="two-and-two", taken=taken)
    LessonHints.objects.create(owner=guest, lesson=lesson, block="pick-one", taken=1)
    adopt_guest(guest=guest, account=ada)
    assert dict(LessonHints.objects.filter(owner=ada).values_list("block", "taken")) == {
        "two-and-two": 2, "pick-one": 1,
    }  # fmt: skip


def test_hints_taken_are_in_the_export(api: Api, attempt: Attempt) -> None:
    taking_hints.hint_take(attempt=attempt, item=item_of(attempt), number=1)
    lesson = Lesson.objects.get(slug="asking")
    taking_hints.lesson_hint_take(owner=attempt.owner, lesson=lesson, block="two-and-two", number=1, hints=1)
    told = json.loads(b"".join(api.get("/me/export/")))
    answers = {one["question"]: one for one in told["attempts"][0]["answers"]}
    assert answers["scale"]["hints_taken"] == 1
    assert [one["taken"] for one in told["lesson_hints"]] == [1]


# --- In the console ------------------------------------------------------------------------------------


def test_hints_are_edited_in_the_console_shown_where_it_is_tried_and_written_to_the_file(
    module: Module,
) -> None:
    instructor = signed_in("instructor")
    question = Question.objects.get(slug="which")
    before = digest_of(selectors.content_of(question))
    sent = form_of(instructor, question, hint_1_cost="0.4", hint_1_en="Look.", hint_1_zh_hans="看。")
    instructor.post(change(question), {**sent, "_draft": "1"})
    question.refresh_from_db()
    assert question.hints == [{"cost": 0.4, "texts": {"en": {"text": "Look."}, "zh-hans": {"text": "看。"}}}]
    assert read_question(write_question(question))[0] == selectors.content_of(question)
    tried = words(instructor.get(f"/admin/quizzes/question/{question.pk}/try/"))
    assert "Look." in tried
    assert "看。" in tried
    sent = form_of(instructor, question, hint_1_cost="", hint_1_en="", hint_1_zh_hans="")
    instructor.post(change(question), {**sent, "_draft": "1"})
    question.refresh_from_db()
    assert digest_of(selectors.content_of(question)) == before


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"hint_1_cost": "0.4", "hint_1_en": "Look."}, "A hint has its cost and its text in every language."),
        ({"hint_1_cost": "2", "hint_1_en": "a", "hint_1_zh_hans": "b"}, "less than or equal to 1"),
        ({"hint_1_cost": "x", "hint_1_en": "a", "hint_1_zh_hans": "b"}, "Enter a number"),
        ({"hint_1_cost": "nan", "hint_1_en": "a", "hint_1_zh_hans": "b"}, "Enter a number"),
    ],
)
def test_half_a_hint_is_refused_in_the_console(module: Module, fields: dict[str, str], said: str) -> None:
    instructor = signed_in("instructor")
    question = Question.objects.get(slug="which")
    answer = instructor.post(change(question), {**form_of(instructor, question, **fields), "_draft": "1"})
    assert said in words(answer)
    question.refresh_from_db()
    assert question.hints == []
