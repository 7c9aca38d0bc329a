"""Writes of hints that were taken: each lowers what a right answer is worth, and is taken once."""

from django.db import transaction

from camp.accounts.models import User
from camp.accounts.services import owner_locked
from camp.courses.models import Lesson
from camp.quizzes import selectors, services
from camp.quizzes.models import Attempt, AttemptItem, LessonAnswer, LessonHints


class NoSuchHint(Exception):
    """There is no such hint, or it is not its turn; `last` is the last that could be taken, 0 where there are none."""

    def __init__(self, last: int) -> None:
        super().__init__(last)
        self.last = last


def hint_take(*, attempt: Attempt, item: AttemptItem, number: int) -> AttemptItem:
    """Show hint `number`, counted from 1, for what it costs. Those before it must be taken; taken once, it stays so.

    Raises:
        NoSuchHint: it is not there, or not yet.
        Submitted: too late.
        camp.accounts.services.OwnerGone: the attempt went with its account.
    """
    hints = len(selectors.variant_of_item(item).hints)
    with transaction.atomic():
        if not services.attempt_locked(attempt).is_open:
            raise services.Submitted
        item.refresh_from_db(fields=["hints_taken"])
        item.hints_taken = _taken(number, item.hints_taken, hints)
        item.save(update_fields=["hints_taken"])
    return item


def _taken(number: int, before: int, hints: int) -> int:
    """How many are taken once hint `number` is. Raises NoSuchHint."""
    if not 1 <= number <= min(before + 1, hints):
        raise NoSuchHint(min(before + 1, hints))
    return max(before, number)


@transaction.atomic
def lesson_hint_take(*, owner: User, lesson: Lesson, block: str, number: int, hints: int) -> int:
    """Take a hint of a lesson's question, of so many that it has; how many are taken then.

    Once the question has been answered there is nothing to take: the answer was explained.

    Raises:
        NoSuchHint: it is not there, or not yet.
        camp.accounts.services.OwnerGone: nobody to keep it for.
    """
    owner = owner_locked(owner)
    row = LessonHints.objects.select_for_update().filter(owner=owner, lesson=lesson, block=block).first()
    row = row or LessonHints(owner=owner, lesson=lesson, block=block, taken=0)
    if LessonAnswer.objects.filter(owner=owner, lesson=lesson, block=block, kind="check").exists():
        return row.taken
    row.taken = _taken(number, row.taken, hints)
    row.save()
    return row.taken
