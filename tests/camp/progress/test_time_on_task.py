"""Time on task by θ: closed forms, an independent count second by second, and what must always hold."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from camp.learning.time_on_task import LIMITS, Event, Kind, by_day, seconds_of, stretches

START = datetime(2026, 3, 1, 9, tzinfo=UTC)


def events(*seconds: float, kind: Kind = Kind.TASK) -> list[Event]:
    return [Event(START + timedelta(seconds=one), kind) for one in seconds]


@st.composite
def days_of_events(draw: st.DrawFn) -> list[Event]:
    drawn = st.tuples(st.integers(0, 2_000), st.sampled_from(Kind), st.booleans())
    found = draw(st.lists(drawn, max_size=40, unique_by=lambda one: one[0]))
    return [Event(START + timedelta(seconds=seconds), kind, afresh) for seconds, kind, afresh in found]


EVENTS = days_of_events()
THETAS = st.fixed_dictionaries({kind: st.integers(1, 700).map(float) for kind in Kind})


# --- Closed forms -------------------------------------------------------------------------------------


def test_the_published_limits_are_those_the_course_tells() -> None:
    assert LIMITS == {Kind.READING: 180, Kind.TASK: 60}


def test_gaps_up_to_the_limit_are_added_up_and_a_longer_one_counts_as_nothing() -> None:
    assert seconds_of(stretches(events(0, 20, 50, 110, 171))) == 20 + 30 + 60


def test_reading_may_pause_for_longer_than_a_task() -> None:
    at = (0, 61, 241, 422)
    assert seconds_of(stretches(events(*at, kind=Kind.TASK))) == 0
    assert seconds_of(stretches(events(*at, kind=Kind.READING))) == 61 + 180


def test_a_gap_is_of_the_kind_of_what_begins_it() -> None:
    """Two minutes between a lesson and a quiz were spent in the lesson; between a quiz and a lesson, nobody knows."""
    read, done = events(0, kind=Kind.READING), events(120, kind=Kind.TASK)
    (found,) = stretches(read + done)
    assert (found.kind, found.seconds) == (Kind.READING, 120)
    assert stretches(events(0, kind=Kind.TASK) + events(120, kind=Kind.READING)) == []


def test_what_was_out_of_sight_does_not_count_however_short() -> None:
    came_back = Event(START + timedelta(seconds=30), Kind.TASK, is_afresh=True)
    assert seconds_of(stretches([*events(0, 10), came_back, *events(45)])) == 10 + 15


@pytest.mark.parametrize("few", [[], events(7)])
def test_of_one_moment_or_none_there_is_no_time(few: list[Event]) -> None:
    assert seconds_of(stretches(few)) == 0


# --- What always holds --------------------------------------------------------------------------------


def second_by_second(given_events: list[Event], limits: Mapping[Kind, float]) -> int:
    """Each second by itself: what was the last event before it, what the first after, and may it count?"""
    by_second = {round((one.at - START).total_seconds()): one for one in given_events}
    counted = 0
    for second in range(min(by_second, default=0), max(by_second, default=0)):
        before = max(at for at in by_second if at <= second)
        after = min(at for at in by_second if at > second)
        counted += after - before <= limits[by_second[before].kind] and not by_second[after].is_afresh
    return counted


@given(EVENTS, THETAS)
def test_it_is_what_a_count_of_single_seconds_gives(found: list[Event], limits: dict[Kind, float]) -> None:
    assert seconds_of(stretches(found, limits)) == second_by_second(found, limits)


@given(EVENTS, THETAS, st.randoms())
def test_the_order_in_which_events_are_told_makes_no_difference(
    found: list[Event], limits: dict[Kind, float], random: object
) -> None:
    shuffled = list(found)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert stretches(shuffled, limits) == stretches(found, limits)


@given(EVENTS, THETAS, st.integers(0, 600))
def test_a_larger_limit_never_gives_less(found: list[Event], limits: dict[Kind, float], more: int) -> None:
    wider = {kind: limit + more for kind, limit in limits.items()}
    assert seconds_of(stretches(found, wider)) >= seconds_of(stretches(found, limits))


@given(EVENTS)
def test_without_any_limit_and_never_out_of_sight_it_is_all_from_first_to_last(found: list[Event]) -> None:
    seen = [one._replace(is_afresh=False) for one in found]
    whole = max((one.at for one in seen), default=START) - min((one.at for one in seen), default=START)
    assert seconds_of(stretches(seen, dict.fromkeys(Kind, 1e9))) == whole.total_seconds()


@given(EVENTS, THETAS)
def test_the_kinds_and_the_days_add_up_to_all_of_it(found: list[Event], limits: dict[Kind, float]) -> None:
    counted = stretches(found, limits)
    whole = seconds_of(counted)
    assert sum(seconds_of(counted, kind) for kind in Kind) == whole
    for zone in (UTC, ZoneInfo("Asia/Kathmandu"), ZoneInfo("America/Havana")):
        days = by_day(counted, zone)
        assert sum(seconds_of(parts) for parts in days.values()) == pytest.approx(whole)


# --- Days ---------------------------------------------------------------------------------------------


def test_a_stretch_over_midnight_belongs_to_both_days() -> None:
    zone = ZoneInfo("Asia/Shanghai")  # eight hours ahead
    before, after = datetime(2026, 3, 1, 15, 59, 40, tzinfo=UTC), datetime(2026, 3, 1, 16, 0, 30, tzinfo=UTC)
    days = by_day(stretches([Event(before, Kind.TASK), Event(after, Kind.TASK)]), zone)
    assert {day: seconds_of(parts) for day, parts in days.items()} == {
        date(2026, 3, 1): 20,
        date(2026, 3, 2): 30,
    }


@pytest.mark.parametrize("minute", range(0, 180, 7))
def test_where_the_clock_jumps_at_midnight_no_second_is_lost(minute: int) -> None:
    """In Havana 0:00 is followed by 1:00 on 8 March 2026; the day has 23 hours."""
    zone = ZoneInfo("America/Havana")
    begin = datetime(2026, 3, 8, 3, 30, tzinfo=UTC) + timedelta(minutes=minute)
    end = begin + timedelta(minutes=10)
    days = by_day(stretches([Event(begin, Kind.TASK), Event(end, Kind.TASK)], dict.fromkeys(Kind, 600)), zone)
    assert sum(seconds_of(parts) for parts in days.values()) == 600
    assert {part.begin.astimezone(zone).date() for parts in days.values() for part in parts} == set(days)
