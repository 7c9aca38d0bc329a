"""`/healthz` says the process answers; `/readyz` says which part, if any, keeps the camp from working."""

import redis
from django.db import DatabaseError, connection
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache

from camp.errors import only_get
from camp.lab.presence import interactive_worker_heard


@never_cache
@only_get
def healthz(request: HttpRequest) -> JsonResponse:
    return JsonResponse({"status": "ok"})


@never_cache
@only_get
def readyz(request: HttpRequest) -> JsonResponse:
    """`{"status": "ok | unavailable", "checks": {"database", "broker", "worker"}}`; 503 when one is down."""
    checks = {"database": "ok", "broker": "ok", "worker": "ok"}
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        checks["database"] = "down"
    try:
        if not interactive_worker_heard():
            checks["worker"] = "down"
    except (redis.RedisError, OSError):
        checks["broker"] = "down"
        checks["worker"] = "down"  # it is heard through the broker
    ready = set(checks.values()) == {"ok"}
    return JsonResponse(
        {"status": "ok" if ready else "unavailable", "checks": checks}, status=200 if ready else 503
    )
