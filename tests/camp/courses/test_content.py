"""The camp's own lessons: they load, twins agree, their code runs and prints what stands below it."""

import contextlib
import io
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.utils.html import escape
from markdown_it import MarkdownIt

from camp.courses.drawing import drawing, names
from camp.courses.loading import course_load
from camp.courses.models import Lesson, LessonVersion, Module
from camp.courses.pieces import read_source
from camp.courses.references import CONTENT
from camp.quizzes.publishing import read_question
from camp.quizzes.question_types import question_type

LESSONS = sorted((CONTENT / "en").glob("*/*.md"))
QUESTIONS = sorted([*CONTENT.glob("questions/*/*.yaml"), *CONTENT.glob("forms/*/*.yaml")])
LANGUAGES = ("en", "zh-hans")
SLUGS = [
    "start", "limited-attention", "pipeline", "scoring-functions", "by-hand", "tensorflow", "sequences", "images",
    "recommendation-speech", "hard-parts", "history", "capstone",
]  # fmt: skip


def twin(path: Path, language: str) -> Path:
    return CONTENT / language / path.relative_to(CONTENT / "en")


def code_of(path: Path) -> list[tuple[str, str]]:
    """The fenced blocks of a lesson: (language, text)."""
    pieces = read_source(path.read_text(encoding="utf-8")).pieces
    tokens = [token for piece in pieces if not piece.name for token in MarkdownIt().parse(piece.body)]
    return [(token.info.strip(), token.content) for token in tokens if token.type == "fence"]


def test_no_code_is_overlooked() -> None:
    for path in [*LESSONS, *(twin(path, "zh-hans") for path in LESSONS)]:
        written = path.read_text(encoding="utf-8").count("\n```python\n")
        assert sum(language == "python" for language, _text in code_of(path)) == written


@pytest.fixture
def loaded(db: None) -> None:
    course_load()


def test_there_are_lessons() -> None:
    assert len(LESSONS) >= 5


def test_everything_loads_and_a_second_time_changes_nothing(loaded: None) -> None:
    assert list(Module.objects.values_list("slug", flat=True)) == SLUGS
    assert Lesson.objects.filter(published__isnull=False).count() == len(LESSONS)
    versions = LessonVersion.objects.count()
    assert not course_load().has_changes
    assert LessonVersion.objects.count() == versions


def test_every_formula_is_mathml_and_every_number_computed(loaded: None) -> None:
    for version in LessonVersion.objects.all():
        text = str(version.documents)
        assert "<math" in text
        assert "{{" not in re.sub(r"<pre.*?</pre>", "", text)
        shown = re.sub(
            r"<[^>]*>", "", "".join(part.get("html", "") for part in version.documents["en"]["parts"])
        )
        assert not re.search(r"\\(?:frac|sqrt|cdot|begin)|\$", shown), version


def test_every_lesson_is_read_in_both_languages(loaded: None, client: Any) -> None:
    for lesson in Lesson.objects.select_related("module", "published"):
        for language in LANGUAGES:
            answer = client.get(lesson.get_absolute_url(), headers={"Accept-Language": language})
            page = answer.content.decode()
            assert answer.status_code == 200
            assert lesson.published is not None
            assert escape(lesson.published.documents[language]["title"]) in page
            inline = re.findall(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son\w+=", page)
            assert not inline, (lesson.slug, inline)


@pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)
@pytest.mark.parametrize("language", LANGUAGES)
def test_the_code_of_a_lesson_runs_and_prints_what_stands_below_it(path: Path, language: str) -> None:
    blocks = code_of(twin(path, language))
    namespace: dict[str, Any] = {}
    for place, (kind, text) in enumerate(blocks):
        if kind != "python":
            continue
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            exec(compile(text, path.name, "exec"), namespace)
        if blocks[place + 1 : place + 2] and blocks[place + 1][0] == "output":
            assert printed.getvalue().strip() == blocks[place + 1][1].strip()


@pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)
def test_twins_have_the_same_code(path: Path) -> None:
    english, chinese = (code_of(twin(path, language)) for language in LANGUAGES)
    assert [kind for kind, _text in english] == [kind for kind, _text in chinese]
    assert [text for kind, text in english if kind == "output"] == [
        text for kind, text in chinese if kind == "output"
    ]


@pytest.mark.parametrize("name", sorted(names()))
def test_a_diagram_is_themed_by_classes_and_told_in_words(name: str) -> None:
    drawn = drawing(name)
    assert drawn.faults() == []
    assert str(drawn.title)
    assert len(str(drawn.text)) > 20


def test_making_lessons_loads_no_tensorflow() -> None:
    program = (
        "import os, django; os.environ['DJANGO_SETTINGS_MODULE'] = 'camp.settings'; django.setup(); import sys;"
        "from camp.courses.prose import Prose; Prose().html('{{ softmax([1, 2])[0] }}');"
        "print('tensorflow' in sys.modules)"
    )
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "False"


@pytest.mark.parametrize("path", QUESTIONS, ids=lambda path: "/".join(path.parts[-2:]))
def test_options_that_are_figures_alone_have_names_that_tell_nothing(path: Path) -> None:
    """Keys reach the page; beside a text one says no more than the text, beside a figure it would say what it is."""
    content = read_question(path.read_text(encoding="utf-8"))[0]
    for option in content.choices if question_type(content.type).has_options else ():
        words = re.sub(r"\{\{.*?\}\}|\$.*?\$|`.*?`", "", option.texts["en"]["text"])
        if not re.search(r"[A-Za-z]", words) and "$" not in option.texts["en"]["text"]:
            assert re.fullmatch(r"[a-z]\d+", option.key), option.key
