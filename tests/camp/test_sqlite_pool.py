"""The web process's SQLite connections go from request to request, and never in a state that another could notice."""

import sqlite3
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from camp.sqlite_pool import base

Open = Callable[[], base.DatabaseWrapper]


@pytest.fixture
def opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, django_db_blocker: Any) -> Iterator[Open]:
    """Makes wrappers of one database file of the test's own, with a pool of its own."""
    monkeypatch.setattr(base, "_kept", base._Kept())
    monkeypatch.setenv(
        "DJANGO_ALLOW_ASYNC_UNSAFE", "1"
    )  # after a browser's tests their event loop is still there
    made: list[base.DatabaseWrapper] = []

    def make() -> base.DatabaseWrapper:
        settings: dict[str, Any] = {
            "ENGINE": "camp.sqlite_pool", "NAME": str(tmp_path / "db.sqlite3"), "OPTIONS": {},
            "TIME_ZONE": None, "CONN_MAX_AGE": 0, "CONN_HEALTH_CHECKS": False, "AUTOCOMMIT": True,
            "ATOMIC_REQUESTS": False, "TEST": {}, "USER": "", "PASSWORD": "", "HOST": "", "PORT": "",
        }  # fmt: skip
        wrapper = base.DatabaseWrapper(settings)
        if threading.current_thread() is threading.main_thread():
            made.append(wrapper)
        return wrapper

    with django_db_blocker.unblock():
        first = make()
        with first.cursor() as cursor:
            cursor.execute("CREATE TABLE word (text TEXT)")
        first.close()
        yield make
        for wrapper in made:
            wrapper.close()


def under(wrapper: base.DatabaseWrapper) -> sqlite3.Connection:
    wrapper.ensure_connection()
    found = wrapper.connection
    assert found is not None
    return found


def test_the_next_request_in_another_thread_gets_the_same_connection(opened: Open) -> None:
    first = opened()
    before = under(first)
    first.close()
    seen: list[sqlite3.Connection] = []

    def request() -> None:
        wrapper = opened()
        seen.append(under(wrapper))
        with wrapper.cursor() as cursor:
            cursor.execute("INSERT INTO word VALUES ('query')")
        wrapper.close()

    thread = threading.Thread(target=request)
    thread.start()
    thread.join()
    assert seen == [before]


def test_two_at_the_same_time_never_share_one(opened: Open) -> None:
    one, two = opened(), opened()
    assert under(one) is not under(two)


def test_one_left_in_a_transaction_is_closed_and_its_change_taken_back(opened: Open) -> None:
    wrapper = opened()
    connection = under(wrapper)
    connection.execute("BEGIN")
    connection.execute("INSERT INTO word VALUES ('half')")
    wrapper.close()
    after = opened()
    assert under(after) is not connection
    with after.cursor() as cursor:
        assert cursor.execute("SELECT count(*) FROM word").fetchone() == (0,)


def test_a_file_put_in_the_others_place_is_opened_anew(opened: Open, tmp_path: Path) -> None:
    wrapper = opened()
    old = under(wrapper)
    wrapper.close()
    other = sqlite3.connect(tmp_path / "other.sqlite3")
    other.execute("CREATE TABLE restored (text TEXT)")
    other.close()
    (tmp_path / "other.sqlite3").replace(tmp_path / "db.sqlite3")
    after = opened()
    assert under(after) is not old
    with after.cursor() as cursor:
        assert cursor.execute("SELECT count(*) FROM restored").fetchone() == (0,)


def test_no_more_are_kept_than_the_pool_holds(opened: Open) -> None:
    wrappers = [opened() for _ in range(base.MOST_KEPT + 3)]
    connections = [under(wrapper) for wrapper in wrappers]
    for wrapper in wrappers:
        wrapper.close()
    closed = 0
    for connection in connections:
        try:
            connection.execute("SELECT 1")
        except sqlite3.ProgrammingError:
            closed += 1
    assert closed == 3
