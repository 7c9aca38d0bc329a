"""The start page: three words, nine live weights, one number to change."""

from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from attention_core import catalogue
from attention_core.params import InvalidParams, parse_params
from camp import figures, htmx
from camp.courses.selectors import modules_offered
from camp.lab import presets
from camp.lab.legend import Legend, legend_for
from camp.lab.stage_arrays import Array, StageArrays, from_reference
from camp.lab.stage_tables import Table, weight_table
from camp.lab.window import Window
from camp.matrix_text import Unreadable, read_number

START = "2"
_ASKED_ROW = 2  # "it"
_DECIMALS = 3
_NOTICEABLE = 0.005  # what two decimals can show


@dataclass(frozen=True)
class Example:
    """What the page shows for the number in its field; with an error the picture is the one before any change."""

    text: str
    error: str
    table: Table
    legend: Legend
    reply: str
    how: str


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """The page, or with htmx the parts that the number changes."""
    example = example_for(request.GET.get("q", START))
    context: dict[str, Any] = {"example": example, "start": START, "section": "home"}
    if not htmx.wants_part(request):
        context["modules_here"], context["modules"] = modules_offered()
        return htmx.varied(render(request, "home.html", context, status=422 if example.error else 200))
    response = render(request, "_home_answer.html", context)
    if example.error:
        response["HX-Reswap"] = "none"  # the last good picture stays; only the error is put in place
    return htmx.varied(response)


def example_for(text: str) -> Example:
    before = _computed(float(START))
    error, after, number = "", before, START
    try:
        after, number = _computed(read_number(text)), text
    except Unreadable as wrong:
        error = _(wrong.template) % wrong.values
    except InvalidParams as wrong:
        error = wrong.problems[0].translated(_)
    words = [_(word) for word in presets.WORDS]
    table = weight_table("weights", after, Window(heads=1, queries=3, keys=3), decimals=_DECIMALS)
    rows = [
        replace(row, label=word, is_lit=index == _ASKED_ROW)
        for index, (row, word) in enumerate(zip(table.rows, words, strict=True))
    ]
    assert after.allowed is not None
    return Example(
        text=text,
        error=error,
        table=replace(table, columns=words, rows=rows),
        legend=legend_for(after.allowed),
        reply=reply(words, _row(before), _row(after)),
        how=f"{reverse('lab:attention')}?{urlencode({'preset': 'cat-sat-it', 'it': number})}#stage-scores",
    )


def with_first_feature(params: dict[str, Any], text: str) -> dict[str, Any]:
    """The example's params with another first number in the query of "it"; unchanged if that is no number."""
    try:
        number = read_number(text)
    except Unreadable:
        return params
    query = [*presets.WORD_QUERIES[:_ASKED_ROW], [number, *presets.WORD_QUERIES[_ASKED_ROW][1:]]]
    return {**params, "query": query}


def reply(words: list[str], before: Array, after: Array) -> str:
    """One sentence on how a row of weights moved, true whichever way it went."""
    moves = after - before
    most = int(abs(moves).argmax())
    if abs(moves[most]) < _NOTICEABLE:
        top = int(after.argmax())
        places = {"word": words[_ASKED_ROW], "top": words[top], "share": _two(after[top])}
        return _("“%(word)s” looks at %(top)s most: %(share)s. The row sums to 1.") % places
    places = {"word": words[most], "from": _two(before[most]), "to": _two(after[most])}
    others = [move for index, move in enumerate(moves) if index != most]
    if moves[most] > 0 and all(move < 0 for move in others):
        return (
            _("%(word)s rose from %(from)s to %(to)s; the others gave way. The row still sums to 1.") % places
        )
    if moves[most] < 0 and all(move > 0 for move in others):
        return (
            _("%(word)s fell from %(from)s to %(to)s; the others gained. The row still sums to 1.") % places
        )
    return _("%(word)s went from %(from)s to %(to)s. The row still sums to 1.") % places


def _computed(number: float) -> StageArrays:
    params = with_first_feature(dict(presets.PRESETS["cat-sat-it"].params), repr(number))
    return from_reference(parse_params(catalogue.task("attention").params, params))


def _row(stages: StageArrays) -> Array:
    assert stages.weights is not None
    row: Array = stages.weights[0, _ASKED_ROW]
    return row


def _two(weight: float) -> str:
    return figures.weight_figure(float(weight), 2)
