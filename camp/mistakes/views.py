"""Reporting a mistake: a form of its own, so that it needs no script; back on the page once it is sent."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from camp.courses.selectors import visitor
from camp.mistakes import services
from camp.mistakes.forms import ReportForm

_UNFIT, _TOO_MANY = 422, 429


@require_http_methods(["GET", "HEAD", "POST"])
def report(request: HttpRequest) -> HttpResponse:
    """`?page=` and `&section=` fill the form in."""
    if request.method != "POST":
        form = ReportForm(initial={name: request.GET.get(name, "") for name in ("page", "section")})
        return _shown(request, form)
    form = ReportForm(request.POST)
    if not form.is_valid():
        return _shown(request, form, _UNFIT)
    owner = visitor(request)
    try:
        services.report_count(request, owner)
    except services.TooMany as refused:
        minutes = -(-refused.seconds // 60)
        words = ngettext(
            "You have reported much of late. Send it again in %(minutes)d minute; what you wrote is kept here.",
            "You have reported much of late. Send it again in %(minutes)d minutes; what you wrote is kept here.",
            minutes,
        )
        form.add_error(None, words % {"minutes": minutes})
        answer = _shown(request, form, _TOO_MANY)
        answer.headers["Retry-After"] = str(refused.seconds)
        return answer
    services.report_make(owner=owner, language=get_language() or "en", **form.cleaned_data)
    messages.success(request, _("Thank you. Your report is with those who look after the course."))
    return redirect(form.cleaned_data["page"])


def _shown(request: HttpRequest, form: ReportForm, status: int = 200) -> HttpResponse:
    context = {"form": form, "place": form.place, "section": "course"}
    return render(request, "mistakes/report.html", context, status=status)
