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
from camp.courses.models import Module
from camp.quizzes import regrade_selectors, selectors, services, taking_hints
from camp.quizzes.asking import asked, told
from camp.quizzes.hints import hint_asked_for
from camp.quizzes.marking import Mark, Unacceptable, percent
from camp.quizzes.models import Attempt, AttemptItem
from camp.quizzes.question_types import question_type

MOST_RESULTS = 50  # listed; older ones are in the export
IS_NEW = (
    "Answer-Is-New"  # told to static/js/answer_keeper.js: "no" where the camp had this very answer already
)


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
        except services.AttemptsUsedUp:
            context = _quiz(request, found) | {"is_refused": True}
            return htmx.varied(render(request, "quizzes/quiz.html", context, status=409))
        return redirect("quizzes:attempt", attempt.pk)
    return htmx.varied(render(request, "quizzes/quiz.html", _quiz(request, found)))


def _quiz(request: HttpRequest, module: Module) -> dict[str, Any]:
    rules = selectors.rules_of(module)
    result = selectors.counted_score(request.user, module, rules.counts)
    opened = selectors.open_attempt(request.user, module)
    items = selectors.items_of(opened) if opened else []
    return {
        "module": module,
        "count": len(items) or selectors.count_in_attempt(module),
        "opened": opened,
        "answered": sum(item.response is not None for item in items),
        "rules": rules,
        "left": selectors.attempts_left(request.user, rules),
        "result": None if result is None else percent(result),
        "results": selectors.results_of(request.user, module)[:MOST_RESULTS],
        "section": "course",
    }


@never_cache  # "back" shows the answer that is kept by now: one typed over the answer before would be refused
@require_http_methods(["GET", "HEAD"])
def attempt(request: HttpRequest, attempt_id: UUID) -> HttpResponse:
    """An open attempt at question `?q=`, or the result of a submitted one."""
    found = _own(request, attempt_id)
    items = selectors.items_of(found)
    if not found.is_open:
        return htmx.varied(render(request, "quizzes/result.html", _result(request, found, items)))
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
    edition = item.edition
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
        context["asked"] = _asked(item, request.POST)
        context["started_from"] = request.POST.get("started_from", item.edition)
        return htmx.varied(render(request, "quizzes/attempt.html", context, status=422))
    except services.Overtaken as overtaken:
        return _overtaken(request, found, items, overtaken.item)
    if is_part:
        context = {"item": item, "attempt": found, "items": items, "is_part": True}
        response = htmx.varied(render(request, "quizzes/_saved.html", context))
        response[IS_NEW] = "yes" if item.edition != edition else "no"
        return response
    return redirect(_way_on(found, items, item, request.POST.get("go", "")))


@require_POST
def hint(request: HttpRequest, attempt_id: UUID, question: str) -> HttpResponse:
    """Show a hint for what it costs. Without htmx the answer in the form is kept, as by its own buttons."""
    found = _own(request, attempt_id)
    item = next((one for one in selectors.items_of(found) if one.version.question.slug == question), None)
    if item is None:
        raise Http404
    is_part = htmx.wants_part(request)
    try:
        item = taking_hints.hint_take(attempt=found, item=item, number=hint_asked_for(request.POST))
    except taking_hints.NoSuchHint as error:
        raise Http404 from error
    except services.Submitted:
        if is_part:
            return htmx.varied(render(request, "quizzes/_saved.html", {"is_late": True}, status=409))
        return redirect("quizzes:attempt", found.pk)
    if not is_part:
        return answer(request, attempt_id, question)
    context = {"asked": _asked(item), "hint_action": _hint_address(item), "hint_is_fresh": True}
    return htmx.varied(render(request, "quizzes/_hints.html", context))


def _asked(item: AttemptItem, typed: QueryDict | None = None) -> dict[str, Any]:
    given = item.response if typed is None else None
    return asked(selectors.worded_item(item), given, "answer", typed, item.hints_taken)


def _hint_address(item: AttemptItem) -> str:
    return reverse("quizzes:hint", args=[item.attempt_id, item.version.question.slug])


def _says_something(form: QueryDict) -> bool:
    """About the answer. A form of choices of which none is made sends only what it started from, and means none."""
    return "started_from" in form or any(name.partition("-")[0] == "response" for name in form)


def _overtaken(
    request: HttpRequest, attempt: Attempt, items: list[AttemptItem], kept: AttemptItem
) -> HttpResponse:
    """Both answers: the form with what was sent, which still starts from where it did, and what is kept."""
    context = _screen(attempt, items, kept) | {"is_overtaken": True}
    context["kept"] = context["asked"]
    if htmx.wants_part(request):
        return htmx.varied(render(request, "quizzes/_saved.html", {**context, "is_part": True}, status=412))
    context["asked"] = _asked(kept, request.POST)
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
        "asked": _asked(item),
        "hint_action": _hint_address(item),
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


def _result(request: HttpRequest, attempt: Attempt, items: list[AttemptItem]) -> dict[str, Any]:
    """Each question as it was asked, explained by the version that marked it; of a test perhaps only the score yet."""
    shown: list[dict[str, Any]] = []
    is_explained = selectors.is_explained(attempt)
    regrades = regrade_selectors.regrades_of(attempt) if is_explained else []
    for item in items if is_explained else ():
        explaining = selectors.explaining_item(item)
        kind = question_type(explaining.type)
        feedback = kind.feedback(item.response, Mark.of_json(item.mark or {"score": 0.0}), explaining)
        shown.append(
            {
                "item": item,
                "asked": asked(
                    selectors.worded_item(item),
                    item.response,
                    f"answer-{item.position}",
                    None,
                    item.hints_taken,
                ),
                "regrades": [one for one in regrades if one.item_id == item.pk],
                "feedback": told(feedback),
                "feedback_template": kind.feedback_template,
            }
        )
    return {
        "attempt": attempt,
        "module": attempt.module,
        "is_explained": is_explained,
        "percent": attempt.percent,
        "right": sum(one["feedback"]["mark"].is_right for one in shown),
        "count": len(items),
        "shown": shown,
        "regrades": regrades,
        "left": selectors.attempts_left(request.user, selectors.rules_of(attempt.module)),
        "section": "course",
    }
