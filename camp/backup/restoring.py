"""A restore: the archive is checked from end to end, then one transaction makes the database what it was, or nothing.

The tables are taken away and made anew by the very migrations that the archive's rows were written under, so that an
older archive fits; the newer migrations follow, over the rows. Both databases do this within a transaction.
"""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from django.conf import settings
from django.contrib.contenttypes.models import ContentType
from django.core.management import call_command
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.db.migrations.executor import MigrationExecutor

from camp.backup import keys, media, running, tables
from camp.backup.archive import ArchiveReader, BackupFailed, Manifest, TableEntry
from camp.supervisor.program import StartFailed
from camp.supervisor.rundir import RunDirectory

_PATIENCE = "10s"


@dataclass
class Restored:
    """`migrated` are the migrations that the archive did not have; `key_fits`: what its key sealed can be opened."""

    manifest: Manifest
    key_fits: bool = False
    key_placed: bool = False
    migrated: list[str] = field(default_factory=list)


def backup_restore(path: Path, *, replace: bool, told: tables.Told) -> Restored:
    """Raises `BackupFailed`; then nothing has changed."""
    try:
        with _nobody_else(), ArchiveReader(path.absolute()) as archive:
            _require_consent(replace=replace)
            _check(archive, told)
            with media.StagedFolder(archive) as files:
                return _put(archive, files, told)
    except DatabaseError as error:
        raise BackupFailed(f"The database refused, and is as it was: {str(error).strip()}.") from error


@contextmanager
def _nobody_else() -> Iterator[None]:
    """No camp runs on this data folder or this database, and none starts meanwhile."""
    run = RunDirectory(settings.CAMP_RUN_DIR)
    try:
        run.claim("manage.py restore")
    except StartFailed as error:
        raise BackupFailed(str(error)) from error
    try:
        if others := _others_connected():
            raise BackupFailed(
                f"Another program of the camp is connected to the database ({others} in all). Stop them first."
            )
        yield
    finally:
        run.release()


def _others_connected() -> int:
    """Parts that run apart, in containers say, hold no lock in our folder; PostgreSQL knows them by their name."""
    if connection.vendor != "postgresql":
        return 0
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() "
            "AND application_name = current_setting('application_name') AND application_name <> ''"
        )
        return int(cursor.fetchone()[0])


def _require_consent(*, replace: bool) -> None:
    there = tables.applied_migrations()
    if unknown := tables.unknown_migrations(there):
        raise BackupFailed(
            f"The database belongs to another version of the camp, with {', '.join(unknown)}. "
            "Restore with that version, or into an empty database."
        )
    if replace:
        return
    if there and tables.has_people(tables.apps_at(there)):
        raise BackupFailed("The database has people already. With --replace they go, and all their work.")
    if media.has_files():
        raise BackupFailed("The media folder has files already. With --replace they go.")


def _check(archive: ArchiveReader, told: tables.Told) -> None:
    """Everything in the archive but the media files, which are compared where they are unpacked."""
    manifest = archive.manifest
    if unknown := tables.unknown_migrations(set(manifest.migrations)):
        raise BackupFailed(
            f"{archive.path} comes from a newer camp, with {', '.join(unknown)}. Restore it with that version."
        )
    expected = {table.name: table for table in tables.tables_of(tables.apps_at(set(manifest.migrations)))}
    if sorted(expected) != sorted(entry.name for entry in manifest.tables):
        odd = sorted(set(expected) ^ {entry.name for entry in manifest.tables}) or ["one name twice"]
        raise BackupFailed(f"{archive.path} has other tables than its migrations make: {', '.join(odd[:5])}.")
    for entry in manifest.tables:
        table = expected[entry.name]
        if entry.columns != table.columns:
            raise BackupFailed(f"{archive.path} has other columns of {entry.name} than its migrations make.")
        _check_rows(archive, entry, table, told)
    if manifest.has_secret_key and not archive.secret_key().strip().isprintable():
        raise BackupFailed(f"{archive.path} is damaged: its secret key is none.")


def _check_rows(archive: ArchiveReader, entry: TableEntry, table: tables.Table, told: tables.Told) -> None:
    digest = tables.Digest(table, lambda name, rows: told(f"checking {name}", rows))
    for _, row in archive.rows(entry):
        try:
            table.read(row)
            digest.add(row)
        except (ValueError, RecursionError) as error:
            raise BackupFailed(
                f"{archive.path}: row {digest.rows + 1} of {entry.name} cannot be read: {error}."
            ) from error
    _compare(entry, digest, f"{archive.path} is damaged")


def _compare(entry: TableEntry, digest: tables.Digest, fault: str) -> None:
    if digest.rows != entry.rows:
        raise BackupFailed(f"{fault}: {entry.name} has {digest.rows} rows, the manifest says {entry.rows}.")
    if digest.sha256 != entry.sha256:
        raise BackupFailed(f"{fault}: the rows of {entry.name} are not what the manifest's SHA-256 says.")


def _put(archive: ArchiveReader, files: media.StagedFolder, told: tables.Told) -> Restored:
    restored = Restored(archive.manifest)
    with ExitStack() as held, ExitStack() as undo:
        with _one_transaction():
            state = _make_tables(set(archive.manifest.migrations))
            _load(archive, state, told)
            restored.migrated = _migrate_on(set(archive.manifest.migrations))
            # Last, so that hardly anything is left that could fail once they are in place; and from here to the end
            # of the commit nobody's Ctrl-C comes between.
            held.enter_context(running.undisturbed())
            undo.callback(files.put_back)
            files.place()
            key = _place_key(archive, undo)
        undo.pop_all()
        if key is not None:
            key.forget_the_one_before()
    restored.key_placed = key is not None
    restored.key_fits = restored.key_placed or archive.manifest.key_mark == keys.mark()
    return restored


@contextmanager
def _one_transaction() -> Iterator[None]:
    """With references unchecked until the end; SQLite can be told so only before it begins."""
    connection.disable_constraint_checking()
    try:
        with transaction.atomic(durable=True):
            if connection.vendor == "postgresql":
                with connection.cursor() as cursor:
                    cursor.execute(f"SET LOCAL lock_timeout = '{_PATIENCE}'")
            yield
    finally:
        connection.enable_constraint_checking()
        ContentType.objects.clear_cache()


def _make_tables(migrations: tables.Migrations) -> list[tables.Table]:
    """The database's tables go; those of the archive's migrations come, and are empty."""
    there = tables.applied_migrations()
    tables.drop(tables.tables_of(tables.apps_at(there)) if there else [])
    executor = MigrationExecutor(connection)
    executor.migrate(sorted(tables.last_of_each_app(migrations)))
    if (made := tables.applied_migrations()) != migrations:
        odd = ", ".join(f"{app}.{name}" for app, name in sorted(made ^ migrations))
        raise BackupFailed(f"The database cannot be brought to the state of the backup; it differs in {odd}.")
    found = tables.tables_of(tables.apps_at(migrations))
    for table in found:
        table.empty()  # of what a migration may have put there
    connection.check_constraints()  # PostgreSQL: migrations left references checked at once; they wait from here on
    return found


def _load(archive: ArchiveReader, found: list[tables.Table], told: tables.Told) -> None:
    entries = {entry.name: entry for entry in archive.manifest.tables}
    for table in found:
        told(f"loading {table.name}", 0)
        try:
            table.insert(archive.rows(entries[table.name]))
        except ValueError as error:  # a text with a NUL, say, that PostgreSQL's driver does not send
            raise BackupFailed(f"{table.name} cannot take a row: {error}.") from error
    try:
        connection.check_constraints()
    except IntegrityError as error:
        raise BackupFailed(f"{archive.path} has rows that refer to rows it lacks: {error}.") from error
    tables.count_on_from_what_is_there(found)
    for table in found:
        digest = tables.Digest(table, lambda name, rows: told(f"reading back {name}", rows))
        for row in table.rows():
            digest.add(row)
        _compare(entries[table.name], digest, "The database does not give back what was written")


def _migrate_on(migrations: tables.Migrations) -> list[str]:
    """To this camp's own state. Django's command, for the permissions that come with new tables."""
    ContentType.objects.clear_cache()
    call_command("migrate", verbosity=0, interactive=False)
    return [f"{app}.{name}" for app, name in sorted(tables.applied_migrations() - migrations)]


def _place_key(archive: ArchiveReader, undo: ExitStack) -> keys.PlacedKey | None:
    """The archive's key, the camp's from its next start; None where CAMP_SECRET_KEY is given, which stays the key."""
    if not archive.manifest.has_secret_key or keys.is_given():
        return None
    key = keys.PlacedKey(archive.secret_key())
    undo.callback(key.put_back)
    key.place()
    return key
