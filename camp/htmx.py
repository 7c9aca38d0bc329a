"""Pages that answer whole or in part: the same address, told apart by htmx's headers."""

from typing import Any
from urllib.parse import urlsplit

from django.http import HttpRequest, HttpResponse
from django.utils.cache import patch_cache_control, patch_vary_headers


def wants_part(request: HttpRequest) -> bool:
    """Whether htmx asks for a part of the page; a page restored from history is asked for whole."""
    asked: Any = getattr(request, "htmx", None)
    return bool(asked) and not asked.boosted and not asked.history_restore_request


def target(request: HttpRequest) -> str:
    """The id of the element that the answer is for."""
    asked: Any = getattr(request, "htmx", None)
    return str(asked.target or "") if asked else ""


def is_of_this_page(request: HttpRequest) -> bool:
    """Whether the part goes into the page of this very address, not into another that shows it too."""
    asked: Any = getattr(request, "htmx", None)
    return bool(asked) and urlsplit(asked.current_url or "").path == request.path


def varied(response: HttpResponse) -> HttpResponse:
    """Marked so that no cache gives a part where the page was asked for."""
    patch_vary_headers(response, ["HX-Request", "HX-Target"])
    patch_cache_control(response, private=True, no_cache=True)
    return response
