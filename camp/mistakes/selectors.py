"""Reads of reports, and of the page that one is about."""

from dataclasses import dataclass

from django.http import Http404
from django.urls import Resolver404, resolve
from django.utils.html import strip_tags

from camp.courses import selectors as course
from camp.courses.page import places
from camp.mistakes.models import MistakeReport, State


@dataclass(frozen=True)
class Place:
    """A page of the camp, `sections` its parts as (id, title); `more` are ids of parts that have no title."""

    address: str
    title: str
    sections: list[tuple[str, str]]
    more: frozenset[str] = frozenset()


def open_reports() -> int:
    return MistakeReport.objects.filter(state=State.OPEN).count()


def place_of(address: str) -> Place | None:
    """The page at an address; None where the camp has none there."""
    if not address.startswith("/") or "//" in address or "\\" in address or "\x00" in address:
        return None
    try:
        match = resolve(address.partition("?")[0].partition("#")[0])
    except (Resolver404, Http404):
        return None
    if match.view_name != "courses:lesson":
        return Place(address, address, [])
    lesson = course.lesson(match.kwargs["module"], match.kwargs["lesson"])
    if lesson is None or lesson.published is None:
        return None
    document = lesson.published.document
    sections = [(one["id"], strip_tags(one["title"])) for one in document["headings"]]
    return Place(address, str(document["title"]), sections, frozenset(places(document)))
