"""How far a person is with each lesson, for the export of their data."""

from collections.abc import Iterator
from typing import Any

from camp.accounts.models import User
from camp.accounts.own_data import exports
from camp.courses.models import LessonState


@exports("lessons")
def _lessons(account: User) -> Iterator[Any]:
    states = LessonState.objects.filter(owner=account).order_by("started_at")
    yield from states.values("lesson__slug", "place", "started_at", "seen_at", "done_at")
