"""A small course of two lessons in a folder, and loaded."""

from pathlib import Path

import pytest

from camp.courses import loading
from camp.courses.models import Lesson
from tests.camp.courses.lessons import CHINESE, LESSON, MODULES, SOURCES, write


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "modules.yaml").write_text(MODULES, encoding="utf-8")
    (tmp_path / "sources.yaml").write_text(SOURCES, encoding="utf-8")
    write(tmp_path, "first", LESSON, CHINESE)
    write(tmp_path, "second", LESSON.replace("order: 1", "order: 2"), CHINESE.replace("order: 1", "order: 2"))
    return tmp_path


@pytest.fixture
def lesson(db: None, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Lesson:
    """The first of the two, published."""
    monkeypatch.setattr(loading, "_loaders", [])
    loading.course_load(folder)
    return Lesson.objects.select_related("module", "published").get(slug="first")
