"""The database's tables as some set of migrations left them, read and written row by row, and hashed.

Models as the migrations describe them, not the code's own: so a database that is older than the code is backed up
before it is migrated, and an older archive is read.
"""

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from django.apps.registry import Apps
from django.conf import settings
from django.core.management.color import no_style
from django.db import connection, models
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder

from camp.backup.columns import BINARY, DOCUMENT, TEXT, kind_of

Migrations = set[tuple[str, str]]
Told = Callable[[str, int], None]  # a table's name and how many of its rows are done
_TOLD_EVERY = 1_000
_WRITTEN_AT_ONCE = 500  # rows,
_BYTES_AT_ONCE = 4 * 2**20  # and no more than that, unless one row has more


class Table:
    """One table: its columns in order, each with its kind."""

    def __init__(self, model: type[models.Model]) -> None:
        self.model = model
        self.name = model._meta.db_table
        fields = [field for field in model._meta.local_concrete_fields if field.column]
        self.columns = [str(field.column) for field in fields]
        self.kinds = [kind_of(field) for field in fields]
        self._key = model._meta.pk.column
        self._compared = [
            (place, kind) for place, kind in enumerate(self.kinds) if not kind.is_compared_as_it_is
        ]

    @property
    def _read_at_once(self) -> int:
        """Rows held in memory while reading: few where one may be large."""
        if BINARY in self.kinds:
            return 1
        unbounded = any(
            kind is DOCUMENT or (kind is TEXT and field.max_length is None)
            for kind, field in zip(self.kinds, self.model._meta.local_concrete_fields, strict=True)
        )
        return 20 if unbounded else 1_000

    def rows(self) -> Iterator[list[Any]]:
        """All rows as the archive has them, by primary key. PostgreSQL gives them piece by piece in a transaction only."""
        postgresql = connection.vendor == "postgresql"
        quote = connection.ops.quote_name
        wanted = ", ".join(
            kind.selected(quote(column), postgresql=postgresql)
            for column, kind in zip(self.columns, self.kinds, strict=True)
        )
        order = quote(str(self._key))
        if postgresql and self.kinds[self.columns.index(str(self._key))] is TEXT:
            order += ' COLLATE "C"'  # by code points, as SQLite sorts
        with connection.chunked_cursor() as cursor:
            cursor.execute(f"SELECT {wanted} FROM {quote(self.name)} ORDER BY {order}")  # noqa: S608
            while rows := cursor.fetchmany(self._read_at_once):
                for row in rows:
                    yield [
                        None if value is None else kind.written(value)
                        for value, kind in zip(row, self.kinds, strict=True)
                    ]

    def read(self, row: Any) -> list[Any]:
        """A row of an archive as parameters of an INSERT. Raises ValueError for what is no row of this table."""
        postgresql = connection.vendor == "postgresql"
        if not isinstance(row, list) or len(row) != len(self.columns):
            raise ValueError(f"expected a list of {len(self.columns)} values")
        read = []
        for value, kind, column in zip(row, self.kinds, self.columns, strict=True):
            try:
                read.append(None if value is None else kind.read(value, postgresql=postgresql))
            except ValueError as error:
                raise ValueError(f"{column}: {error}") from error
        return read

    def insert(self, lines: Iterable[tuple[int, list[Any]]]) -> None:
        """Write rows; each comes with how many bytes it has, roughly."""
        postgresql = connection.vendor == "postgresql"
        quote = connection.ops.quote_name
        columns = ", ".join(map(quote, self.columns))
        values = ", ".join(kind.placeholder(postgresql=postgresql) for kind in self.kinds)
        statement = f"INSERT INTO {quote(self.name)} ({columns}) VALUES ({values})"  # noqa: S608
        with connection.cursor() as cursor:
            waiting: list[list[Any]] = []
            size = 0
            for length, row in lines:
                waiting.append(self.read(row))
                size += length
                if len(waiting) >= _WRITTEN_AT_ONCE or size >= _BYTES_AT_ONCE:
                    cursor.executemany(statement, waiting)
                    waiting, size = [], 0
            if waiting:
                cursor.executemany(statement, waiting)

    def empty(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute(f"DELETE FROM {connection.ops.quote_name(self.name)}")  # noqa: S608

    def compared(self, row: list[Any]) -> list[Any]:
        """The row as its hash is taken."""
        row = list(row)
        for place, kind in self._compared:
            if row[place] is not None:
                row[place] = kind.compared(row[place])
        return row


class Digest:
    """Counts the rows of one table and hashes them, as lines of JSON."""

    def __init__(self, table: Table, told: Told) -> None:
        self.rows = 0
        self._hash = hashlib.sha256()
        self._table = table
        self._told = told

    def add(self, row: list[Any]) -> None:
        self._hash.update(line_of(self._table.compared(row)))
        self.rows += 1
        if self.rows % _TOLD_EVERY == 0:
            self._told(self._table.name, self.rows)

    @property
    def sha256(self) -> str:
        return self._hash.hexdigest()


def line_of(row: list[Any]) -> bytes:
    text = json.dumps(row, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return text.encode() + b"\n"


def applied_migrations() -> Migrations:
    """Those that the database says it has."""
    return set(MigrationRecorder(connection).applied_migrations())


def unknown_migrations(migrations: Migrations) -> list[str]:
    """Those that this code does not have, in words."""
    known = MigrationLoader(None).disk_migrations
    return sorted(f"{app}.{name}" for app, name in migrations if (app, name) not in known)


def apps_at(migrations: Migrations) -> Apps:
    """The models as these migrations leave them."""
    loader = MigrationLoader(None)
    nodes = [node for node in sorted(migrations) if node in loader.graph.nodes]
    return loader.project_state(nodes).apps


def last_of_each_app(migrations: Migrations) -> Migrations:
    """Where to migrate to, so that these and no others are applied."""
    graph = MigrationLoader(None).graph
    return {
        node
        for node in migrations
        if node in graph.nodes
        and not any(
            child.key[0] == node[0] and child.key in migrations for child in graph.node_map[node].children
        )
    }


def tables_of(apps: Apps) -> list[Table]:
    """All tables but the list of migrations, which each database keeps for itself."""
    found = [model for model in apps.get_models(include_auto_created=True) if _has_table(model)]
    return sorted((Table(model) for model in found), key=lambda table: table.name)


def _has_table(model: type[models.Model]) -> bool:
    return model._meta.managed and not model._meta.proxy


def has_people(apps: Apps) -> bool:
    """Guests too: each is somebody's work."""
    user = apps.get_model(settings.AUTH_USER_MODEL)
    return user._base_manager.exists()


def drop(tables: list[Table]) -> None:
    """Take the tables away, with the list of migrations; what others may have put beside them stays."""
    quote = connection.ops.quote_name
    there = set(connection.introspection.table_names())
    names = [table.name for table in tables] + [MigrationRecorder.Migration._meta.db_table]
    doomed = [quote(name) for name in names if name in there]
    with connection.cursor() as cursor:
        if doomed and connection.vendor == "postgresql":
            cursor.execute(f"DROP TABLE {', '.join(doomed)}")  # at once: they refer to each other
        elif doomed:
            for name in doomed:
                cursor.execute(f"DROP TABLE {name}")


def count_on_from_what_is_there(tables: list[Table]) -> None:
    """PostgreSQL's sequences, which rows that bring their numbers do not move."""
    statements = connection.ops.sequence_reset_sql(no_style(), [table.model for table in tables])
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
