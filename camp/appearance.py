"""Light, dark, or as the system says: kept in a cookie, so that it works without JavaScript and before sign-up."""

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

THEMES = ("system", "light", "dark")
COOKIE = "theme"


def theme(request: HttpRequest) -> dict[str, str]:
    """Context processor: `theme`, one of THEMES."""
    chosen = request.COOKIES.get(COOKIE, "")
    return {"theme": chosen if chosen in THEMES else "system"}


@require_POST
def set_theme(request: HttpRequest) -> HttpResponse:
    """Keep the chosen theme for a year and return to the page it was chosen on."""
    chosen = request.POST.get("theme", "")
    target = request.POST.get("next", "")
    if not url_has_allowed_host_and_scheme(target, {request.get_host()}, require_https=request.is_secure()):
        target = reverse("home")
    response = HttpResponseRedirect(target)  # `redirect` would take a text for the name of a route
    if chosen in THEMES:
        response.set_cookie(
            COOKIE,
            chosen,
            max_age=60 * 60 * 24 * 365,
            samesite="Lax",
            secure=request.is_secure(),
            httponly=False,
        )
    return response
