"""How long a person was at it in the last weeks, by the published θ and by others."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.contrib.auth.models import AnonymousUser
from django.utils import timezone

from camp.accounts.models import User
from camp.learning.time_on_task import LIMITS, Event, Kind, Stretch, by_day, seconds_of, stretches
from camp.progress.models import Moment
from camp.progress.selectors import WEEKS

OTHER_LIMITS = (1, 3, 10)  # minutes, for both kinds: how much the figure depends on θ


@dataclass(frozen=True)
class DaySpent:
    """A day's minutes."""

    date: date
    reading: float
    task: float

    @property
    def total(self) -> float:
        return self.reading + self.task


@dataclass(frozen=True)
class TimeOnTask:
    """Minutes. `days` end with today; `by_limit`: what it would be with θ of so many minutes for both kinds."""

    days: Sequence[DaySpent]
    by_limit: Mapping[int, float]

    @property
    def reading(self) -> float:
        return sum(day.reading for day in self.days)

    @property
    def task(self) -> float:
        return sum(day.task for day in self.days)

    @property
    def total(self) -> float:
        return self.reading + self.task

    @property
    def limits(self) -> Mapping[str, int]:
        """The published θ in seconds, by kind."""
        return {kind.value: round(seconds) for kind, seconds in LIMITS.items()}


def time_on_task_of(person: User | AnonymousUser) -> TimeOnTask:
    """Of the last weeks, day by day in the reader's time zone."""
    today = timezone.localdate()
    first = today - timedelta(days=7 * WEEKS - 1)
    events = _events(person, timezone.make_aware(datetime.combine(first, time.min)))
    days = by_day(stretches(events), timezone.get_current_timezone())
    dates = [first + timedelta(days=place) for place in range(7 * WEEKS)]
    return TimeOnTask(
        days=[_day(day, days.get(day, [])) for day in dates],
        by_limit={
            minutes: seconds_of(stretches(events, dict.fromkeys(Kind, 60 * minutes))) / 60
            for minutes in OTHER_LIMITS
        },
    )


def _events(person: User | AnonymousUser, since: datetime) -> list[Event]:
    if not isinstance(person, User):
        return []
    rows = Moment.objects.filter(owner=person, at__gte=since).order_by("at")
    return [
        Event(at, Kind(kind), is_afresh)
        for at, kind, is_afresh in rows.values_list("at", "kind", "is_afresh")
    ]


def _day(day: date, counted: Sequence[Stretch]) -> DaySpent:
    return DaySpent(day, seconds_of(counted, Kind.READING) / 60, seconds_of(counted, Kind.TASK) / 60)
