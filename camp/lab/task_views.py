"""The page of a task whose result has the common form: its form, and where its run is watched."""

import contextlib
from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods
from django_htmx.http import replace_url, reswap

from attention_core import catalogue
from attention_core.tasks.base import Task
from camp import htmx
from camp.accounts.services import owner_for
from camp.courses.selectors import lesson_of_task
from camp.lab import selectors, services
from camp.lab.forms import TaskForm
from camp.lab.models import Job
from camp.lab.run_views import finished
from camp.lab.views import run_context

PREFIX = "own-"  # of the fields' ids


@require_http_methods(["GET", "HEAD", "POST"])
def task(request: HttpRequest, name: str) -> HttpResponse:
    """The form, filled with defaults or from an own run (`?run=`); a POST submits it."""
    found = catalogue.tasks().get(name)
    if found is None or not found.finds:
        raise Http404
    if request.method == "POST":
        return _submit(request, found)
    job = _asked_run(request, found)
    form = TaskForm.of(found.params, dict(found.example) if job is None else job.params, PREFIX)
    # Reloaded, or come back to, the page goes on showing the run that it was left with.
    seen = {} if job is None else run_context(job, look=0, is_on_form=True) | finished(job, {})
    return _page(request, found, form, **seen)


def _submit(request: HttpRequest, task: Task) -> HttpResponse:
    form = TaskForm.sent(task.params, request.POST.dict(), PREFIX)
    form.add_files(request.FILES)
    if not form.is_valid():
        return _refused(request, task, form)
    try:
        job = services.job_submit(owner=owner_for(request), task=task.name, params=form.raw)
    except services.QuotaUsedUp as error:
        return _refused(request, task, form, quota=error)
    if not htmx.wants_part(request):
        return redirect(job)
    response = render(request, "lab/_run_state.html", run_context(job, look=0, is_on_form=True))
    return replace_url(response, f"{reverse('lab:task', args=[task.name])}?run={job.pk}")


def _refused(
    request: HttpRequest, task: Task, form: TaskForm, quota: services.QuotaUsedUp | None = None
) -> HttpResponse:
    """The page again with all that was given, or with htmx only what is wrong."""
    if not htmx.wants_part(request):
        return _page(request, task, form, status=422, quota=quota, was_sent=True)
    context = {"form": form, "quota": quota, "was_sent": True}
    return reswap(render(request, "lab/_form_errors.html", context, status=422), "none")


def _page(request: HttpRequest, task: Task, form: TaskForm, status: int = 200, **more: Any) -> HttpResponse:
    first, settings, rest = form.parted(task.main)
    context = {
        "task": task,
        "form": form,
        "main": first,
        "settings": settings,
        "more": rest,
        "lesson": lesson_of_task(task.name),
        "section": "lab",
        **more,
    }
    return htmx.varied(render(request, "lab/task.html", context, status=status))


def _asked_run(request: HttpRequest, task: Task) -> Job | None:
    """The own run that `?run=` names; None without it."""
    if "run" not in request.GET:
        return None
    job = None
    with contextlib.suppress(ValueError):  # no id at all
        job = selectors.job_of(request.user, UUID(request.GET["run"]))
    if job is None or job.task != task.name or job.has_input_file:
        raise Http404
    return job
