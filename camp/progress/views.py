"""The map of the course and a person's own progress. Thin: `selectors` read."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from camp.gain.page import tests_context
from camp.learning.time_on_task import Kind
from camp.mastery.selectors import due_count, mastery_of
from camp.progress.concept_map import concept_map
from camp.progress.here import note
from camp.progress.records import Day
from camp.progress.selectors import progress_of
from camp.progress.services import KEPT
from camp.progress.spent import DaySpent, time_on_task_of
from camp.quizzes.selectors import results_of

MOST_RESULTS = 20  # the newest; a quiz's own page has more


@dataclass(frozen=True)
class Column:
    """A day of a picture of the last weeks, places and sizes in percent; `is_week` where a week begins."""

    date: date
    left: float
    top: float
    width: float
    height: float
    is_week: bool


@never_cache
@require_safe
def course_map(request: HttpRequest) -> HttpResponse:
    """Every module with what one has done of it, and one way on."""
    context = {
        "progress": progress_of(request.user),
        "reviews_due": due_count(request.user),
        "section": "course",
    }
    return render(request, "progress/map.html", context)


@never_cache
@require_safe
def progress(request: HttpRequest) -> HttpResponse:
    """What one has done, in numbers."""
    found, mastery, spent = (
        progress_of(request.user), mastery_of(request.user), time_on_task_of(request.user)
    )  # fmt: skip
    most = max([day.total for day in found.activity] + [1])
    most_minutes = max(1, math.ceil(max(day.total for day in spent.days)))
    context = {
        "progress": found,
        **tests_context(request.user),
        "mastery": mastery,
        "map": concept_map(mastery, found.modules),
        "reviews_due": due_count(request.user),
        "columns": _columns(found.activity, most),
        "most": most,
        "days_with_something": [day for day in reversed(found.activity) if day.total],
        "spent": spent,
        "spent_columns": _columns(spent.days, most_minutes),
        "most_minutes": most_minutes,
        "days_with_time": [day for day in reversed(spent.days) if day.total],
        "moments_kept": KEPT.days,
        "results": results_of(request.user)[:MOST_RESULTS],
        "section": "progress",
    }
    return render(request, "progress/progress.html", context)


@require_POST
def here(request: HttpRequest) -> HttpResponse:
    """Somebody is at a page of this `kind`, `afresh` if it had been out of sight. Of a stranger nothing is kept."""
    try:
        kind = Kind(request.POST.get("kind", ""))
    except ValueError:
        raise BadRequest from None
    note(request, kind, is_afresh=request.POST.get("afresh") == "1")
    return HttpResponse(status=204)


def _columns(days: Sequence[Day | DaySpent], most: int) -> list[Column]:
    room = 100 / len(days)
    return [
        Column(
            day.date,
            left=round(place * room + room * 0.12, 3),
            top=round(100 - 100 * day.total / most, 2),
            width=round(room * 0.76, 3),
            height=round(100 * day.total / most, 2),
            is_week=place % 7 == 0,
        )
        for place, day in enumerate(days)
    ]
