"""The lab's tasks and the form of the attention task: submit it, or see it computed while it is edited."""

import contextlib
from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe
from django_htmx.http import replace_url, reswap

from attention_core import catalogue
from attention_core.params import InvalidParams, TooMuchWork
from camp import htmx
from camp.accounts.services import owner_for
from camp.lab import guesses, run_words, selectors, services, thumbnails
from camp.lab.file_form import FileForm
from camp.lab.forms import TaskForm
from camp.lab.home import with_first_feature
from camp.lab.live_call import live_call
from camp.lab.models import Job, Status
from camp.lab.picture import picture, window_of
from camp.lab.presets import FIRST, GROUPS, PRESETS, Preset
from camp.lab.stage_arrays import from_reference, is_small

TASK = "attention"
_MOST_TEXT = 2**17  # beyond this many characters a preview is not even read


@require_safe
def tasks(request: HttpRequest) -> HttpResponse:
    """Every task there is."""
    return render(request, "lab/tasks.html", {"tasks": catalogue.tasks().values(), "section": "lab"})


@require_http_methods(["GET", "HEAD", "POST"])
def attention(request: HttpRequest) -> HttpResponse:
    """The form: filled from a preset (`?preset=`), an own run (`?run=`) or the address (camp.lab_links); a POST submits it."""
    if request.method == "POST":
        return _submit(request)
    if "query" in request.GET and "run" not in request.GET:
        form = TaskForm.sent(catalogue.task(TASK).params, _texts_of_address(request))
        form.is_valid()
        return _page(request, form, asked=request.GET.dict())
    preset = _asked_preset(request)
    form = TaskForm.of(catalogue.task(TASK).params, _start_params(request, preset))
    form.is_valid()
    return _page(request, form, asked=request.GET.dict(), preset=preset)


@require_http_methods(["GET", "HEAD", "POST"])
def attention_file(request: HttpRequest) -> HttpResponse:
    """The same task over the arrays of an NPZ file, which may be larger than anybody types."""
    params = catalogue.task(TASK).params
    context = {"task": catalogue.task(TASK), "section": "lab"}
    if request.method != "POST":
        return render(request, "lab/attention_file.html", context | {"form": FileForm.of(params, {})})
    form = FileForm.sent(params, request.POST.dict())
    quota = None
    if form.read(request.FILES.get("file")):
        try:
            work = services.check_work(task=TASK, params=form.raw, file=form.file)
            return redirect(services.job_write(owner=owner_for(request), work=work))
        except (InvalidParams, TooMuchWork) as error:
            form.refuse(error)
        except services.QuotaUsedUp as error:
            quota = error
    context |= {"form": form, "quota": quota, "was_sent": True}
    return render(request, "lab/attention_file.html", context, status=422)


@require_http_methods(["GET", "HEAD", "POST"])
def attention_preview(request: HttpRequest) -> HttpResponse:
    """What the form as it stands would compute, if that is small and right; else what is wrong with it."""
    if request.method != "POST":
        return redirect(
            "lab:attention"
        )  # the address of a preview reloaded, or come back to, without its form
    form = TaskForm.sent(catalogue.task(TASK).params, request.POST.dict())
    asked = QueryDict(request.POST.get("view") or request.POST.get("kept_view", "")).dict()
    is_too_long = form.size > _MOST_TEXT
    valid = is_too_long or form.is_valid()
    if not htmx.wants_part(request):
        return _page(request, form, asked=asked, status=200 if valid else 422)
    context = {"form": form, **_computed(form, asked)}
    if not valid:
        return reswap(render(request, "lab/_form_errors.html", context), "none")
    return render(request, "lab/_preview.html", context)


def _submit(request: HttpRequest) -> HttpResponse:
    form = TaskForm.sent(catalogue.task(TASK).params, request.POST.dict())
    if not form.is_valid():
        return _refused(request, form)
    try:
        job = services.job_submit(owner=owner_for(request), task=TASK, params=form.raw)
    except services.QuotaUsedUp as error:
        return _refused(request, form, quota=error)
    guesses.guess_keep(job=job, text=request.POST.get("guess", ""), params=form.parsed)
    if not htmx.wants_part(request):
        return redirect(job)
    response = render(request, "lab/_run_state.html", run_context(job, look=0, is_on_form=True))
    # Reloaded, or come back to, the form holds what was run.
    return replace_url(response, f"{reverse('lab:attention')}?run={job.pk}")


def _refused(request: HttpRequest, form: TaskForm, quota: services.QuotaUsedUp | None = None) -> HttpResponse:
    """The page again with all that was typed, or with htmx only what is wrong."""
    if not htmx.wants_part(request):
        return _page(request, form, asked={}, status=422, quota=quota, was_sent=True)
    context = {"form": form, "quota": quota, "was_sent": True}
    return reswap(render(request, "lab/_form_errors.html", context, status=422), "none")


def _page(
    request: HttpRequest,
    form: TaskForm,
    *,
    asked: dict[str, str],
    preset: Preset | None = None,
    status: int = 200,
    quota: services.QuotaUsedUp | None = None,
    was_sent: bool = False,
) -> HttpResponse:
    context = {
        "form": form,
        "quota": quota,
        "was_sent": was_sent,
        "task": catalogue.task(TASK),
        "section": "lab",
        **_examples(preset),
        **_computed(form, asked),
    }
    return htmx.varied(render(request, "lab/attention.html", context, status=status))


def _computed(form: TaskForm, asked: dict[str, str]) -> dict[str, Any]:
    """The preview: a picture, or why there is none."""
    if form.parsed is None or not is_small(form.parsed):
        return {"is_large": form.parsed is not None or form.size > _MOST_TEXT}
    stages = from_reference(form.parsed)
    window = window_of(stages, asked)
    return {"picture": picture(stages, window), "live_call": live_call(stages, window), "is_preview": True}


def _texts_of_address(request: HttpRequest) -> dict[str, str]:
    """The form's texts: defaults, and over them what the address says."""
    start = TaskForm.of(catalogue.task(TASK).params, {})
    return {one.name: request.GET.get(one.name, one.text) for one in start.fields}


def _asked_preset(request: HttpRequest) -> Preset | None:
    if "run" in request.GET:
        return None
    slug = request.GET.get("preset", FIRST.slug)
    if slug not in PRESETS:
        raise Http404
    return PRESETS[slug]


def _examples(chosen: Preset | None) -> dict[str, Any]:
    """The presets under their headings, with the weights of each in small."""
    groups = [
        {
            "title": group.title,
            "cards": [(preset, thumbnails.of_preset(preset.slug)) for preset in group.presets],
        }
        for group in GROUPS
    ]
    found: dict[str, Any] = {"preset": chosen, "preset_groups": groups, "preset_count": len(PRESETS)}
    return found | {"preset_picture": thumbnails.of_preset(chosen.slug)} if chosen else found


def _start_params(request: HttpRequest, preset: Preset | None) -> dict[str, Any]:
    if preset is not None:
        params = dict(preset.params)
        return with_first_feature(params, request.GET["it"]) if "it" in request.GET else params
    job = None
    with contextlib.suppress(ValueError):  # no id at all, which looks the same as a missing one
        job = selectors.job_of(request.user, UUID(request.GET["run"]))
    if job is None or job.task != TASK:
        raise Http404
    return job.params


def form_page(task: str) -> str:
    """Where a task is set up; the lab where there is no such task any more."""
    found = catalogue.tasks().get(task)
    if found is None:
        return reverse("lab:tasks")
    return reverse("lab:task", args=[task]) if found.finds else reverse("lab:attention")


def run_context(job: Job, *, look: int, is_on_form: bool, seen: str = "") -> dict[str, Any]:
    """What the status line, the actions and the next look at a run need."""
    state = run_words.state_of(job)
    return {
        "job": job,
        "state": state,
        "kept_until": selectors.kept_until(job),
        "form_page": form_page(job.task),
        "is_found": job.task != TASK,
        "is_news": state.spoken != seen,
        "is_on_form": is_on_form,
        "look": look + 1,
        "delay": run_words.delay(look),
        "run_before": selectors.run_before(job)
        if job.status == Status.SUCCEEDED and not is_on_form
        else None,
    }
