"""Writes to people: guests, the move of a guest's rows into an account, accounts with roles, tokens."""

import uuid
from collections.abc import Callable, Sequence
from datetime import timedelta

from django.conf import settings
from django.contrib.auth import login
from django.contrib.auth.models import Group
from django.db import transaction
from django.http import HttpRequest

from camp.accounts.models import ApiToken, User

ROLES = ("learner", "instructor", "admin")

# Apps that keep rows for an owner register here how to move them from a guest to an account, because
# accounts, at the bottom of the import order, cannot know them.
_movers: list[Callable[[User, User], None]] = []


def moves_rows(mover: Callable[[User, User], None]) -> Callable[[User, User], None]:
    """Decorator: `mover(guest, account)` is called, in the same transaction, when a guest signs in."""
    _movers.append(mover)
    return mover


def owner_for(request: HttpRequest) -> User:
    """The person behind the request; a visitor's first write makes a guest, tied to this session."""
    if isinstance(request.user, User):
        return request.user
    guest = User(username=f"guest-{uuid.uuid4().hex}", is_guest=True)
    guest.set_unusable_password()
    guest.save()
    login(request, guest, backend="django.contrib.auth.backends.ModelBackend")
    return guest


@transaction.atomic
def adopt_guest(*, guest: User, account: User) -> None:
    """Everything the guest did becomes the account's, and the guest's row goes."""
    if not guest.is_guest or guest.pk == account.pk:
        return
    # Locked as a submit locks it: a job of a request still under way is moved too, or refused.
    if not User.objects.select_for_update().filter(pk=guest.pk).exists():
        return
    for mover in _movers:
        mover(guest, account)
    guest.delete()


@transaction.atomic
def account_set(*, username: str, role: str, password: str | None) -> tuple[User, bool]:
    """Make or update the account `username`; returns it and whether it is new.

    An account that was closed is opened again. An instructor may enter the admin console, where permissions decide
    what is seen; an admin sees all.

    Raises:
        ValueError: the role is unknown, or a new account has no password.
        django.core.exceptions.ValidationError: the name or the password is not acceptable.
    """
    if role not in ROLES:
        raise ValueError(f"The role must be one of {', '.join(ROLES)}; it is {role!r}.")
    user = User.objects.filter(username=username).first()
    created = user is None
    if user is None:
        if not password:
            raise ValueError("A new account needs a password: set the variable CAMP_PASSWORD.")
        user = User(username=username)
    user.is_staff = role in ("instructor", "admin")
    user.is_superuser = role == "admin"
    user.is_guest = False
    user.is_active = True
    if password:
        user.set_password(password)
    user.full_clean(exclude=["password"])
    user.save()
    user.groups.set([Group.objects.get_or_create(name=role)[0]])
    return user, created


def token_create(
    *, user: User, name: str = "", scopes: Sequence[str] | None = None, expires_in: int | None = None
) -> tuple[ApiToken, str]:
    """A new token and its key, which is shown this once. `expires_in` is in seconds."""
    lifetime = timedelta(seconds=expires_in) if expires_in else settings.REST_KNOX["TOKEN_TTL"]
    extra = {"name": name} if scopes is None else {"name": name, "scopes": list(scopes)}
    token, key = ApiToken.objects.create(user, expiry=lifetime, **extra)
    return token, key
