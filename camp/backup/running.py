"""What the two commands have in common: a line that says what goes on, faults in words, an end that leaves nothing half."""

import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import TextIO

from django.core.management.base import CommandError

from camp.backup.archive import BackupFailed

_EVERY_SECONDS = 0.1


class Progress:
    """One line of a terminal, written over again and again; nothing where nobody watches."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._is_watched = stream.isatty()
        self._next_at = 0.0
        self._width = 0

    def __call__(self, name: str, rows: int) -> None:
        now = time.monotonic()
        if not self._is_watched or now < self._next_at:
            return
        self._next_at = now + _EVERY_SECONDS
        self._write(f"{name}: {rows:,} rows" if rows else name)

    def end(self) -> None:
        if self._width:
            self._write("")
            self._stream.write("\r")

    def _write(self, text: str) -> None:
        self._stream.write(f"\r{text:<{self._width}}")
        self._stream.flush()
        self._width = len(text)


@contextmanager
def told() -> Iterator[Progress]:
    """Faults become `CommandError`; SIGTERM and SIGHUP end the command as Ctrl-C does, through all that tidies up."""
    progress = Progress(sys.stderr)
    # Whoever started it under nohup wants no SIGHUP.
    heeded = [
        number for number in (signal.SIGTERM, signal.SIGHUP) if signal.getsignal(number) != signal.SIG_IGN
    ]
    before = {number: signal.signal(number, _stop) for number in heeded}
    try:
        yield progress
    except BackupFailed as error:
        raise CommandError(str(error)) from error
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        progress.end()


@contextmanager
def undisturbed() -> Iterator[None]:
    """Within the block Ctrl-C, SIGTERM and SIGHUP wait."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM, signal.SIGHUP})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _stop(number: int, frame: FrameType | None) -> None:
    sys.exit(128 + number)
