"""The course for programs: language, scope, and nothing that gives an answer away."""

from typing import Any

import pytest

from camp.accounts.models import User
from camp.courses import blocks
from camp.courses.blocks import Block, Fields, Writer
from camp.courses.models import Lesson, LessonVersion
from tests.camp.callers import Api

CALLS = ("/modules/", "/modules/start/", "/lessons/first/")


def test_the_language_is_the_one_asked_for(lesson: Lesson, api: Api) -> None:
    assert api.get("/lessons/first/?lang=zh-hans").json()["title"] == "一课"
    assert api.get("/lessons/first/", headers={"Accept-Language": "zh-TW"}).json()["language"] == "zh-hans"
    assert api.get("/lessons/first/?lang=en", headers={"Accept-Language": "zh"}).json()["title"] == "A lesson"
    assert api.get("/modules/?lang=zh-hans").json()[0]["title"] == "开始"


@pytest.mark.parametrize("query", ["lang=fr", "lang=", "lang=en&lang=en", "language=en", "lang=EN"])
@pytest.mark.parametrize("call", CALLS)
def test_a_query_that_is_not_understood_is_refused(lesson: Lesson, api: Api, call: str, query: str) -> None:
    answer = api.get(f"{call}?{query}")
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["pointer"] in ("/lang", "/language")


@pytest.mark.parametrize("call", CALLS)
def test_it_needs_a_token_with_the_scope(lesson: Lesson, ada: User, call: str) -> None:
    assert Api(None).get(call).status_code == 401
    assert Api(ada, scopes=["jobs"]).get(call).status_code == 403
    assert Api(ada, scopes=["course"]).get(call).status_code == 200
    assert Api(ada).post(call, {}).status_code == 405


def test_what_is_not_published_is_not_there(lesson: Lesson, api: Api) -> None:
    Lesson.objects.filter(pk=lesson.pk).update(published=None)
    assert api.get("/lessons/first/").status_code == 404
    assert api.get("/lessons/nothing/").status_code == 404
    assert api.get("/modules/nothing/").status_code == 404
    assert [one["slug"] for one in api.get("/modules/start/").json()["lessons"]] == ["second"]


def test_a_block_tells_no_more_than_it_says_it_may(
    lesson: Lesson, api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Riddle(Block):
        name = "riddle"

        def read(self, argument: str, fields: Fields, writer: Writer) -> Fields:
            return fields

    monkeypatch.setitem(blocks._blocks, "riddle", Riddle())
    version: Any = LessonVersion.objects.get(lesson=lesson)
    version.documents["en"]["parts"].append({"block": "riddle", "fields": {"id": "r", "answer": 42}})
    version.documents["en"]["parts"].append({"block": "gone", "fields": {"answer": 42}})
    version.save()
    parts = api.get("/lessons/first/?lang=en").json()["parts"]
    assert parts[-2:] == [{"block": "riddle", "fields": {"id": "r"}}, {"block": "gone", "fields": {}}]
    assert parts[1] == {"block": "note", "fields": {"html": "<p>Apart: it is 4.</p>\n"}}
