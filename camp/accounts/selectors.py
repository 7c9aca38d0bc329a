"""Reads of a person's own account."""

from django.db.models import QuerySet
from django.utils import timezone

from camp.accounts.browsers import browser_words
from camp.accounts.models import ApiToken, Session, User


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
