"""A person's reports: how a guest's become an account's, and how they are exported."""

from collections.abc import Iterator
from typing import Any

from camp.accounts.models import User
from camp.accounts.own_data import exports
from camp.accounts.services import moves_rows
from camp.mistakes.models import MistakeReport


@moves_rows
def _reports_move(guest: User, account: User) -> None:
    MistakeReport.objects.filter(owner=guest).update(owner=account)


@exports("mistakes_reported")
def _reports(account: User) -> Iterator[Any]:
    reports = MistakeReport.objects.filter(owner=account).order_by("created_at")
    yield from reports.values("page", "section", "text", "language", "state", "created_at", "answered_at")
