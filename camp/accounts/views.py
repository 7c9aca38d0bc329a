"""The account's own pages: what it is, where it is signed in, its tokens, its data."""

from typing import Any

from allauth.account.decorators import reauthentication_required
from allauth.account.models import EmailAddress
from allauth.mfa.totp.views import ActivateTOTPView
from allauth.mfa.utils import is_mfa_enabled
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from camp.accounts import own_data, selectors, services
from camp.accounts import sessions as session_store
from camp.accounts.forms import EraseForm, TimeZoneForm, TokenForm
from camp.accounts.models import User


def _account(request: HttpRequest) -> User:
    """The account behind a request that `login_required` let in; on these addresses a guest is nobody."""
    assert isinstance(request.user, User)
    return request.user


@login_required
@require_safe
def account(request: HttpRequest) -> HttpResponse:
    """The overview."""
    person = _account(request)
    context = {
        "account": person,
        "emails": EmailAddress.objects.filter(user=person).order_by("-primary", "email"),
        "has_second_factor": is_mfa_enabled(person),
        "tokens": selectors.tokens_of(person).filter(expiry__gt=timezone.now()).count(),
        "sessions": len(selectors.sessions_of(person, "")),
        "zone_form": TimeZoneForm(initial={"time_zone": person.time_zone}),
    }
    return render(request, "account/account.html", context)


@login_required
@require_POST
def time_zone(request: HttpRequest) -> HttpResponse:
    """Choose how times are told."""
    form = TimeZoneForm(request.POST)
    if form.is_valid():
        services.time_zone_set(account=_account(request), time_zone=form.cleaned_data["time_zone"])
        messages.success(request, _("Saved."))
    else:
        messages.error(request, _("expected one of the time zones in the list"))
    return redirect("account")


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def sessions(request: HttpRequest) -> HttpResponse:
    """Where the account is signed in; a POST signs out one browser, or all but this."""
    person = _account(request)
    current = session_store.hashed(request.session.session_key)
    if request.method == "POST":
        if session_id := request.POST.get("session"):
            services.session_end(account=person, session_id=session_id)
            messages.success(request, _("That browser is signed out."))
        else:
            ended = services.other_sessions_end(account=person, kept=current)
            words = ngettext("%(count)s browser is signed out.", "%(count)s browsers are signed out.", ended)
            messages.success(request, words % {"count": ended})
        return redirect("account_sessions")
    rows = selectors.sessions_of(person, current)
    return render(request, "account/sessions.html", {"rows": rows})


@never_cache
@login_required
@reauthentication_required(allow_get=True)
@require_http_methods(["GET", "HEAD", "POST"])
def tokens(request: HttpRequest) -> HttpResponse:
    """The account's API tokens; a POST makes one and shows its key, this once."""
    person = _account(request)
    form = TokenForm(request.POST if request.method == "POST" else None, account=person)
    key = ""
    if form.is_bound and form.is_valid():
        _token, key = services.token_create(user=person, **form.cleaned_data)
        form = TokenForm(account=person)
    rows = selectors.tokens_of(person)
    context = {"form": form, "key": key, "rows": rows, "now": timezone.now()}
    return render(request, "account/tokens.html", context, status=422 if form.is_bound else 200)


@login_required
@require_POST
def token_revoke(request: HttpRequest, token_id: str) -> HttpResponse:
    services.token_revoke(account=_account(request), token_id=token_id)
    messages.success(request, _("The token is revoked."))
    return redirect("account_tokens")


@login_required
@reauthentication_required
@require_safe
def export(request: HttpRequest) -> HttpResponseBase:
    """Everything the camp keeps about the account, as one file."""
    return own_data.download(_account(request))


@login_required
@reauthentication_required
@require_http_methods(["GET", "HEAD", "POST"])
def erase(request: HttpRequest) -> HttpResponse:
    """Ask first, for the account's name; then remove everything."""
    person = _account(request)
    form = EraseForm(request.POST if request.method == "POST" else None, account=person)
    context: dict[str, Any] = {"form": form, "account": person}
    if form.is_bound and form.is_valid():
        try:
            services.account_erase(account=person)
        except services.LastAdmin:
            form.add_error(None, _("You are the only admin. Make another one first."))
        else:
            logout(request)
            messages.success(request, _("Your account and everything in it are gone."))
            return redirect("home")
    return render(request, "account/erase.html", context, status=422 if form.is_bound else 200)


@method_decorator(login_required, name="dispatch")
class ActivateTotp(ActivateTOTPView):
    """allauth's, with the square drawn in the page: the policy allows no picture out of a `data:` address."""

    def get_context_data(self, **context: Any) -> dict[str, Any]:
        found: dict[str, Any] = super().get_context_data(**context)
        drawing = found["totp_svg"]
        found["totp_drawing"] = mark_safe(drawing[drawing.index("<svg") :])  # noqa: S308  drawn by the server
        return found


activate_totp = ActivateTotp.as_view()
