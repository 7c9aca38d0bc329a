"""How often the API may be called: so many calls a minute for each person, or each address without one."""

from typing import Any

import redis
import structlog
from django.conf import settings
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from camp import rates
from camp.addresses import client_address
from camp.rates import Rate

log = structlog.get_logger("camp.api")


class EachCaller(BaseThrottle):
    """Counted once a request, however often a waiting one looks at its job."""

    def allow_request(self, request: Request, view: Any) -> bool:
        self._wait = 0.0
        if getattr(request._request, "rate_taken", False):
            return True
        request._request.rate_taken = True  # type: ignore[attr-defined]
        person = request.user.pk if request.user and request.user.is_authenticated else None
        caller = f"person {person}" if person else f"address {client_address(request._request)}"
        try:
            self._wait = rates.take(Rate(f"api {caller}", settings.API_CALLS_A_MINUTE, 60))
        except redis.RedisError as error:  # a job may be submitted while Redis is away
            log.warning("calls_not_counted", error=str(error))
        return not self._wait

    def wait(self) -> float:
        return self._wait
