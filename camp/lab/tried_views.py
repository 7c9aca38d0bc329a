"""What was tried: the visitor's runs that are done as a table with figures, on a page and as CSV."""

from collections.abc import Iterator
from typing import Any

from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from camp.lab import selectors, tried_table
from camp.lab.models import Job
from camp.lab.result_files import named
from camp.lab.run_forms import TriedForm
from camp.streams import in_thread

PAGE_SIZE = 25
# So many lines of CSV are read at a time.
CSV_ROWS = 500


@require_safe
def tried(request: HttpRequest) -> HttpResponse:
    """The table, sorted by `?sort=` and `?order=`, of those runs that `?q=` and `?pinned=` leave."""
    asked = TriedForm(request.GET)
    wanted = asked.cleaned_data if asked.is_valid() else {}
    sort, is_rising = wanted.get("sort") or "time", wanted.get("order") == "up"
    page = Paginator(_found(request, wanted, sort, is_rising), PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "rows": [{"job": job, "cells": tried_table.cells(job.figures)} for job in page],
        "columns": [_column(name, sort, is_rising) for name in selectors.TRIED_BY],
        "asked": asked,
        "is_filtered": bool(wanted.get("q") or wanted.get("pinned")),
        "section": "runs",
    }
    return render(request, "lab/tried.html", context)


@require_safe
@never_cache
def tried_as_csv(request: HttpRequest) -> HttpResponseBase:
    """All of them that the same filters leave, newest first: whoever opens it sorts it there."""
    asked = TriedForm(request.GET)
    runs = _found(request, asked.cleaned_data if asked.is_valid() else {})
    headers, kind = named("runs-tried", "csv"), "text/csv; charset=utf-8"
    first = selectors.runs_tried_after(runs, None, CSV_ROWS)
    if len(first) < CSV_ROWS:
        content = tried_table.csv_head() + tried_table.csv_lines(first)
        return HttpResponse(content, content_type=kind, headers=headers)
    return StreamingHttpResponse(in_thread(_csv(runs)), content_type=kind, headers=headers)


def _csv(runs: QuerySet[Job]) -> Iterator[bytes]:
    """A part at a time, each of a query of its own: no cursor is held open while somebody is slow to take them."""
    yield tried_table.csv_head()
    last = None
    while some := selectors.runs_tried_after(runs, last, CSV_ROWS):
        yield tried_table.csv_lines(some)
        last = some[-1]


def _found(
    request: HttpRequest, wanted: dict[str, Any], sort: str = "time", is_rising: bool = False
) -> QuerySet[Job]:
    return selectors.runs_tried(
        request.user,
        text=wanted.get("q", ""),
        pinned=wanted.get("pinned", False),
        sort=sort,
        is_rising=is_rising,
    )


def _column(name: str, sort: str, is_rising: bool) -> dict[str, Any]:
    """A heading, which sorts by its column: largest first, or the other way round where that is so already."""
    is_sorted = name == sort
    state = ("ascending" if is_rising else "descending") if is_sorted else ""
    return {
        "name": name,
        "title": tried_table.COLUMNS[name],
        "aria_sort": state,
        "next": "up" if is_sorted and not is_rising else "down",
    }
