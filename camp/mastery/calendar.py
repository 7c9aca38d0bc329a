"""Which day it is for a learner: what is due today is due from their own midnight on."""

import zoneinfo
from datetime import date, datetime, tzinfo

from django.utils import timezone

from camp.accounts.models import User
from camp.accounts.zones import zone_names


def zone_of(person: User) -> tzinfo:
    """The account's choice; else the browser's, where a page is asked for, or the camp's."""
    if person.time_zone in zone_names():
        return zoneinfo.ZoneInfo(person.time_zone)
    return timezone.get_current_timezone()


def day_of(person: User, moment: datetime) -> date:
    return timezone.localdate(moment, zone_of(person))


def today_of(person: User) -> date:
    return day_of(person, timezone.now())
