"""Links that show one run to anybody who has them, until they are withdrawn.

The database has only a token's hash. Its owner sees the link again because the token is computed anew from the secret
key; under another key it cannot be, and a new one is made.
"""

import hashlib
from base64 import urlsafe_b64encode
from uuid import uuid4

from django.db import transaction
from django.urls import reverse
from django.utils.crypto import salted_hmac

from camp.lab.models import Job, SharedRun, Status


class NotDone(Exception):
    """The run has no result to show."""


def share(job: Job) -> None:
    """Make a link to the run, or keep the one there is.

    Raises:
        NotDone: the run has not succeeded.
    """
    with transaction.atomic():
        locked = Job.objects.select_for_update().only("status").get(pk=job.pk)
        if locked.status != Status.SUCCEEDED:
            raise NotDone
        if path_of(job) is None:
            withdraw(job)
            shared = SharedRun(id=uuid4(), job=job)
            shared.digest = _digest(_token(shared))
            shared.save()


def withdraw(job: Job) -> None:
    """From now on nobody has a link to the run."""
    SharedRun.objects.filter(job=job).delete()


def path_of(job: Job) -> str | None:
    """The address of the shared run, for its owner; None where there is none."""
    shared = SharedRun.objects.filter(job=job).first()
    if shared is None or shared.digest != _digest(_token(shared)):
        return None
    return reverse("shared-run", args=[_token(shared)])


def run_of(token: str) -> Job | None:
    """The run that the token shows; None for one that was never given, or has been withdrawn."""
    return Job.objects.filter(shared__digest=_digest(token), status=Status.SUCCEEDED).first()


def _token(shared: SharedRun) -> str:
    """256 bits that only who has the secret key can compute."""
    mac = salted_hmac("camp.lab.sharing", shared.pk.hex, algorithm="sha256").digest()
    return urlsafe_b64encode(mac).rstrip(b"=").decode()


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
