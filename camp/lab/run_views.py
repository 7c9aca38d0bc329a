"""Runs: the history, one run while it waits, runs and is done, and what may be done with it."""

import contextlib
from dataclasses import asdict
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django_htmx.http import reswap, retarget

from attention_core import catalogue
from attention_core.params import InvalidParams, Params, TooMuchWork, parse_params
from camp import htmx
from camp.accounts.services import owner_for
from camp.lab import findings, guesses, inputs, run_words, selectors, services, sharing
from camp.lab.charts import live_chart
from camp.lab.live_call import live_call
from camp.lab.models import Job, Status
from camp.lab.picture import picture, window_of
from camp.lab.run_forms import RunFilterForm, RunWordsForm
from camp.lab.stage_arrays import StageArrays, disagreement, from_result, is_small
from camp.lab.views import run_context

PAGE_SIZE = 25


@require_safe
def runs(request: HttpRequest) -> HttpResponse:
    """The visitor's own runs, newest first, or those looked for. Looking makes no guest."""
    asked = RunFilterForm(request.GET)
    wanted = asked.cleaned_data if asked.is_valid() else {}
    jobs = selectors.jobs_found(
        request.user,
        text=wanted.get("q", ""),
        status=wanted.get("status", ""),
        pinned=wanted.get("pinned", False),
    )
    page = Paginator(jobs, PAGE_SIZE).get_page(request.GET.get("page"))
    rows = [
        {"job": job, "state": run_words.brief_state_of(job.status), **run_words.named(job)} for job in page
    ]
    context = {"page": page, "rows": rows, "asked": asked, "is_filtered": any(wanted.values())}
    context |= _just_deleted(request)
    return render(request, "lab/runs.html", context | {"section": "runs"})


@require_safe
def run(request: HttpRequest, job_id: UUID) -> HttpResponse:
    """One run: the page, its state while it is waited for, or another part of its matrices."""
    job = own_run(request, job_id)
    asked = request.GET.dict()
    context = run_context(
        job, look=number(asked.get("look")), is_on_form="form" in asked, seen=asked.get("seen", "")
    )
    if htmx.wants_part(request) and htmx.target(request) == "run-poll":
        return htmx.varied(_look(request, job, context))
    context |= {**finished(job, asked), **run_words.named(job), "section": "runs"}
    context["words"] = RunWordsForm(instance=job)
    context["live"] = None if job.is_terminal else live_chart(job.curve)
    if (shared := sharing.path_of(job)) is not None:
        context["shared_link"] = request.build_absolute_uri(shared)
    part = htmx.wants_part(request) and htmx.target(request) == "picture"
    context["has_links"] = htmx.is_of_this_page(request)  # the form shows its run too, without them
    return htmx.varied(render(request, part_of(context) if part else "lab/run.html", context))


def part_of(context: dict[str, Any]) -> str:
    """The template of what changes when another head or another part is looked at."""
    return "lab/_findings.html" if "findings" in context else "lab/_picture_part.html"


def _look(request: HttpRequest, job: Job, context: dict[str, Any]) -> HttpResponse:
    """While it lives only the next look and news of it, so that nothing under the visitor's hand is replaced."""
    if not job.is_terminal:
        return render(request, "lab/_run_look.html", context | {"live": live_chart(job.curve)})
    response = render(request, "lab/_run_state.html", context | finished(job, {}))
    return retarget(reswap(response, "innerHTML"), "#run-state")


@require_POST
def run_cancel(request: HttpRequest, job_id: UUID) -> HttpResponse:
    """Cancel; one that had ended before simply shows how it ended."""
    job = own_run(request, job_id)
    try:
        job = services.job_cancel(job=job)
    except services.AlreadyEnded as ended:
        job = ended.job
    if not htmx.wants_part(request):
        return redirect(job)
    context = run_context(job, look=0, is_on_form="form" in request.POST)
    return htmx.varied(render(request, "lab/_run_state.html", context | finished(job, {})))


@require_POST
def run_again(request: HttpRequest, job_id: UUID) -> HttpResponse:
    """Submit the same params once more."""
    job = own_run(request, job_id)
    try:
        again = services.job_submit(
            owner=owner_for(request), task=job.task, params=job.params, file=selectors.input_file_of(job)
        )
    except services.QuotaUsedUp as error:
        messages.error(request, error.words())
        return redirect(job)
    except (services.UnknownTask, InvalidParams, TooMuchWork):
        messages.error(request, _("The camp has changed and no longer takes this input as it is."))
        return redirect(job)
    return redirect(again)


@require_POST
def run_describe(request: HttpRequest, job_id: UUID) -> HttpResponse:
    """Keep a name and a note; what is too long is shown again with what is wrong."""
    job = own_run(request, job_id)
    words = RunWordsForm(request.POST, instance=own_run(request, job_id))
    if words.is_valid():
        services.job_describe(job=job, **words.cleaned_data)
        messages.success(request, _("Name and note are kept."))
        return redirect(job)
    context = run_context(job, look=0, is_on_form=False)
    context |= {**finished(job, {}), **run_words.named(job), "words": words, "section": "runs"}
    return render(request, "lab/run.html", context, status=422)


@require_POST
def run_pin(request: HttpRequest, job_id: UUID) -> HttpResponse:
    """Keep the run beyond its time (`pinned=1`), or no longer."""
    job = own_run(request, job_id)
    services.job_pin(job=job, pinned=request.POST.get("pinned") == "1")
    messages.success(
        request, _("Pinned: kept until you delete it.") if job.pinned else _("No longer pinned.")
    )
    return redirect(job)


@require_http_methods(["GET", "HEAD", "POST"])
def run_delete(request: HttpRequest, job_id: UUID) -> HttpResponse:
    """Ask first; a POST deletes, and the list to which it leads offers to undo that."""
    job = own_run(request, job_id)
    if request.method != "POST":
        context = {"job": job, "section": "runs", "minutes": _undo_minutes(), **run_words.named(job)}
        return render(request, "lab/run_delete.html", context)
    services.job_set_aside(job=job)
    return redirect(f"{reverse('lab:runs')}?{urlencode({'deleted': job.pk})}")


@require_POST
def run_undo(request: HttpRequest, job_id: UUID) -> HttpResponse:
    """Bring a deleted run back, or say that it is too late."""
    job = services.job_bring_back(owner=request.user, job_id=job_id)
    if job is None:
        messages.error(request, _("This run cannot be brought back any more: it is gone for good."))
        return redirect("lab:runs")
    if job.status == Status.CANCELLED:
        messages.success(
            request, _("The run is back. It is cancelled, as a run is that is deleted before it is done.")
        )
    else:
        messages.success(request, _("The run is back, as it was."))
    return redirect(job)


def _undo_minutes() -> int:
    return settings.JOB_UNDO // timedelta(minutes=1)


def _just_deleted(request: HttpRequest) -> dict[str, Any]:
    """What a list says of the run that `?deleted=` names, as long as it can be brought back."""
    job = None
    with contextlib.suppress(ValueError):  # no id at all
        job = selectors.jobs_set_aside(request.user).filter(pk=UUID(request.GET.get("deleted", ""))).first()
    if job is None:
        return {}
    assert job.deleted_at
    return {
        "deleted": job,
        "deleted_name": job.own_name or run_words.named(job)["name"],
        "gone_at": job.deleted_at + settings.JOB_UNDO,
    }


def own_run(request: HttpRequest, job_id: UUID) -> Job:
    job = selectors.job_of(request.user, job_id)
    if job is None:
        raise Http404
    return job


def finished(job: Job, asked: dict[str, str], address: str = "") -> dict[str, Any]:
    """The picture of a succeeded run, and how its figures compare with this process's own.

    `address` is the page's, where it is not the owner's.
    """
    task = catalogue.tasks().get(job.task)
    if task is not None and task.finds:
        return _found(job, asked, address)
    stages = stages_of(job, params_of(job)) if job.status == Status.SUCCEEDED else None
    if stages is None:
        return {}
    window = window_of(stages, asked)
    guess = guesses.guess_of(job.guess, stages) if stages.weights is not None else None
    return {
        "guess": guess and asdict(guess) | guesses.shown(guess, stages),
        "picture": picture(stages, window),
        "live_call": live_call(stages, window),
        "weights_page": "" if is_small(stages.params) else f"{address or job.get_absolute_url()}weights/",
        "checked": run_words.checked(disagreement(stages)),
    }


def _found(job: Job, asked: dict[str, str], address: str) -> dict[str, Any]:
    """What a succeeded run found, and where its pictures and weights are."""
    result = selectors.result_of(job) if job.status == Status.SUCCEEDED else None
    if result is None:
        return {}
    page = address or job.get_absolute_url()
    return {
        "findings": findings.shown(result.data, asked),
        "run_page": page,
        "weights_page": f"{page}weights/",
    }


def params_of(job: Job) -> Params | None:
    """Its params, parsed; None where this camp no longer takes them: its result can still be downloaded."""
    task = catalogue.tasks().get(job.task)
    if task is None:
        return None
    try:
        return parse_params(task.params, inputs.whole_params(job))
    except (InvalidParams, TooMuchWork):
        return None


def stages_of(job: Job, params: Params | None) -> StageArrays | None:
    """What a succeeded run computed with these params; None where there is nothing to show."""
    if params is None or job.status != Status.SUCCEEDED:
        return None
    task = catalogue.tasks().get(job.task)
    result = selectors.result_of(job) if task is not None and not task.finds else None
    return None if result is None else from_result(params, result.data)


def number(text: str | None) -> int:
    """A small whole number out of an address; 0 for anything else."""
    return int(text) if text and text.isascii() and text.isdecimal() and len(text) < 6 else 0
