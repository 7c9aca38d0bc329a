"""Who hears of marked answers: an app that makes something of them registers here, for quizzes cannot know it.

@hears_attempts
def attempt_marked(attempt: Attempt, items: Sequence[AttemptItem]) -> None: ...

It is called in the transaction that marks, with the owner's row held; a mark that changes later is told again.
"""

from collections.abc import Callable, Sequence

from camp.quizzes.models import Attempt, AttemptItem, LessonAnswer

_HearsAttempt = Callable[[Attempt, Sequence[AttemptItem]], None]
_HearsCheck = Callable[[LessonAnswer], None]
_of_attempts: list[_HearsAttempt] = []
_of_checks: list[_HearsCheck] = []


def hears_attempts(hear: _HearsAttempt) -> _HearsAttempt:
    """Decorator: called with an attempt that has been submitted, and its marked items in order."""
    _of_attempts.append(hear)
    return hear


def hears_checks(hear: _HearsCheck) -> _HearsCheck:
    """Decorator: called with the first answer to a lesson's check."""
    _of_checks.append(hear)
    return hear


def attempt_tell(attempt: Attempt, items: Sequence[AttemptItem]) -> None:
    for hear in _of_attempts:
        hear(attempt, items)


def check_tell(answer: LessonAnswer) -> None:
    for hear in _of_checks:
        hear(answer)
