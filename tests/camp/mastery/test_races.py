"""Many at once: one review is open, one answer counts; and nothing is written for who is gone."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection

from camp.accounts.models import User
from camp.accounts.services import OwnerGone, account_erase, adopt_guest
from camp.courses.models import Module
from camp.mastery import services
from camp.mastery.models import GradedAnswer, Review, ReviewCard
from camp.quizzes.services import attempt_submit
from tests.camp.mastery.conftest import Clock
from tests.camp.mastery.learner import response_to, take_quiz

pytestmark = pytest.mark.django_db(transaction=True)
WRONG = {"scale": "wrong", "which": "wrong", "weights": "half"}


def at_once(call: Callable[[], Any], times: int = 12) -> list[Any]:
    def once(_number: int) -> Any:
        try:
            return call()
        finally:
            connection.close()

    with ThreadPoolExecutor(6) as pool:
        return list(pool.map(once, range(times)))


def test_of_many_requests_for_the_next_review_all_get_the_same(
    ada: User, module: Module, clock: Clock
) -> None:
    take_quiz(ada, module, WRONG)
    clock.wait(days=9)
    found = at_once(lambda: services.review_next(owner=ada))
    assert len({one.pk for one in found}) == 1
    assert Review.objects.count() == 1


def test_of_many_answers_one_counts(ada: User, module: Module, clock: Clock) -> None:
    take_quiz(ada, module, WRONG)
    clock.wait(days=9)
    review = services.review_next(owner=ada)
    assert review is not None
    right = response_to(review.version, review.seed, "right")
    wrong = response_to(review.version, review.seed, "wrong")
    answers = iter([right, wrong] * 6)
    found = at_once(lambda: services.review_answer(review=review, response=next(answers)))
    assert len({str(one.response) for one in found}) == 1
    assert GradedAnswer.objects.filter(review=review).count() == 1


def test_of_many_submits_each_answer_is_logged_once(ada: User, module: Module) -> None:
    attempt = take_quiz(ada, module, WRONG)
    attempt.__class__.objects.filter(pk=attempt.pk).update(status="open", score=None, submitted_at=None)
    GradedAnswer.objects.all().delete()
    ReviewCard.objects.all().delete()
    at_once(lambda: attempt_submit(attempt=attempt))
    assert GradedAnswer.objects.count() == ReviewCard.objects.count() == 3


@pytest.mark.parametrize("leaves", ["signs in", "is erased"])
def test_nothing_is_written_for_who_is_gone(ada: User, module: Module, clock: Clock, leaves: str) -> None:
    guest = User.objects.create(username="guest-1", is_guest=True)
    take_quiz(guest, module, WRONG)
    clock.wait(days=9)
    known = User.objects.get(pk=guest.pk)
    opened = services.review_next(owner=guest)
    assert opened is not None
    if leaves == "signs in":
        adopt_guest(guest=guest, account=ada)
    else:
        account_erase(account=guest)
    with pytest.raises(OwnerGone):
        services.review_answer(review=opened, response=None)
    assert services.review_next(owner=known) is None
    assert not GradedAnswer.objects.filter(review__isnull=False).exists()
