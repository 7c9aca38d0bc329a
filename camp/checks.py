"""Configuration that would fail later stops the start now, with what to do about it."""

import os
from typing import Any

from django.conf import settings
from django.core import checks
from django.core.checks import CheckMessage, Error, Tags, register


@register(Tags.security)
def production_is_closed(**kwargs: Any) -> list[CheckMessage]:
    """What settings.py cannot refuse by itself: debug pages must never be served to the world."""
    if not settings.PRODUCTION:
        return []
    found: list[CheckMessage] = []
    if settings.DEBUG:
        found.append(Error("CAMP_DEBUG is on in production.", hint="Unset it.", id="camp.E003"))
    return found


@register(Tags.files)
def data_folder_is_writable(**kwargs: Any) -> list[CheckMessage]:
    """Everything kept is kept below CAMP_DATA_DIR."""
    folder = settings.CAMP_DATA_DIR
    if not os.access(folder, os.W_OK | os.X_OK):
        return [Error(f"CAMP_DATA_DIR={folder} cannot be written.", id="camp.E004")]
    return []


@register(Tags.files)
def set_up_is_complete(**kwargs: Any) -> list[CheckMessage]:
    """What `make` brings besides Python packages."""
    found: list[CheckMessage] = []
    if not (settings.BASE_DIR / "node_modules" / "htmx.org" / "dist" / "htmx.min.js").exists():
        found.append(
            checks.Warning(
                "The front-end packages are not installed.", hint="Run make setup.", id="camp.W001"
            )
        )
    if not (settings.BASE_DIR / "locale" / "zh_Hans" / "LC_MESSAGES" / "django.mo").exists():
        found.append(
            checks.Warning("The Chinese texts are not compiled.", hint="Run make setup.", id="camp.W002")
        )
    return found
