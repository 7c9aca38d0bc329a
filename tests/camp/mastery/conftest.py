"""A course with a quiz of four questions and their concepts, and a clock that the test moves."""

from datetime import datetime, timedelta
from pathlib import Path

import pytest
from django.utils import timezone

from camp.courses import loading
from camp.courses.models import Module
from camp.quizzes.models import Question
from tests.camp.mastery.learner import CONCEPTS
from tests.camp.quizzes.bank import course_with_quiz


class Clock:
    """What `timezone.now` tells, wherever the camp asks for it."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def wait(self, **how_long: float) -> None:
        self.now += timedelta(**how_long)


@pytest.fixture
def module(db: None, tmp_path: Path) -> Module:
    loading.course_load(course_with_quiz(tmp_path))
    Question.objects.exclude(slug__in=CONCEPTS).update(is_retired=True)
    for slug, concepts in CONCEPTS.items():
        Question.objects.filter(slug=slug).update(concepts=concepts)
    return Module.objects.get(slug="start")


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    moved = Clock(timezone.now())
    monkeypatch.setattr(timezone, "now", lambda: moved.now)
    return moved
