"""So many in so long: counted in Redis, in one step, so that parallel requests cannot pass a limit together."""

import hashlib
from dataclasses import dataclass
from typing import Any

from camp.redis_client import client

_PREFIX = "camp:rate:"
# All counts are looked at before any is raised: what is refused costs nothing.
_TAKE = """
local wait = 0
for place, key in ipairs(KEYS) do
  if tonumber(redis.call('GET', key) or '0') >= tonumber(ARGV[2 * place - 1]) then
    wait = math.max(wait, redis.call('PTTL', key), 1)
  end
end
if wait > 0 then return wait end
for place, key in ipairs(KEYS) do
  if redis.call('INCR', key) == 1 then redis.call('EXPIRE', key, ARGV[2 * place]) end
end
return 0
"""
_GIVE_BACK = """
for _, key in ipairs(KEYS) do
  if tonumber(redis.call('GET', key) or '0') > 0 then redis.call('DECR', key) end
end
"""


@dataclass(frozen=True)
class Rate:
    """At most `limit` in `seconds` for whoever `key` names; the window begins with the first."""

    key: str
    limit: int
    seconds: int

    @property
    def redis_key(self) -> str:
        """Hashed: names and addresses of people do not belong in Redis."""
        return _PREFIX + hashlib.sha256(f"{self.key} {self.seconds}".encode()).hexdigest()


class TooOften(Exception):
    """Somebody has done this so often that they have to wait; `seconds` says how long."""

    def __init__(self, seconds: float) -> None:
        super().__init__(seconds)
        self.seconds = max(1, round(seconds + 0.5))


def take(*rates: Rate) -> float:
    """Count one under all `rates`, or under none; the seconds to wait, 0 when it was counted.

    Raises:
        redis.RedisError: Redis is away.
    """
    arguments = [number for rate in rates for number in (rate.limit, rate.seconds)]
    wait: Any = client().eval(_TAKE, len(rates), *(rate.redis_key for rate in rates), *arguments)
    return int(wait) / 1000


def give_back(*rates: Rate) -> None:
    """Take one off each count: it was no harm after all."""
    client().eval(_GIVE_BACK, len(rates), *(rate.redis_key for rate in rates))


def forget(*rates: Rate) -> None:
    """Begin these counts anew."""
    client().delete(*(rate.redis_key for rate in rates))
