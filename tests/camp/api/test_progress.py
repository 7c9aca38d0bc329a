"""`GET /api/v1/me/progress/`: one's own, in one's language, with the right scope."""

from datetime import timedelta

import pytest
from django.utils import timezone

from camp.accounts.models import User
from camp.courses.models import Lesson, LessonState, LessonVersion, Module
from camp.progress.models import Moment
from camp.quizzes.models import LessonAnswer
from tests.camp.callers import Api

pytestmark = pytest.mark.django_db
PATH = "/me/progress/"


@pytest.fixture
def lesson(db: None) -> Lesson:
    module = Module.objects.create(
        slug="scores", number=3, titles={"en": "Scores", "zh-hans": "分数"}, questions={"en": "Why?"}
    )
    made = Lesson.objects.create(module=module, slug="one", order=1)
    made.published = LessonVersion.objects.create(
        lesson=made,
        number=1,
        origin="shipped",
        digest="0",
        core_version="1",
        documents={"en": {"title": "One"}},
    )
    made.save()
    return made


def test_modules_lessons_and_answers_are_told(api: Api, ada: User, lesson: Lesson) -> None:
    LessonState.objects.create(owner=ada, lesson=lesson, done_at=timezone.now())
    LessonAnswer.objects.create(
        owner=ada, lesson=lesson, block="a", kind="check", response={}, score=1.0, first_score=0.0, version_number=1
    )  # fmt: skip
    told = api.get(PATH).json()
    (module,) = told["modules"]
    assert (told["lessons"], told["lessons_done"], module["state"]) == (1, 1, "done")
    assert module["lessons"][0]["title"] == "One"
    assert module["checks"] == {"answered": 1, "right_first": 0, "right": 1}
    assert module["quiz"] is None
    today = timezone.now().date().isoformat()
    assert told["activity"] == [
        {"date": today, "answers": 1, "lessons": 1, "quizzes": 0, "tests": 0, "reviews": 0}
    ]


def test_time_on_task_is_told_with_its_limits(api: Api, ada: User) -> None:
    now = timezone.now() - timedelta(days=1)
    for seconds in (0, 50, 150):
        Moment.objects.create(owner=ada, kind="task", at=now + timedelta(seconds=seconds))
    assert api.get(PATH).json()["time_on_task"] == {
        "reading_minutes": 0,
        "task_minutes": 0.83,
        "limits": {"reading": 180, "task": 60},
        "by_limit": [
            {"limit": 60, "minutes": 0.83},
            {"limit": 180, "minutes": 2.5},
            {"limit": 600, "minutes": 2.5},
        ],
    }


def test_titles_are_in_the_language_asked_for(api: Api, lesson: Lesson) -> None:
    told = api.get(PATH, headers={"Accept-Language": "zh-Hans"}).json()
    assert told["modules"][0]["title"] == "分数"


def test_anothers_progress_is_not_seen(api: Api, eve: User, lesson: Lesson) -> None:
    LessonState.objects.create(owner=eve, lesson=lesson, done_at=timezone.now())
    assert api.get(PATH).json()["lessons_done"] == 0


def test_without_a_token_or_its_scope_it_is_refused(ada: User, lesson: Lesson) -> None:
    assert Api(None).get(PATH).status_code == 401
    assert Api(ada, scopes=["jobs"]).get(PATH).status_code == 403


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_it_is_only_read(api: Api, method: str) -> None:
    assert api.call(method, PATH).status_code == 405
