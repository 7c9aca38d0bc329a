"""A person's certificates in the export of their data. They go with the account: the row's owner is deleted."""

from collections.abc import Iterator
from typing import Any

from camp.accounts.models import User
from camp.accounts.own_data import exports
from camp.certificates.selectors import certificates_of


@exports("certificates")
def _certificates(account: User) -> Iterator[Any]:
    yield from certificates_of(account).values("code", "name", "modules", "issued_at", "withdrawn_at")
