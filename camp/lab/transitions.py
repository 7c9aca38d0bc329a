"""Which state a job may go to from which, held by the database itself.

A trigger, for a check constraint sees the new row only. Whoever changes a row from an old state, by whatever code or by
hand, gets an IntegrityError: an ended job never comes back to life.
"""

from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper

from camp.lab.models import Job, Status

ALLOWED: dict[Status, tuple[Status, ...]] = {
    # Failed without a start: it waited past its deadline.
    Status.QUEUED: (Status.RUNNING, Status.CANCELLED, Status.FAILED),
    # Back to the queue: its worker was lost, or was asked to stop.
    Status.RUNNING: (Status.QUEUED, Status.SUCCEEDED, Status.FAILED, Status.CANCELLED),
    Status.SUCCEEDED: (),
    Status.FAILED: (),
    Status.CANCELLED: (),
}

_NAME = "job_transition"
_TABLE = Job._meta.db_table


def guard(connection: BaseDatabaseWrapper) -> None:
    """Put the trigger in place, anew: SQLite loses it whenever a migration makes the table again.

    Raises:
        NotImplementedError: for another database than SQLite and PostgreSQL.
    """
    if connection.vendor not in _STATEMENTS:
        raise NotImplementedError(f"expected SQLite or PostgreSQL, got {connection.vendor}")
    with connection.cursor() as cursor:
        for statement in _STATEMENTS[connection.vendor]:
            cursor.execute(statement)


def after_migrate(**kwargs: Any) -> None:
    from django.db import connections

    connection = connections[kwargs["using"]]
    # Migrated back to before there were jobs, there is nothing to guard.
    if _TABLE in connection.introspection.table_names():
        guard(connection)


def _forbidden() -> str:
    """An SQL condition that holds for a change that is not in the table."""
    ways = []
    for before, afters in ALLOWED.items():
        if afters:
            names = ", ".join(f"'{after}'" for after in afters)
            ways.append(f"(OLD.status = '{before}' AND NEW.status IN ({names}))")
    return f"OLD.status <> NEW.status AND NOT ({' OR '.join(ways)})"


_STATEMENTS = {
    "sqlite": [
        f"DROP TRIGGER IF EXISTS {_NAME}",
        f"CREATE TRIGGER {_NAME} BEFORE UPDATE OF status ON {_TABLE} FOR EACH ROW WHEN {_forbidden()}"
        f" BEGIN SELECT RAISE(ABORT, '{_NAME}'); END",
    ],
    "postgresql": [
        f"CREATE OR REPLACE FUNCTION {_NAME}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
        f" RAISE EXCEPTION '{_NAME}: % to %', OLD.status, NEW.status USING ERRCODE = 'check_violation';"
        " END $$",
        # One statement, and no lock that readers wait for.
        f"CREATE OR REPLACE TRIGGER {_NAME} BEFORE UPDATE OF status ON {_TABLE} FOR EACH ROW WHEN ({_forbidden()})"
        f" EXECUTE FUNCTION {_NAME}()",
    ],
}
