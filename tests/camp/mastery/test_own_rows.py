"""What was logged is its owner's: it comes along at sign-in, is exported, is erased; and what was before is filled in."""

import json
from importlib import import_module

import pytest
from django.apps import apps

from camp.accounts.models import User
from camp.accounts.own_data import document
from camp.accounts.services import account_erase, adopt_guest
from camp.courses.models import Module
from camp.mastery import services
from camp.mastery.models import GradedAnswer, Review, ReviewCard
from camp.mastery.selectors import due_count
from tests.camp.mastery.conftest import Clock
from tests.camp.mastery.learner import response_to, take_quiz
from tests.camp.mastery.test_first_tries import answer_check, known

pytestmark = pytest.mark.django_db
HALF = {"scale": "right", "which": "wrong", "weights": "half"}


@pytest.fixture
def guest(db: None) -> User:
    return User.objects.create(username="guest-1", is_guest=True)


def log_of(person: User) -> list[object]:
    rows = GradedAnswer.objects.filter(owner=person).order_by("answered_at", "item__position", "pk")
    return list(
        rows.values_list(
            "question_id",
            "lesson_id",
            "item_id",
            "check_answer_id",
            "concepts",
            "score",
            "answered_at",
            "day",
        )
    )


def cards_of(person: User) -> list[object]:
    columns = ("question__slug", "stability", "difficulty", "reviewed_on", "due_on")
    return list(ReviewCard.objects.filter(owner=person).order_by("question__slug").values_list(*columns))


def answer_due(person: User, how: str) -> Review:
    review = services.review_next(owner=person)
    assert review is not None
    return services.review_answer(review=review, response=response_to(review.version, review.seed, how))


def test_a_guest_s_answers_and_the_account_s_become_one_history(
    ada: User, eve: User, guest: User, module: Module, clock: Clock
) -> None:
    """As if one person had answered all of it, in that order."""
    for person, single in ((ada, eve), (guest, eve)):
        clock.wait(days=3)
        for one in (person, single):
            take_quiz(one, module, HALF)
    clock.wait(days=1)

    assert adopt_guest(guest=guest, account=ada)

    assert cards_of(ada) == cards_of(eve)
    assert known(ada) == known(eve)
    assert not User.objects.filter(pk=guest.pk).exists()


def test_a_guest_s_cards_come_along_where_the_account_has_none(
    ada: User, guest: User, module: Module, clock: Clock
) -> None:
    take_quiz(guest, module, HALF)
    before = cards_of(guest)
    adopt_guest(guest=guest, account=ada)
    assert cards_of(ada) == before
    clock.wait(days=9)
    assert due_count(ada) == len(before)


def test_of_two_answers_to_one_check_the_account_s_counts(ada: User, guest: User, module: Module) -> None:
    answer_check(ada, 1.0)
    answer_check(guest, 0.0)
    before = known(ada)
    adopt_guest(guest=guest, account=ada)
    assert known(ada) == before
    assert GradedAnswer.objects.count() == 1


def test_of_two_open_reviews_the_account_s_stays_and_answered_ones_come_along(
    ada: User, guest: User, module: Module, clock: Clock
) -> None:
    for person in (ada, guest):
        take_quiz(person, module, HALF)
    clock.wait(days=9)
    own = services.review_next(owner=ada)
    answered = answer_due(guest, "right")
    services.review_next(owner=guest)
    adopt_guest(guest=guest, account=ada)
    assert {one.pk for one in Review.objects.filter(owner=ada)} == {own.pk if own else None, answered.pk}


def test_the_export_has_log_cards_and_reviews_and_no_seed(ada: User, module: Module, clock: Clock) -> None:
    take_quiz(ada, module, HALF)
    answer_check(ada, 1.0)
    clock.wait(days=9)
    answer_due(ada, "right")
    opened = services.review_next(owner=ada)
    assert opened is not None

    text = b"".join(document(ada)).decode()

    found = json.loads(text)
    assert len(found["graded_answers"]) == 5
    assert [row["block"] for row in found["graded_answers"]][3] == "pick-one"
    assert len(found["review_cards"]) == 3
    assert [review["answered_at"] is None for review in found["reviews"]] == [False, True]
    assert str(opened.seed) not in text


def test_erasing_an_account_leaves_nothing_and_touches_nobody_else(
    ada: User, eve: User, module: Module, clock: Clock
) -> None:
    for person in (ada, eve):
        take_quiz(person, module, HALF)
        answer_check(person, 1.0)
    clock.wait(days=9)
    answer_due(ada, "wrong")
    before = cards_of(eve)
    account_erase(account=ada)
    assert set(GradedAnswer.objects.values_list("owner", flat=True)) == {eve.pk}
    assert not Review.objects.exists()
    assert cards_of(eve) == before


def test_what_was_answered_before_there_was_a_log_is_filled_in(
    ada: User, eve: User, module: Module, clock: Clock
) -> None:
    ada.time_zone = "Asia/Shanghai"
    ada.save()
    for _times in range(2):
        clock.wait(days=2, hours=7)
        for person in (ada, eve):
            take_quiz(person, module, HALF)
    answer_check(ada, 0.0)
    before = [log_of(ada), cards_of(ada), known(ada), log_of(eve), cards_of(eve)]
    GradedAnswer.objects.all().delete()
    ReviewCard.objects.all().delete()

    migration = import_module("camp.mastery.migrations.0002_from_answers")
    migration.log_answers(apps, None)
    migration.replay_cards(apps, None)

    assert [log_of(ada), cards_of(ada), known(ada), log_of(eve), cards_of(eve)] == before
