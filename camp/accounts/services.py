"""Writes to people: guests, the move of a guest's rows into an account, accounts with roles, tokens, erasure."""

import uuid
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

import redis
import structlog
from django.conf import settings
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import PermissionDenied
from django.db import connection, transaction
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _

from camp import rates
from camp.accounts import names
from camp.accounts.models import ApiToken, Session, User
from camp.addresses import client_address
from camp.rates import Rate, TooOften

log = structlog.get_logger("camp.accounts")
ROLES = ("learner", "instructor", "admin")
GUEST = "guest"  # in a session: the row of the visitor who has not signed in
GUESTS_KEPT = timedelta(days=30)

# Apps that keep rows for an owner register here how to move them from a guest to an account, because
# accounts, at the bottom of the import order, cannot know them.
_movers: list[Callable[[User, User], None]] = []


def moves_rows(mover: Callable[[User, User], None]) -> Callable[[User, User], None]:
    """Decorator: `mover(guest, account)` is called, in the same transaction, when a guest signs in."""
    _movers.append(mover)
    return mover


class TooManyGuests(TooOften):
    """This address has made too many guests of late."""


class LastAdmin(Exception):
    """Nobody else could look after the camp."""


class OwnerGone(PermissionDenied):
    """The person behind a request is no more: a guest became an account, or an account was erased, meanwhile."""

    def __init__(self) -> None:
        super().__init__(
            _("You have signed in meanwhile, or this account has been erased. Load the page again.")
        )


def owner_for(request: HttpRequest) -> User:
    """The person behind the request; a visitor's first write makes a guest, tied to this session.

    Raises:
        TooManyGuests: refused by address, so that a script without cookies does not fill the database.
    """
    if isinstance(request.user, User):
        return request.user
    try:
        wait = rates.take(Rate(f"guests from {client_address(request)}", *settings.GUESTS_BY_ADDRESS))
    except redis.RedisError as error:
        log.warning("guests_not_counted", error=str(error))
        wait = 0
    if wait:
        raise TooManyGuests(wait)
    guest = User(username=f"guest-{uuid.uuid4().hex}", is_guest=True)
    guest.set_unusable_password()
    guest.save()
    request.session[GUEST] = guest.pk
    request.session.cycle_key()
    request.user = request.guest = guest  # type: ignore[attr-defined]
    return guest


def owner_locked(owner: User) -> User:
    """The owner's row, held until the transaction ends: nobody is moved or erased while something is written for them.

    Rows that point to it may still be made meanwhile (`no_key`), which would otherwise wait for one another.

    Raises:
        OwnerGone: it was before.
    """
    row = User.objects.select_for_update(no_key=True).filter(pk=owner.pk).first()
    if row is None:
        raise OwnerGone
    return row


@transaction.atomic
def adopt_guest(*, guest: User, account: User) -> bool:
    """Everything the guest did becomes the account's, and the guest's row goes; whether there was one."""
    if guest.pk == account.pk:
        return False
    # Both are locked, in one order: a request of either that is still under way is done before, or waits, and of two
    # guests who sign in at once one comes after the other.
    both = User.objects.select_for_update(no_key=True).filter(pk__in=(guest.pk, account.pk)).order_by("pk")
    if account.pk not in {one.pk for one in both}:
        raise OwnerGone
    # As a submit locks it: a job of a request still under way is moved too, or refused. Whoever signed up meanwhile, in
    # another tab, is no guest any more.
    if not _held_for_erasure(guest, is_guest=True):
        return False
    for mover in _movers:
        mover(guest, account)
    guest.delete()
    return True


def adopt_guest_of(guest_id: int, *, account: User) -> bool:
    """The same for the guest that a session names; nothing when there is none any more."""
    guest = User.objects.filter(pk=guest_id, is_guest=True).first()
    return guest is not None and adopt_guest(guest=guest, account=account)


@transaction.atomic
def account_open(*, user: User) -> User:
    """A signed-up person as a learner; a guest's row keeps all that hangs on it."""
    user.is_guest = False
    user.date_joined = timezone.now()
    user.save()
    user.groups.set([Group.objects.get_or_create(name="learner")[0]])
    return user


def account_erase(*, account: User) -> None:
    """Remove the account and everything that was its owner's, for good.

    Raises:
        LastAdmin: an admin who is the only one.
    """
    with transaction.atomic():
        if not _held_for_erasure(account):
            return
        if account.is_superuser and not _other_admins(account):
            raise LastAdmin
        # The console's history names people in words, which no foreign key would find.
        kind = ContentType.objects.get_for_model(User)
        LogEntry.objects.filter(content_type=kind, object_id=str(account.pk)).delete()
        account.delete()
        # Should others read at this moment, a later checkpoint does it.
        transaction.on_commit(_forget_write_ahead_log, robust=True)


def _held_for_erasure(account: User, **still: Any) -> bool:
    """Whether it is still there and such; then whoever is writing for it is waited for, and nobody begins to.

    A worker that ends one of its jobs writes for it too, and holds the job alone.
    """
    if not User.objects.select_for_update().filter(pk=account.pk, **still).exists():
        return False
    list(account.jobs.select_for_update().order_by("pk").values_list("pk", flat=True))
    return True


def _forget_write_ahead_log() -> None:
    """SQLite overwrites what is deleted (secure_delete), but its log keeps the pages of before."""
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _other_admins(account: User) -> bool:
    admins = User.objects.select_for_update().filter(is_superuser=True, is_active=True)
    return admins.exclude(pk=account.pk).exists()


def time_zone_set(*, account: User, time_zone: str) -> None:
    account.time_zone = time_zone
    account.save(update_fields=["time_zone"])


def old_guests_erase() -> int:
    """Guests are kept for 30 days; how many went."""
    old = User.objects.filter(is_guest=True, date_joined__lt=timezone.now() - GUESTS_KEPT)
    gone = 0
    for guest in old[:200]:
        with transaction.atomic():
            if _held_for_erasure(guest, is_guest=True):
                guest.delete()
                gone += 1
    return gone


def old_sessions_forget() -> int:
    """Remove sessions whose time is over; how many."""
    return int(Session.objects.filter(expire_date__lt=timezone.now()).delete()[0])


def session_end(*, account: User, session_id: str) -> None:
    """Sign out one of the account's browsers."""
    Session.objects.filter(user=account, pk=session_id).delete()


def other_sessions_end(*, account: User, kept: str) -> int:
    """Sign out all browsers but the one whose session is `kept`; how many."""
    return int(Session.objects.filter(user=account).exclude(pk=kept).delete()[0])


@transaction.atomic
def password_reset(*, account: User, password: str, kept: str = "") -> None:
    """A new password for who could not give the old one: perhaps somebody else could.

    So whatever was handed out before opens the account no more: tokens, and all browsers but the one whose session is
    `kept`.
    """
    account.set_password(password)
    account.save()
    tokens_revoke(account=account)
    other_sessions_end(account=account, kept=kept)


def tokens_revoke(*, account: User) -> None:
    ApiToken.objects.filter(user=account).delete()


def token_revoke(*, account: User, token_id: str) -> None:
    ApiToken.objects.filter(user=account, pk=token_id).delete()


@transaction.atomic
def account_set(*, username: str, role: str, password: str | None) -> tuple[User, bool]:
    """Make or update the account `username`; returns it and whether it is new.

    An account that was closed is opened again; one with another password is reset to this. An instructor may enter the admin console, where permissions decide
    what is seen; an admin sees all.

    Raises:
        ValueError: the role is unknown, or a new account has no password.
        django.core.exceptions.ValidationError: the name or the password is not acceptable.
    """
    if role not in ROLES:
        raise ValueError(f"The role must be one of {', '.join(ROLES)}; it is {role!r}.")
    user = User.objects.filter(name_key=names.name_key(username)).first()
    created = user is None
    if user is None:
        if not password:
            raise ValueError("A new account needs a password: set the variable CAMP_PASSWORD.")
        user = User(username=names.normal(username))
    user.is_guest = False
    user.is_active = True
    # What is asked of a name is asked once: one that was taken before is not refused now.
    user.full_clean(exclude=["password", "name_key", *([] if created else ["username"])])
    user.save()
    if password and not user.check_password(password):
        password_reset(account=user, password=password)
    user.groups.set([Group.objects.get_or_create(name=role)[0]])
    flags_follow_groups(account=user)
    return user, created


def flags_follow_groups(*, account: User) -> None:
    """What a role opens is set by its group, so that the two cannot tell different things."""
    roles = set(account.groups.values_list("name", flat=True))
    account.is_superuser = "admin" in roles
    account.is_staff = bool(roles & {"admin", "instructor"})
    account.save(update_fields=["is_superuser", "is_staff"])


def token_create(
    *, user: User, name: str = "", scopes: Sequence[str] | None = None, expires_in: int | None = None
) -> tuple[ApiToken, str]:
    """A new token and its key, which is shown this once; those that have run out go. `expires_in` is in seconds."""
    ApiToken.objects.filter(user=user, expiry__lte=timezone.now()).delete()
    lifetime = timedelta(seconds=expires_in) if expires_in else settings.REST_KNOX["TOKEN_TTL"]
    extra = {"name": name} if scopes is None else {"name": name, "scopes": list(scopes)}
    token, key = ApiToken.objects.create(user, expiry=lifetime, **extra)
    return token, key
