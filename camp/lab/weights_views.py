"""The weights of a run too large for its page to compute, as plain numbers for the small pictures of its heads."""

import io
from uuid import UUID

import numpy as np
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from camp.lab import selectors
from camp.lab.models import Job
from camp.lab.run_views import own_run


@require_safe
@never_cache
def run_weights(request: HttpRequest, job_id: UUID) -> HttpResponse:
    """To the owner."""
    return weights_answer(own_run(request, job_id))


def weights_answer(job: Job) -> HttpResponse:
    """float32 numbers one after another, least significant byte first: heads × queries × keys."""
    arrays = selectors.arrays_of(job)
    if not arrays:
        raise Http404
    with np.load(io.BytesIO(arrays)) as kept:
        if "weights" not in kept:
            raise Http404
        return HttpResponse(kept["weights"].astype("<f4").tobytes(), content_type="application/octet-stream")
