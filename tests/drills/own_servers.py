"""A Redis and a PostgreSQL of the drills' own, in temporary folders: those of the machine are nobody's to stop."""

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import psycopg
import redis

from camp.supervisor.plan import redis as redis_program
from tests.running_camp import free_port

PATIENCE_SECONDS = 60


def _until(answers: Callable[[], object]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not answers():
        assert time.monotonic() < deadline, "the server does not answer"
        time.sleep(0.05)


class _OwnServer:
    """A server process that can be stopped and started on the same data."""

    process: subprocess.Popen[bytes]

    def __init__(self, name: str) -> None:
        # Not pytest's folder: a socket's path must be short, and PostgreSQL's user may not enter it.
        self.folder = Path(tempfile.mkdtemp(prefix=f"drill-{name}-"))

    def start(self) -> None:
        raise NotImplementedError

    def stop(self, signal_number: int = signal.SIGTERM) -> None:
        self.process.send_signal(signal_number)
        self.process.wait(PATIENCE_SECONDS)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.process.poll() is None:
            self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)


class OwnRedis(_OwnServer):
    """Valkey as the camp's supervisor starts it, on a socket."""

    def __init__(self) -> None:
        super().__init__("redis")
        self.socket = self.folder / "redis.sock"
        self.url = f"unix://{self.socket}"

    def start(self) -> None:
        argv = redis_program(self.socket, self.folder / "data").argv
        self.process = subprocess.Popen(argv, stdout=subprocess.DEVNULL)
        _until(self._answers)

    def _answers(self) -> bool:
        try:
            return bool(self.client().ping())
        except redis.RedisError:
            return False

    def client(self) -> redis.Redis:
        return redis.Redis.from_url(self.url)


def postgresql_programs() -> Path | None:
    """The folder of `initdb` and `postgres`; None where there is no server."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb")) or [
        Path(path) for path in [shutil.which("initdb")] if path
    ]
    return found[-1].parent if found else None


class OwnPostgreSQL(_OwnServer):
    """A cluster of its own; root runs it as `postgres`, since PostgreSQL refuses root."""

    def __init__(self, programs: Path) -> None:
        super().__init__("postgresql")
        self.programs = programs
        self.port = free_port()
        self.url = f"postgresql://postgres@127.0.0.1:{self.port}/postgres"
        self._user: dict[str, Any] = {}
        if os.geteuid() == 0:
            shutil.chown(self.folder, "postgres", "postgres")
            self._user = {"user": "postgres", "group": "postgres", "extra_groups": []}
        options = ["-D", self.folder / "data", "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-locale"]
        made = self._run([programs / "initdb", *options]).wait(PATIENCE_SECONDS)
        assert made == 0, f"initdb ended with exit code {made}"

    def start(self) -> None:
        options = {"listen_addresses": "127.0.0.1", "unix_socket_directories": "", "port": str(self.port)}
        words = [word for name, value in options.items() for word in ("-c", f"{name}={value}")]
        self.process = self._run([self.programs / "postgres", "-D", self.folder / "data", *words])
        _until(self._answers)

    def _run(self, argv: list[str | Path]) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            argv,
            cwd=self.folder,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            **self._user,
        )

    def _answers(self) -> bool:
        try:
            psycopg.connect(self.url, connect_timeout=5).close()
        except psycopg.OperationalError:
            return False
        return True

    def stop(self, signal_number: int = signal.SIGINT) -> None:
        """SIGINT ends the sessions and closes the cluster; SIGQUIT leaves it as a power cut would."""
        super().stop(signal_number)
