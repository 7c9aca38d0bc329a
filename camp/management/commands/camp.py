"""`manage.py camp`: runs the whole camp in the foreground; Ctrl-C stops all of it."""

import signal
import sys
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser

from camp.supervisor import plan
from camp.supervisor.console import Console
from camp.supervisor.deathsig import die_with_parent
from camp.supervisor.leftovers import end_leftovers
from camp.supervisor.probes import require_free_port, url_of
from camp.supervisor.program import StartFailed
from camp.supervisor.rundir import RunDirectory
from camp.supervisor.supervisor import Supervisor


class Command(BaseCommand):
    help = (
        "Runs the whole camp: Redis (unless REDIS_URL is set), two workers, the schedule and the web server."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--stop-with-parent",
            action="store_true",
            help="stop when the process that started this one is gone (Linux); `make run` uses it",
        )

    def handle(self, *args: Any, stop_with_parent: bool, **options: Any) -> None:
        if stop_with_parent:
            die_with_parent(signal.SIGTERM)
        console = Console(log_format=settings.CAMP_LOG_FORMAT)
        try:
            code = _run(console)
        except StartFailed as error:
            console.say(str(error), level="error")
            code = 1
        finally:
            console.close()
        sys.exit(code)


def _run(console: Console) -> int:
    url = url_of(settings.CAMP_HOST, settings.CAMP_PORT)
    run = RunDirectory(settings.CAMP_RUN_DIR)
    run.claim(url)
    try:
        if ended := end_leftovers(run):
            console.say("ended what an earlier run left behind: " + ", ".join(ended))
        require_free_port(settings.CAMP_HOST, settings.CAMP_PORT)
        ready = [f"Attention Training Camp: {url}", "Ctrl-C stops everything"]
        return Supervisor(plan.stages(run, console), run, console, ready).run()
    finally:
        run.release()
