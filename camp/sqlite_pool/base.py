"""Django's SQLite with its open connections kept for the next request; PostgreSQL has `pool` for the same.

Under ASGI a request's thread lives as long as the request, so Django opens a connection anew for each, runs its PRAGMAs
and has SQLite read the schema again: more than a millisecond, of the ten that a small request takes.
"""

import contextlib
import os
import sqlite3
import threading
from pathlib import Path
from typing import Any

from django.db.backends.sqlite3 import base

MOST_KEPT = 20


class _Kept:
    """Open connections by database file, each used by one thread at a time."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._free: dict[tuple[str, int, int], list[sqlite3.Connection]] = {}

    def take(self, file: tuple[str, int, int] | None) -> sqlite3.Connection | None:
        with self._lock:
            free = self._free.get(file) if file else None
            return free.pop() if free else None

    def give(self, file: tuple[str, int, int] | None, connection: sqlite3.Connection) -> bool:
        """Whether it was kept. A file that was put in another's place (`restore`) ends those of the old one."""
        if file is None:
            return False
        with self._lock:
            for other in [key for key in self._free if key[0] == file[0] and key != file]:
                for old in self._free.pop(other):
                    old.close()
            free = self._free.setdefault(file, [])
            if len(free) >= MOST_KEPT:
                return False
            free.append(connection)
            return True

    def forget(self) -> None:
        """In a forked child: the parent's connections must be neither used nor closed here."""
        self._free = {}
        self._lock = threading.Lock()


_kept = _Kept()
os.register_at_fork(after_in_child=_kept.forget)


class DatabaseWrapper(base.DatabaseWrapper):
    """A connection is taken from those kept, and given back instead of being closed."""

    _opened: tuple[str, int, int] | None = None

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        connection = _kept.take(_file(conn_params["database"]))
        if connection is None:
            connection = super().get_new_connection(conn_params)
        self._opened = _file(conn_params["database"])
        return connection

    def _close(self) -> None:
        connection = self.connection
        if connection is None:
            return
        # What was left in the middle of something, or had an error, is not handed to another.
        with contextlib.suppress(sqlite3.Error):
            if (
                not self.errors_occurred
                and not connection.in_transaction
                and self._opened == _file(self.settings_dict["NAME"])
                and _kept.give(self._opened, connection)
            ):
                return
        connection.close()


def _file(name: Any) -> tuple[str, int, int] | None:
    """The database's file as it is now; None for one in memory, or not yet there."""
    try:
        found = Path(name).stat()
    except (OSError, TypeError, ValueError):
        return None
    return str(name), found.st_dev, found.st_ino
