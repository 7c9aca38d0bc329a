"""`manage.py restore FILE`: makes database and media folder what they were when `manage.py backup` wrote the file."""

import time
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from camp.backup import keys
from camp.backup.restoring import Restored, backup_restore
from camp.backup.running import told


class Command(BaseCommand):
    help = "Make the database and the media folder what they were at the backup, or change nothing."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, help="what `manage.py backup` wrote")
        parser.add_argument(
            "--replace", action="store_true", help="even where there are people: they go, and all their work"
        )

    def handle(self, *args: Any, file: Path, replace: bool, **options: Any) -> None:
        begun = time.monotonic()
        with told() as progress:
            restored = backup_restore(file, replace=replace, told=progress)
        manifest, seconds = restored.manifest, time.monotonic() - begun
        self.stdout.write(
            f"Restored {manifest.rows:,} rows of {len(manifest.tables)} tables and {len(manifest.files):,} media "
            f"files of {manifest.made_at} in {seconds:.1f} s. Read back: every count and SHA-256 is the backup's."
        )
        if restored.migrated:
            self.stdout.write("Then migrated on: " + ", ".join(restored.migrated) + ".")
        self.stdout.write(_about_the_key(restored, file))


def _about_the_key(restored: Restored, file: Path) -> str:
    if restored.key_placed:
        return f"The backup's secret key is now in {keys.key_file()}."
    if restored.key_fits:
        return "The secret key is the one of the backup: sessions and one-time codes go on."
    lost = "This camp has another secret key than the backup: one-time and recovery codes do not work, and everybody signs in anew."
    where = (
        f"It is in the backup (unzip -p {file} secret_key); set CAMP_SECRET_KEY to it."
        if restored.manifest.has_secret_key
        else f"Set CAMP_SECRET_KEY to it, or put it into {keys.key_file()}."
    )
    return f"{lost} {where}"
