"""Reads of the two tests: a person's own, and what they come to for everybody."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from camp.accounts.models import User
from camp.courses.models import Module
from camp.gain.models import FORMS, FormOrder
from camp.gain.records import Sat, Standing
from camp.learning.gain import CohortGain, cohort_gain
from camp.quizzes.models import Attempt, AttemptStatus, Sitting
from camp.quizzes.selectors import attempt_at_test, questions_of_form

MODULES = {Sitting.PRE_TEST: "start", Sitting.POST_TEST: "capstone"}  # whose lessons they are


def sitting_of(slug: str) -> Sitting | None:
    """The test that the API and addresses call so."""
    return Sitting(slug) if slug in MODULES else None


def module_of(sitting: Sitting) -> Module | None:
    """The module whose lesson it is; None where there is no such module, or a form has no questions."""
    if not all(questions_of_form(form).exists() for form in FORMS):
        return None
    return Module.objects.filter(slug=MODULES[sitting]).first()


def order_of(person: object) -> FormOrder | None:
    return FormOrder.objects.filter(owner=person).first() if isinstance(person, User) else None


def standing_of(person: object) -> Standing:
    order = order_of(person)
    before, after = (_sat(person, sitting, order) for sitting in MODULES)
    return Standing(before, after)


def _sat(person: object, sitting: Sitting, order: FormOrder | None) -> Sat:
    attempt = attempt_at_test(person, sitting)
    if attempt is None:
        form = order.form_of(sitting) if order else FORMS[0]
        return Sat(
            sitting, None, order.predicted_of(sitting) if order else None, questions_of_form(form).count()
        )
    answered = attempt.items.exclude(response=None).count() if attempt.is_open else 0
    return Sat(
        sitting, attempt, order.predicted_of(sitting) if order else None, attempt.items.count(), answered
    )


@dataclass(frozen=True)
class Cohort:
    """Learners with both tests; `gain` is None while there are fewer than 20."""

    learners: int
    gain: CohortGain | None


def cohorts() -> Mapping[str, Cohort]:
    """Of everybody, by "", and of those with form A or B first, by "a" and "b". Guests are not counted."""
    scores: dict[str, list[tuple[float, float]]] = {"": [], **{form: [] for form in FORMS}}
    for form, pre, post in _both_scores():
        for name in ("", form):
            scores[name].append((100 * pre, 100 * post))
    return {name: Cohort(len(found), cohort_gain(found)) for name, found in scores.items()}


def _both_scores() -> Sequence[tuple[str, float, float]]:
    """Of each learner with both tests: the form that was first, and the scores from 0 to 1."""
    done = Attempt.objects.filter(status=AttemptStatus.SUBMITTED, is_practice=False, owner__is_guest=False)
    before, after = (
        dict(done.filter(sitting=sitting).values_list("owner_id", "score")) for sitting in MODULES
    )
    orders = FormOrder.objects.filter(owner__in=done.filter(sitting=Sitting.POST_TEST).values("owner_id"))
    rows = []
    for owner, form in orders.order_by("owner_id").values_list("owner_id", "first_form"):
        pre, post = before.get(owner), after.get(owner)
        if pre is not None and post is not None:
            rows.append((form, pre, post))
    return rows
