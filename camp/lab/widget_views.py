"""A widget by itself: its picture alone for the form in a lesson that asks by htmx, or a page around it."""

import re

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from camp import htmx
from camp.lab.blocks import asked_at, widgets

_PLACE = re.compile(r"[a-z-]{1,40}-[0-9]{1,3}")


@require_safe
def widget(request: HttpRequest, widget: str) -> HttpResponse:
    """`?place=` is the id of the form that asks; its fields are named after it."""
    found = widgets().get(widget)
    if found is None:
        raise Http404
    place = request.GET.get("place", "")
    if not _PLACE.fullmatch(place):
        place = f"{found.slug}-1"
    context = {
        **found.context(found.defaults, asked_at(place, request.GET.dict())),
        "place": place,
        "action": reverse("lab:widget", args=[found.slug]),
        "others": [("place", place)],
        "section": "lab",
        "is_page": True,
    }
    if not htmx.wants_part(request):
        return htmx.varied(
            render(request, "lab/widget.html", context, status=422 if context["is_wrong"] else 200)
        )
    response = render(request, "lab/_widget_answer.html", context)
    if context["is_wrong"]:
        response["HX-Reswap"] = "none"  # the last good picture stays; only what is wrong is put in place
    return htmx.varied(response)
