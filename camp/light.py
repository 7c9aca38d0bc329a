"""Middleware that only reads and writes headers, run in the event loop where the request is.

Django hands each such step to the request's thread and back. None of these waits for anything, so none needs a thread.
What may wait (who is signed in, messages that are read) is handed over as before.
"""

from collections.abc import Callable
from typing import Any

from asgiref.sync import sync_to_async
from csp.middleware import CSPMiddleware
from django.contrib.auth.middleware import AuthenticationMiddleware
from django.contrib.messages.middleware import MessageMiddleware
from django.http import HttpRequest
from django.middleware.common import CommonMiddleware
from django.utils.deprecation import MiddlewareMixin


class Light(MiddlewareMixin):
    """Runs `process_request` and `process_response` in the event loop, but for those that say they may wait.

    To be named before the class whose steps they are. A step that reads the database without saying so is an error,
    which Django raises.
    """

    async def __acall__(self, request: HttpRequest) -> Any:
        response: Any = None
        if hasattr(self, "process_request"):
            response = await _done(self.process_request, request, waits=self.asking_waits(request))
        response = response or await self.get_response(request)  # type: ignore[misc]
        if hasattr(self, "process_response"):
            waits = self.answering_waits(request, response)
            response = await _done(self.process_response, request, response, waits=waits)
        return response

    def asking_waits(self, request: HttpRequest) -> bool:
        return False

    def answering_waits(self, request: HttpRequest, response: Any) -> bool:
        return False


async def _done(step: Callable[..., Any], *values: Any, waits: bool) -> Any:
    return await sync_to_async(step)(*values) if waits else step(*values)


class ContentSecurityPolicy(Light, CSPMiddleware):
    pass


class Common(Light, CommonMiddleware):
    pass


class Authentication(Light, AuthenticationMiddleware):
    pass


class Messages(Light, MessageMiddleware):
    def answering_waits(self, request: HttpRequest, response: Any) -> bool:
        messages = getattr(request, "_messages", None)
        return messages is not None and (messages.used or messages.added_new)
