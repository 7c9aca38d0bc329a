"""A lesson's text as learners would see it, drawn beside the text while it is edited."""

import re
from typing import Any

from django.http import HttpRequest
from django.utils import translation
from django.utils.safestring import SafeString, mark_safe

from camp.courses import page
from camp.courses.blocks import Reader, Unfit
from camp.courses.document import document
from camp.courses.models import Lesson, LessonVersion
from camp.courses.references import works

_IDS = re.compile(r'(\s(?:id|for|list|headers|aria-labelledby|aria-describedby|aria-controls)=")([^"]*)"')


def preview(request: HttpRequest, lesson: Lesson, text: str, language: str) -> dict[str, Any]:
    """The parts of a text, or what is wrong with it."""
    try:
        made = document(text, language, set(works()))
    except Unfit as wrong:
        return {"fault": wrong, "line_text": line_at(text, wrong.line)}
    version = LessonVersion(lesson=lesson, number=0, sources={language: text}, documents={language: made})
    with translation.override(language):
        drawn = page.parts(Reader(request, lesson, version, language))
    return {
        "document": made,
        "question": page.made(made["question"]),
        "goals": [page.made(goal) for goal in made["goals"]],
        "parts": [{"name": part.name, "html": _apart(part.html, language)} for part in drawn],
        "files": page.files(version),
        "language": language,
    }


def line_at(text: str, line: int) -> str:
    """A line of a text, shortened; empty where there is none."""
    lines = text.split("\n")
    return lines[line - 1].strip()[:160] if 0 < line <= len(lines) else ""


def _apart(html: str, language: str) -> SafeString:
    """Ids that do not meet those of the other language's preview on the same page."""

    def renamed(found: re.Match[str]) -> str:
        return found[1] + " ".join(f"{language}-{name}" for name in found[2].split()) + '"'

    return mark_safe(_IDS.sub(renamed, html))  # noqa: S308
