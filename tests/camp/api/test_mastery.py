"""`GET /api/v1/me/mastery/` and `/me/reviews/`: one's own, by one's own calendar, with the right scope."""

from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone

from camp.accounts.models import User
from camp.courses import loading
from camp.courses.models import Module
from camp.learning.bkt import Bkt, mastery_after
from camp.quizzes.models import Question
from tests.camp.callers import Api
from tests.camp.mastery.learner import take_quiz
from tests.camp.quizzes.bank import course_with_quiz

pytestmark = pytest.mark.django_db
PATHS = ("/me/mastery/", "/me/reviews/")


@pytest.fixture
def module(db: None, tmp_path: Path) -> Module:
    loading.course_load(course_with_quiz(tmp_path))
    return Module.objects.get(slug="start")


def test_a_concept_is_told_with_its_mastery_and_the_tries_behind_it(
    api: Api, ada: User, module: Module
) -> None:
    take_quiz(ada, module, {"scale": "right"})
    mastery = mastery_after([True])[0]
    (concept,) = api.get("/me/mastery/").json()["concepts"]
    assert concept.pop("lesson") in {"first", "second", "asking", None}
    assert concept == {
        "concept": "C4",
        "name": "Which dimension dₖ is",
        "mastery": mastery,
        "level": "likely",
        "next_right": Bkt().next_right(mastery),
        "first_tries": 1,
        "right": 1,
    }


def test_names_are_in_the_language_asked_for(api: Api, ada: User, module: Module) -> None:
    take_quiz(ada, module, {"scale": "right"})
    told = api.get("/me/mastery/", headers={"Accept-Language": "zh-Hans"}).json()
    assert told["concepts"][0]["name"] == "dₖ 是哪个维度"


def test_what_is_due_is_told_by_the_account_s_own_calendar(
    api: Api, ada: User, module: Module, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada.time_zone = "Asia/Shanghai"
    ada.save()
    late = timezone.now().replace(hour=15, minute=59)  # 23:59 there
    monkeypatch.setattr(timezone, "now", lambda: late)
    take_quiz(ada, module, {"scale": "wrong", "weights": "right"})
    today = late.date()
    tomorrow, after = ((today + timedelta(days=days)).isoformat() for days in (1, 2))
    told = api.get("/me/reviews/").json()
    assert (told["today"], told["due"], told["modules"], told["later"]) == (today.isoformat(), 0, [], 0)
    assert told["next_day"] == tomorrow
    assert [day for day in told["next_days"] if day["due"]] == [
        {"date": tomorrow, "due": 1},
        {"date": after, "due": 1},
    ]
    assert len(told["next_days"]) == 7

    monkeypatch.setattr(timezone, "now", lambda: late + timedelta(minutes=1))
    told = api.get("/me/reviews/").json()
    assert (told["today"], told["due"]) == (tomorrow, 1)
    assert told["modules"] == [{"slug": "start", "title": module.title, "due": 1}]
    assert told["next_day"] == after


def test_nothing_of_another_s_is_told(api: Api, eve: User, module: Module) -> None:
    take_quiz(eve, module, {"scale": "right"})
    assert api.get("/me/mastery/").json() == {"concepts": []}
    told = api.get("/me/reviews/").json()
    assert (told["due"], told["next_day"], told["later"]) == (0, None, 0)


def test_a_question_that_is_asked_no_more_is_not_due(api: Api, ada: User, module: Module) -> None:
    take_quiz(ada, module, {"scale": "right"})
    Question.objects.filter(slug="scale").update(is_retired=True)
    assert api.get("/me/reviews/").json()["next_day"] is None


@pytest.mark.parametrize("path", PATHS)
def test_without_a_token_or_its_scope_it_is_refused(ada: User, path: str) -> None:
    assert Api(None).get(path).status_code == 401
    assert Api(ada, scopes=["jobs"]).get(path).status_code == 403


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_it_is_only_read(api: Api, method: str, path: str) -> None:
    assert api.call(method, path).status_code == 405
