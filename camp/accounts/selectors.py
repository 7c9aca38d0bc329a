"""Reads of a person's own account."""

from allauth.account.models import EmailAddress
from django.conf import settings
from django.db.models import QuerySet
from django.utils import timezone

from camp.accounts.browsers import browser_words
from camp.accounts.models import ApiToken, Session, User


def lacks_verified_email(account: User) -> bool:
    """Whether the camp asks for a verified e-mail and none of the account's is. One made without any has none to verify."""
    if settings.ACCOUNT_EMAIL_VERIFICATION != "mandatory":
        return False
    verified = set(EmailAddress.objects.filter(user=account).values_list("verified", flat=True))
    return verified == {False}


def tokens_of(account: User) -> QuerySet[ApiToken]:
    """Newest first, those that have run out too until they are cleared away."""
    return ApiToken.objects.filter(user=account)


def sessions_of(account: User, current: str) -> list[dict[str, object]]:
    """Where the account is signed in, the browser in hand first; `current` is its session's row."""
    rows = Session.objects.filter(user=account, expire_date__gt=timezone.now()).order_by("-last_seen_at")
    found: list[dict[str, object]] = [
        {"session": row, "browser": browser_words(row.user_agent), "is_current": row.pk == current}
        for row in rows
    ]
    return sorted(found, key=lambda one: not one["is_current"])
