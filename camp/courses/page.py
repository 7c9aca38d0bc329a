"""A lesson as its page shows it: a document's parts drawn for one reader, and the way on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language

from attention_core import catalogue
from camp.courses import selectors
from camp.courses.blocks import Reader, blocks
from camp.courses.models import Lesson, LessonState, LessonVersion
from camp.courses.module_links import Link, links_of
from camp.courses.references import Work, works
from camp.courses.term_links import terms_in


@dataclass(frozen=True)
class Part:
    """A stretch of text, or a block (`name`)."""

    html: SafeString
    name: str = ""


@dataclass(frozen=True)
class Files:
    """Stylesheets and scripts that the blocks of a page ask for, each once."""

    styles: Sequence[str]
    scripts: Sequence[str]


def parts(reader: Reader) -> list[Part]:
    """Everything between goals and sources. A block whose kind is no more is left out."""
    found = []
    for part in reader.version.document["parts"]:
        if "html" in part:
            found.append(Part(made(part["html"])))
        elif part["block"] in blocks():
            found.append(Part(blocks()[part["block"]].render(part["fields"], reader), part["block"]))
    return found


def files(version: LessonVersion) -> Files:
    kinds = [blocks()[name] for name in dict.fromkeys(_block_names(version)) if name in blocks()]
    styles = dict.fromkeys(style for kind in kinds for style in kind.styles)
    return Files(list(styles), list(dict.fromkeys(script for kind in kinds for script in kind.scripts)))


def _block_names(version: LessonVersion) -> list[str]:
    return [part["block"] for part in version.document["parts"] if "block" in part]


def places(document: Mapping[str, Any]) -> set[str]:
    """Where somebody can be in a lesson: its headings, and the blocks that have an id."""
    fields = (part.get("fields") for part in document["parts"])
    ids = {one["id"] for one in fields if isinstance(one, dict) and isinstance(one.get("id"), str)}
    return ids | {heading["id"] for heading in document["headings"]}


def cited(document: Mapping[str, Any]) -> list[Work]:
    known = works()
    return [known[key] for key in document["sources"] if key in known]


def made(html: str) -> SafeString:
    """HTML of a version, which nh3 has cleaned when it was made."""
    return mark_safe(html)  # noqa: S308


@dataclass(frozen=True)
class Way:
    """Where a reader comes from and goes to. At a module's end the way leads to the module, with its quiz."""

    before: Lesson | None
    after: Lesson | None
    module_links: Sequence[Link]
    number: str


def way(lesson: Lesson) -> Way:
    before, after = selectors.neighbours(lesson)
    own = list(selectors.lessons_of(lesson.module).values_list("pk", flat=True))
    number = f"{lesson.module.number}.{own.index(lesson.pk) + 1}"
    is_last = after is None or after.module_id != lesson.module_id
    return Way(before, None if is_last else after, links_of(lesson.module) if is_last else [], number)


def address_after(lesson: Lesson) -> str:
    """Where "Done" leads."""
    _before, after = selectors.neighbours(lesson)
    if after is not None and after.module_id == lesson.module_id:
        return after.get_absolute_url()
    return reverse("courses:module", args=[lesson.module.slug])


def task_page(lesson: Lesson) -> str:
    """Where the lab's task is that the lesson is about and called after; empty for every other lesson."""
    name = lesson.slug.replace("-", "_")
    return reverse("lab:task", args=[name]) if name in catalogue.tasks() else ""


def context(request: HttpRequest, lesson: Lesson, state: LessonState | None) -> dict[str, Any]:
    """Everything that the page of a published lesson needs."""
    version = lesson.published
    assert version is not None
    document = version.document
    shown = parts(Reader(request, lesson, version, get_language() or ""))
    goals = [made(goal) for goal in document["goals"]]
    return {
        "lesson": lesson,
        "document": document,
        "question": made(document["question"]),
        "goals": goals,
        "headings": [{**one, "title": made(one["title"])} for one in document["headings"]],
        "parts": shown,
        "terms": terms_in("".join([*map(str, goals), *(part.html for part in shown)])),
        "works": cited(document),
        "way": way(lesson),
        "state": state,
        "place": state.place if state and state.place in places(document) else "",
        "files": files(version),
        "task_page": task_page(lesson),
        "section": "course",
    }
