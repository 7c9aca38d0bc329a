"""`::: lab <widget> key=value…` in a lesson: one of the widgets of `camp.lab.widgets`, with the lesson's settings."""

from collections import Counter
from functools import cache
from typing import Any

from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from attention_core.discovery import find
from camp.courses.blocks import Block, Fields, Reader, Unfit, Writer, block
from camp.lab.widgets.base import Unfitting, Widget


@cache
def widgets() -> dict[str, Widget]:
    """Every widget by its name in lessons."""
    found = find("camp.lab.widgets", "widget", Widget)
    return {widget.slug: widget for widget in found.values()}


@block
class Lab(Block):
    """Keeps the name of the widget and its settings, completed, as plain JSON."""

    name = "lab"
    example = "::: lab compare query=[[1,2]] key=[[2,1],[4,2],[0,3]]"
    takes_body = False
    styles = ("css/matrix.css", "css/cell_panel.css", "css/widgets.css")
    scripts = ("js/invalid_marks.js", "js/slider_value.js", "js/cell_viewer.js")

    def read(self, argument: str, fields: Fields, writer: Writer) -> Fields:
        widget = widgets().get(argument.strip())
        if widget is None:
            names = ", ".join(widgets())
            raise Unfit(
                _("expected a widget, one of %(known)s; got “%(got)s”") % {"known": names, "got": argument}
            )
        unknown = [name for name in fields if name not in widget.settings]
        if unknown:
            values = {"widget": widget.slug, "known": ", ".join(widget.settings), "got": unknown[0]}
            raise Unfit(_("lab %(widget)s: expected settings out of %(known)s; got “%(got)s”") % values)
        try:
            settings = widget.read(fields)
        except Unfitting as wrong:
            where = f"lab {widget.slug} {wrong.name}".strip()
            raise Unfit(f"{where}: {_(wrong.template) % wrong.values}") from wrong
        return {"widget": widget.slug, "settings": settings}

    def neutral(self, argument: str, fields: Fields) -> Any:
        return [argument, fields]

    def public(self, kept: Fields) -> Fields:
        return kept

    def render(self, kept: Fields, reader: Reader) -> SafeString:
        widget = widgets()[kept["widget"]]
        # A version may be older than a setting that the widget has meanwhile.
        settings = {**widget.defaults, **kept["settings"]}
        place = _next_place(reader.request, widget)
        context = {
            **widget.context(settings, asked_at(place, reader.request.GET.dict())),
            "place": place,
            "ordinal": int(place.rpartition("-")[2]),
            "action": reader.lesson.get_absolute_url(),
            "others": _others(place, reader.request.GET.dict()),
        }
        return SafeString(render_to_string("lab/_widget.html", context, request=reader.request))


def asked_at(place: str, query: dict[str, str]) -> dict[str, str]:
    """What the form at this place sends, by the settings' names."""
    return {
        name.removeprefix(f"{place}-"): text for name, text in query.items() if name.startswith(f"{place}-")
    }


def _others(place: str, query: dict[str, str]) -> list[tuple[str, str]]:
    """The fields of the page's other widgets, which a form without JavaScript would otherwise reset."""
    slugs = tuple(f"{slug}-" for slug in widgets())
    return [
        (name, text)
        for name, text in query.items()
        if name.startswith(slugs) and not name.startswith(f"{place}-")
    ]


def _next_place(request: Any, widget: Widget) -> str:
    """Its id on the page: the widget's name and which of its kind it is, the same at every look."""
    if not hasattr(request, "widgets_drawn"):
        request.widgets_drawn = Counter()
    request.widgets_drawn[widget.slug] += 1
    return f"{widget.slug}-{request.widgets_drawn[widget.slug]}"
