"""What is due, and the reviews themselves: one question at a time, marked and explained at once."""

from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from camp.accounts.models import User
from camp.mastery import selectors, services
from camp.mastery.models import Review
from camp.mastery.scheduling import RETENTION
from camp.quizzes.asking import asked, told
from camp.quizzes.block_page import NOTHING
from camp.quizzes.marking import Mark, Unacceptable
from camp.quizzes.question_types import question_type
from camp.quizzes.selectors import variant_worded

_PLACE = "answer"  # of the form, for its ids


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def reviews(request: HttpRequest) -> HttpResponse:
    """What is due. `POST` goes on with the next question, if there is one."""
    if request.method == "POST":
        following = (
            services.review_next(owner=request.user) if isinstance(request.user, User) else None
        )  # a stranger has no cards, and is not made a guest for nothing
        if following is not None:
            return redirect("mastery:review", following.pk)
        return redirect("mastery:reviews")
    context = {
        "agenda": selectors.agenda_of(request.user),
        "retention": round(100 * RETENTION),
        "section": "progress",
    }
    return render(request, "mastery/reviews.html", context)


@never_cache  # "back" would show an answered question as if it could be answered again
@require_http_methods(["GET", "HEAD", "POST"])
def review(request: HttpRequest, review_id: UUID) -> HttpResponse:
    """A question to answer, or what is said of the answer. `POST` answers it; with `unknown`, that one does not know."""
    found = selectors.review_of(request.user, review_id)
    if found is None:
        raise Http404
    if request.method != "POST":
        return render(request, "mastery/review.html", _screen(found))
    if not found.is_open:
        return redirect("mastery:review", found.pk)
    kind = question_type(found.version.content["type"])
    try:
        response = None if "unknown" in request.POST else kind.of_form(request.POST)
        if response is None and "unknown" not in request.POST:
            raise Unacceptable.at((), NOTHING)
        services.review_answer(review=found, response=response)
    except services.Withdrawn:
        return redirect("mastery:reviews")
    except Unacceptable as wrong:
        variant = variant_worded(found.version, found.seed)
        context = _screen(found) | {
            "asked": asked(variant, None, _PLACE, request.POST),
            "errors": [problem.translated(_) for problem in wrong.problems],
        }
        return render(request, "mastery/review.html", context, status=422)
    return redirect("mastery:review", found.pk)


def _screen(review: Review) -> dict[str, Any]:
    """Before the answer nothing that gives it away."""
    variant = variant_worded(review.version, review.seed)
    kind = question_type(variant.type)
    found = {
        "review": review,
        "module": review.question.module,
        "asked": asked(variant, review.response, _PLACE),
        "left": selectors.due_count(review.owner),
        "section": "progress",
    }
    if review.is_open:
        return found
    feedback = kind.feedback(review.response, Mark.of_json(review.mark or {"score": 0.0}), variant)
    return found | {
        "card": selectors.card_of(review.owner, review.question),
        "feedback": told(feedback),
        "feedback_template": kind.feedback_template,
    }
