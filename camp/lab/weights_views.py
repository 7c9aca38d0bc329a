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
    return weights_answer(request, own_run(request, job_id))


def weights_answer(request: HttpRequest, job: Job) -> HttpResponse:
    """float32 numbers one after another, least significant byte first: heads × queries × keys, of a model by layer.

    `?layer=` (from 1) asks for one layer of a model alone.
    """
    arrays = selectors.arrays_of(job)
    if not arrays:
        raise Http404
    with np.load(io.BytesIO(arrays)) as kept:
        if "weights" not in kept:
            raise Http404
        weights = kept["weights"]
    layer = request.GET.get("layer", "")
    if layer and weights.ndim == 4:
        if not (layer.isascii() and layer.isdecimal() and len(layer) < 6 and 0 < int(layer) <= len(weights)):
            raise Http404
        weights = weights[int(layer) - 1]
    return HttpResponse(weights.astype("<f4").tobytes(), content_type="application/octet-stream")
