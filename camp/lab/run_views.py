"""Runs: the history, one run while it waits, runs and is done, and what may be done with it."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django_htmx.http import reswap, retarget

from attention_core import catalogue
from attention_core.params import parse_params
from camp import htmx
from camp.accounts.services import owner_for
from camp.lab import inputs, run_words, selectors, services, summaries
from camp.lab.models import Job, Status
from camp.lab.picture import picture, window_of
from camp.lab.stage_arrays import disagreement, from_result
from camp.lab.views import run_context

PAGE_SIZE = 25


@require_safe
def runs(request: HttpRequest) -> HttpResponse:
    """The visitor's own runs, newest first. Looking makes no guest."""
    page = Paginator(selectors.jobs_of(request.user), PAGE_SIZE).get_page(request.GET.get("page"))
    rows = [{"job": job, "state": _brief_state(job), **_named(job)} for job in page]
    return render(request, "lab/runs.html", {"page": page, "rows": rows, "section": "runs"})


@require_safe
def run(request: HttpRequest, job_id: UUID) -> HttpResponse:
    """One run: the page, its state while it is waited for, or another part of its matrices."""
    job = _own(request, job_id)
    asked = request.GET.dict()
    context = run_context(
        job, look=_number(asked.get("look")), is_on_form="form" in asked, seen=asked.get("seen", "")
    )
    if htmx.wants_part(request) and htmx.target(request) == "run-poll":
        return htmx.varied(_look(request, job, context))
    context |= {**_finished(job, asked), **_named(job), "section": "runs"}
    part = htmx.wants_part(request) and htmx.target(request) == "picture"
    return htmx.varied(render(request, "lab/_picture.html" if part else "lab/run.html", context))


def _look(request: HttpRequest, job: Job, context: dict[str, Any]) -> HttpResponse:
    """While it lives only the next look and news of it, so that nothing under the visitor's hand is replaced."""
    if not job.is_terminal:
        return render(request, "lab/_run_look.html", context)
    response = render(request, "lab/_run_state.html", context | _finished(job, {}))
    return retarget(reswap(response, "innerHTML"), "#run-state")


@require_POST
def run_cancel(request: HttpRequest, job_id: UUID) -> HttpResponse:
    """Cancel; one that had ended before simply shows how it ended."""
    job = _own(request, job_id)
    try:
        job = services.job_cancel(job=job)
    except services.AlreadyEnded as ended:
        job = ended.job
    if not htmx.wants_part(request):
        return redirect(job)
    context = run_context(job, look=0, is_on_form="form" in request.POST)
    return htmx.varied(render(request, "lab/_run_state.html", context | _finished(job, {})))


@require_POST
def run_again(request: HttpRequest, job_id: UUID) -> HttpResponse:
    """Submit the same params once more."""
    job = _own(request, job_id)
    try:
        again = services.job_submit(
            owner=owner_for(request), task=job.task, params=job.params, file=selectors.input_file_of(job)
        )
    except services.QuotaUsedUp as error:
        messages.error(request, error.words())
        return redirect(job)
    return redirect(again)


@require_http_methods(["GET", "HEAD", "POST"])
def run_delete(request: HttpRequest, job_id: UUID) -> HttpResponse:
    """Ask first; a POST deletes."""
    job = _own(request, job_id)
    if request.method != "POST":
        return render(request, "lab/run_delete.html", {"job": job, "section": "runs", **_named(job)})
    services.job_delete(job=job)
    messages.success(request, _("The run was deleted."))
    return redirect("lab:runs")


def _own(request: HttpRequest, job_id: UUID) -> Job:
    job = selectors.job_of(request.user, job_id)
    if job is None:
        raise Http404
    return job


def _finished(job: Job, asked: dict[str, str]) -> dict[str, Any]:
    """The picture of a succeeded run, and how its figures compare with this process's own."""
    result = selectors.result_of(job) if job.status == Status.SUCCEEDED else None
    task = catalogue.tasks().get(job.task)
    if result is None or task is None:
        return {}
    stages = from_result(parse_params(task.params, inputs.whole_params(job)), result.data)
    return {
        "picture": picture(stages, window_of(stages, asked)),
        "checked": run_words.checked(disagreement(stages)),
    }


def _named(job: Job) -> dict[str, Any]:
    task = catalogue.tasks().get(job.task)
    return {
        "title": _(task.title) if task else job.task,
        "name": summaries.name_words(job.task, job.summary),
        "settings": summaries.settings_words(job.task, job.summary),
    }


def _brief_state(job: Job) -> dict[str, str]:
    """Icon, colour and word for a list, where asking for the place in the queue would cost a query a row."""
    icons = {
        Status.QUEUED: ("clock", "wait"),
        Status.RUNNING: ("running", "wait"),
        Status.SUCCEEDED: ("check", "ok"),
        Status.FAILED: ("error", "bad"),
        Status.CANCELLED: ("stopped", ""),
    }
    icon, css = icons[Status(job.status)]
    return {"icon": icon, "css": css, "text": str(Status(job.status).label)}


def _number(text: str | None) -> int:
    return int(text) if text and text.isascii() and text.isdecimal() and len(text) < 6 else 0
