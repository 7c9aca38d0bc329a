"""Writes of attempts and answers. What is marked is marked once, whoever asks at the same moment."""

import secrets
from collections.abc import Callable, Mapping
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
from camp.quizzes import selectors
from camp.quizzes.marking import Mark, Response
from camp.quizzes.models import Attempt, AttemptItem, AttemptStatus, LessonAnswer, Question
from camp.quizzes.question_types import question_type
from camp.quizzes.variants import Variant

log = structlog.get_logger("camp.quizzes")
_MOST_SEED = 2**53
_SEEDS_TRIED = 5


class NoQuestions(Exception):
    """The module has no question that could be asked."""


class Submitted(Exception):
    """The attempt has been submitted; its answers stand."""


class Overtaken(Exception):
    """Another answer was saved since this one was begun; `item` has it."""

    def __init__(self, item: AttemptItem) -> None:
        super().__init__(item.pk)
        self.item = item


def attempt_start(*, owner: User, module: Module) -> tuple[Attempt, bool]:
    """The attempt that the owner has open at this quiz, or a new one; and whether it is new.

    Raises:
        NoQuestions: nothing can be asked.
        camp.accounts.services.OwnerGone: nobody to keep it for.
    """
    found = selectors.open_attempt(owner, module)
    if found is not None:
        return found, False
    try:
        return _attempt_make(owner, module), True
    except IntegrityError:  # another request was first
        found = selectors.open_attempt(owner, module)
        if found is None:
            raise
        return found, False


def new_seed() -> int:
    """Not to be guessed: with it and the camp's files one could compute the answers."""
    return secrets.randbelow(_MOST_SEED)


def _attempt_make(owner: User, module: Module) -> Attempt:
    """Drawn while nothing is locked: drawing computes, and others go on saving meanwhile."""
    seed = new_seed()
    random = np.random.Generator(np.random.PCG64(seed))
    questions = list(selectors.questions_of(module))
    items: list[AttemptItem] = []
    for place in random.permutation(len(questions)):
        item = _item(questions[place], random)
        if item is not None:
            item.position = len(items) + 1
            items.append(item)
        if len(items) == selectors.MOST_QUESTIONS:
            break
    if not items:
        raise NoQuestions(module.slug)
    with transaction.atomic():
        attempt = Attempt.objects.create(
            owner=owner_locked(owner), module=module, seed=seed, core_version=attention_core.__version__
        )
        for item in items:
            item.attempt = attempt
        AttemptItem.objects.bulk_create(items)
    return attempt


def _item(question: Question, random: np.random.Generator) -> AttemptItem | None:
    """A seed that can be drawn; None where a question, against all that was tried when it was published, has none."""
    assert question.published is not None
    for _try in range(_SEEDS_TRIED):
        item = AttemptItem(version=question.published, seed=int(random.integers(_MOST_SEED)))
        try:
            selectors.variant_of_item(item)
        except Unfit as wrong:
            log.error("question_not_drawn", question=question.slug, seed=item.seed, why=wrong.message)
            continue
        return item
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
        row = _locked(attempt)
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


def _locked(attempt: Attempt) -> Attempt:
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
    row = _locked(attempt)
    if not row.is_open:
        return row
    items = selectors.items_of(row)
    marks = [_mark(item, variants[item.pk]) for item in items]
    score = sum(mark.score for mark in marks) / len(marks)
    taken = Attempt.objects.filter(pk=row.pk, status=AttemptStatus.OPEN).update(
        status=AttemptStatus.SUBMITTED, score=score, submitted_at=timezone.now()
    )
    if taken:
        for item, mark in zip(items, marks, strict=True):
            item.mark = mark.as_json()
        AttemptItem.objects.bulk_update(items, ["mark"])
    return Attempt.objects.select_related("module").get(pk=row.pk)


def mark_of(item: AttemptItem) -> Mark:
    """What its response is worth now."""
    return _mark(item, selectors.variant_of_item(item))


def _mark(item: AttemptItem, variant: Variant) -> Mark:
    return question_type(variant.type).mark(item.response, variant)


@transaction.atomic
def check_answer(
    *, owner: User, lesson: Lesson, block: str, response: Response, score: float, version: int
) -> LessonAnswer:
    """Keep what was answered to a lesson's question: the latest, and how good the first was.

    Raises:
        camp.accounts.services.OwnerGone: nobody to keep it for.
    """
    owner = owner_locked(owner)
    values = {"response": response, "score": score, "version_number": version}
    row, is_new = LessonAnswer.objects.select_for_update().get_or_create(
        owner=owner, lesson=lesson, block=block,
        defaults={**values, "kind": "check", "first_score": score},
    )  # fmt: skip
    if not is_new:
        for name, value in values.items():
            setattr(row, name, value)
        if row.kind == "check":
            row.tries += 1
        else:  # it was a prediction before the lesson changed
            row.kind, row.first_score, row.tries = "check", score, 1
        row.save()
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
