"""Answers to the questions within lessons."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from camp import htmx
from camp.accounts.services import owner_for
from camp.courses import selectors as courses
from camp.quizzes import block_page, selectors, taking_hints
from camp.quizzes.hints import hint_asked_for
from camp.quizzes.marking import Unacceptable


@require_POST
def block(request: HttpRequest, module: str, lesson: str, block: str) -> HttpResponse:
    """Mark an answer or lock a guess: the block again with htmx, else the lesson at its place."""
    found = courses.lesson(module, lesson)
    kept = selectors.block_of(found, block) if found else None
    if found is None or kept is None:
        raise Http404
    name, fields = kept
    is_part = htmx.wants_part(request)
    try:
        response = block_page.read_response(fields, request.POST)
    except Unacceptable as wrong:
        context = block_page.context(name, fields, found, request, error=wrong, typed=request.POST)
        template = "quizzes/_block.html" if is_part else "quizzes/block.html"
        return htmx.varied(
            render(request, template, {**context, "lesson": found, "section": "course"}, status=422)
        )
    block_page.answer_keep(name=name, kept=fields, lesson=found, owner=owner_for(request), response=response)
    if not is_part:
        return redirect(f"{found.get_absolute_url()}#{block}")
    context = block_page.context(name, fields, found, request) | {"is_fresh": True}
    return htmx.varied(render(request, "quizzes/_block.html", context))


@require_POST
def hint(request: HttpRequest, module: str, lesson: str, block: str) -> HttpResponse:
    """Show a hint for what it costs. Without htmx the question comes by itself, with what was typed."""
    found = courses.lesson(module, lesson)
    kept = selectors.block_of(found, block) if found else None
    if found is None or kept is None or kept[0] != "check":
        raise Http404
    name, fields = kept
    try:
        taking_hints.lesson_hint_take(
            owner=owner_for(request),
            lesson=found,
            block=block,
            number=hint_asked_for(request.POST),
            hints=len(block_page.variant_of_kept(fields).hints),
        )
    except taking_hints.NoSuchHint as error:
        raise Http404 from error
    context = block_page.context(name, fields, found, request, typed=request.POST) | {"hint_is_fresh": True}
    template = "quizzes/_hints.html" if htmx.wants_part(request) else "quizzes/block.html"
    return htmx.varied(render(request, template, {**context, "lesson": found, "section": "course"}))
