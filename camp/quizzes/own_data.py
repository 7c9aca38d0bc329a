"""A person's answers: how a guest's become an account's, and how they are exported."""

from collections.abc import Iterator
from typing import Any

from django.db.models import Prefetch

from camp.accounts.models import User
from camp.accounts.own_data import exports
from camp.accounts.services import moves_rows
from camp.quizzes.models import Attempt, AttemptItem, AttemptStatus, LessonAnswer


@moves_rows
def _attempts_move(guest: User, account: User) -> None:
    """Where the account has an attempt open, the guest's comes along as practice."""
    taken = Attempt.objects.filter(owner=account, status=AttemptStatus.OPEN, is_practice=False)
    colliding = Attempt.objects.filter(
        owner=guest, status=AttemptStatus.OPEN, module__in=taken.values("module_id")
    )
    colliding.update(is_practice=True)
    Attempt.objects.filter(owner=guest).update(owner=account)


@moves_rows
def _lesson_answers_move(guest: User, account: User) -> None:
    """Where both answered, the account's stands: what came first on it is what progress is counted from."""
    own = set(LessonAnswer.objects.filter(owner=account).values_list("lesson_id", "block"))
    for answer in LessonAnswer.objects.filter(owner=guest):
        if (answer.lesson_id, answer.block) not in own:
            LessonAnswer.objects.filter(pk=answer.pk).update(owner=account)


_ATTEMPTS_AT_ONCE = 50


@exports("attempts")
def _attempts(account: User) -> Iterator[dict[str, Any]]:
    """Without seeds, from which the answers of an open one could be computed."""
    items = Prefetch("items", AttemptItem.objects.select_related("version__question").order_by("position"))
    attempts = Attempt.objects.filter(owner=account).select_related("module").prefetch_related(items)
    for attempt in attempts.order_by("started_at").iterator(chunk_size=_ATTEMPTS_AT_ONCE):
        yield {
            "id": attempt.pk,
            "quiz": attempt.module.slug,
            "status": attempt.status,
            "is_practice": attempt.is_practice,
            "score": attempt.score,
            "core_version": attempt.core_version,
            "started_at": attempt.started_at,
            "submitted_at": attempt.submitted_at,
            "answers": [
                {
                    "position": item.position,
                    "question": item.version.question.slug,
                    "version": item.version.number,
                    "response": item.response,
                    "saved_at": item.saved_at,
                    "score": item.mark["score"] if item.mark else None,
                }
                for item in attempt.items.all()
            ],
        }


@exports("lesson_answers")
def _lesson_answers(account: User) -> Iterator[Any]:
    yield from LessonAnswer.objects.filter(owner=account).order_by("created_at").values(
        "lesson__slug", "block", "kind", "response", "score", "first_score", "tries", "created_at", "updated_at"
    )  # fmt: skip
