"""One program while it runs: started in a process group of its own, listened to, restarted, stopped."""

import os
import signal
import subprocess
import threading
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress

from camp.supervisor.console import Console, LineSplitter
from camp.supervisor.deathsig import die_with_parent
from camp.supervisor.program import Program
from camp.supervisor.rundir import RunDirectory

_LINES_KEPT = 20
_FROZEN_AFTER = 3  # questions without an answer


class Backoff:
    """How long to wait before starting a program again: 0.5 s, doubling to 4 s, forgotten after 30 s of health."""

    def __init__(self, first: float = 0.5, most: float = 4.0, healthy: float = 30.0) -> None:
        self._first, self._most, self._healthy = first, most, healthy
        self._next = first

    def after(self, uptime: float) -> float:
        """Seconds to wait after a death that followed `uptime` seconds of life."""
        if uptime >= self._healthy:
            self._next = self._first
        wait, self._next = self._next, min(self._most, self._next * 2)
        return wait


class Child:
    """A program and the process that runs it at the moment, if one does.

    `start` and `attend` are for the main thread only: see deathsig.py.
    """

    def __init__(self, program: Program, run: RunDirectory, console: Console) -> None:
        self.program = program
        self.quick_deaths = 0
        self._run = run
        self._console = console
        self._backoff = Backoff()
        self._process: subprocess.Popen[bytes] | None = None
        self._listener: threading.Thread | None = None
        self._lines: deque[str] = deque(maxlen=_LINES_KEPT)
        self._started_at = 0.0
        self._start_again_at = 0.0
        self._unanswered: int | None = None
        if program.answers is not None:
            threading.Thread(target=self._ask, args=(program.answers,), daemon=True).start()

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    @property
    def last_lines(self) -> list[str]:
        if self._listener is not None:
            self._listener.join(1.0)  # a dead program's last words may still be on their way
        return list(self._lines)

    def start(self) -> None:
        program = self.program
        environment = {**os.environ, **program.environment, **self._run.marker(program.name)}
        self._process = subprocess.Popen(
            program.argv,
            cwd=program.folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            # Safe beside threads: between fork and exec it makes two system calls and takes no lock.
            preexec_fn=_tie_to_this_process(program),  # noqa: PLW1509
        )
        self._started_at = time.monotonic()
        self._unanswered = None
        self._run.write_pid(program.name, self._process.pid)
        self._listener = threading.Thread(target=self._listen, args=(self._process,), daemon=True)
        self._listener.start()

    def attend(self) -> None:
        """Start the program again if it died and its time has come; kill it if it lives and is frozen."""
        now = time.monotonic()
        if self._process is None:
            if now >= self._start_again_at:
                self._start_again()
            return
        code = self._process.poll()
        if code is None:
            self._kill_if_frozen()
            return
        self._kill_group()  # what it left behind must not work beside its successor
        uptime = now - self._started_at
        self.quick_deaths = self.quick_deaths + 1 if uptime < 10 else 0
        wait = self._backoff.after(uptime)
        self._start_again_at = now + wait
        self._process = None
        self._run.remove_pid(self.program.name)
        self._console.say(
            f"{self.program.name} {_ending(code)}; starting it again in {wait:g} s", level="warning"
        )

    def _kill_if_frozen(self) -> None:
        if self._unanswered is not None and self._unanswered >= _FROZEN_AFTER:
            self._console.say(f"{self.program.name} does not answer any more; killing it", level="warning")
            self._unanswered = None
            self._kill_group()

    def _ask(self, answers: Callable[[], bool]) -> None:
        """Questions are counted, not seconds: those in which all of this stood still say nothing."""
        while True:
            if answers():
                self._unanswered = 0
            elif self._unanswered is not None:  # else it is loading, however long that takes
                self._unanswered += 1
            time.sleep(self.program.ask_every)

    def _start_again(self) -> None:
        self._console.say(f"starting {self.program.name} again")
        try:
            self.start()
        except OSError as error:  # no memory or no process to be had just now
            wait = self._backoff.after(0)
            self._start_again_at = time.monotonic() + wait
            message = f"{self.program.name} cannot be started: {error}; trying again in {wait:g} s"
            self._console.say(message, level="error")

    def ask_to_stop(self) -> None:
        if self._process is not None and self.running:
            self._process.terminate()

    def end(self) -> None:
        """Kill whatever is left of the program and its children, and forget it."""
        if self._process is None:
            return
        self._kill_group()
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(5)
        if self._listener is not None:
            self._listener.join(0.5)
        self._process = None
        self._run.remove_pid(self.program.name)

    def _kill_group(self) -> None:
        if self._process is not None:
            with suppress(ProcessLookupError, PermissionError):  # macOS says EPERM of a group of zombies
                os.killpg(self._process.pid, signal.SIGKILL)

    def _listen(self, process: subprocess.Popen[bytes]) -> None:
        assert process.stdout is not None
        splitter = LineSplitter()
        with process.stdout as stream:
            while chunk := os.read(stream.fileno(), 65536):
                self._hear(splitter.feed(chunk))
        self._hear(splitter.finish())

    def _hear(self, lines: list[str]) -> None:
        for line in lines:
            self._lines.append(line)
            if line and not any(part in line for part in self.program.unsaid):
                self._console.line(self.program.name, line)


def _tie_to_this_process(program: Program) -> Callable[[], None]:
    parent = os.getpid()

    def in_the_child() -> None:
        die_with_parent(program.death_signal, parent)
        if program.niceness:
            os.nice(program.niceness)

    return in_the_child


def _ending(code: int) -> str:
    if code >= 0:
        return f"ended with exit code {code}"
    try:
        return f"was ended by {signal.Signals(-code).name}"
    except ValueError:
        return f"was ended by signal {-code}"
