"""Two of one's own runs side by side: choosing them, and what changed from A to B."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

import numpy as np
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from attention_core.params import Params
from camp import htmx
from camp.lab import comparison_words, run_words, selectors
from camp.lab.comparison import Comparison
from camp.lab.comparison_tables import output_limit, output_tables, weight_tables
from camp.lab.legend import DifferenceLegend, Legend, legend_for
from camp.lab.models import Job, Status
from camp.lab.run_views import own_run, params_of, stages_of
from camp.lab.stage_arrays import StageArrays
from camp.lab.views import TASK
from camp.lab.window import Window

# So many runs are offered to choose from, the latest.
MOST_OFFERED = 50


@dataclass(frozen=True)
class Side:
    """One of the two runs; `stages` is None where there is nothing to compare, and `problem` says why."""

    letter: str
    job: Job
    params: Params | None
    stages: StageArrays | None
    # The query that asks for another run in its place.
    instead: str

    @classmethod
    def of(cls, letter: str, job: Job, *, beside: Job) -> "Side":
        params = params_of(job) if job.task == TASK else None
        instead = urlencode({"b" if letter == "A" else "a": beside.pk})
        return cls(letter, job, params, stages_of(job, params), instead)

    @cached_property
    def named(self) -> dict[str, Any]:
        return run_words.named(self.job)

    @property
    def state(self) -> run_words.State:
        return run_words.brief_state_of(self.job.status)

    @property
    def problem(self) -> str:
        if self.stages is not None:
            return ""
        if self.job.task != TASK:
            return _("This run is of another task, which has no weights to compare.")
        if not self.job.is_terminal:
            return _("This run is not done yet. Load this page again once it is.")
        if self.job.status != Status.SUCCEEDED:
            return _("This run ended without a result, so there is nothing to compare.")
        return _("This run has no steps to show.")


@dataclass(frozen=True)
class PairWindow(Window):
    """A part of both runs' matrices, whose addresses keep the two runs."""

    pair: str = ""

    def moved(self, **changes: int) -> str:
        view = super().moved(**changes)
        return f"{self.pair}&{view}" if view else self.pair


@require_safe
def compare(request: HttpRequest) -> HttpResponse:
    """`?a=&b=`: what changed from a to b; with one or none of them, the runs to choose from."""
    jobs = {letter: _asked_run(request, letter) for letter in ("a", "b")}
    a, b = jobs.values()
    if a is None or b is None:
        return _choice(request, jobs)
    sides = [Side.of("A", a, beside=b), Side.of("B", b, beside=a)]
    context: dict[str, Any] = {"sides": sides, "settings": None, "section": "runs"}
    context["swapped"] = urlencode({"a": b.pk, "b": a.pk})
    if sides[0].params is not None and sides[1].params is not None:
        context["settings"] = comparison_words.settings(sides[0].params, sides[1].params)
    if sides[0].stages is not None and sides[1].stages is not None:
        comparison = Comparison(sides[0].stages, sides[1].stages)
        context |= _compared(comparison, _window(comparison, request, a, b))
    part = htmx.wants_part(request) and htmx.target(request) == "picture"
    return htmx.varied(render(request, "lab/_comparison.html" if part else "lab/compare.html", context))


def _choice(request: HttpRequest, jobs: dict[str, Job | None]) -> HttpResponse:
    """The latest runs that the other one can be compared with; A is chosen first."""
    letter = "a" if jobs["a"] is None else "b"
    other = jobs["b" if letter == "a" else "a"]
    offered = selectors.runs_done(request.user, task=TASK)
    if other is not None:
        offered = offered.exclude(pk=other.pk)
    context = {
        "letter": letter,
        "other": other,
        "other_named": run_words.named(other) if other else {},
        "rows": [{"job": job, **run_words.named(job)} for job in offered[:MOST_OFFERED]],
        "most": MOST_OFFERED,
        "section": "runs",
    }
    return render(request, "lab/compare_choice.html", context)


def _compared(comparison: Comparison, window: Window) -> dict[str, Any]:
    found: dict[str, Any] = {
        "comparison": {"window": window},
        "picture_page": reverse("lab:compare"),
        "effects": comparison_words.effects(comparison, window.head),
        "missing": comparison_words.missing(comparison),
        "outputs": output_tables(comparison, window),
        "output_legend": DifferenceLegend(output_limit(comparison)),
    }
    if comparison.weights is not None:
        found["weights"] = weight_tables(comparison, window)
        found["legend"] = _legend(comparison)
        found["difference_legend"] = DifferenceLegend()
    return found


def _legend(comparison: Comparison) -> Legend:
    """One scale for both, with the equal share where it is the same in every row of both."""
    masks = [stages.allowed for stages in (comparison.a, comparison.b) if stages.allowed is not None]
    keys = comparison.keys
    return legend_for(np.vstack([np.pad(mask, ((0, 0), (0, keys - mask.shape[1]))) for mask in masks]))


def _window(comparison: Comparison, request: HttpRequest, a: Job, b: Job) -> PairWindow:
    sizes = {"heads": comparison.heads, "queries": comparison.queries, "keys": comparison.keys}
    part = Window.read(request.GET.dict(), **sizes)
    return PairWindow(**vars(part), pair=urlencode({"a": a.pk, "b": b.pk}))


def _asked_run(request: HttpRequest, letter: str) -> Job | None:
    """The run that the address names; None where it names none. Missing, another's or no id at all is a 404."""
    if letter not in request.GET:
        return None
    try:
        job_id = UUID(request.GET[letter])
    except ValueError:
        raise Http404 from None
    return own_run(request, job_id)
