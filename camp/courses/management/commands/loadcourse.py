"""`manage.py loadcourse`: load or update the camp's course; an instructor's edits are kept, and it says so."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from camp.courses.loading import LoadRefused, course_load
from camp.courses.references import CONTENT


class Command(BaseCommand):
    help = (
        "Load or update the course from the camp's files. Repeatable; keeps what was edited in the console."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--folder", type=Path, default=CONTENT, help="where the course's files are")
        parser.add_argument(
            "--only-changes", action="store_true", help="say nothing when nothing has changed"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            report = course_load(options["folder"].resolve())
        except LoadRefused as refused:
            faults = refused.report.faults
            told = "\n".join(faults)
            raise CommandError(
                f"{told}\nThe course was not changed: {len(faults)} faults in its files."
            ) from refused
        if options["only_changes"] and not report.has_changes:
            return
        for line in report.lines():
            self.stdout.write(line)
