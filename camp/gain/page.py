"""What pages show of a test: before it how to begin, afterwards its points and, after both, the gain."""

from typing import Any

from django.urls import reverse

from camp.gain import selectors
from camp.quizzes.models import Sitting


def context(sitting: Sitting, person: object) -> dict[str, Any]:
    """Of one test, for a lesson or the page that refuses its start."""
    standing = selectors.standing_of(person)
    sat = standing.of(sitting)
    return {
        "standing": standing,
        "sat": sat,
        "is_first": sitting == Sitting.PRE_TEST,
        "start": reverse("gain:start", args=[sitting]),
        "test_pages": _lessons(),
    }


def tests_context(person: object) -> dict[str, Any]:
    """Of both, for the progress page; `tests` is None where the camp has none."""
    is_offered = selectors.module_of(Sitting.PRE_TEST) is not None
    return {"tests": selectors.standing_of(person) if is_offered else None, "test_pages": _lessons()}


def _lessons() -> dict[str, str]:
    return {
        sitting.name.lower(): reverse("courses:lesson", args=[module, sitting])
        for sitting, module in selectors.MODULES.items()
    }
