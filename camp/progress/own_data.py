"""A person's moments: how a guest's become an account's, and how they are exported."""

from collections.abc import Iterator
from typing import Any

from camp.accounts.models import User
from camp.accounts.own_data import exports
from camp.accounts.services import moves_rows
from camp.progress.models import Moment


@moves_rows
def _moments_move(guest: User, account: User) -> None:
    Moment.objects.filter(owner=guest).update(owner=account)


@exports("moments")
def _moments(account: User) -> Iterator[Any]:
    moments = Moment.objects.filter(owner=account).order_by("at", "pk")
    yield from moments.values("at", "kind", "is_afresh").iterator()
