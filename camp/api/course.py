"""The course for programs: modules and published lessons, in the language that is asked for."""

from typing import Any, ClassVar

from django.conf import settings
from django.http import QueryDict
from django.utils import translation
from rest_framework import exceptions
from rest_framework.request import Request
from rest_framework.response import Response

from attention_core.labels import gettext_noop as _
from attention_core.problems import Problem, shorten
from camp.api.calls import Call
from camp.api.problems import Invalid
from camp.courses import page, selectors
from camp.courses.blocks import blocks
from camp.courses.models import Lesson, Module

LANGUAGES = tuple(code for code, _name in settings.LANGUAGES)
NO_LANGUAGE = _('expected one of %(options)s, got the text "%(received)s"')


class CourseCall(Call):
    """`?lang=` goes before the header Accept-Language."""

    scope = "course"
    query: ClassVar[tuple[str, ...]] = ("lang",)

    def language(self, request: Request) -> str:
        return asked_language(request.query_params) or translation.get_language() or settings.LANGUAGE_CODE


class Modules(CourseCall):
    """`GET`: every module in order."""

    def get(self, request: Request) -> Response:
        with translation.override(self.language(request)):
            return Response([_module(module) for module in selectors.modules()])


class ModuleDetail(CourseCall):
    """`GET`: a module with its lessons."""

    def get(self, request: Request, module: str) -> Response:
        with translation.override(self.language(request)):
            found = selectors.modules().filter(slug=module).first()
            if found is None:
                raise exceptions.NotFound
            lessons = [
                _summary(lesson, place) for place, lesson in enumerate(selectors.lessons_of(found), start=1)
            ]
            return Response({**_module(found), "lessons": lessons})


class LessonDetail(CourseCall):
    """`GET`: a lesson as it is published."""

    def get(self, request: Request, lesson: str) -> Response:
        with translation.override(self.language(request)):
            found = selectors.lessons().filter(slug=lesson).first()
            if found is None:
                raise exceptions.NotFound
            return Response(_lesson(found, self.language(request)))


def asked_language(query: QueryDict) -> str:
    """What `?lang=` says; empty without it. Raises Invalid."""
    asked = query.get("lang", "")
    if "lang" in query and asked not in LANGUAGES:
        told = {"options": ", ".join(LANGUAGES), "received": shorten(asked)}
        raise Invalid([Problem(("lang",), NO_LANGUAGE, told)])
    return asked


def _module(module: Module) -> dict[str, Any]:
    return {"slug": module.slug, "number": module.number, "title": module.title, "question": module.question}


def _summary(lesson: Lesson, place: int) -> dict[str, Any]:
    assert lesson.published is not None
    document = lesson.published.document
    return {
        "slug": lesson.slug,
        "number": f"{lesson.module.number}.{place}",
        "title": document["title"],
        "question": document["question"],
        "minutes": document["minutes"],
        "concepts": document["concepts"],
        "page": lesson.get_absolute_url(),
    }


def _lesson(lesson: Lesson, language: str) -> dict[str, Any]:
    assert lesson.published is not None
    document = lesson.published.document
    place = list(selectors.lessons_of(lesson.module).values_list("pk", flat=True)).index(lesson.pk) + 1
    return {
        **_summary(lesson, place),
        "module": lesson.module.slug,
        "language": language,
        "version": lesson.published.number,
        "core_version": lesson.published.core_version,
        "goals": document["goals"],
        "headings": document["headings"],
        "parts": [_part(part) for part in document["parts"]],
        "sources": [
            {
                "key": work.key,
                "authors": work.authors,
                "year": work.year,
                "title": work.title,
                "where": work.where,
                "url": work.url,
            }
            for work in page.cited(document)
        ],
    }


def _part(part: dict[str, Any]) -> dict[str, Any]:
    """A stretch of HTML, or a block with what may be told of it, which is never an answer."""
    if "html" in part:
        return {"html": part["html"]}
    kind = blocks().get(part["block"])
    return {"block": part["block"], "fields": kind.public(part["fields"]) if kind else {}}
