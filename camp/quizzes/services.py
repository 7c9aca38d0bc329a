"""Writes of attempts and answers. What is marked is marked once, whoever asks at the same moment."""

import secrets
from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from typing import Any

import numpy as np
import structlog
from django.db import IntegrityError, transaction
from django.utils import timezone

import attention_core
from camp.accounts.models import User
from camp.accounts.services import OwnerGone, owner_locked
from camp.courses.blocks import Unfit
from camp.courses.models import Lesson, Module
from camp.quizzes import hearing, selectors
from camp.quizzes.drawn import Variant
from camp.quizzes.hints import after_hints
from camp.quizzes.marking import Mark, Response, attempt_score
from camp.quizzes.models import Attempt, AttemptItem, AttemptStatus, LessonAnswer, Question, Sitting
from camp.quizzes.question_types import question_type
from camp.rates import TooOften

log = structlog.get_logger("camp.quizzes")
_MOST_SEED = 2**53
_SEEDS_TRIED = 5
MOST_STARTS = 60  # of one person, of all quizzes together, within the window
_WINDOW = timedelta(hours=1)


class NoQuestions(Exception):
    """The module has no question that could be asked."""


class AttemptsUsedUp(Exception):
    """The quiz's rules allow `most` attempts, and the owner has had them; of a test there is one."""

    def __init__(self, most: int) -> None:
        super().__init__(most)
        self.most = most


class TooManyStarts(TooOften):
    """Nobody learns by so many attempts, and each has its rows."""


class Submitted(Exception):
    """The attempt has been submitted; its answers stand."""


class Overtaken(Exception):
    """Another answer was saved since this one was begun; `item` has it."""

    def __init__(self, item: AttemptItem) -> None:
        super().__init__(item.pk)
        self.item = item


def attempt_start(
    *, owner: User, module: Module, sitting: str = Sitting.QUIZ, form: str = ""
) -> tuple[Attempt, bool]:
    """The attempt that the owner has open at this quiz, or at a test with this form; or a new one; and whether it is new.

    Raises:
        NoQuestions: nothing can be asked.
        AttemptsUsedUp: there may be no more.
        TooManyStarts: there were too many of late.
        camp.accounts.services.OwnerGone: nobody to keep it for.
    """
    found = selectors.open_attempt(owner, module, sitting)
    if found is not None:
        return found, False
    _check_left(owner, module, sitting)
    try:
        return _attempt_make(owner, module, sitting, form)
    except IntegrityError:  # another request was first
        found = selectors.open_attempt(owner, module, sitting)
        if found is None:
            raise
        return found, False


def new_seed() -> int:
    """Not to be guessed: with it and the camp's files one could compute the answers."""
    return secrets.randbelow(_MOST_SEED)


def _check_left(owner: User, module: Module, sitting: str) -> None:
    """Raises AttemptsUsedUp, TooManyStarts."""
    now = timezone.now()
    of_late = Attempt.objects.filter(owner=owner, started_at__gt=now - _WINDOW).order_by("started_at")
    if of_late.count() >= MOST_STARTS:
        first = of_late.values_list("started_at", flat=True)[0]
        raise TooManyStarts((first + _WINDOW - now).total_seconds())
    if sitting:
        taken = selectors.attempt_at_test(owner, sitting)
        if (
            taken is not None and not taken.is_open
        ):  # one that is open was begun meanwhile, and is gone on with
            raise AttemptsUsedUp(1)
        return
    rules = selectors.rules_of(module)
    if selectors.attempts_left(owner, rules) == 0:
        assert rules.most_attempts is not None
        raise AttemptsUsedUp(rules.most_attempts)


def _attempt_make(owner: User, module: Module, sitting: str, form: str) -> tuple[Attempt, bool]:
    """Drawn while nothing is locked: drawing computes, and others go on saving meanwhile. Counted under the lock:
    of many who start at once none goes beyond the last that is allowed.
    """
    seed = new_seed()
    random = np.random.Generator(np.random.PCG64(seed))
    items: list[AttemptItem] = []
    for question in _questions(module, form, random):
        item = _item(question, random)
        if item is not None:
            item.position = len(items) + 1
            items.append(item)
        if not form and len(items) == selectors.MOST_QUESTIONS:
            break
    if not items:
        raise NoQuestions(module.slug)
    with transaction.atomic():
        owner = owner_locked(owner)
        found = selectors.open_attempt(owner, module, sitting)
        if found is not None:
            return found, False
        _check_left(owner, module, sitting)
        attempt = Attempt.objects.create(
            owner=owner, module=module, sitting=sitting, seed=seed, core_version=attention_core.__version__
        )
        for item in items:
            item.attempt = attempt
        AttemptItem.objects.bulk_create(items)
    return attempt, True


def _questions(module: Module, form: str, random: np.random.Generator) -> Iterator[Question]:
    """A quiz's in an order that is drawn; a form's as they are, so that both forms ask one row after the other."""
    if form:
        yield from selectors.questions_of_form(form)
        return
    questions = list(selectors.questions_of(module))
    for place in random.permutation(len(questions)):
        yield questions[place]


def _item(question: Question, random: np.random.Generator) -> AttemptItem | None:
    assert question.published is not None
    seed = seed_drawn(question, random)
    return None if seed is None else AttemptItem(version=question.published, seed=seed)


def seed_drawn(question: Question, random: np.random.Generator) -> int | None:
    """A seed that can be drawn; None where a question, against all that was tried when it was published, has none."""
    assert question.published is not None
    for _try in range(_SEEDS_TRIED):
        seed = int(random.integers(_MOST_SEED))
        try:
            selectors.variant_drawn(question.published, seed)
        except Unfit as wrong:
            log.error("question_not_drawn", question=question.slug, seed=seed, why=wrong.message)
            continue
        return seed
    return None


def answer_save(
    *, attempt: Attempt, item: AttemptItem, response: Any, started_from: str | None = None
) -> AttemptItem:
    """Keep a response, in any order and as often as wanted; None clears. The same again is no new edition.

    `started_from` is the edition that its writer had before them; None: whatever is kept may be written over.

    Raises:
        camp.quizzes.marking.Unacceptable: it is no answer to this question; nothing changed.
        Submitted: too late.
        Overtaken: another answer was saved since; nothing changed.
        camp.accounts.services.OwnerGone: the attempt went with its account.
    """
    variant = selectors.variant_of_item(item)
    canonical = question_type(variant.type).validate(response, variant)
    with transaction.atomic():
        # Locked as a submit locks it: an answer is kept before the marking, or refused.
        row = attempt_locked(attempt)
        if not row.is_open:
            raise Submitted
        item.refresh_from_db(fields=["response", "saved_at"])
        if canonical == item.response:
            return item  # still the same edition: a tab that only leafs through quarrels with no other
        if started_from is not None and started_from != item.edition:
            raise Overtaken(item)
        item.response = canonical
        item.saved_at = timezone.now()
        item.save(update_fields=["response", "saved_at"])
    return item


def attempt_locked(attempt: Attempt) -> Attempt:
    """Its row as it is now. One that moved to an account with its guest is the same person's still."""
    while (found := Attempt.objects.filter(pk=attempt.pk).select_related("owner").first()) is not None:
        try:
            # The owner first, as whoever erases or moves them takes it first: in another order two wait for each other.
            owner = owner_locked(found.owner)
        except OwnerGone:
            continue  # moved or erased meanwhile: look again
        held = Attempt.objects.select_for_update(of=("self",)).select_related("module")
        row = held.filter(pk=attempt.pk, owner=owner).first()
        if row is not None:
            return row
    raise OwnerGone


def attempt_submit(*, attempt: Attempt) -> Attempt:
    """Mark it. Once: whoever comes later gets the same.

    Raises:
        camp.accounts.services.OwnerGone: the attempt went with its account.
    """
    # Versions and seeds of an attempt never change, so its variants are drawn before anything is locked.
    variants = {item.pk: selectors.variant_of_item(item) for item in selectors.items_of(attempt)}
    return _submitted(attempt, variants)


@transaction.atomic
def _submitted(attempt: Attempt, variants: Mapping[int, Variant]) -> Attempt:
    row = attempt_locked(attempt)
    if not row.is_open:
        return row
    items = selectors.items_of(row)
    marks = [mark_by(item, variants[item.pk]) for item in items]
    score = attempt_score([mark.score for mark in marks])
    taken = Attempt.objects.filter(pk=row.pk, status=AttemptStatus.OPEN).update(
        status=AttemptStatus.SUBMITTED, score=score, submitted_at=timezone.now()
    )
    if taken:
        for item, mark in zip(items, marks, strict=True):
            item.mark = mark.as_json()
        AttemptItem.objects.bulk_update(items, ["mark"])
        row.refresh_from_db(fields=["status", "score", "submitted_at"])
        hearing.attempt_tell(row, items)
    return Attempt.objects.select_related("module").get(pk=row.pk)


def mark_by(item: AttemptItem, variant: Variant) -> Mark:
    """What its response is worth by this variant, as when it was handed in."""
    return after_hints(question_type(variant.type).mark(item.response, variant), variant, item.hints_taken)


@transaction.atomic
def check_answer(
    *,
    owner: User,
    lesson: Lesson,
    block: str,
    response: Response,
    score: float,
    version: int,
    hints_taken: int = 0,
) -> LessonAnswer:
    """Keep what was answered to a lesson's question: the latest, and how good the first was, with how many hints.

    Raises:
        camp.accounts.services.OwnerGone: nobody to keep it for.
    """
    owner = owner_locked(owner)
    values = {"response": response, "score": score, "version_number": version}
    row, is_new = LessonAnswer.objects.select_for_update().get_or_create(
        owner=owner, lesson=lesson, block=block,
        defaults={**values, "kind": "check", "first_score": score, "hints_taken": hints_taken},
    )  # fmt: skip
    if not is_new:
        for name, value in values.items():
            setattr(row, name, value)
        if row.kind == "check":
            row.tries += 1
        else:  # it was a prediction before the lesson changed
            row.kind, row.first_score, row.tries, row.hints_taken = "check", score, 1, hints_taken
        row.save()
    if row.tries == 1:
        hearing.check_tell(row)
    return row


@transaction.atomic
def prediction_lock(
    *,
    owner: User,
    lesson: Lesson,
    block: str,
    response: Response,
    version: int,
    fits: Callable[[Response], bool],
) -> LessonAnswer:
    """Keep a guess; the first one stands, as long as it fits what the lesson asks now.

    Raises:
        camp.accounts.services.OwnerGone: nobody to keep it for.
    """
    owner = owner_locked(owner)
    row, is_new = LessonAnswer.objects.select_for_update().get_or_create(
        owner=owner, lesson=lesson, block=block,
        defaults={"kind": "predict", "response": response, "version_number": version},
    )  # fmt: skip
    if not is_new and (row.kind != "predict" or not fits(row.response)):
        row.kind, row.response, row.version_number = "predict", response, version
        row.score = row.first_score = None
        row.save()
    return row
