"""A module's quiz: its start, one question a screen, what is left before it is handed in, and the result."""

from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from camp import htmx
from camp.accounts.services import owner_for
from camp.quizzes import selectors, services
from camp.quizzes.asking import asked, told
from camp.quizzes.marking import Mark, Unacceptable, percent
from camp.quizzes.models import Attempt, AttemptItem
from camp.quizzes.question_types import question_type

MOST_RESULTS = 50  # listed; older ones are in the export


@require_http_methods(["GET", "HEAD", "POST"])
def quiz(request: HttpRequest, module: str) -> HttpResponse:
    """What awaits one. `POST` starts an attempt, or goes on with the open one."""
    found = selectors.quiz_module(module)
    if found is None:
        raise Http404
    if request.method == "POST":
        try:
            attempt, _is_new = services.attempt_start(owner=owner_for(request), module=found)
        except services.NoQuestions as error:
            raise Http404 from error
        return redirect("quizzes:attempt", attempt.pk)
    best = selectors.best_score(request.user, found)
    opened = selectors.open_attempt(request.user, found)
    items = selectors.items_of(opened) if opened else []
    context = {
        "module": found,
        "count": len(items) or selectors.count_in_attempt(found),
        "opened": opened,
        "answered": sum(item.response is not None for item in items),
        "best": None if best is None else percent(best),
        "results": selectors.results_of(request.user, found)[:MOST_RESULTS],
        "section": "course",
    }
    return htmx.varied(render(request, "quizzes/quiz.html", context))


@never_cache  # "back" shows the answer that is kept by now: one typed over the answer before would be refused
@require_http_methods(["GET", "HEAD"])
def attempt(request: HttpRequest, attempt_id: UUID) -> HttpResponse:
    """An open attempt at question `?q=`, or the result of a submitted one."""
    found = _own(request, attempt_id)
    items = selectors.items_of(found)
    if not found.is_open:
        return htmx.varied(render(request, "quizzes/result.html", _result(found, items)))
    place = _place(request.GET.get("q", ""), items)
    return htmx.varied(render(request, "quizzes/attempt.html", _screen(found, items, items[place - 1])))


@require_POST
def answer(request: HttpRequest, attempt_id: UUID, question: str) -> HttpResponse:
    """Keep an answer. With htmx only what has changed comes back; else on to where the button leads."""
    found = _own(request, attempt_id)
    items = selectors.items_of(found)
    item = next((one for one in items if one.version.question.slug == question), None)
    if item is None:
        raise Http404
    is_part = htmx.wants_part(request)
    kind = question_type(item.version.content["type"])
    try:
        if _says_something(request.POST):
            item = services.answer_save(
                attempt=found,
                item=item,
                response=kind.of_form(request.POST),
                started_from=request.POST.get("instead_of", request.POST.get("started_from")),
            )
    except services.Submitted:
        if is_part:
            return htmx.varied(render(request, "quizzes/_saved.html", {"is_late": True}, status=409))
        return redirect("quizzes:attempt", found.pk)
    except Unacceptable as wrong:
        context = _screen(found, items, item) | {"errors": [one.translated(_) for one in wrong.problems]}
        if is_part:
            return htmx.varied(render(request, "quizzes/_saved.html", context, status=422))
        context["asked"] = asked(selectors.worded_item(item), None, "answer", request.POST)
        context["started_from"] = request.POST.get("started_from", item.edition)
        return htmx.varied(render(request, "quizzes/attempt.html", context, status=422))
    except services.Overtaken as overtaken:
        return _overtaken(request, found, items, overtaken.item)
    if is_part:
        context = {"item": item, "attempt": found, "items": items, "is_part": True}
        return htmx.varied(render(request, "quizzes/_saved.html", context))
    return redirect(_way_on(found, items, item, request.POST.get("go", "")))


def _says_something(form: QueryDict) -> bool:
    """About the answer. A form of choices of which none is made sends only what it started from, and means none."""
    return "response" in form or "started_from" in form


def _overtaken(
    request: HttpRequest, attempt: Attempt, items: list[AttemptItem], kept: AttemptItem
) -> HttpResponse:
    """Both answers: the form with what was sent, which still starts from where it did, and what is kept."""
    context = _screen(attempt, items, kept) | {"is_overtaken": True}
    context["kept"] = context["asked"]
    if htmx.wants_part(request):
        return htmx.varied(render(request, "quizzes/_saved.html", {**context, "is_part": True}, status=412))
    context["asked"] = asked(selectors.worded_item(kept), None, "answer", request.POST)
    context["started_from"] = request.POST.get("started_from", "")
    return htmx.varied(render(request, "quizzes/attempt.html", context, status=412))


@require_http_methods(["GET", "HEAD", "POST"])
def submit(request: HttpRequest, attempt_id: UUID) -> HttpResponse:
    """Asked once more, with what has no answer yet; `POST` hands it in."""
    found = _own(request, attempt_id)
    if request.method == "POST":
        services.attempt_submit(attempt=found)
        return redirect("quizzes:attempt", found.pk)
    if not found.is_open:
        return redirect("quizzes:attempt", found.pk)
    items = selectors.items_of(found)
    context = {
        "attempt": found,
        "items": items,
        "unanswered": [item for item in items if item.response is None],
        "section": "course",
    }
    return htmx.varied(render(request, "quizzes/submit.html", context))


def _own(request: HttpRequest, attempt_id: UUID) -> Attempt:
    found = selectors.attempt_of(request.user, attempt_id)
    if found is None:
        raise Http404
    return found


def _place(text: str, items: list[AttemptItem]) -> int:
    """Of the question asked for; else of the first without an answer."""
    if text.isascii() and text.isdecimal() and len(text) < 4 and 1 <= int(text) <= len(items):
        return int(text)
    return next((item.position for item in items if item.response is None), 1)


def _screen(attempt: Attempt, items: list[AttemptItem], item: AttemptItem) -> dict[str, Any]:
    return {
        "attempt": attempt,
        "items": items,
        "item": item,
        "asked": asked(selectors.worded_item(item), item.response, "answer"),
        "started_from": item.edition,
        "count": len(items),
        "next": item.position + 1 if item.position < len(items) else None,
        "previous": item.position - 1 if item.position > 1 else None,
        "section": "course",
    }


def _way_on(attempt: Attempt, items: list[AttemptItem], item: AttemptItem, go: str) -> str:
    page = reverse("quizzes:attempt", args=[attempt.pk])
    if go == "submit":
        return reverse("quizzes:submit", args=[attempt.pk])
    return f"{page}?q={_place(go, items) if go else item.position}"


def _result(attempt: Attempt, items: list[AttemptItem]) -> dict[str, Any]:
    shown: list[dict[str, Any]] = []
    for item in items:
        variant = selectors.worded_item(item)
        kind = question_type(variant.type)
        feedback = kind.feedback(item.response, Mark.of_json(item.mark or {"score": 0.0}), variant)
        shown.append(
            {
                "item": item,
                "asked": asked(variant, item.response, f"answer-{item.position}"),
                "feedback": told(feedback),
                "feedback_template": kind.feedback_template,
            }
        )
    return {
        "attempt": attempt,
        "module": attempt.module,
        "percent": attempt.percent,
        "right": sum(one["feedback"]["mark"].is_right for one in shown),
        "count": len(items),
        "shown": shown,
        "section": "course",
    }
