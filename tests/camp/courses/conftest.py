"""A small course of two lessons in a folder, and loaded."""

from pathlib import Path

import pytest

from camp.courses import loading
from camp.courses.models import Lesson
from tests.camp.courses.lessons import small_course


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return small_course(tmp_path)


@pytest.fixture
def lesson(db: None, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Lesson:
    """The first of the two, published."""
    monkeypatch.setattr(loading, "_loaders", [])
    loading.course_load(folder)
    return Lesson.objects.select_related("module", "published").get(slug="first")
