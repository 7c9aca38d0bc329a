"""Downloads of a run: the job that asks for it again, a Python program that computes it, and its picture."""

from collections.abc import Callable
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from camp.lab import drawing, exports, run_words
from camp.lab.colours import THEMES
from camp.lab.models import Job
from camp.lab.picture import Picture
from camp.lab.result_files import named
from camp.lab.run_views import finished, own_run


def _download(
    write: Callable[[Job], str], content_type: str, ending: str, task: str | None = None
) -> Callable[[HttpRequest, UUID], HttpResponse]:
    @require_safe
    @never_cache
    def view(request: HttpRequest, job_id: UUID) -> HttpResponse:
        job = own_run(request, job_id)
        if job.has_input_file or task not in (None, job.task):
            raise Http404  # its arrays are megabytes and came as a file, or no program is known for it
        headers = named(f"{job.task}-{job.pk}", ending)
        return HttpResponse(write(job), content_type=content_type, headers=headers)

    return view


run_as_job = _download(exports.as_job, "application/json", "job.json")
run_as_python = _download(exports.as_python, "text/x-python; charset=utf-8", "py", task="attention")


@require_safe
@never_cache
def run_as_svg(request: HttpRequest, job_id: UUID) -> HttpResponse:
    """The part of the weights that `?head=&q=&k=&size=` names, in the theme that `?theme=` names."""
    job = own_run(request, job_id)
    return svg_answer(request, job, f"{job.task}-{job.pk}", own_name=job.own_name)


def svg_answer(request: HttpRequest, job: Job, name: str, own_name: str = "") -> HttpResponse:
    """The picture of a run that is done, called `name`; without its owner's words unless `own_name` gives them."""
    asked = request.GET.dict()
    picture: Picture | None = finished(job, asked).get("picture")
    if picture is None or picture.weights is None:
        raise Http404  # not done, or too large for its weights to be kept
    words = run_words.named(job)
    lines = [words["name"] if own_name else "", words["settings"], *_shown(picture)]
    theme = asked["theme"] if asked.get("theme") in THEMES else "light"
    content = drawing.svg(picture, picture.weights, own_name or words["name"], lines, theme)
    return HttpResponse(content, content_type="image/svg+xml", headers=named(name, "svg"))


def _shown(picture: Picture) -> list[str]:
    """Which head and which part of the matrices is drawn, where there is more."""
    window, found = picture.window, []
    if window.heads > 1:
        found.append(_("Head %(head)s of %(heads)s") % {"head": window.head, "heads": window.heads})
    if window.is_partial:
        queries = {"first": window.query, "last": window.rows.stop, "all": window.queries}
        keys = {"first": window.key, "last": window.columns.stop, "all": window.keys}
        found.append(
            _("Queries %(first)s to %(last)s of %(all)s") % queries
            + _(", ")
            + _("keys %(first)s to %(last)s of %(all)s") % keys
        )
    return found
