"""Lessons and modules. Reading makes nobody a guest; what a reader is through with is kept for those who are one."""

import re
from contextlib import suppress

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.cache import patch_cache_control
from django.views.decorators.http import require_POST, require_safe

from camp.accounts.services import OwnerGone, owner_for
from camp.courses import page, selectors, services
from camp.courses.models import Lesson, Module
from camp.courses.module_links import links_of
from camp.passing_writes import passing_write

_PLACE = re.compile(r"[A-Za-z0-9_-]{1,64}")


@require_safe
def module(request: HttpRequest, module: str) -> HttpResponse:
    """A module's question, its lessons and how far one is with each."""
    found = get_object_or_404(Module, slug=module)
    states = selectors.states_of(selectors.visitor(request))
    lessons = [
        {
            "lesson": lesson,
            "document": lesson.published.document,
            "number": f"{found.number}.{place}",
            "state": states.get(lesson.pk),
        }
        for place, lesson in enumerate(selectors.lessons_of(found), start=1)
        if lesson.published is not None
    ]
    context = {
        "module": found,
        "lessons": lessons,
        "links": links_of(found),
        "next_module": _after(found),
        "section": "course",
    }
    return _private(render(request, "courses/module.html", context))


@require_safe
def lesson(request: HttpRequest, module: str, lesson: str) -> HttpResponse:
    """A lesson; `?resume` leads to the place that was seen last."""
    found = _lesson(module, lesson)
    visitor = selectors.visitor(request)
    before = selectors.state_of(visitor, found)
    if visitor is not None and request.method == "GET":
        # Should it fail, the reading place that the page sends notes the visit too.
        with suppress(OwnerGone):
            passing_write("lesson_seen", lambda: services.lesson_seen(owner=visitor, lesson=found))
    context = page.context(request, found, before)
    if "resume" in request.GET and context["place"]:
        return redirect(f"{found.get_absolute_url()}#{context['place']}")
    return _private(render(request, "courses/lesson.html", context))


@require_POST
def done(request: HttpRequest, module: str, lesson: str) -> HttpResponse:
    """Through with it: on to the next lesson, or at a module's end to the module."""
    found = _lesson(module, lesson)
    services.lesson_done(owner=owner_for(request), lesson=found)
    return redirect(page.address_after(found))


@require_POST
def place(request: HttpRequest, module: str, lesson: str) -> HttpResponse:
    """The reading place of somebody who is known; of others nothing is kept."""
    found = _lesson(module, lesson)
    assert found.published is not None
    visitor, seen = selectors.visitor(request), request.POST.get("place", "")
    if visitor is not None and _PLACE.fullmatch(seen) and seen in page.places(found.published.document):
        with suppress(OwnerGone):  # they are reading on all the same
            services.place_set(owner=visitor, lesson=found, place=seen)
    return HttpResponse(status=204)


def _lesson(module: str, slug: str) -> Lesson:
    found = selectors.lesson(module, slug)
    if found is None:
        raise Http404
    return found


def _after(module: Module) -> Module | None:
    following = selectors.lessons().filter(module__number__gt=module.number).first()
    return following.module if following else None


def _private(response: HttpResponse) -> HttpResponse:
    patch_cache_control(response, private=True, no_cache=True)
    return response
