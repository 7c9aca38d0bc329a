"""The pictures of a run, each at an address of its own: pages may show none that they carry in themselves."""

import base64
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from attention_core import catalogue
from camp.lab import selectors
from camp.lab.findings import picture_of
from camp.lab.models import Job, Status
from camp.lab.run_views import own_run


@require_safe
@never_cache
def run_picture(request: HttpRequest, job_id: UUID, name: str) -> HttpResponse:
    """To the owner."""
    return picture_answer(own_run(request, job_id), name)


def picture_answer(job: Job, name: str) -> HttpResponse:
    """The PNG file of the run's picture called `name`."""
    task = catalogue.tasks().get(job.task)
    result = selectors.result_of(job) if job.status == Status.SUCCEEDED and task and task.finds else None
    content = picture_of(result.data, name) if result is not None else None
    if content is None:
        raise Http404
    return HttpResponse(base64.b64decode(content), content_type="image/png")
