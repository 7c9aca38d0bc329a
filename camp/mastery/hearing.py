"""What is made of an answer when it is marked, in a quiz or in a lesson."""

from collections.abc import Sequence

from camp.mastery import services
from camp.quizzes.hearing import hears_attempts, hears_checks
from camp.quizzes.models import Attempt, AttemptItem, LessonAnswer


@hears_attempts
def _attempt_marked(attempt: Attempt, items: Sequence[AttemptItem]) -> None:
    """A test measures what one knows, and must not change it: none of its questions returns as a review."""
    if not attempt.is_test:
        services.attempt_grade(attempt=attempt, items=items)


@hears_checks
def _check_answered(answer: LessonAnswer) -> None:
    services.check_grade(answer=answer)
