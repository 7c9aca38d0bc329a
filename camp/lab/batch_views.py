"""A batch, as an API client submits it in one call: how far it is, what failed, its runs, and the cancel of the rest."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe
from django_htmx.http import reswap, retarget

from camp import htmx
from camp.lab import batch_words, run_words, selectors, services
from camp.lab.models import JobBatch
from camp.lab.run_views import PAGE_SIZE, number


@require_safe
def batch(request: HttpRequest, batch_id: UUID) -> HttpResponse:
    """One batch: the page, or how it stands while it is waited for."""
    found = _own(request, batch_id)
    context = _context(found, request.GET.dict())
    if htmx.wants_part(request) and htmx.target(request) == "run-poll":
        return htmx.varied(_look(request, context))
    failures = selectors.failures_in(found)
    context |= {"failures": batch_words.failures(failures), "listed": len(failures), "section": "runs"}
    return htmx.varied(render(request, "lab/batch.html", context))


def _look(request: HttpRequest, context: dict[str, Any]) -> HttpResponse:
    """While it lives only figures and words change; what can be clicked stays where it is until the end."""
    if context["is_live"]:
        return render(request, "lab/_batch_look.html", context)
    failures = selectors.failures_in(context["batch"])
    context |= {"failures": batch_words.failures(failures), "is_end": True}
    response = render(request, "lab/_batch_look.html", context)
    return retarget(reswap(response, "innerHTML"), "#batch-actions")


@require_POST
def batch_cancel(request: HttpRequest, batch_id: UUID) -> HttpResponse:
    """Cancel what still waits or runs, and tell how many that were."""
    found = _own(request, batch_id)
    count = services.batch_cancel(batch=found)
    messages.success(request, batch_words.cancelled(count))
    return redirect(found)


def _own(request: HttpRequest, batch_id: UUID) -> JobBatch:
    found = selectors.batch_of(request.user, batch_id)
    if found is None:
        raise Http404
    return found


def _context(batch: JobBatch, asked: dict[str, str]) -> dict[str, Any]:
    """What the page and each look at it need. A look says what the page shows already (`seen`, `said`, `listed`)."""
    counts = selectors.status_counts(batch)
    is_live = batch_words.is_live(counts)
    until = timezone.now() if is_live else selectors.last_end_in(batch) or batch.created_at
    page = Paginator(selectors.jobs_in(batch).defer("params_json"), PAGE_SIZE).get_page(asked.get("page"))
    state = batch_words.state_of(counts)
    seen = "-".join(str(count) for count in counts.values())
    look = number(asked.get("look"))
    return {
        "batch": batch,
        "total": sum(counts.values()),
        "ended": batch_words.ended(counts),
        "failed": counts["failed"],
        "words": batch_words.progress(counts),
        "time": batch_words.time((until - batch.created_at).total_seconds(), counts),
        "counts": [(run_words.brief_state_of(status), count) for status, count in counts.items()],
        "is_live": is_live,
        "page": page,
        "rows": [
            {"job": job, "state": run_words.brief_state_of(job.status), **run_words.named(job)}
            for job in page
        ],
        "state": state,
        "seen": seen,
        "is_changed": seen != asked.get("seen", ""),
        "is_news": state.spoken != asked.get("said", ""),
        "listed": number(asked.get("listed")),
        "look": look + 1,
        "delay": run_words.delay(look),
    }
