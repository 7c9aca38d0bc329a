"""Starts stages of programs, keeps them running, stops them in order."""

import os
import select
import signal
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import groupby
from types import FrameType

from camp.supervisor.child import Child
from camp.supervisor.console import Console
from camp.supervisor.program import Stage, StartFailed
from camp.supervisor.rundir import RunDirectory

_STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
# `make` passes on a signal that the terminal has sent to the whole group already: the same wish, heard twice.
_SAME_WISH = 0.5
_DEATHS_AT_START = 5


class StopRequested(BaseException):
    """Somebody wants the camp to stop. Not an Exception: nothing between here and `run` may take it for a fault."""


class Supervisor:
    """Runs the stages in order, then waits; all of it in the main thread, from which children must be made."""

    def __init__(
        self, stages: Sequence[Stage], run: RunDirectory, console: Console, ready: Sequence[str]
    ) -> None:
        """`ready`: the lines shown once the last stage is complete."""
        self._stages = stages
        self._run = run
        self._console = console
        self._ready = list(ready)
        self._children: list[Child] = []
        self._wish_at = 0.0
        self._hurry = False
        self._preparing = False

    def run(self) -> int:
        """Until somebody asks to stop; the exit code."""
        with self._signals():
            try:
                for stage in self._stages:
                    self._begin(stage)
                self._console.frame(self._ready)
                while True:
                    self._attend(0.5)
            except StopRequested:
                return 0
            except StartFailed as error:
                self._console.say(str(error), level="error")
                return 1
            finally:
                self._stop()

    def _begin(self, stage: Stage) -> None:
        self._prepare(stage)
        children = [Child(program, self._run, self._console) for program in stage.programs]
        self._children += children
        self._console.say("starting " + ", ".join(program.name for program in stage.programs))
        for child in children:
            try:
                child.start()
            except OSError as error:
                raise StartFailed(f"{child.program.name} cannot be started: {error}") from error
        speak_at = time.monotonic() + stage.patience
        while missing := stage.missing():
            if time.monotonic() >= speak_at:
                self._console.say(f"still waiting for {missing}", level="warning")
                speak_at += stage.patience
            self._attend(0.05)
            for child in self._children:
                if child.quick_deaths >= _DEATHS_AT_START:
                    raise StartFailed(_gave_up(child))

    def _prepare(self, stage: Stage) -> None:
        self._preparing = True
        try:
            self._check_wish()
            stage.prepare()
        finally:
            self._preparing = False

    def _attend(self, seconds: float) -> None:
        """Look after the children, then sleep until a signal comes or the time has passed."""
        self._check_wish()
        for child in self._children:
            child.attend()
        self._sleep(seconds)

    def _check_wish(self) -> None:
        if self._wish_at:
            raise StopRequested

    def _stop(self) -> None:
        if any(child.running for child in self._children):
            self._console.say("stopping; press Ctrl-C again to kill everything at once")

        def turn(child: Child) -> int:
            return child.program.stop_turn

        for _, group in groupby(sorted(self._children, key=turn), key=turn):
            children = list(group)
            for child in children:
                child.ask_to_stop()
            asked_at = time.monotonic()
            while not self._hurry and (waiting := [child for child in children if child.running]):
                elapsed = time.monotonic() - asked_at
                if all(elapsed >= child.program.stop_seconds for child in waiting):
                    break
                self._sleep(0.1)
            for child in children:
                if child.running:
                    self._console.say(f"{child.program.name} did not stop; killing it", level="warning")
                child.end()
        if self._children:
            self._console.say("stopped")

    def _sleep(self, seconds: float) -> None:
        readable, _, _ = select.select([self._woken], [], [], seconds)
        if readable:
            os.read(self._woken, 4096)

    @contextmanager
    def _signals(self) -> Iterator[None]:
        """While inside, signals wake `_sleep`, and those that mean "stop" are noted."""
        self._woken, waker = os.pipe()
        os.set_blocking(waker, False)
        old_waker = signal.set_wakeup_fd(waker, warn_on_full_buffer=False)
        old_handlers = {
            number: signal.signal(number, self._note_wish)
            for number in _STOP_SIGNALS
            if (number, signal.getsignal(number)) != (signal.SIGHUP, signal.SIG_IGN)  # nohup means "stay"
        }
        old_handlers[signal.SIGCHLD] = signal.signal(signal.SIGCHLD, lambda number, frame: None)
        try:
            yield
        finally:
            signal.set_wakeup_fd(old_waker)
            for number, handler in old_handlers.items():
                signal.signal(number, handler)
            os.close(self._woken)
            os.close(waker)

    def _note_wish(self, number: int, frame: FrameType | None) -> None:
        now = time.monotonic()
        if not self._wish_at:
            self._wish_at = now
        elif now - self._wish_at >= _SAME_WISH:
            self._hurry = True
        if self._preparing:  # inside somebody else's code, which would not look at the note
            self._preparing = False
            raise StopRequested


def _gave_up(child: Child) -> str:
    lines = "\n".join(f"    {line}" for line in child.last_lines)
    return f"{child.program.name} died {child.quick_deaths} times while starting; giving up. Its last lines:\n{lines}"
