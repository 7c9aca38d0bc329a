"""Writes of the log of first tries, of the cards that follow from it, and of reviews."""

from collections.abc import Collection, Sequence
from typing import Any

import numpy as np
from django.db import transaction
from django.utils import timezone

from camp.accounts.models import User
from camp.accounts.services import owner_locked
from camp.mastery import selectors
from camp.mastery.calendar import day_of
from camp.mastery.models import GradedAnswer, Review, ReviewCard
from camp.mastery.scheduling import Memory, rating_of, reviewed
from camp.quizzes.marking import Mark
from camp.quizzes.models import Attempt, AttemptItem, LessonAnswer
from camp.quizzes.question_types import question_type
from camp.quizzes.selectors import variant_drawn
from camp.quizzes.services import new_seed, seed_drawn


class Withdrawn(Exception):
    """The review is no more: it was not due any longer when another was asked for."""


def attempt_grade(*, attempt: Attempt, items: Sequence[AttemptItem]) -> None:
    """Log what was answered in a submitted attempt. Again: only marks that have changed since. Blanks are no tries."""
    assert attempt.submitted_at is not None
    day = day_of(attempt.owner, attempt.submitted_at)
    known = {row.item_id: row for row in GradedAnswer.objects.filter(item__in=items)}
    new, changed = [], []
    for item in items:
        if item.response is None or item.mark is None:
            continue
        row, mark = known.get(item.pk), Mark.of_json(item.mark)
        if row is None:
            question = item.version.question
            new.append(
                GradedAnswer(
                    owner=attempt.owner, question=question, item=item, concepts=question.concepts,
                    score=mark.score, worth=mark.worth, hint_taken=mark.hints_taken > 0,
                    answered_at=attempt.submitted_at, day=day,
                )
            )  # fmt: skip
            continue
        stands = (mark.score, mark.worth, mark.hints_taken > 0)
        if (row.score, row.worth, row.hint_taken) != stands:
            row.score, row.worth, row.hint_taken = stands
            changed.append(row)
    GradedAnswer.objects.bulk_create(new)
    GradedAnswer.objects.bulk_update(changed, ["score", "worth", "hint_taken"])
    cards_replay(owner=attempt.owner, questions={row.question_id for row in (*new, *changed)})


def check_grade(*, answer: LessonAnswer) -> None:
    """Log the first answer to a lesson's check, for its lesson's concepts. Once."""
    lesson = answer.lesson
    if lesson.published is None or answer.first_score is None:
        return
    moment = timezone.now()
    GradedAnswer.objects.get_or_create(
        check_answer=answer,
        defaults={
            "owner": answer.owner,
            "lesson": lesson,
            "concepts": lesson.published.document.get("concepts", []),
            "score": answer.first_score,
            "hint_taken": answer.hints_taken > 0,
            "answered_at": moment,
            "day": day_of(answer.owner, moment),
        },
    )


def cards_replay(*, owner: User, questions: Collection[int | None]) -> None:
    """Make the owner's cards of these questions what their graded answers come to."""
    memories: dict[int, Memory] = {}
    log = GradedAnswer.objects.filter(owner=owner, question__in=questions).order_by("answered_at", "pk")
    columns = ("question_id", "score", "worth", "hint_taken", "day")
    for question, score, worth, hint_taken, day in log.values_list(*columns):
        assert question is not None
        rating = rating_of(score / worth, hint_taken=hint_taken)
        memories[question] = reviewed(memories.get(question), rating, day)
    ReviewCard.objects.filter(owner=owner, question__in=questions).exclude(question__in=memories).delete()
    ReviewCard.objects.bulk_create(
        [
            ReviewCard(owner=owner, question_id=question, **vars(memory))
            for question, memory in memories.items()
        ],
        update_conflicts=True,
        unique_fields=["owner", "question"],
        update_fields=["stability", "difficulty", "reviewed_on", "due_on"],
    )


def review_next(*, owner: User) -> Review | None:
    """The review that is open, or one of the question that has been due longest, with fresh numbers, of other concepts
    than the last one where there is one; None: all done.

    Raises:
        camp.accounts.services.OwnerGone: nobody to keep it for.
    """
    due = list(selectors.due_cards(owner))
    opened = selectors.open_review(owner)
    if opened is not None:
        # One whose question has been corrected since would still be marked by what was wrong.
        if any(card.question.published_id == opened.version_id for card in due):
            return opened
        Review.objects.filter(pk=opened.pk, answered_at__isnull=True).delete()
    random = np.random.Generator(np.random.PCG64(new_seed()))
    last = selectors.last_concepts(owner)
    # What is easily confused is mixed: after a concept another one, where another is due. The sort keeps the order else.
    for card in sorted(due, key=lambda card: bool(last & set(card.question.concepts))):
        seed = seed_drawn(card.question, random)
        if seed is None:
            continue
        fresh = {"question": card.question, "version": card.question.published, "seed": seed}
        with transaction.atomic():
            held = owner_locked(owner)
            return Review.objects.get_or_create(owner=held, answered_at=None, defaults=fresh)[0]
    return None


def review_answer(*, review: Review, response: Any) -> Review:
    """Mark it and say when the question returns. Once: whoever comes later gets the same. None: not known.

    A review offers no hints: it asks what one still knows.

    Raises:
        camp.quizzes.marking.Unacceptable: it is no answer to this question; nothing changed.
        Withdrawn: there is nothing to answer any more.
        camp.accounts.services.OwnerGone: nobody to keep it for.
    """
    variant = variant_drawn(review.version, review.seed)
    kind = question_type(variant.type)
    canonical = kind.validate(response, variant)
    mark = kind.mark(canonical, variant)
    with transaction.atomic():
        owner = owner_locked(review.owner)
        row = Review.objects.select_related("question", "version").filter(pk=review.pk, owner=owner).first()
        if row is None:
            raise Withdrawn
        if not row.is_open:
            return row
        row.response, row.mark, row.answered_at = canonical, mark.as_json(), timezone.now()
        row.save(update_fields=["response", "mark", "answered_at"])
        GradedAnswer.objects.create(
            owner=owner, question=row.question, review=row, concepts=row.question.concepts, score=mark.score,
            answered_at=row.answered_at, day=day_of(owner, row.answered_at),
        )  # fmt: skip
        cards_replay(owner=owner, questions=[row.question_id])
    return row
