"""`manage.py camp_health NAME`: whether a part on this host is well; exit code 0 or 1. For containers' health checks."""

import urllib.error
import urllib.request
from typing import Any

import redis
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from camp.lab import presence

QUEUES = {"worker": "interactive", "training": "training", "schedule": presence.SCHEDULE}


class Command(BaseCommand):
    help = "Says whether this host's part is well: web answers /healthz, the others were heard from in 30 seconds."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", choices=["web", *QUEUES])

    def handle(self, *args: Any, name: str, **options: Any) -> None:
        try:
            is_well = _web_answers() if name == "web" else presence.heard_here(QUEUES[name])
        except (OSError, urllib.error.URLError, redis.RedisError) as error:
            raise CommandError(f"{name}: {error}") from error
        if not is_well:
            raise CommandError(f"{name}: not heard from in {presence.HEARD_WITHIN_SECONDS} seconds.")


def _web_answers() -> bool:
    host = next((name.lstrip(".") for name in settings.ALLOWED_HOSTS if name != "*"), "localhost")
    address = f"http://127.0.0.1:{settings.CAMP_PORT}/healthz"
    request = urllib.request.Request(address, headers={"Host": host})
    with urllib.request.urlopen(request, timeout=5) as answer:  # noqa: S310
        return bool(answer.status == 200)
