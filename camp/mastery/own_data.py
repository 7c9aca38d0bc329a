"""A person's graded answers, cards and reviews: how a guest's become an account's, and how they are exported."""

from collections.abc import Iterator
from typing import Any

from camp.accounts.models import User
from camp.accounts.own_data import exports
from camp.accounts.services import moves_rows
from camp.mastery.models import GradedAnswer, Review, ReviewCard
from camp.mastery.services import cards_replay


@moves_rows
def _mastery_moves(guest: User, account: User) -> None:
    """The logs become one, in the order in which things were answered, and the cards follow from it.

    Of two reviews that are open the account's stays. An answer to a lesson's check that the account gave too stays the
    guest's, and so does what it counted for.
    """
    if Review.objects.filter(owner=account, answered_at__isnull=True).exists():
        Review.objects.filter(owner=guest, answered_at__isnull=True).delete()
    Review.objects.filter(owner=guest).update(owner=account)
    left = GradedAnswer.objects.filter(owner=guest, check_answer__owner=guest)
    GradedAnswer.objects.filter(owner=guest).exclude(pk__in=left.values("pk")).update(owner=account)
    questions = set(ReviewCard.objects.filter(owner=guest).values_list("question_id", flat=True))
    ReviewCard.objects.filter(owner=guest).delete()
    cards_replay(owner=account, questions=questions)


@exports("graded_answers")
def _graded_answers(account: User) -> Iterator[dict[str, Any]]:
    log = GradedAnswer.objects.filter(owner=account).select_related("question", "lesson", "check_answer")
    for row in log.order_by("answered_at", "pk").iterator():
        yield {
            "question": row.question.slug if row.question else None,
            "lesson": row.lesson.slug if row.lesson else None,
            "block": row.check_answer.block if row.check_answer else None,
            "attempt_answer": row.item_id,
            "review": row.review_id,
            "concepts": row.concepts,
            "score": row.score,
            "worth": row.worth,
            "hint_taken": row.hint_taken,
            "answered_at": row.answered_at,
            "day": row.day,
        }


@exports("review_cards")
def _review_cards(account: User) -> Iterator[Any]:
    columns = ("question__slug", "stability", "difficulty", "reviewed_on", "due_on")
    yield from ReviewCard.objects.filter(owner=account).order_by("due_on", "pk").values(*columns)


@exports("reviews")
def _reviews(account: User) -> Iterator[dict[str, Any]]:
    """Without seeds, from which the answer of an open one could be computed."""
    reviews = Review.objects.filter(owner=account).select_related("question", "version")
    for review in reviews.order_by("asked_at").iterator():
        yield {
            "id": review.pk,
            "question": review.question.slug,
            "version": review.version.number,
            "response": review.response,
            "score": review.mark["score"] if review.mark else None,
            "asked_at": review.asked_at,
            "answered_at": review.answered_at,
        }
