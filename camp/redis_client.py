"""This process's one Redis client, for everything but Celery and the cache."""

from functools import cache

import redis
from django.conf import settings


@cache
def client() -> redis.Redis:
    """Connections are made when first used."""
    return redis.Redis.from_url(settings.REDIS_URL, **settings.REDIS_OPTIONS)
