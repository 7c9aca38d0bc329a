"""The time zones there are."""

import zoneinfo
from functools import cache


@cache
def zone_names() -> frozenset[str]:
    """Every zone's name. Looked for once a process: it takes milliseconds, and every page asks."""
    return frozenset(zoneinfo.available_timezones())
