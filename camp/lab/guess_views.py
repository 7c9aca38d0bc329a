"""Guess a row of weights before it is shown: the bars, and the truth once they are locked."""

from typing import Any

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from attention_core import catalogue
from camp import guessed_row, htmx
from camp.lab import guesses, inputs
from camp.lab.forms import TaskForm
from camp.lab.picture import window_of
from camp.lab.run_views import number
from camp.lab.stage_arrays import StageArrays, from_reference, is_small
from camp.lab.views import TASK


@require_http_methods(["GET", "HEAD", "POST"])
def attention_guess(request: HttpRequest) -> HttpResponse:
    """The bars for a row of what stands in the form; with points, the guess beside the truth."""
    if request.method != "POST" or not htmx.wants_part(request):
        return redirect("lab:attention")
    return render(request, "lab/_guess.html", _context(request.POST.dict(), request.POST.getlist("response")))


def _context(sent: dict[str, Any], typed: list[str]) -> dict[str, Any]:
    form = TaskForm.sent(catalogue.task(TASK).params, sent)
    if not form.is_valid() or form.parsed is None or not is_small(form.parsed):
        return {"sorry": _("Set the form right first: there is nothing to guess yet.")}
    stages = from_reference(form.parsed)
    rows = guesses.rows_to_guess(stages)
    if not rows:
        most = {"most": guessed_row.MOST_BARS}
        return {
            "sorry": _("A row can be guessed when it sees from 2 to %(most)s keys. None does here.") % most
        }
    head = window_of(stages, QueryDict(sent.get("kept_view", "")).dict()).head
    digest = inputs.digest(TASK, form.parsed)
    first = guesses.locked_already(sent.get("guess", ""), digest, head, stages)
    asked = number(sent.get("guess_row")) or (first.query if first else 0)
    query = asked if asked in rows else rows[-1]
    found: dict[str, Any] = {
        "id": "guess",
        "rows": rows,
        "query": query,
        "head": head,
        "heads": stages.params.num_heads,
    }
    labels = guesses.labels(stages, query)
    if first is not None and first.query == query:
        return found | _locked(first, stages, digest)
    if not typed or asked != number(sent.get("guess_bars_of")):
        return found | {"bars": _bars(labels, guessed_row.equal_shares(len(labels)))}
    try:
        guess = guesses.Guess(head, query, guessed_row.read(typed, len(labels)))
    except guessed_row.NoGuess as wrong:
        errors = [wrong.problem.translated(_)]
        points = typed if len(typed) == len(labels) else guessed_row.equal_shares(len(labels))
        return found | {"bars": _bars(labels, points), "errors": errors}
    return found | _locked(guess, stages, digest) | {"is_fresh": True}


def _locked(guess: guesses.Guess, stages: StageArrays, digest: str) -> dict[str, Any]:
    return guesses.shown(guess, stages) | {"kept": guess.as_text(digest), "is_locked": True}


def _bars(labels: list[str], points: Any) -> list[dict[str, Any]]:
    return [{"label": label, "points": one} for label, one in zip(labels, points, strict=True)]
