"""Which question is asked next: what has been due longest, of another concept than the last, by the version that holds."""

from datetime import timedelta

import pytest

from camp.accounts.models import User
from camp.courses.models import Module
from camp.mastery.models import ReviewCard
from camp.mastery.services import review_answer, review_next
from camp.quizzes.models import Question
from camp.quizzes.publishing import question_publish
from tests.camp.mastery.conftest import Clock
from tests.camp.mastery.learner import CONCEPTS, take_quiz

pytestmark = pytest.mark.django_db


def all_due(owner: User, module: Module, clock: Clock) -> None:
    """In the order which, several, scale, weights, of which the first two share a concept."""
    take_quiz(owner, module, dict.fromkeys(CONCEPTS, "right"))
    clock.wait(days=30)
    first = ReviewCard.objects.order_by("due_on").values_list("due_on", flat=True)[0]
    for days, slug in enumerate(("which", "several", "scale", "weights")):
        ReviewCard.objects.filter(question__slug=slug).update(due_on=first + timedelta(days=days))


def test_after_a_concept_another_one_is_asked_where_another_is_due(
    ada: User, module: Module, clock: Clock
) -> None:
    all_due(ada, module, clock)
    asked = []
    while (review := review_next(owner=ada)) is not None:
        asked.append(review.question.slug)
        clock.wait(minutes=1)
        review_answer(review=review, response=None)
        ReviewCard.objects.filter(question=review.question).update(
            due_on=clock.now.date() + timedelta(days=9)
        )
    assert asked == ["which", "scale", "several", "weights"]


def test_an_open_review_of_a_question_that_was_corrected_is_asked_anew(
    ada: User, module: Module, clock: Clock
) -> None:
    all_due(ada, module, clock)
    opened = review_next(owner=ada)
    assert opened is not None
    assert review_next(owner=ada) == opened
    question = Question.objects.get(slug=opened.question.slug)
    question.texts = {
        language: {**texts, "reason": "another reason"} for language, texts in question.texts.items()
    }
    question.save()
    corrected = question_publish(question=question, by=None)
    again = review_next(owner=ada)
    assert again is not None
    assert again != opened
    assert again.version == corrected
