"""One's own certificates, and the page on which anybody can verify one."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from camp.accounts.models import User
from camp.certificates import selectors, services
from camp.certificates.models import MOST_NAME, Certificate
from camp.certificates.pdf import certificate_pdf
from camp.quizzes.marking import percent


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def own(request: HttpRequest) -> HttpResponse:
    """Which modules are completed, the certificates there are, and a form for another. `POST` issues one."""
    person = request.user
    assert isinstance(person, User)
    name, error = request.POST.get("name", person.get_full_name()), ""
    if request.method == "POST" and not person.is_guest:
        try:
            return redirect(services.certificate_issue(owner=person, name=name))
        except services.UnfitName as wrong:
            error = _refusal(wrong, len(name))
        except services.NothingCompleted:
            error = _("No module is completed yet. The table says what is missing.")
        except services.TooMany:
            error = _("You have %(most)d certificates; more are not issued.") % {
                "most": services.MOST_CERTIFICATES
            }
    standings = selectors.standings_of(person)
    context = {
        "standings": standings,
        "can_issue": any(one.is_completed for one in standings) and not person.is_guest,
        "certificates": selectors.certificates_of(person),
        "name": name[: 2 * MOST_NAME],
        "error": error,
        "least": percent(selectors.LEAST_SCORE),
        "most_name": MOST_NAME,
        "section": "progress",
    }
    return render(request, "certificates/own.html", context, status=422 if error else 200)


@never_cache
@require_safe
def certificate(request: HttpRequest, code: str) -> HttpResponse:
    """What was certified, for whoever has the code: the owner's name, and nothing else of them."""
    found = _with(code)
    language = get_language() or "en"
    context = {
        "certificate": found,
        "modules": [
            {
                **one,
                "title": one["titles"].get(language, one["titles"]["en"]),
                "percent": None if one["score"] is None else percent(one["score"]),
            }
            for one in found.modules
        ],
        "least": percent(selectors.LEAST_SCORE),
        "is_own": request.user.is_authenticated and request.user.pk == found.owner_id,
    }
    answer = render(request, "certificates/certificate.html", context)
    answer.headers["X-Robots-Tag"] = "noindex"
    return answer


@never_cache
@require_safe
def pdf(request: HttpRequest, code: str) -> HttpResponse:
    """The same as a file, in the reader's language."""
    found = _with(code)
    content = certificate_pdf(found, request.build_absolute_uri(found.get_absolute_url()))
    answer = HttpResponse(content, content_type="application/pdf")
    answer.headers["Content-Disposition"] = f'inline; filename="certificate-{found.shown_code}.pdf"'
    answer.headers["X-Robots-Tag"] = "noindex"
    return answer


@login_required
@require_POST
def withdraw(request: HttpRequest, code: str) -> HttpResponse:
    """Its owner takes it back; for everybody else there is no such certificate."""
    assert isinstance(request.user, User)
    if not services.certificate_withdraw(owner=request.user, code=code.replace("-", "").upper()):
        raise Http404
    return redirect("certificates:own")


def _with(code: str) -> Certificate:
    found = selectors.certificate_with(code)
    if found is None:
        raise Http404
    return found


def _refusal(wrong: services.UnfitName, length: int) -> str:
    if wrong.reason == "empty":
        return _("Expected the name that shall stand on the certificate; got nothing.")
    if wrong.reason == "long":
        values: dict[str, Any] = {"most": MOST_NAME, "got": length}
        return _("Expected a name of at most %(most)d characters; got %(got)d.") % values
    problem = _(
        "The PDF has no letter for “%(letters)s”. Write the name in Latin or Chinese letters without it."
    )
    return problem % {"letters": wrong.letters[:20]}
