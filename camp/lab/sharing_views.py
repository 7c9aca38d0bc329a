"""A run shown to others: the link its owner makes and withdraws, the page behind it, and what it offers to take along."""

from collections.abc import Callable
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from camp import htmx
from camp.lab import results, run_words, selectors, sharing
from camp.lab.export_views import svg_answer
from camp.lab.findings_views import picture_answer
from camp.lab.models import Job
from camp.lab.result_files import NoPart, csv_answer, named, npz_answer
from camp.lab.run_views import finished, own_run, part_of
from camp.lab.views import form_page
from camp.lab.weights_views import weights_answer

Page = Callable[[HttpRequest, Job], HttpResponseBase]


@require_POST
def run_share(request: HttpRequest, job_id: UUID) -> HttpResponse:
    """Make a link to the run (`shared=1`), or withdraw it."""
    job = own_run(request, job_id)
    if request.POST.get("shared") != "1":
        sharing.withdraw(job)
        messages.success(request, _("The link was withdrawn: it shows nothing any more."))
        return redirect(job)
    try:
        sharing.share(job)
    except sharing.NotDone:
        messages.error(request, _("Only a run that is done can be shared."))
    return redirect(job)


def _for_who_has_the_link(page: Page) -> Callable[[HttpRequest, str], HttpResponseBase]:
    """`page` of the run that the token shows, which no cache keeps and no search engine lists."""

    @require_safe
    @never_cache
    def view(request: HttpRequest, token: str) -> HttpResponseBase:
        job = sharing.run_of(token)
        if job is None:
            raise Http404
        response = page(request, job)
        response.headers["X-Robots-Tag"] = "noindex, nofollow"
        return response

    return view


@_for_who_has_the_link
def shared_run(request: HttpRequest, job: Job) -> HttpResponse:
    """One run for whoever has its link, and nothing else of its owner's."""
    context = {
        "job": job,
        "picture_page": request.path,
        "has_links": True,
        "form_page": form_page(job.task),
        **finished(job, request.GET.dict(), request.path),
        **run_words.named(job),
    }
    part = htmx.wants_part(request) and htmx.target(request) == "picture"
    return htmx.varied(render(request, part_of(context) if part else "lab/shared_run.html", context))


# The files are called by their task alone: the run's number is its owner's.


@_for_who_has_the_link
def shared_svg(request: HttpRequest, job: Job) -> HttpResponse:
    return svg_answer(request, job, job.task)


@_for_who_has_the_link
def shared_json(request: HttpRequest, job: Job) -> HttpResponse:
    result = selectors.result_of(job)
    if result is None:
        raise Http404
    return HttpResponse(
        bytes(result.document), content_type="application/json", headers=named(job.task, "json")
    )


@_for_who_has_the_link
def shared_npz(request: HttpRequest, job: Job) -> HttpResponseBase:
    return npz_answer(job, _size(job), job.task)


@_for_who_has_the_link
def shared_csv(request: HttpRequest, job: Job) -> HttpResponseBase:
    _size(job)
    try:
        return csv_answer(selectors.arrays_of(job), "weights", job.task)
    except NoPart as error:
        raise Http404 from error


def shared_picture(request: HttpRequest, token: str, name: str) -> HttpResponseBase:
    """One of the run's pictures."""
    return _for_who_has_the_link(lambda request, job: picture_answer(job, name))(request, token)


@_for_who_has_the_link
def shared_weights(request: HttpRequest, job: Job) -> HttpResponse:
    return weights_answer(request, job)


def _size(job: Job) -> int:
    """Of its arrays."""
    size = results.arrays_size(job.pk)
    if not size:
        raise Http404
    return size
