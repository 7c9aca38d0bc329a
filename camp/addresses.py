"""Where a request comes from, as far as that can be believed."""

from django.conf import settings
from django.http import HttpRequest


def client_address(request: HttpRequest) -> str:
    """The caller's address: what the outermost trusted proxy saw, or the peer itself.

    `X-Forwarded-For` is a list that anybody may begin; only its last CAMP_TRUSTED_PROXIES entries were written by
    proxies of ours. A request with fewer came past them, and then its own address counts.
    """
    peer = str(request.META.get("REMOTE_ADDR") or "unknown")
    if not settings.TRUSTED_PROXIES:
        return peer
    seen = [part.strip() for part in request.headers.get("X-Forwarded-For", "").split(",") if part.strip()]
    return seen[-settings.TRUSTED_PROXIES] if len(seen) >= settings.TRUSTED_PROXIES else peer
