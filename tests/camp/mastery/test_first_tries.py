"""What is logged of an answer: each variant once, blanks not at all, and a mark that changes moves what follows."""

from datetime import timedelta

import pytest
from django.utils import timezone
from fsrs import Rating

from camp.accounts.models import User
from camp.courses.models import Lesson, Module
from camp.learning.bkt import mastery_after
from camp.mastery import services
from camp.mastery.models import GradedAnswer, ReviewCard
from camp.mastery.scheduling import reviewed
from camp.mastery.selectors import due_count, mastery_of
from camp.quizzes import selectors as quizzes
from camp.quizzes.models import Attempt, Question
from camp.quizzes.services import attempt_submit, check_answer, prediction_lock
from tests.camp.mastery.conftest import Clock
from tests.camp.mastery.learner import take_quiz

pytestmark = pytest.mark.django_db
RIGHT = {"scale": "right", "which": "right", "several": "right", "weights": "right"}


def known(person: User) -> dict[str, float | None]:
    return {one.code: one.mastery for one in mastery_of(person).asked}


def state() -> list[object]:
    return [
        list(GradedAnswer.objects.order_by("pk").values()),
        list(ReviewCard.objects.order_by("pk").values()),
    ]


def answer_check(person: User, score: float) -> None:
    lesson = Lesson.objects.get(slug="asking")
    check_answer(owner=person, lesson=lesson, block="pick-one", response="a", score=score, version=1)


def test_a_quiz_makes_a_card_for_each_question_and_counts_for_its_concepts(ada: User, module: Module) -> None:
    take_quiz(ada, module, {**RIGHT, "which": "wrong"})

    today = timezone.localdate()
    due = dict(ReviewCard.objects.values_list("question__slug", "due_on"))
    again, good = today + timedelta(days=1), today + timedelta(days=2)
    assert due == {"scale": good, "which": again, "several": good, "weights": good}
    assert known(ada)["C4"] == mastery_after([True])[0]
    assert sorted((one.code, one.answers, one.right) for one in mastery_of(ada).asked) == [
        ("C1", 2, 1), ("C4", 1, 1), ("C6", 1, 1), ("C7", 1, 1),
    ]  # fmt: skip


def test_nothing_counts_before_an_attempt_is_handed_in(ada: User, module: Module) -> None:
    take_quiz(ada, module, {})
    assert not GradedAnswer.objects.exists()


def test_what_was_left_blank_was_not_tried(ada: User, module: Module) -> None:
    take_quiz(ada, module, {"scale": "right"})
    assert [card.question.slug for card in ReviewCard.objects.all()] == ["scale"]
    assert list(known(ada)) == ["C4"]


def test_an_attempt_that_is_handed_in_or_told_again_counts_once(ada: User, module: Module) -> None:
    attempt = take_quiz(ada, module, RIGHT)
    before = state()

    attempt_submit(attempt=attempt)
    services.attempt_grade(attempt=attempt, items=quizzes.items_of(attempt))

    assert state() == before


def test_a_mark_that_changes_moves_the_mastery_and_every_date_after_it(
    ada: User, module: Module, clock: Clock
) -> None:
    first = take_quiz(ada, module, {"scale": "right"})
    clock.wait(days=2)
    take_quiz(ada, module, {"scale": "right"})
    (item,) = (one for one in quizzes.items_of(first) if one.version.question.slug == "scale")
    item.mark = {"score": 0.0}
    before = ReviewCard.objects.get()

    services.attempt_grade(attempt=first, items=[item])

    assert known(ada)["C4"] == mastery_after([False, True])[-1]
    assert ReviewCard.objects.get().due_on < before.due_on
    item.mark = {"score": 1.0}
    services.attempt_grade(attempt=first, items=[item])
    assert ReviewCard.objects.get().due_on == before.due_on


@pytest.mark.parametrize("cost", [0.1, 0.6])
def test_a_hint_makes_a_right_answer_return_sooner_whatever_it_cost(
    ada: User, module: Module, cost: float
) -> None:
    attempt = take_quiz(ada, module, {"scale": "right"})
    today = timezone.localdate()
    assert ReviewCard.objects.get().due_on == today + timedelta(days=2)
    GradedAnswer.objects.all().delete()
    (item,) = (one for one in quizzes.items_of(attempt) if one.version.question.slug == "scale")
    item.mark = {"score": 1 - cost, "worth": 1 - cost, "hints_taken": 1}

    services.attempt_grade(attempt=attempt, items=[item])

    hard = reviewed(None, Rating.Hard, today)
    assert ReviewCard.objects.get().due_on == hard.due_on < today + timedelta(days=2)
    assert known(ada)["C4"] == mastery_after([1 - cost >= 0.8])[0]


def test_of_a_lesson_s_check_the_first_answer_counts_for_the_lesson_s_concepts(
    ada: User, module: Module
) -> None:
    asking = Lesson.objects.get(slug="asking").published
    assert asking is not None
    concepts = asking.document["concepts"]
    assert concepts
    answer_check(ada, 0.0)
    answer_check(ada, 1.0)
    assert known(ada) == dict.fromkeys(concepts, mastery_after([False])[0])
    assert not ReviewCard.objects.exists()


def test_a_prediction_counts_for_nothing(ada: User, module: Module) -> None:
    lesson = Lesson.objects.get(slug="asking")
    prediction_lock(
        owner=ada, lesson=lesson, block="a-number", response="8", version=1, fits=lambda response: True
    )
    assert not GradedAnswer.objects.exists()


def test_a_question_is_due_from_the_learner_s_own_midnight(ada: User, module: Module, clock: Clock) -> None:
    ada.time_zone = "Asia/Shanghai"  # eight hours ahead, all year
    ada.save()
    clock.now = clock.now.replace(hour=15, minute=30)  # 23:30 there
    take_quiz(ada, module, {"which": "wrong"})
    assert due_count(ada) == 0
    clock.wait(minutes=29)
    assert due_count(ada) == 0
    clock.wait(minutes=1)
    assert due_count(ada) == 1


def test_a_retired_question_is_not_due(ada: User, module: Module, clock: Clock) -> None:
    take_quiz(ada, module, {"which": "wrong", "scale": "wrong"})
    clock.wait(days=3)
    assert due_count(ada) == 2
    Question.objects.filter(slug="which").update(is_retired=True)
    assert due_count(ada) == 1


def test_nothing_of_another_s_is_counted(ada: User, eve: User, module: Module, clock: Clock) -> None:
    take_quiz(eve, module, RIGHT)
    clock.wait(days=9)
    assert (due_count(ada), known(ada)) == (0, {})
    assert not Attempt.objects.filter(owner=ada).exists()


def test_however_many_answers_there_are_the_mastery_needs_three_queries(
    ada: User, module: Module, django_assert_num_queries: object
) -> None:
    for _times in range(3):
        take_quiz(ada, module, RIGHT)
    with django_assert_num_queries(3):  # type: ignore[operator]
        assert mastery_of(ada).asked
