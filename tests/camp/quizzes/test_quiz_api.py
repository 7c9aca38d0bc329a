"""Quizzes over HTTP: start, resume, save, hand in; strict bodies, own rows, both languages."""

from typing import Any
from uuid import uuid4

import pytest

from camp.accounts.models import User
from camp.courses.models import Module
from camp.quizzes import selectors
from camp.quizzes.models import Attempt
from tests.camp.callers import Api
from tests.camp.quizzes.bank import QUESTIONS

pytestmark = pytest.mark.django_db


@pytest.fixture
def started(api: Api, module: Module) -> Any:
    answer = api.post("/quizzes/start/attempts/")
    assert answer.status_code == 201
    return answer


def put(api: Api, attempt: str, question: str, body: Any, **extra: Any) -> Any:
    return api.call("PUT", f"/attempts/{attempt}/answers/{question}/", body, **extra)


def test_a_quiz_says_what_awaits_one(api: Api, module: Module) -> None:
    quiz = api.get("/quizzes/start/?lang=zh-hans").json()
    assert (quiz["slug"], quiz["title"], quiz["questions"], quiz["best"]) == (
        "start",
        "开始",
        len(QUESTIONS),
        None,
    )
    assert api.get("/quizzes/pipeline/").status_code == 404
    assert api.get("/quizzes/start/?lang=fr").status_code == 400


def test_an_attempt_is_resumed_until_it_is_handed_in(api: Api, started: Any) -> None:
    again = api.post("/quizzes/start/attempts/")
    assert (again.status_code, again.json()["id"]) == (200, started.json()["id"])
    assert again["Location"] == started["Location"]
    assert api.get("/quizzes/start/").json()["open_attempt"] == started.json()["id"]
    api.post(f"/attempts/{started.json()['id']}/submit/")
    assert api.post("/quizzes/start/attempts/").status_code == 201


def test_answers_are_saved_marked_and_explained_once_handed_in(api: Api, started: Any) -> None:
    attempt = started.json()["id"]
    for question, response in (("which", "a"), ("several", ["a", "c"]), ("scale", "1/2"), ("weights", [["1", "0.5"], ["1/3", "2e-1"]])):  # fmt: skip
        saved = put(api, attempt, question, {"response": response})
        assert saved.status_code == 200
        assert saved.json()["response"] == response or question == "several"
    assert all(one["feedback"] is None for one in api.get(f"/attempts/{attempt}/").json()["questions"])
    done = api.post(f"/attempts/{attempt}/submit/").json()
    again = api.post(f"/attempts/{attempt}/submit/")
    assert (again.status_code, again.json()) == (200, done)
    told = {one["question"]: one["feedback"] for one in done["questions"]}
    assert told["which"]["score"] == 1
    assert told["which"]["right"] == "a"
    assert told["several"]["score"] == 0
    assert {one["key"]: one["is_right"] for one in told["several"]["options"]} == {
        "a": True, "b": True, "c": False, "d": False,
    }  # fmt: skip
    assert "canary reason" in told["scale"]["reason"]
    assert [len(row) for row in told["weights"]["cells"]] == [2, 2]
    assert done["score"] == pytest.approx(sum(one["score"] for one in told.values()) / len(QUESTIONS))
    chinese = api.get(f"/attempts/{attempt}/?lang=zh-hans").json()
    assert "canary 甲" in str(chinese)
    assert chinese["language"] == "zh-hans"


def test_null_clears_an_answer(api: Api, started: Any) -> None:
    attempt = started.json()["id"]
    put(api, attempt, "which", {"response": "a"})
    assert put(api, attempt, "which", {"response": None}).json()["response"] is None


@pytest.mark.parametrize(
    ("question", "body", "pointer", "detail"),
    [
        ("which", {"response": "z"}, "/response", "expected one of"),
        ("which", {"response": "a", "score": 1}, "/score", "unknown field"),
        ("which", {}, "/response", ""),
        ("which", [1], "", "expected an object"),
        ("several", {"response": ["a", "z"]}, "/response/1", "expected a list of options"),
        ("scale", {"response": "half"}, "/response", '"half" is not a number'),
        ("scale", {"response": "NaN"}, "/response", "use finite numbers"),
        ("weights", {"response": [["1", "x"], ["1", "1"]]}, "/response/0/1", '"x" is not a number'),
        ("weights", {"response": [["1"], ["1", "1"]]}, "/response/0", "expected 2 rows of 2 numbers, got 1"),
    ],
)
def test_what_is_wrong_is_told_at_its_place(
    api: Api, started: Any, question: str, body: Any, pointer: str, detail: str
) -> None:
    answer = put(api, started.json()["id"], question, body)
    assert answer.status_code == 400
    error = answer.json()["errors"][0]
    assert error["pointer"] == pointer
    assert detail in error["detail"]


def test_a_late_answer_is_409(api: Api, started: Any) -> None:
    attempt = started.json()["id"]
    api.post(f"/attempts/{attempt}/submit/")
    late = put(api, attempt, "which", {"response": "a"})
    assert (late.status_code, late.json()["type"]) == (409, "urn:camp:problem:submitted")


def test_anothers_attempt_and_a_missing_one_look_the_same(started: Any, eve: User) -> None:
    theirs, attempt = Api(eve), started.json()["id"]
    for given in (attempt, str(uuid4())):
        assert theirs.get(f"/attempts/{given}/").status_code == 404
        assert theirs.post(f"/attempts/{given}/submit/").status_code == 404
        assert put(theirs, given, "which", {"response": "a"}).status_code == 404
    assert Attempt.objects.get().is_open


def test_a_question_that_the_attempt_lacks_is_404(api: Api, started: Any) -> None:
    assert put(api, started.json()["id"], "nothing", {"response": "a"}).status_code == 404


def test_scopes_and_credentials(ada: User, module: Module) -> None:
    assert Api(None).post("/quizzes/start/attempts/").status_code == 401
    course = Api(ada, scopes=["course"])
    assert course.get("/quizzes/start/").status_code == 200
    assert course.post("/quizzes/start/attempts/").status_code == 403
    attempts = Api(ada, scopes=["attempts"])
    assert attempts.post("/quizzes/start/attempts/").status_code == 201
    assert attempts.get("/quizzes/start/").status_code == 403


def test_the_version_and_the_core_are_pinned(api: Api, started: Any) -> None:
    document = started.json()
    assert document["core_version"]
    assert {one["version"] for one in document["questions"]} == {1}
    items = selectors.items_of(Attempt.objects.get())
    assert [one["question"] for one in document["questions"]] == [
        item.version.question.slug for item in items
    ]
