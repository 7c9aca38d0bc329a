"""The map of the course and a person's progress: what they say, where they lead, and at what cost."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone, translation

from camp.accounts.models import User
from camp.courses.models import Lesson, LessonState, LessonVersion, Module
from camp.progress.records import State
from camp.progress.selectors import WEEKS, progress_of
from camp.quizzes.models import Attempt, LessonAnswer, Question, QuestionVersion

pytestmark = pytest.mark.django_db


class Course:
    """Three modules: two lessons and a quiz, one lesson, nothing yet."""

    def __init__(self) -> None:
        self.modules = [
            Module.objects.create(
                slug=slug, number=number, titles={"en": slug.title(), "zh-hans": f"模块{number}"}, questions={"en": "Why?"}
            )
            for number, slug in enumerate(("first", "second", "third"))
        ]  # fmt: skip
        self.one = lesson(self.modules[0], "one", 1)
        self.two = lesson(self.modules[0], "two", 2)
        self.three = lesson(self.modules[1], "three", 1)
        question = Question.objects.create(module=self.modules[0], slug="asked", type="single")
        question.published = QuestionVersion.objects.create(
            question=question, number=1, origin="shipped", digest="0", core_version="1", content={}
        )
        question.save()


def lesson(module: Module, slug: str, order: int) -> Lesson:
    made = Lesson.objects.create(module=module, slug=slug, order=order)
    titles = {"en": f"Lesson {slug}", "zh-hans": f"第{order}课"}
    made.published = LessonVersion.objects.create(
        lesson=made, number=1, origin="shipped", digest="0", core_version="1",
        documents={language: {"title": title, "minutes": 7, "parts": []} for language, title in titles.items()},
    )  # fmt: skip
    made.save()
    return made


@pytest.fixture
def course(db: None) -> Course:
    return Course()


def see(person: User, seen: Lesson, *, place: str = "", done: bool = False) -> LessonState:
    return LessonState.objects.create(
        owner=person, lesson=seen, place=place, done_at=timezone.now() if done else None
    )


def answer(person: User, at: Lesson, block: str, first: float, score: float | None = None) -> LessonAnswer:
    return LessonAnswer.objects.create(
        owner=person, lesson=at, block=block, kind="check", response={}, version_number=1,
        first_score=first, score=first if score is None else score,
    )  # fmt: skip


def attempt(person: User, module: Module, score: float | None = None, *, practice: bool = False) -> Attempt:
    ended: dict[str, Any] = {}
    if score is not None:
        ended = {"status": "submitted", "submitted_at": timezone.now(), "score": score}
    return Attempt.objects.create(
        owner=person, module=module, seed=1, core_version="1", is_practice=practice, **ended
    )


def states(person: User) -> list[str]:
    return [module.state for module in progress_of(person).modules]


def step_of(person: User) -> Any:
    step = progress_of(person).step
    assert step is not None
    return step


# --- States and the way on ----------------------------------------------------------------------------


def test_before_anything_the_first_module_is_next_and_the_first_lesson_the_start(
    ada: User, course: Course
) -> None:
    assert states(ada) == [State.NEXT, State.NEW, State.COMING]
    step = step_of(ada)
    assert (step.title, step.url, step.is_start) == ("0.1 Lesson one", "/camp/first/one/", True)


def test_while_a_module_is_in_progress_no_other_is_next(ada: User, course: Course) -> None:
    see(ada, course.one, done=True)
    assert states(ada) == [State.STARTED, State.NEW, State.COMING]
    see(ada, course.two, done=True)
    assert states(ada) == [State.STARTED, State.NEW, State.COMING], "its quiz is still to be taken"


def test_a_lesson_that_was_begun_is_continued_at_its_place(ada: User, course: Course) -> None:
    see(ada, course.one, done=True)
    see(ada, course.three, place="check-2")
    assert states(ada) == [State.STARTED, State.STARTED, State.COMING]
    step = step_of(ada)
    assert (step.url, step.is_start) == ("/camp/second/three/#check-2", False)


def test_of_two_lessons_begun_the_one_seen_last_is_continued(ada: User, course: Course) -> None:
    early = see(ada, course.three)
    LessonState.objects.filter(pk=early.pk).update(seen_at=timezone.now() - timedelta(days=1))
    see(ada, course.two)
    assert step_of(ada).url == "/camp/first/two/"


def test_an_open_attempt_is_continued(ada: User, course: Course) -> None:
    see(ada, course.one, done=True)
    opened = attempt(ada, course.modules[0])
    step = step_of(ada)
    assert str(opened.pk) in step.url
    assert step.is_quiz


def test_after_a_lesson_comes_the_next_and_after_the_last_the_quiz(ada: User, course: Course) -> None:
    see(ada, course.one, done=True)
    assert step_of(ada).url == "/camp/first/two/"
    see(ada, course.two, done=True)
    assert step_of(ada).is_quiz
    assert states(ada)[0] == State.STARTED
    attempt(ada, course.modules[0], 0.5)
    assert states(ada) == [State.DONE, State.NEXT, State.COMING]
    assert step_of(ada).url == "/camp/second/three/"


def test_when_all_is_done_there_is_no_way_on_and_the_map_says_so(
    client: Client, ada: User, course: Course
) -> None:
    for seen in (course.one, course.two, course.three):
        see(ada, seen, done=True)
    attempt(ada, course.modules[0], 1.0)
    assert progress_of(ada).step is None
    client.force_login(ada)
    assert "You have done all there is so far." in client.get("/camp/").content.decode()


def test_practice_from_a_guest_does_not_count_as_a_quiz_taken(ada: User, course: Course) -> None:
    attempt(ada, course.modules[0], 1.0, practice=True)
    quiz = progress_of(ada).modules[0].quiz
    assert quiz is not None
    assert (quiz.attempts, quiz.best) == (0, None)


def test_a_lesson_that_is_not_published_is_not_shown(ada: User, course: Course) -> None:
    see(ada, course.three, place="somewhere")
    Lesson.objects.filter(pk=course.three.pk).update(published=None)
    assert states(ada) == [State.NEXT, State.COMING, State.COMING]
    assert step_of(ada).url == "/camp/first/one/"


def test_a_retired_question_makes_no_quiz(ada: User, course: Course) -> None:
    Question.objects.update(is_retired=True)
    assert progress_of(ada).modules[0].quiz is None


# --- Numbers ------------------------------------------------------------------------------------------


def test_answers_are_counted_by_module_first_and_latest_apart(ada: User, course: Course) -> None:
    answer(ada, course.one, "a", 1.0)
    answer(ada, course.two, "a", 0.5, 1.0)
    answer(ada, course.two, "b", 0.0)
    LessonAnswer.objects.create(
        owner=ada, lesson=course.one, block="p", kind="predict", response={}, version_number=1
    )
    checks = progress_of(ada).modules[0].checks
    assert (checks.answered, checks.right_first, checks.right) == (3, 1, 2)


def test_the_best_of_several_attempts_is_kept(ada: User, course: Course) -> None:
    for score in (0.25, 0.75, 0.5):
        attempt(ada, course.modules[0], score)
    quiz = progress_of(ada).modules[0].quiz
    assert quiz is not None
    assert (quiz.attempts, quiz.result_percent) == (3, 75)


def test_activity_has_a_day_for_each_of_the_last_weeks_and_ends_today(ada: User, course: Course) -> None:
    see(ada, course.one, done=True)
    attempt(ada, course.modules[0], 1.0)
    old = answer(ada, course.one, "a", 1.0)
    LessonAnswer.objects.filter(pk=old.pk).update(created_at=timezone.now() - timedelta(days=3))
    older = answer(ada, course.one, "b", 1.0)
    LessonAnswer.objects.filter(pk=older.pk).update(created_at=timezone.now() - timedelta(days=100))
    activity = progress_of(ada).activity
    assert [day.date for day in activity] == [
        timezone.localdate() - timedelta(days=back) for back in reversed(range(7 * WEEKS))
    ]
    assert (activity[-1].answers, activity[-1].lessons, activity[-1].quizzes) == (0, 1, 1)
    assert activity[-4].answers == 1
    assert sum(day.total for day in activity) == 3
    assert progress_of(ada).active_days == 2


def test_a_day_begins_at_midnight_where_the_reader_is(ada: User, course: Course) -> None:
    late = answer(ada, course.one, "a", 1.0)
    noon = timezone.now().replace(hour=23, minute=30) - timedelta(days=2)
    LessonAnswer.objects.filter(pk=late.pk).update(created_at=noon)
    with timezone.override("Asia/Shanghai"):
        days = [day.date for day in progress_of(ada).activity if day.answers]
    assert days == [noon.date() + timedelta(days=1)]


@pytest.mark.parametrize("count", [10, 1000])
def test_a_thousand_rows_need_as_many_queries_as_ten(
    ada: User, course: Course, count: int, django_assert_num_queries: Any
) -> None:
    module = course.modules[0]
    LessonAnswer.objects.bulk_create(
        LessonAnswer(
            owner=ada, lesson=course.one, block=f"b{number}", kind="check", response={}, version_number=1,
            score=1.0, first_score=1.0,
        )
        for number in range(count)
    )  # fmt: skip
    Attempt.objects.bulk_create(
        Attempt(
            owner=ada, module=module, seed=number, core_version="1", status="submitted", score=0.5,
            submitted_at=timezone.now(),
        )
        for number in range(count)
    )  # fmt: skip
    many = [lesson(module, f"more-{number}", number) for number in range(count // 10)]
    LessonState.objects.bulk_create(LessonState(owner=ada, lesson=one) for one in many)
    with django_assert_num_queries(13):
        found = progress_of(ada)
    assert found.checks.answered == count


def test_nothing_of_anothers_is_counted(ada: User, eve: User, course: Course) -> None:
    see(eve, course.one, done=True)
    answer(eve, course.one, "a", 1.0)
    attempt(eve, course.modules[0], 1.0)
    found = progress_of(ada)
    assert (found.lessons_done, found.checks.answered, found.quizzes_taken, found.active_days) == (0, 0, 0, 0)


def test_titles_are_in_the_language_of_the_reader(ada: User, course: Course) -> None:
    with translation.override("zh-hans"):
        module = progress_of(ada).modules[0]
    assert (module.title, module.lessons[1].title) == ("模块0", "第2课")


# --- Pages --------------------------------------------------------------------------------------------


def test_the_map_has_one_primary_button_and_a_word_for_every_state(
    client: Client, ada: User, course: Course
) -> None:
    client.force_login(ada)
    see(ada, course.one, done=True)
    page = client.get("/camp/").content.decode()
    main = page.split("<main")[1].split("</main>")[0]
    assert main.count("button primary") == 1
    assert re.search(r'href="/camp/first/two/">\s*Continue', main)
    for words in ("In progress", "Not started", "Coming", "7 minutes", "done"):
        assert words in main


@pytest.mark.parametrize("address", ["/camp/", "/progress/"])
def test_pages_are_there_without_an_account_and_make_none(
    client: Client, course: Course, address: str
) -> None:
    page = client.get(address)
    assert page.status_code == 200
    assert page.content.decode().count("<h1") == 1
    assert not User.objects.exists()


@pytest.mark.parametrize("address", ["/camp/", "/progress/"])
def test_pages_are_there_before_the_course_is_loaded(client: Client, db: None, address: str) -> None:
    assert client.get(address).status_code == 200


@pytest.mark.parametrize("address", ["/camp/", "/progress/"])
def test_pages_are_only_read(client: Client, db: None, address: str) -> None:
    assert client.post(address).status_code == 405


def test_progress_has_a_table_for_every_picture_and_the_way_to_ones_data(
    client: Client, ada: User, course: Course
) -> None:
    client.force_login(ada)
    answer(ada, course.one, "a", 1.0)
    attempt(ada, course.modules[0], 0.75)
    page = client.get("/progress/").content.decode()
    assert page.count("<table") == 2
    assert "75 %" in page
    assert timezone.localdate().isoformat() in page
    assert "/account/export/" in page
    assert not re.search(r"percentile|better than|streak", page)


def test_course_and_progress_stand_first_in_the_navigation(client: Client, db: None) -> None:
    page = client.get("/").content.decode()
    nav = page.split("<nav")[1].split("</nav>")[0]
    assert re.findall(r'href="([^"]+)"', nav)[:2] == ["/camp/", "/progress/"]
    assert 'href="/camp/"' in page.split("<main")[1]


@pytest.mark.parametrize("address", ["/", "/camp/"])
def test_what_there_is_of_the_course_and_what_is_coming_is_said(
    client: Client, course: Course, address: str
) -> None:
    said = "2 of its 3 modules are here; the others are still being written."
    assert said in client.get(address).content.decode()
    lesson(course.modules[2], "last", 1)
    assert "still being written" not in client.get(address).content.decode()
