"""Writes of certificates."""

from django.db import transaction
from django.utils import timezone

from camp.accounts.models import User
from camp.accounts.services import owner_locked
from camp.certificates.lettering import strange_to_pdf
from camp.certificates.models import MOST_NAME, Certificate
from camp.certificates.selectors import certificates_of, completed_by

MOST_CERTIFICATES = 50  # of one person, those withdrawn too


class NothingCompleted(Exception):
    """There is no module to certify yet."""


class TooMany(Exception):
    """So many certificates has nobody a use for."""


class UnfitName(ValueError):
    """`reason` is empty, long or letters; `letters` are those that the PDF could not show."""

    def __init__(self, reason: str, letters: str = "") -> None:
        super().__init__(reason)
        self.reason, self.letters = reason, letters


def certificate_issue(*, owner: User, name: str) -> Certificate:
    """Certify what is completed by now. The same again, under the same name, is the certificate there is.

    Raises:
        UnfitName, NothingCompleted, TooMany.
    """
    name = " ".join(name.split())
    if not name:
        raise UnfitName("empty")
    if len(name) > MOST_NAME:
        raise UnfitName("long")
    strange = strange_to_pdf(name)
    if strange:
        raise UnfitName("letters", strange)
    with transaction.atomic():
        owner_locked(owner)
        modules = completed_by(owner)
        if not modules:
            raise NothingCompleted
        own = certificates_of(owner)
        same = own.filter(withdrawn_at__isnull=True, name=name).first()
        if same is not None and same.modules == modules:
            return same
        if own.count() >= MOST_CERTIFICATES:
            raise TooMany
        return Certificate.objects.create(owner=owner, name=name, modules=modules)


def certificate_withdraw(*, owner: User, code: str) -> bool:
    """From now on its page and its PDF are there for nobody. False where the person has no such certificate."""
    own = certificates_of(owner).filter(code=code, withdrawn_at__isnull=True)
    return bool(own.update(withdrawn_at=timezone.now()))
