"""The page of the article's mistakes."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from camp.courses.errata import Erratum, differing, errata
from camp.courses.module_links import Link
from camp.courses.selectors import lessons, modules


@dataclass(frozen=True)
class Field:
    """One field of a reference, as the article gives it and as it is."""

    name: str
    given: str
    right: str
    differs: bool


@dataclass(frozen=True)
class Row:
    number: int
    erratum: Erratum
    links: list[Link]
    fields: list[Field]


@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """Every mistake with what is true and its proof, which was computed when the course's files were read."""
    taught = {(one.module.slug, one.slug): one for one in lessons()}
    links = {
        place: Link(str(one.published.document["title"]), one.get_absolute_url())
        for place, one in taught.items()
        if one.published is not None
    }
    written = {module for module, _lesson in links}
    by_module = {
        one.slug: Link(
            str(one.title), reverse("courses:module", args=[one.slug]) if one.slug in written else ""
        )
        for one in modules()
    }
    rows = [
        Row(number, one, _links(one, links, by_module), _fields(one))
        for number, one in enumerate(errata(), start=1)
    ]
    return render(request, "courses/errata.html", {"rows": rows, "section": "course"})


def _links(one: Erratum, taught: Mapping[tuple[str, str], Link], by_module: Mapping[str, Link]) -> list[Link]:
    """To the lessons that teach it; to the module of one that is still to come, which has no URL without any."""
    found = [taught.get(place) or by_module.get(place[0]) for place in one.lessons]
    return list(dict.fromkeys(link for link in found if link is not None))


def _fields(one: Erratum) -> list[Field]:
    if one.entry is None or one.right is None:
        return []
    wrong = differing(one.entry, one.right)
    return [
        Field(name, text, str(getattr(one.right, name)), name in wrong) for name, text in one.entry.items()
    ]
