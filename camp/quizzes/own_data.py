"""A person's answers: how a guest's become an account's, and how they are exported."""

from collections.abc import Iterator
from typing import Any

from django.db.models import Prefetch

from camp.accounts.models import User
from camp.accounts.own_data import exports
from camp.accounts.services import moves_rows
from camp.quizzes import selectors
from camp.quizzes.models import (
    Attempt,
    AttemptItem,
    AttemptStatus,
    LessonAnswer,
    LessonHints,
    QuizRules,
    RegradeChange,
    Sitting,
)
from camp.quizzes.regrade_models import RegradeStatus


@moves_rows
def _attempts_move(guest: User, account: User) -> None:
    """Where the account has an attempt open, the guest's comes along as practice; and so does what is over a limit.

    Of the two tests each is taken once: where the account has begun, the guest's are practice both.
    """
    quizzes = Attempt.objects.filter(sitting=Sitting.QUIZ)
    taken = quizzes.filter(owner=account, status=AttemptStatus.OPEN, is_practice=False)
    colliding = quizzes.filter(owner=guest, status=AttemptStatus.OPEN, module__in=taken.values("module_id"))
    colliding.update(is_practice=True)
    tests = Attempt.objects.exclude(sitting=Sitting.QUIZ)
    if tests.filter(owner=account, is_practice=False).exists():
        tests.filter(owner=guest).update(is_practice=True)
    for rules in QuizRules.objects.exclude(most_attempts=None):
        left = selectors.attempts_left(account, rules)
        theirs = quizzes.filter(owner=guest, module=rules.module_id, is_practice=False)
        over = list(theirs.order_by("started_at").values_list("pk", flat=True))[left:]
        Attempt.objects.filter(pk__in=over).update(is_practice=True)
    Attempt.objects.filter(owner=guest).update(owner=account)


@moves_rows
def _lesson_answers_move(guest: User, account: User) -> None:
    """Where both answered, the account's stands: what came first on it is what progress is counted from."""
    own = set(LessonAnswer.objects.filter(owner=account).values_list("lesson_id", "block"))
    for answer in LessonAnswer.objects.filter(owner=guest):
        if (answer.lesson_id, answer.block) not in own:
            LessonAnswer.objects.filter(pk=answer.pk).update(owner=account)


@moves_rows
def _lesson_hints_move(guest: User, account: User) -> None:
    """Where both took hints, the more that were taken: who has read one has read it."""
    own = {(one.lesson_id, one.block): one for one in LessonHints.objects.filter(owner=account)}
    for hints in LessonHints.objects.filter(owner=guest):
        mine = own.get((hints.lesson_id, hints.block))
        if mine is None:
            LessonHints.objects.filter(pk=hints.pk).update(owner=account)
        elif mine.taken < hints.taken:
            LessonHints.objects.filter(pk=mine.pk).update(taken=hints.taken)


_ATTEMPTS_AT_ONCE = 50


@exports("attempts")
def _attempts(account: User) -> Iterator[dict[str, Any]]:
    """Without seeds, from which the answers of an open one could be computed; of a test, until both are handed in,
    without what each answer was worth.
    """
    standing = RegradeChange.objects.filter(obstacle="", regrade__status=RegradeStatus.APPLIED)
    regraded = Prefetch(
        "changes", standing.select_related("regrade__to_version").order_by("regrade__applied_at")
    )
    rows = AttemptItem.objects.select_related("version__question").prefetch_related(regraded)
    items = Prefetch("items", rows.order_by("position"))
    attempts = Attempt.objects.filter(owner=account).select_related("module").prefetch_related(items)
    explained = {False: True, True: selectors.are_tests_over(account)}
    for attempt in attempts.order_by("started_at").iterator(chunk_size=_ATTEMPTS_AT_ONCE):
        is_told = explained[attempt.is_test]
        yield {
            "id": attempt.pk,
            "quiz": attempt.quiz,
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
                    "hints_taken": item.hints_taken,
                    "score": item.mark["score"] if item.mark and is_told else None,
                    "regrades": [
                        {
                            "at": change.regrade.applied_at,
                            "version": change.regrade.to_version.number,
                            "score_before": change.score_before,
                        }
                        for change in item.changes.all()
                        if is_told
                    ],
                }
                for item in attempt.items.all()
            ],
        }


@exports("lesson_answers")
def _lesson_answers(account: User) -> Iterator[Any]:
    yield from LessonAnswer.objects.filter(owner=account).order_by("created_at").values(
        "lesson__slug", "block", "kind", "response", "score", "first_score", "tries", "hints_taken", "created_at",
        "updated_at",
    )  # fmt: skip


@exports("lesson_hints")
def _lesson_hints(account: User) -> Iterator[Any]:
    yield from (
        LessonHints.objects.filter(owner=account)
        .order_by("updated_at")
        .values("lesson__slug", "block", "taken", "updated_at")
    )
