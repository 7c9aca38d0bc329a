"""A course with a quiz, loaded; and somebody who takes it."""

from pathlib import Path

import pytest

from camp.accounts.models import User
from camp.courses import loading
from camp.courses.models import Module
from camp.quizzes import services
from camp.quizzes.models import Attempt
from tests.camp.quizzes.bank import course_with_quiz


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return course_with_quiz(tmp_path)


@pytest.fixture
def module(db: None, folder: Path) -> Module:
    loading.course_load(folder)
    return Module.objects.get(slug="start")


@pytest.fixture
def attempt(module: Module, ada: User) -> Attempt:
    return services.attempt_start(owner=ada, module=module)[0]
