"""`manage.py camp_schedule`: the one process of a camp that sweeps."""

from typing import Any

from django.core.management.base import BaseCommand

from camp.lab.sweeper import sweep_forever


class Command(BaseCommand):
    requires_system_checks = ()  # the supervisor has run and shown them
    help = "Look after jobs whose worker or message was lost, until stopped."

    def handle(self, *args: Any, **options: Any) -> None:
        sweep_forever()
