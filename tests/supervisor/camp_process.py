"""fake_camp.py in a process of its own, and what the tests ask about it."""

import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

PATIENCE = 30.0  # for a machine that is busy; nothing here measures time


def eventually(condition: Callable[[], Any]) -> Any:
    """The condition's value once it is true."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        if value := condition():
            return value
        time.sleep(0.02)
    raise AssertionError("it never came true")


def alive(pid: int) -> bool:
    """Whether the process runs; a zombie that nobody has collected does not."""
    shown = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True, check=False)
    return shown.stdout.strip() not in ("",) and not shown.stdout.startswith("Z")


class FakeCamp:
    """fake_camp.py in a process of its own."""

    def __init__(self, folder: Path, *options: str) -> None:
        self.folder = folder
        script = Path(__file__).with_name("fake_camp.py")
        self.process = subprocess.Popen(
            [sys.executable, str(script), str(folder), *options],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        self._output: list[bytes] = []
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        self._output.extend(iter(self.process.stdout.readline, b""))

    @property
    def output(self) -> str:
        return b"".join(self._output).decode()

    @property
    def events(self) -> list[list[str]]:
        path = self.folder / "events"
        return [line.split() for line in path.read_text().splitlines()] if path.exists() else []

    def pids(self, name: str, event: str = "starts") -> list[int]:
        return [int(pid) for who, what, pid in self.events if (who, what) == (name, event)]

    def every_pid(self) -> set[int]:
        return {int(pid) for _, _, pid in self.events}

    def wait_ready(self) -> None:
        eventually(lambda: "READY" in self.output or self.process.poll() is not None)
        assert self.process.poll() is None, self.output

    def send(self, number: int) -> None:
        self.process.send_signal(number)

    def ended(self) -> int:
        code = self.process.wait(PATIENCE)
        self._reader.join(PATIENCE)
        return code
