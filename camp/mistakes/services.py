"""Writes of reports: they are made by readers, and answered by instructors."""

import redis
import structlog
from django.conf import settings
from django.http import HttpRequest
from django.utils import timezone

from camp import rates
from camp.accounts.models import User
from camp.addresses import client_address
from camp.mistakes.models import MistakeReport, State
from camp.rates import Rate, TooOften

log = structlog.get_logger("camp.mistakes")


class TooMany(TooOften):
    """This person, or this address, has reported too much of late."""


def report_count(request: HttpRequest, owner: User | None) -> None:
    """Count one more report of whoever asks. Where Redis is away none is refused.

    Raises:
        TooMany: it was not counted.
    """
    counts = [Rate(f"mistakes from {client_address(request)}", *settings.MISTAKES_BY_ADDRESS)]
    if owner is not None:
        counts.append(Rate(f"mistakes of {owner.pk}", *settings.MISTAKES_BY_PERSON))
    try:
        wait = rates.take(*counts)
    except redis.RedisError as error:
        log.warning("mistakes_not_counted", error=str(error))
        wait = 0
    if wait:
        raise TooMany(wait)


def report_make(*, owner: User | None, page: str, section: str, text: str, language: str) -> MistakeReport:
    """Keep a report.

    Raises:
        django.core.exceptions.ValidationError: a field is longer than it may be, or empty.
    """
    report = MistakeReport(owner=owner, page=page, section=section, text=text, language=language)
    report.full_clean()
    report.save()
    return report


def report_state_set(*, report: MistakeReport, state: str) -> MistakeReport:
    """Answered, or open again."""
    report.state = state
    report.answered_at = timezone.now() if state == State.ANSWERED else None
    report.save(update_fields=["state", "answered_at"])
    return report
