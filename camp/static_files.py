"""WhiteNoise under ASGI: the camp's static files are small, so each is answered whole.

WhiteNoise's own answer streams from a synchronous file, which Django's ASGI handler warns of and cuts short; and its
middleware is synchronous, which would hold a thread for as long as a view behind it waits.
"""

from typing import Any

from asgiref.sync import iscoroutinefunction, markcoroutinefunction, sync_to_async
from django.http import HttpRequest, HttpResponse
from whitenoise.middleware import WhiteNoiseMiddleware
from whitenoise.responders import StaticFile
from whitenoise.storage import CompressedManifestStaticFilesStorage


class HashedFiles(CompressedManifestStaticFilesStorage):
    """Names that change with the content, also where one script imports another: no cache mixes old and new."""

    # Of our own scripts alone: others import what they do not bring along.
    patterns = (
        *CompressedManifestStaticFilesStorage.patterns,
        (
            "js/*.js",
            (
                (
                    r"""(?P<matched>import(?P<names>\s*\{[^}]*\}\s*)from\s*"(?P<url>\./[^"]+)";)""",
                    """import%(names)sfrom "%(url)s";""",
                ),
            ),
        ),
    )


class StaticFiles(WhiteNoiseMiddleware):
    async_capable = True
    sync_capable = True

    def __init__(self, get_response: Any) -> None:
        super().__init__(get_response)
        if iscoroutinefunction(get_response):
            markcoroutinefunction(self)

    def __call__(self, request: HttpRequest) -> Any:
        if iscoroutinefunction(self):
            return self._answer(request)
        return super().__call__(request)

    async def _answer(self, request: HttpRequest) -> HttpResponse:
        path = request.path_info
        if self.autorefresh:
            found = await sync_to_async(self.find_file)(path) if path.startswith(self.static_prefix) else None
        else:
            found = self.files.get(path)
        if found is None:
            response: HttpResponse = await self.get_response(request)
            return response
        return await sync_to_async(self.serve)(found, request)

    @staticmethod
    def serve(static_file: StaticFile, request: HttpRequest) -> HttpResponse:
        found = static_file.get_response(request.method, request.META)
        body = b""
        if found.file is not None:
            with found.file as file:
                body = file.read()
        response = HttpResponse(body, status=int(found.status))
        del response.headers["Content-Type"]
        for name, value in found.headers:
            response.headers[name] = value
        return response
