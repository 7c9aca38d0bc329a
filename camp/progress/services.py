"""Writes of moments: few, and none that somebody would have to wait for."""

from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from camp.accounts.models import User
from camp.accounts.services import owner_locked
from camp.learning.time_on_task import Kind
from camp.progress.models import Moment
from camp.tidying import tidies

APART = timedelta(seconds=10)  # of two moments nearer than that the first says enough
KEPT = timedelta(days=30)  # the page looks back four weeks
_AT_ONCE = 5_000


def moment_note(*, owner: User, kind: Kind, is_afresh: bool = False) -> bool:
    """They did something, now. Whether it is kept: nothing is, shortly after the last that was.

    Raises:
        camp.accounts.services.OwnerGone: nobody to keep it for.
    """
    now = timezone.now()
    with transaction.atomic():
        held = owner_locked(owner)
        if _has_near(held, now):
            return False
        Moment.objects.create(owner=held, kind=kind, at=now, is_afresh=is_afresh)
    return True


def _has_near(owner: User, now: datetime) -> bool:
    """Not after it either: one from before a clock was set back must not silence an hour."""
    return Moment.objects.filter(owner=owner, at__gt=now - APART, at__lt=now + APART).exists()


@tidies("moments_forgotten")
def old_moments_forget() -> int:
    """Remove those that no page shows any more; how many."""
    old = Moment.objects.filter(at__lt=timezone.now() - KEPT).order_by("at").values_list("pk", flat=True)
    return int(Moment.objects.filter(pk__in=list(old[:_AT_ONCE])).delete()[0])
