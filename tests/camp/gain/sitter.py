"""Somebody who takes the two tests, and answers as many questions rightly as they are told."""

from camp.accounts.models import User
from camp.gain import services
from camp.quizzes import selectors
from camp.quizzes import services as quizzes
from camp.quizzes.models import Attempt, Sitting
from tests.camp.mastery.learner import response_to


def sit(owner: User, sitting: Sitting, right: int, predicted: int | None = None) -> Attempt:
    """Handed in with the first `right` questions answered rightly, the others wrongly."""
    attempt, _is_new = services.start_test(owner=owner, sitting=sitting, predicted=predicted)
    for item in selectors.items_of(attempt):
        how = "right" if item.position <= right else "wrong"
        quizzes.answer_save(attempt=attempt, item=item, response=response_to(item.version, item.seed, how))
    return quizzes.attempt_submit(attempt=attempt)


def forms_of(attempt: Attempt) -> set[str]:
    return {item.version.question.form for item in selectors.items_of(attempt)}
