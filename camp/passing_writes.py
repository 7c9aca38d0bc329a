"""Writes that a page can do without: what is being read is shown, whether or not the database takes a note of it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import structlog
from django.db import InternalError, OperationalError, connection, transaction

log = structlog.get_logger("camp.request")
WAIT_MS = 250  # for a writer who is at it; somebody is waiting to read


def passing_write(what: str, write: Callable[[], object]) -> None:
    """Write, if the database is free within a moment; else note in the log that it was not, and go on."""
    try:
        with _short_wait(), transaction.atomic():
            if connection.vendor == "postgresql":
                with connection.cursor() as cursor:
                    cursor.execute(f"SET LOCAL lock_timeout = {WAIT_MS}")
            write()
    except (OperationalError, InternalError) as error:  # locked, full, or read-only
        log.warning("write_passed_over", what=what, error=f"{type(error).__name__}: {error}")


@contextmanager
def _short_wait() -> Iterator[None]:
    """SQLite waits as long as its connection says, from the first statement of a transaction on."""
    if connection.vendor != "sqlite":
        yield
        return
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA busy_timeout")
        usual = int(cursor.fetchone()[0])
        cursor.execute(f"PRAGMA busy_timeout = {WAIT_MS}")
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute(f"PRAGMA busy_timeout = {usual}")
