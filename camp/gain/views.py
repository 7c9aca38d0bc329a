"""The start of a test. What leads there stands in its lesson."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from attention_core.problems import shorten
from camp.accounts.services import owner_for
from camp.gain import selectors, services
from camp.gain.page import context
from camp.quizzes.models import Sitting
from camp.quizzes.services import AttemptsUsedUp, NoQuestions

_MOST_SHOWN = 40


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def start(request: HttpRequest, sitting: str) -> HttpResponse:
    """`POST` starts the test or goes on with it; it says first how many points one expects."""
    found = selectors.sitting_of(sitting)
    if found is None or selectors.module_of(found) is None:
        raise Http404
    if request.method != "POST":
        return render(request, "gain/start.html", _page(request, found))
    sat = selectors.standing_of(request.user).of(found)
    typed = request.POST.get("predicted", "").strip()
    is_number = typed.isascii() and typed.isdecimal() and len(typed) < 4 and int(typed) <= sat.count
    if sat.attempt is None and not is_number:
        values = {"most": sat.count, "got": shorten(typed, _MOST_SHOWN)}
        error = _("Expected a whole number of points from 0 to %(most)d; got “%(got)s”.") % values
        page = _page(request, found) | {"errors": [error], "typed": typed}
        return render(request, "gain/start.html", page, status=422)
    try:
        attempt, _is_new = services.start_test(
            owner=owner_for(request), sitting=found, predicted=int(typed) if is_number else None
        )
    except NoQuestions as error:
        raise Http404 from error
    except (services.PreTestFirst, AttemptsUsedUp):
        return render(request, "gain/start.html", _page(request, found), status=409)
    return redirect("quizzes:attempt", attempt.pk)


def _page(request: HttpRequest, sitting: Sitting) -> dict[str, object]:
    return {**context(sitting, request.user), "title": sitting.label, "section": "course"}
