"""What drills look at beside the API: rows, messages, processes. They are read here, never written."""

import os
import sqlite3
from pathlib import Path
from typing import Any

import redis

from tests.running_camp import RunningCamp


def rows(camp: RunningCamp, query: str) -> list[tuple[Any, ...]]:
    """What the camp's database answers, read past the camp."""
    url = camp.environment.get("DATABASE_URL")
    if url:
        import psycopg

        with psycopg.connect(url) as connection:
            return connection.execute(query).fetchall()
    path = Path(camp.environment["CAMP_DATA_DIR"]) / "camp.sqlite3"
    reader = sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=30)
    try:
        return reader.execute(query).fetchall()
    finally:
        reader.close()


def redis_of(camp: RunningCamp) -> redis.Redis:
    """A client of the camp's Redis, whichever it is."""
    url = camp.environment.get("REDIS_URL")
    if not url:
        url = f"unix://{(Path(camp.environment['CAMP_DATA_DIR']) / 'run' / 'redis.sock').resolve()}"
    return redis.Redis.from_url(url)


def processes_of(camp: RunningCamp) -> set[int]:
    """Every process that carries the mark of the camp's run folder, children of workers too (Linux)."""
    folder = (Path(camp.environment["CAMP_DATA_DIR"]) / "run").resolve()
    found = set()
    for entry in Path("/proc").iterdir():
        if not entry.name.isdecimal() or int(entry.name) == os.getpid():
            continue
        try:
            marked = f":{folder}\0".encode() in (entry / "environ").read_bytes() + b"\0"
        except OSError:  # it has just ended, or is another user's
            continue
        if marked:
            found.add(int(entry.name))
    return found
