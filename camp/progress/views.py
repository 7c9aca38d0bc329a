"""The map of the course and a person's own progress. Thin: `selectors` read."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from camp.progress.records import Day
from camp.progress.selectors import progress_of
from camp.quizzes.selectors import results_of

MOST_RESULTS = 20  # the newest; a quiz's own page has more


@dataclass(frozen=True)
class Column:
    """A day of the activity's picture, places and sizes in percent; `is_week` where a week begins."""

    day: Day
    left: float
    top: float
    width: float
    height: float
    is_week: bool


@never_cache
@require_safe
def course_map(request: HttpRequest) -> HttpResponse:
    """Every module with what one has done of it, and one way on."""
    context = {"progress": progress_of(request.user), "section": "course"}
    return render(request, "progress/map.html", context)


@never_cache
@require_safe
def progress(request: HttpRequest) -> HttpResponse:
    """What one has done, in numbers."""
    found = progress_of(request.user)
    most = max([day.total for day in found.activity] + [1])
    context = {
        "progress": found,
        "columns": _columns(found.activity, most),
        "most": most,
        "days_with_something": [day for day in reversed(found.activity) if day.total],
        "results": results_of(request.user)[:MOST_RESULTS],
        "section": "progress",
    }
    return render(request, "progress/progress.html", context)


def _columns(days: Sequence[Day], most: int) -> list[Column]:
    room = 100 / len(days)
    return [
        Column(
            day,
            left=round(place * room + room * 0.12, 3),
            top=round(100 - 100 * day.total / most, 2),
            width=round(room * 0.76, 3),
            height=round(100 * day.total / most, 2),
            is_week=place % 7 == 0,
        )
        for place, day in enumerate(days)
    ]
