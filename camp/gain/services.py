"""Writes of the two tests: the lot, what was expected, and the start of an attempt."""

import secrets

from django.db import transaction

from camp.accounts.models import User
from camp.accounts.services import owner_locked
from camp.gain import selectors
from camp.gain.models import FORMS, FormOrder
from camp.quizzes.models import Attempt, Sitting
from camp.quizzes.selectors import attempt_at_test
from camp.quizzes.services import NoQuestions, attempt_start


class PreTestFirst(Exception):
    """A gain needs a score before: the post-test is for those who have handed in the pre-test."""


def start_test(*, owner: User, sitting: Sitting, predicted: int | None = None) -> tuple[Attempt, bool]:
    """The owner's attempt at a test, a new one the first time; and whether it is new.

    Which form is first is drawn once for each person, so that a harder form does not pass for a gain. What was
    expected is kept as it was first given, and not after the first start.

    Raises:
        PreTestFirst, NoQuestions.
        camp.quizzes.services.AttemptsUsedUp: it has been handed in; a test is taken once.
        camp.accounts.services.OwnerGone: nobody to keep it for.
    """
    module = selectors.module_of(sitting)
    if module is None:
        raise NoQuestions(sitting)
    with transaction.atomic():
        owner = owner_locked(owner)
        if sitting == Sitting.POST_TEST:
            first = attempt_at_test(owner, Sitting.PRE_TEST)
            if first is None or first.is_open:
                raise PreTestFirst
        order, _is_new = FormOrder.objects.get_or_create(
            owner=owner, defaults={"first_form": secrets.choice(FORMS)}
        )
        if predicted is not None and attempt_at_test(owner, sitting) is None:
            name = "predicted_before" if sitting == Sitting.PRE_TEST else "predicted_after"
            setattr(order, name, predicted)
            order.save(update_fields=[name])
        # In one transaction: a lot without its test could meet a guest's tests that were taken by another. What is drawn
        # under the lock is next to nothing, for a form's numbers are fixed.
        return attempt_start(owner=owner, module=module, sitting=sitting, form=order.form_of(sitting))
