"""`manage.py backup FILE`: every row and media file in one file, while the camp runs."""

import time
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser

from camp.backup.running import told
from camp.backup.saving import backup_make


class Command(BaseCommand):
    help = "Write everything that cannot be made anew into one file, as of one moment, while the camp runs."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, help="the file to make; one that is there stays as it is")
        parser.add_argument(
            "--with-secret-key",
            action="store_true",
            help="put the secret key in too: the file alone then opens every second factor",
        )

    def handle(self, *args: Any, file: Path, with_secret_key: bool, **options: Any) -> None:
        begun = time.monotonic()
        with told() as progress:
            saved = backup_make(file, with_secret_key=with_secret_key, told=progress)
        manifest, seconds = saved.manifest, time.monotonic() - begun
        self.stdout.write(
            f"{file}: {manifest.rows:,} rows of {len(manifest.tables)} tables, {len(manifest.files):,} media "
            f"files, {saved.bytes / 2**20:.1f} MiB, {seconds:.1f} s."
        )
        self.stdout.write(
            "The secret key is in it: whoever has this file has everything."
            if with_secret_key
            else "The secret key is not in it. Keep "
            + ("CAMP_SECRET_KEY" if settings.PRODUCTION else "it")
            + " somewhere else: without it one-time and recovery codes stop working, and everybody signs in anew."
        )
