"""A whole camp as a newcomer starts it, in a folder of its own, for tests that need real processes."""

import contextlib
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType

import httpx
import redis

PROJECT = Path(__file__).resolve().parents[1]
PASSWORD = "correct-horse-battery"
_OURS, _TAKEN = "camp-tests:ours", "camp-tests:taken"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def heavy(seed: int) -> dict[str, object]:
    """A job of about half a second, so that kills find it in the middle."""
    rng = random.Random(seed)
    rows = [[rng.randint(-3, 3) for _ in range(48)] for _ in range(700)]
    params = {
        "function": "additive",
        "query": rows,
        "key": rows,
        "value": [[row[0]] for row in rows],
        "seed": seed,
    }
    return {"task": "attention", "params": params}


def _own_redis_database(url: str) -> str:
    """The address of one of Redis's databases that nobody uses, emptied.

    Camps on one database would take each other's messages. Only what was empty or is left from an earlier camp of
    these tests is taken; a camp whose tests were killed keeps its database for an hour.
    """
    server = url.rpartition("/")[0]
    for number in range(9, 16):
        with redis.Redis.from_url(f"{server}/{number}") as database:
            is_ours = database.exists(_OURS)
            if (database.dbsize() and not is_ours) or not database.set(_TAKEN, "1", nx=True, ex=3600):
                continue
            with database.pipeline(transaction=True) as all_or_nothing:
                all_or_nothing.flushdb().set(_OURS, "1").set(_TAKEN, "1", ex=3600).execute()
            return f"{server}/{number}"
    raise RuntimeError(f"expected one of the Redis databases {server}/9 to /15 to be unused, found none")


class RunningCamp:
    """`with RunningCamp(folder) as camp:` — `camp.url`, `camp.account(…)`, `camp.client(…)`, `camp.pid("worker")`.

    DATABASE_URL and REDIS_URL are those of the tests unless others are given; REDIS_URL="" is the embedded server.
    """

    def __init__(self, folder: Path, **environment: str) -> None:
        self.folder = folder
        self._tokens: dict[str, str] = {}
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.log = folder / "camp.log"
        self.environment = {
            **os.environ,
            "CAMP_DATA_DIR": str(folder / "data"),
            "CAMP_PORT": str(self.port),
            # One account asks more of it than a person would.
            "CAMP_API_CALLS_A_MINUTE": "1000000",
            "CAMP_JOBS_A_DAY": "1000000",
            "CAMP_JOBS_AT_ONCE": "100000",
            **environment,
        }
        self._database: str | None = None
        if self.environment.get("DATABASE_URL"):
            self._use_own_database(self.environment["DATABASE_URL"])
        self._shares_redis = bool(os.environ.get("REDIS_URL")) and "REDIS_URL" not in environment
        if self._shares_redis:
            self.environment["REDIS_URL"] = _own_redis_database(os.environ["REDIS_URL"])

    def _use_own_database(self, url: str) -> None:
        self._database_server = url
        self._database = f"camp_live_{uuid.uuid4().hex[:12]}"
        self._make_database()
        self.environment["DATABASE_URL"] = f"{url.rpartition('/')[0]}/{self._database}"

    def _make_database(self) -> None:
        import psycopg

        with psycopg.connect(self._database_server, autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE "{self._database}"')

    def _drop_database(self) -> None:
        import psycopg

        with psycopg.connect(self._database_server, autocommit=True) as connection:
            connection.execute(f'DROP DATABASE IF EXISTS "{self._database}" WITH (FORCE)')

    def start(self) -> None:
        self._output = self.log.open("ab")
        self.process = subprocess.Popen(
            [sys.executable, "manage.py", "camp"],
            cwd=PROJECT,
            env=self.environment,
            stdout=self._output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        deadline = time.monotonic() + 300  # a machine with much else to do takes its time
        while not self.is_ready():
            assert self.process.poll() is None, f"the camp ended:\n{self.log.read_text()}"
            assert time.monotonic() < deadline, f"the camp is not ready:\n{self.log.read_text()}"
            time.sleep(0.1)

    def stop(self) -> int:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(timeout=120)
        self._output.close()
        return code

    def kill(self) -> None:
        """`kill -9` of the supervisor, whose parts are left to find out."""
        self.process.kill()
        self.process.wait(timeout=60)
        self._output.close()

    def __enter__(self) -> "RunningCamp":
        try:
            self.start()
        except BaseException:  # what never came up must not run on beside the tests that follow
            self.stop()
            self._give_back()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
        self._give_back()

    def wipe(self) -> None:
        """All that it keeps is gone: data folder and database. It must not run."""
        shutil.rmtree(self.environment["CAMP_DATA_DIR"])
        if self._database:
            self._drop_database()
            self._make_database()

    @contextlib.contextmanager
    def borrowed(self) -> Iterator[None]:
        """Its own database and Redis, for parts that are started by hand."""
        try:
            yield
        finally:
            self._give_back()

    def _give_back(self) -> None:
        if self._shares_redis:
            with redis.Redis.from_url(self.environment["REDIS_URL"]) as database:
                database.delete(_TAKEN)
        if self._database:
            self._drop_database()

    def is_ready(self) -> bool:
        try:
            return httpx.get(f"{self.url}/readyz").status_code == 200
        except httpx.TransportError:
            return False

    def pid(self, name: str) -> int | None:
        """The part's process; None while there is none."""
        try:
            return int((Path(self.environment["CAMP_DATA_DIR"]) / "run" / f"{name}.pid").read_text())
        except (FileNotFoundError, ValueError):
            return None

    @contextlib.contextmanager
    def paused(self, name: str) -> Iterator[None]:
        """Within the block the part stands still, so that what waits for it surely waits."""
        pid = self.pid(name)
        assert pid is not None
        group = os.getpgid(pid)
        os.killpg(group, signal.SIGSTOP)
        try:
            yield
        finally:
            os.killpg(group, signal.SIGCONT)

    def manage(self, *arguments: str, **environment: str) -> str:
        return subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=PROJECT,
            env={**self.environment, **environment},
            check=True,
            capture_output=True,
            text=True,
        ).stdout

    def account(self, name: str, role: str = "learner") -> None:
        self.manage("camp_user", name, "--role", role, CAMP_PASSWORD=PASSWORD)

    def client(self, name: str | None = None) -> httpx.Client:
        """A client of the API, with a token of the account `name` (made when missing)."""
        client = httpx.Client(base_url=self.url, timeout=90)
        if name is not None:
            client.headers["Authorization"] = f"Token {self._token(client, name)}"
        return client

    def _token(self, client: httpx.Client, name: str) -> str:
        """One a name: asking for many is throttled."""
        if name not in self._tokens:
            self.account(name)
            body = {"username": name, "password": PASSWORD}
            answer = client.post("/api/v1/auth/tokens/", json=body)
            assert answer.status_code == 201, answer.text
            self._tokens[name] = answer.json()["token"]
        return self._tokens[name]
