"""`manage.py camp_part NAME`: becomes one part of the camp, where containers or systemd watch over each of them."""

import os
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from camp.supervisor import plan
from camp.supervisor.console import Console
from camp.supervisor.program import StartFailed

PREPARE = "prepare"
PARTS = (PREPARE, "web", "worker", "training", "schedule")


class Command(BaseCommand):
    help = (
        "Runs one part of the camp in this very process; prepare migrates, collects static files and ends. "
        "Database and Redis must be servers: DATABASE_URL, REDIS_URL."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", choices=PARTS)

    def handle(self, *args: Any, name: str, **options: Any) -> None:
        if settings.CAMP_EMBEDDED_REDIS:
            raise CommandError("REDIS_URL is not set: parts that run apart meet at a Redis server.")
        if name == PREPARE:
            console = Console(log_format=settings.CAMP_LOG_FORMAT)
            try:
                plan.prepare_data(console)
            except StartFailed as error:
                raise CommandError(str(error)) from error
            finally:
                console.close()
            return
        program = plan.part(name)
        assert program is not None
        os.chdir(program.folder)
        if program.niceness:
            os.nice(program.niceness)
        os.execve(program.argv[0], list(program.argv), {**os.environ, **program.environment})  # noqa: S606
