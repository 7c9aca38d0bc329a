"""The order of a person's forms: how a guest's becomes an account's, and how it is exported."""

from collections.abc import Iterator
from typing import Any

from camp.accounts.models import User
from camp.accounts.own_data import exports
from camp.accounts.services import moves_rows
from camp.gain.models import FormOrder


@moves_rows
def _order_moves(guest: User, account: User) -> None:
    """Where the account has drawn its lot, that one stands; the guest's attempts are practice there
    (camp.quizzes.own_data).
    """
    if not FormOrder.objects.filter(owner=account).exists():
        FormOrder.objects.filter(owner=guest).update(owner=account)


@exports("tests")
def _tests(account: User) -> Iterator[Any]:
    columns = ("first_form", "predicted_before", "predicted_after", "drawn_at")
    yield from FormOrder.objects.filter(owner=account).values(*columns)
