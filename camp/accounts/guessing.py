"""Passwords are guessed slowly: each try is counted before it is looked at, by account and by address.

Counting first is what holds when many tries come at the same moment; a right password takes its count back. Names
that belong to nobody are counted like any other, so a lock tells nothing about who has an account.
"""

from django.conf import settings
from django.contrib.auth import authenticate
from django.db.models import Q
from django.http import HttpRequest

from camp import rates
from camp.accounts.models import User
from camp.accounts.names import name_key
from camp.addresses import client_address
from camp.rates import Rate


class TooManyGuesses(Exception):
    """The password was not looked at; `seconds` says when the next one will be."""

    def __init__(self, seconds: float) -> None:
        super().__init__(seconds)
        self.seconds = max(1, round(seconds + 0.5))


def person_with_password(request: HttpRequest, *, login: str, password: str) -> User | None:
    """Who has this name (or e-mail) and password; None when nobody has.

    Raises:
        TooManyGuesses: too many were wrong of late.
    """
    counts = _counts(login, client_address(request))
    if wait := rates.take(*counts):
        raise TooManyGuesses(wait)
    # allauth's backend also takes an e-mail.
    user = authenticate(request, username=_name_as_kept(login), password=password)
    if not isinstance(user, User):
        return None
    rates.give_back(*counts)
    rates.forget(counts[0])
    return user


def _counts(login: str, address: str) -> tuple[Rate, ...]:
    account = _account(login)
    return (
        Rate(f"guess {account} from {address}", *settings.GUESSES_ACCOUNT_AND_ADDRESS),
        Rate(f"guess {account}", *settings.GUESSES_ACCOUNT),
        Rate(f"guess from {address}", *settings.GUESSES_ADDRESS),
    )


def _account(login: str) -> str:
    """One name for all ways to write an account: its user name however it is typed, each of its e-mails."""
    name = login.strip().lower()
    same = Q(name_key=name_key(login)) | Q(email__iexact=name) | Q(emailaddress__email__iexact=name)
    found = User.objects.filter(same).order_by("pk").values_list("pk", flat=True).first()
    return f"account {found}" if found else f"nobody {name_key(login)}"


def _name_as_kept(login: str) -> str:
    """The user name that was meant; what was typed where there is none, for it may be an e-mail."""
    found = User.objects.filter(name_key=name_key(login)).values_list("username", flat=True).first()
    return found or login
