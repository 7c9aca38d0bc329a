"""Every type of question where it is asked: on pages, in lessons, over HTTP and in the console; nothing told before."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from django.core.management import call_command
from django.test import Client

from camp.accounts.models import User
from camp.api import schema
from camp.courses import loading
from camp.courses.models import Lesson, Module
from camp.quizzes import publishing, selectors, services
from camp.quizzes.drawn import Variant
from camp.quizzes.models import Attempt, AttemptItem, LessonAnswer, Option, Question
from camp.quizzes.question_types import question_type, question_types
from tests.camp.callers import Api, signed_in
from tests.camp.courses.lessons import CHINESE, LESSON, write
from tests.camp.quizzes.bank import CANARY, EVERY_QUESTION, MORE_QUESTIONS, course_with_quiz
from tests.camp.quizzes.test_question_console import change, form_of

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}
LIST = "/admin/quizzes/question/"
CHECKS = """\
::: check
id: sort-them
type: ordering
prompt: In order?
items:
  - {key: canary-1, text: One, reason: canary 1}
  - {key: canary-2, text: Two}
  - {key: canary-3, text: Three}
reason: canary sorted
:::

::: check
id: join-them
type: matching
prompt: Which to which?
items:
  - {key: canary-1, to: canary-a, text: One, reason: canary 1}
  - {key: canary-2, to: canary-b, text: Two}
matches:
  - {key: canary-a, text: First}
  - {key: canary-b, text: Second}
  - {key: canary-c, text: Third}
reason: canary joined
:::

::: check
id: name-it
type: text
prompt: Its name?
accept: [canary softmax]
mistakes:
  - {value: hardmax | argmax, reason: canary one alone}
reason: canary named
:::

::: check
id: find-it
type: bug
prompt: Where?
code: |
  s = q @ k.T
  w = s.softmax({{ two - 2 }})
lines: 2
mistakes:
  - {value: 1, reason: canary that is right}
reason: canary found
:::"""
TO_CHINESE = {
    "In order?": "顺序？",
    "[canary softmax]": "[canary softmax, canary 归一化]",
    "hardmax | argmax": "最大",
}


@pytest.fixture
def course(db: None, tmp_path: Path) -> Module:
    """One whose quiz has a question of every type, and a lesson that asks some."""
    folder = course_with_quiz(tmp_path, EVERY_QUESTION)
    chinese = CHECKS
    for english, said in TO_CHINESE.items():
        chinese = chinese.replace(english, said)
    texts = [LESSON.replace("Last.", CHECKS), CHINESE.replace("Last.", chinese)]
    write(folder, "checking", *(text.replace("order: 1", "order: 4") for text in texts))
    loading.course_load(folder)
    return Module.objects.get(slug="start")


@pytest.fixture
def attempt(course: Module, ada: User) -> Attempt:
    return services.attempt_start(owner=ada, module=course)[0]


@pytest.fixture
def person(client: Client, ada: User) -> Client:
    client.force_login(ada)
    return client


def item_of(attempt: Attempt, slug: str) -> AttemptItem:
    return next(item for item in selectors.items_of(attempt) if item.version.question.slug == slug)


def sent(variant: Variant, response: Any) -> list[str]:
    """What the form of a type sends for a response."""
    if variant.type == "ordering":
        return [f"{key}={place}" for place, key in enumerate(response, start=1)]
    if variant.type == "matching":
        return [f"{item}={match}" for item, match in response.items()]
    if variant.type == "region":
        return [f"{row},{column}" for row, column in response]
    return response if isinstance(response, list) else [response]


def fields_of(variant: Variant, response: Any) -> dict[str, Any]:
    """The same by the names of its form's fields."""
    if variant.type == "stages":
        return {f"response-{name}": "\n".join(map(" ".join, rows)) for name, rows in response.items()}
    return {"response": sent(variant, response)}


def right(variant: Variant, shown: Variant) -> Any:
    kind = question_type(variant.type)
    return kind.feedback(None, kind.mark(None, variant), shown).right


def words(answer: Any) -> str:
    return " ".join(re.sub(r"<[^>]*>", " ", answer.content.decode()).split())


# --- A quiz --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("slug", MORE_QUESTIONS)
def test_a_right_answer_is_kept_by_the_form_and_shown_again(
    person: Client, attempt: Attempt, slug: str
) -> None:
    item = item_of(attempt, slug)
    variant = selectors.worded_item(item)
    response = right(variant, variant)
    address = f"/attempts/{attempt.pk}/answers/{slug}/"
    fields = fields_of(variant, response)
    assert person.post(address, fields | {"go": "1"}).status_code == 302
    assert item_of(attempt, slug).response == response
    again = person.post(address, fields, headers=HTMX)
    assert "Saved" in words(again)
    page = person.get(f"/attempts/{attempt.pk}/?q={item.position}").content.decode()
    if variant.type in ("ordering", "matching"):
        for value in sent(variant, response):
            assert re.search(rf'value="{value}"\s+selected', page)
    elif variant.type == "text":
        assert f'value="{response}"' in page
    elif variant.type == "bars":
        assert all(f'value="{weight}"' in page for weight in response)
    elif variant.type == "stages":
        assert all(" ".join(row) in page for rows in response.values() for row in rows)
    else:
        assert re.search(rf'value="{sent(variant, response)[0]}"[^>]*checked', page)


@pytest.mark.parametrize("language", ["en", "zh-CN"])
def test_right_answers_to_every_type_are_marked_as_such(
    person: Client, attempt: Attempt, language: str
) -> None:
    for item in selectors.items_of(attempt):
        variant = selectors.worded_item(item)
        services.answer_save(attempt=attempt, item=item, response=right(variant, variant))
    assert services.attempt_submit(attempt=attempt).score == 1
    page = person.get(f"/attempts/{attempt.pk}/", headers={"Accept-Language": language})
    assert page.content.decode().count("chip ok") == len(EVERY_QUESTION)
    assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son\w+=", page.content.decode())


def test_no_answers_at_all_are_explained_too(person: Client, attempt: Attempt) -> None:
    services.attempt_submit(attempt=attempt)
    page = person.get(f"/attempts/{attempt.pk}/")
    assert page.content.decode().count("chip bad") == len(EVERY_QUESTION)
    for reason in ("canary order", "canary pairs", "canary name", "canary line"):
        assert reason in words(page)


def everything_told(person: Client, api: Api, attempt: Attempt) -> Iterator[str]:
    for language in ("en", "zh-CN"):
        headers = {"Accept-Language": language}
        yield api.get(f"/attempts/{attempt.pk}/", headers=headers).content.decode()
        for item in selectors.items_of(attempt):
            slug = item.version.question.slug
            yield person.get(f"/attempts/{attempt.pk}/?q={item.position}", headers=headers).content.decode()
            for response in ("a", "a=1", "x=y", "9" * 300, ["1", "2"], ["a=1", "a=1"], ["x=1", "y=1"]):
                for more in ({}, HTMX):
                    where = f"/attempts/{attempt.pk}/answers/{slug}/"
                    answer = person.post(where, {"response": response}, headers={**headers, **more})
                    assert answer.status_code in (200, 302, 422)
                    yield answer.content.decode()
            for body in ("a", ["a"], {"x": "y"}, {"x": 1}, ["1"], 3, [["1"]], {}):
                answer = api.call("PUT", f"/attempts/{attempt.pk}/answers/{slug}/", {"response": body})
                assert answer.status_code in (200, 400)
                yield answer.content.decode()


def test_an_open_attempt_gives_nothing_away(person: Client, attempt: Attempt, ada: User) -> None:
    hidden = [CANARY, str(attempt.seed)]
    for told in everything_told(person, Api(ada), attempt):
        assert not [one for one in hidden if one in told], told[:300]


def test_the_order_of_what_is_shown_is_the_public_one(person: Client, attempt: Attempt) -> None:
    """The page must not have another order, in the values of its fields say, than what tells nothing."""
    for slug in ("sequence", "pairs"):
        item = item_of(attempt, slug)
        public = question_type(selectors.worded_item(item).type).public(selectors.worded_item(item))
        page = person.get(f"/attempts/{attempt.pk}/?q={item.position}").content.decode()
        shown = dict.fromkeys(re.findall(r'value="([0-9a-f]{6})=', page))
        assert list(shown) == [one["key"] for one in public["items"]]
    matches = [one["key"] for one in public["matches"]]
    assert list(dict.fromkeys(re.findall(r'value="[0-9a-f]{6}=([0-9a-f]{6})"', page))) == matches


# --- The API -------------------------------------------------------------------------------------------


def test_over_http_every_type_keeps_to_the_schema_open_and_handed_in(attempt: Attempt, ada: User) -> None:
    api = Api(ada)
    shape = {
        **schema.document()["components"]["schemas"]["Attempt"],
        "components": schema.document()["components"],
    }
    checker = jsonschema.Draft202012Validator(shape)
    where = f"/attempts/{attempt.pk}"
    checker.validate(api.get(f"{where}/").json())
    for item in selectors.items_of(attempt):
        variant = selectors.worded_item(item)
        response = right(variant, variant)
        saved = api.call("PUT", f"{where}/answers/{item.version.question.slug}/", {"response": response})
        assert (saved.status_code, saved.json()["response"]) == (200, response)
    checker.validate(api.get(f"{where}/").json())
    done = api.post(f"{where}/submit/").json()
    checker.validate(done)
    assert done["score"] == 1
    assert {one["type"] for one in done["questions"]} == set(question_types())


@pytest.mark.parametrize(
    ("slug", "response", "pointer", "detail"),
    [
        ("sequence", ["a"], "/response", "expected a list of the items"),
        ("pairs", {"a": "b"}, "/response", "expected one of the items"),
        ("named", ["a"], "/response", "expected a text"),
        ("wrong-line", ["3"], "/response", "out of 1, 2, 4"),
    ],
)
def test_what_is_no_answer_is_400_with_what_was_expected(
    attempt: Attempt, ada: User, slug: str, response: Any, pointer: str, detail: str
) -> None:
    answer = Api(ada).call("PUT", f"/attempts/{attempt.pk}/answers/{slug}/", {"response": response})
    assert answer.status_code == 400
    error = answer.json()["errors"][0]
    assert (error["pointer"], detail in error["detail"]) == (pointer, True)


# --- A lesson ------------------------------------------------------------------------------------------


def kept(block: str, language: str = "en") -> Variant:
    version = Lesson.objects.get(slug="checking").published
    assert version is not None
    fields = next(
        part["fields"]
        for part in version.documents[language]["parts"]
        if part.get("fields", {}).get("id") == block
    )
    return Variant.of_json({key: value for key, value in fields.items() if key != "id"})


def test_a_lesson_asks_each_type_and_tells_nothing(client: Client, course: Module, ada: User) -> None:
    for language in ("en", "zh-CN"):
        page = client.get("/camp/start/checking/", headers={"Accept-Language": language}).content.decode()
        assert page.count("data-question") == 4
        assert CANARY not in page
        assert "js/ordering" in page
        assert CANARY not in Api(ada).get(f"/lessons/checking/?lang={language[:2]}").content.decode()


@pytest.mark.parametrize("block", ["sort-them", "join-them", "name-it", "find-it"])
@pytest.mark.parametrize("headers", [{}, HTMX])
def test_a_check_in_a_lesson_is_marked_at_once(
    person: Client, course: Module, block: str, headers: dict[str, str]
) -> None:
    variant = kept(block)
    address = f"/camp/start/checking/answers/{block}/"
    answer = person.post(address, {"response": sent(variant, right(variant, variant))}, headers=headers)
    page = answer if headers else person.get("/camp/start/checking/")
    assert "chip ok" in page.content.decode()
    assert "canary" in words(page)
    assert LessonAnswer.objects.get().score == 1


def test_a_check_that_is_partly_right_or_no_answer_says_so(person: Client, course: Module) -> None:
    variant = kept("join-them")
    response = dict.fromkeys(right(variant, variant), variant.own["items"][0]["to"])
    address = "/camp/start/checking/answers/join-them/"
    assert "Partly right: 50 %" in words(
        person.post(address, {"response": sent(variant, response)}, headers=HTMX)
    )
    keys = [one["key"] for one in kept("sort-them").own["items"]]
    twice = [f"{key}=2" for key in keys]
    refused = person.post("/camp/start/checking/answers/sort-them/", {"response": twice}, headers=HTMX)
    assert refused.status_code == 422
    assert "a place of its own; you gave: " in words(refused)
    assert len(re.findall(r'=2"\s+selected', refused.content.decode())) == 3


def test_twins_may_accept_other_words_but_not_mark_another_line(course: Module, tmp_path: Path) -> None:
    assert kept("name-it", "zh-hans").own["accepted"] == ["canary softmax", "canary归一化"]
    path = tmp_path / "zh-hans" / "start" / "checking.md"
    path.write_text(path.read_text(encoding="utf-8").replace("lines: 2", "lines: 1"), encoding="utf-8")
    with pytest.raises(loading.LoadRefused) as refused:
        loading.course_load(tmp_path)
    assert refused.value.report.faults


# --- The console ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("slug", MORE_QUESTIONS)
def test_a_question_is_written_out_and_read_again_as_it_was(course: Module, slug: str) -> None:
    question = Question.objects.get(slug=slug)
    content, order, concepts = publishing.read_question(publishing.write_question(question))
    assert content == selectors.content_of(question)
    assert (order, concepts) == (question.order, question.concepts)


@pytest.mark.parametrize("slug", MORE_QUESTIONS)
def test_a_question_is_tried_in_the_console(course: Module, slug: str) -> None:
    question = Question.objects.get(slug=slug)
    instructor = signed_in("instructor")
    page = instructor.get(f"{LIST}{question.pk}/try/?seed=3")
    assert page.status_code == 200
    assert question.texts["zh-hans"]["reason"] in page.content.decode()
    for response in ("nonsense", ["a=1", "a=1"], "4", ""):
        assert instructor.post(f"{LIST}{question.pk}/try/?seed=3", {"response": response}).status_code == 200


def test_what_is_of_one_type_alone_is_edited_as_yaml(course: Module) -> None:
    instructor = signed_in("instructor")
    for slug in MORE_QUESTIONS:
        question = Question.objects.get(slug=slug)
        before = list(
            Option.objects.filter(question=question).values("key", "group", "right", "value", "texts")
        )
        said = instructor.post(
            change(question), {**form_of(instructor, question), "_publish": "1"}, follow=True
        )
        assert "Published as version 1" in said.content.decode(), slug
        assert (
            list(Option.objects.filter(question=question).values("key", "group", "right", "value", "texts"))
            == before
        )
    bug = Question.objects.get(slug="wrong-line")
    form = form_of(instructor, bug)
    assert "lines: 2 - first" in form["own"]
    wrong = instructor.post(change(bug), {**form, "own": "lines: [x]\ncode: |\n  a\n  b", "_draft": "1"})
    assert "lines: expected a line" in wrong.content.decode()
    wrong = instructor.post(change(bug), {**form, "own": "tiles: 1", "_draft": "1"})
    assert "means nothing here" in wrong.content.decode()
    instructor.post(change(bug), {**form, "own": form["own"] + "all: true\n", "_publish": "1"})
    bug.refresh_from_db()
    assert bug.published.content["own"]["all"] is True
    assert bug.published.number == 2


def test_what_was_kept_before_there_was_any_of_this_is_named_and_read_as_it_was(course: Module) -> None:
    version = Question.objects.get(slug="scale").published
    assert "own" not in version.content
    assert all("group" not in choice for choice in version.content["choices"])
    assert "own" not in json.dumps(kept_of_asking())
    call_command("makemigrations", "--check", "--dry-run", verbosity=0)


def kept_of_asking() -> Any:
    version = Lesson.objects.get(slug="asking").published
    assert version is not None
    return [
        sorted(part["fields"]) for part in version.documents["en"]["parts"] if part.get("block") == "check"
    ]
