"""Time on task by θ: the gaps between what somebody did, added up, but only those of at most θ.

A longer gap counts as nothing: nobody knows whether the person was there. Nor does a gap in which the page was out of
sight. A gap is of the kind of the event that begins it, for until the next one that is where the person was.

>>> from datetime import UTC, datetime, timedelta
>>> start = datetime(2026, 1, 1, tzinfo=UTC)
>>> at = [start + timedelta(seconds=seconds) for seconds in (0, 40, 100, 400)]
>>> seconds_of(stretches([Event(moment, Kind.TASK) for moment in at]))
100.0
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from enum import StrEnum
from itertools import pairwise
from typing import NamedTuple


class Kind(StrEnum):
    """Of what somebody was at."""

    READING = "reading"
    TASK = "task"


class Event(NamedTuple):
    """Something somebody did. `is_afresh`: the page had been out of sight since the event before."""

    at: datetime
    kind: Kind
    is_afresh: bool = False


@dataclass(frozen=True)
class Stretch:
    """A gap that counts."""

    begin: datetime
    end: datetime
    kind: Kind

    @property
    def seconds(self) -> float:
        return (self.end - self.begin).total_seconds()


LIMITS: Mapping[Kind, float] = {Kind.READING: 180, Kind.TASK: 60}  # θ in seconds


def stretches(events: Iterable[Event], limits: Mapping[Kind, float] = LIMITS) -> list[Stretch]:
    """The gaps that count, oldest first. The events may come in any order.

    Args:
        events: with times of day that know their zone.
        limits: θ in seconds, by kind; a gap of exactly θ counts.
    """
    return [
        Stretch(before.at, after.at, before.kind)
        for before, after in pairwise(sorted(events))
        if not after.is_afresh and (after.at - before.at).total_seconds() <= limits[before.kind]
    ]


def seconds_of(counted: Iterable[Stretch], kind: Kind | None = None) -> float:
    """All of it, or what is of one kind."""
    return float(sum(stretch.seconds for stretch in counted if kind in (None, stretch.kind)))


def by_day(counted: Iterable[Stretch], zone: tzinfo) -> dict[date, list[Stretch]]:
    """The stretches of each day of `zone`'s calendar, cut where one goes past midnight."""
    found: defaultdict[date, list[Stretch]] = defaultdict(list)
    for stretch in counted:
        begin, end = stretch.begin.astimezone(UTC), stretch.end.astimezone(UTC)
        while begin < end:
            day = begin.astimezone(zone).date()
            midnight = datetime.combine(day + timedelta(days=1), time.min, zone).astimezone(UTC)
            found[day].append(Stretch(begin, min(midnight, end), stretch.kind))
            begin = min(midnight, end)
    return dict(found)
