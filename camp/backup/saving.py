"""A backup: every row as of one moment, while the camp runs, then the media files."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from django.conf import settings
from django.db import DatabaseError, connection, transaction

import attention_core
from camp.backup import keys, media, tables
from camp.backup.archive import SECRET_KEY, ArchiveWriter, BackupFailed, Manifest, TableEntry


@dataclass(frozen=True)
class Saved:
    manifest: Manifest
    bytes: int


def backup_make(path: Path, *, with_secret_key: bool, told: tables.Told) -> Saved:
    """Raises `BackupFailed`; then there is no file."""
    path = path.absolute()
    if path.resolve().is_relative_to(media.folder()):
        raise BackupFailed(f"{path} lies in the media folder, which the backup is made of.")
    with ArchiveWriter(path) as archive:
        try:
            with _one_moment():
                manifest = _save_rows(archive, told, with_secret_key=with_secret_key)
        except DatabaseError as error:
            raise BackupFailed(f"The database cannot be read: {str(error).strip()}.") from error
        # After the rows: a file is there before the row that names it.
        manifest.files = media.save(archive)
        if with_secret_key:
            archive.write(SECRET_KEY, settings.SECRET_KEY)
        archive.write_manifest(manifest)
    return Saved(manifest, path.stat().st_size)


@contextmanager
def _one_moment() -> Iterator[None]:
    """A transaction that sees the database as it is now and hinders nobody who writes."""
    connection.ensure_connection()
    if connection.vendor == "postgresql":
        with transaction.atomic(durable=True):
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            yield
        return
    # The camp's own transactions begin by taking SQLite's one lock for writing; this one only reads.
    usual, connection.transaction_mode = connection.transaction_mode, "DEFERRED"  # type: ignore[attr-defined]
    try:
        with transaction.atomic(durable=True):
            yield
    finally:
        connection.transaction_mode = usual  # type: ignore[attr-defined]


def _save_rows(archive: ArchiveWriter, told: tables.Told, *, with_secret_key: bool) -> Manifest:
    migrations = tables.applied_migrations()
    if not migrations:
        raise BackupFailed("The database is empty: there is nothing to back up.")
    if unknown := tables.unknown_migrations(migrations):
        raise BackupFailed(
            f"The database belongs to another version of the camp, with {', '.join(unknown)}. "
            "Make the backup with that version."
        )
    manifest = Manifest(
        made_at=datetime.now(UTC).isoformat(timespec="seconds"),
        core_version=attention_core.__version__,
        database=connection.vendor,
        key_mark=keys.mark(),
        has_secret_key=with_secret_key,
        migrations=sorted(migrations),
    )
    for table in tables.tables_of(tables.apps_at(migrations)):
        manifest.tables.append(_save_table(archive, table, told))
    return manifest


def _save_table(archive: ArchiveWriter, table: tables.Table, told: tables.Told) -> TableEntry:
    entry = TableEntry(table.name, table.columns, 0, "")
    digest = tables.Digest(table, told)
    told(table.name, 0)
    with archive.member(entry.member) as member:
        try:
            for row in table.rows():
                member.write(tables.line_of(row))
                digest.add(row)
        except ValueError as error:
            raise BackupFailed(f"{table.name} has a row that cannot be kept: {error}.") from error
    entry.rows, entry.sha256 = digest.rows, digest.sha256
    return entry
