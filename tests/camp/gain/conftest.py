"""A small course with both tests: two forms of four questions, and a lesson for each test."""

from pathlib import Path

import pytest
from django.test import Client

from camp.accounts.models import User
from camp.courses import loading
from camp.courses.models import Module
from tests.camp.courses.lessons import CHINESE, LESSON, MODULES, write
from tests.camp.quizzes.bank import QUESTIONS, course_with_quiz

BEFORE, AFTER = "/camp/start/pre-test/", "/camp/capstone/post-test/"
START = {"pre-test": "/tests/pre-test/", "post-test": "/tests/post-test/"}
READ_LATER = "read only afterwards"


@pytest.fixture
def course(db: None, tmp_path: Path) -> Module:
    folder = course_with_quiz(tmp_path)
    capstone = (
        "- {slug: capstone, number: 11, titles: {en: End, zh-hans: 终}, questions: {en: So, zh-hans: 那么}}\n"
    )
    (folder / "modules.yaml").write_text(MODULES + capstone, encoding="utf-8")
    for sitting, module in (("pre-test", "start"), ("post-test", "capstone")):
        block = f"::: test\nsitting: {sitting}\nafter: {READ_LATER}\n:::"
        write(folder, sitting, LESSON.replace("Last.", block), CHINESE.replace("Last.", block), module)
    for form in ("a", "b"):
        rows = folder / "forms" / form
        rows.mkdir(parents=True)
        for row, text in QUESTIONS.items():
            (rows / f"{row}.yaml").write_text(text, encoding="utf-8")
    loading.course_load(folder)
    return Module.objects.get(slug="start")


@pytest.fixture
def person(ada: User) -> Client:
    found = Client()
    found.force_login(ada)
    return found


@pytest.fixture
def guest(db: None) -> User:
    return User.objects.create(username="guest-1", is_guest=True)
