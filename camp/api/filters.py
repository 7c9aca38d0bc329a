"""What a call may be asked for in its address. What is unknown or makes no sense is refused, never ignored."""

from datetime import UTC, datetime
from typing import Any

from django.http import QueryDict
from django.utils.dateparse import parse_datetime

from attention_core.labels import gettext_noop as _
from attention_core.problems import Problem, shorten
from camp.api.problems import Invalid
from camp.lab.models import Status

UNKNOWN = _("unknown query parameter; expected one of %(options)s")
NONE_KNOWN = _("unknown query parameter; this call takes none")
TWICE = _("expected once, got %(received)s times")
NO_STATUS = _('expected one of %(options)s, got the text "%(received)s"')
NO_TIME = _('expected a time with its zone such as 2026-01-31T09:00:00Z, got the text "%(received)s"')
NO_TASK = _('expected a name of 1 to 64 printable characters, got the text "%(received)s"')
JOB_FILTERS = ("status", "task", "created_after", "created_before")


def check_names(query: QueryDict, known: tuple[str, ...]) -> None:
    """Refuse parameters of other names, and the same one twice. Raises Invalid."""
    problems: list[Problem] = []
    for name, values in query.lists():
        if name not in known:
            options = {"options": ", ".join(known)}
            problems.append(Problem((shorten(name),), UNKNOWN if known else NONE_KNOWN, options))
        elif len(values) != 1:
            problems.append(Problem((name,), TWICE, {"received": len(values)}))
    if problems:
        raise Invalid.of_many(problems)


def job_filters(query: QueryDict) -> dict[str, Any]:
    """The look-ups that `?status=&task=&created_after=&created_before=` ask for. Raises Invalid."""
    problems: list[Problem] = []
    found: dict[str, Any] = {}
    for name in JOB_FILTERS:
        if name in query:
            _read(name, str(query[name]), found, problems)
    if problems:
        raise Invalid(problems)
    return found


def _read(name: str, text: str, found: dict[str, Any], problems: list[Problem]) -> None:
    if name == "status":
        found["status"] = text
        if text not in Status.values:
            values = {"options": ", ".join(Status.values), "received": shorten(text)}
            problems.append(Problem((name,), NO_STATUS, values))
    elif name == "task":
        found["task"] = text
        if not 1 <= len(text) <= 64 or not text.isprintable():
            problems.append(Problem((name,), NO_TASK, {"received": shorten(text)}))
    else:
        time = moment(text)
        found["created_at__gt" if name == "created_after" else "created_at__lt"] = time
        if time is None:
            problems.append(Problem((name,), NO_TIME, {"received": shorten(text)}))


def moment(text: str) -> datetime | None:
    """A time with its zone, in UTC; None when the text is none, or is before year 1 or after 9999 there."""
    try:
        # An unescaped + in an address arrives as a blank.
        time = parse_datetime(text.replace(" ", "+") if "T" in text else text)
        return time.astimezone(UTC) if time is not None and time.tzinfo else None
    except (ValueError, OverflowError):
        return None
