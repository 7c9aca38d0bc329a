"""Who is behind a request when nobody has signed in, and what time it is where they are."""

import zoneinfo
from functools import partial

from django.contrib import messages
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.cache import add_never_cache_headers
from django.utils.functional import SimpleLazyObject

from camp.accounts.adapter import SealedByAnotherKey
from camp.accounts.models import User
from camp.accounts.services import GUEST
from camp.accounts.zones import zone_names
from camp.errors import answer
from camp.light import Light

ZONE_COOKIE = "time_zone"
ACCOUNT_PAGES = "/account/"
_TIMELESS = ("/api/", "/static/", "/healthz", "/readyz")


class Guests(Light):
    """A guest is a session's, not signed in: `request.guest`, and `request.user` wherever there is no other.

    On the pages of accounts a guest counts as nobody, for to sign in and to sign up is just what those are for.
    """

    def process_request(self, request: HttpRequest) -> None:
        signed_in = request.user
        request.guest = SimpleLazyObject(partial(_guest, request))  # type: ignore[attr-defined]
        if not request.path.startswith(ACCOUNT_PAGES):
            request.user = SimpleLazyObject(partial(_person, request, signed_in))  # type: ignore[assignment]

    def answering_waits(self, request: HttpRequest, response: HttpResponse) -> bool:
        return bool(getattr(request, "guess_again_after", None))  # a page may have to be written

    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        response = self._guesses_counted(request, response)
        if request.path.startswith(ACCOUNT_PAGES):
            add_never_cache_headers(response)  # nor does "back" show them once the account is signed out
        return response

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        if not isinstance(error, SealedByAnotherKey):
            return None
        messages.error(request, error.message)
        return redirect("mfa_index")

    def _guesses_counted(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        """A form whose password or second factor was not looked at is answered as such, with all that was typed."""
        seconds = getattr(request, "guess_again_after", None)
        if not seconds:
            return response
        if response.status_code != 200:  # allauth leads some forms elsewhere, with what is wrong as a message
            return answer(request, 429, **{"Retry-After": str(seconds)})
        response.status_code = 429
        response.headers["Retry-After"] = str(seconds)
        return response


def _guest(request: HttpRequest) -> User | None:
    guest = request.session.get(GUEST)
    return User.objects.filter(pk=guest, is_guest=True).first() if guest else None


def _person(request: HttpRequest, signed_in: User | AnonymousUser) -> User | AnonymousUser:
    if signed_in.is_authenticated:
        return signed_in
    return _guest(request) or AnonymousUser()


class TimeZones(Light):
    """Pages tell time as their reader's clock does: by the account's choice, else by the browser's cookie."""

    def asking_waits(self, request: HttpRequest) -> bool:
        return not request.path.startswith(_TIMELESS)  # who is signed in is read from the database

    def process_request(self, request: HttpRequest) -> None:
        timezone.deactivate()
        if request.path.startswith(_TIMELESS):
            return
        chosen = getattr(request.user, "time_zone", "") or request.COOKIES.get(ZONE_COOKIE, "")
        if chosen in zone_names():
            timezone.activate(zoneinfo.ZoneInfo(chosen))
