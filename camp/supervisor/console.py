"""What the supervisor prints: its own messages and its programs' lines, each with a prefix.

Printing never holds anything up. Lines go into a bounded queue that one thread writes out; when nobody reads the
terminal (Ctrl-S, a stuck pipe) the queue fills, further lines are dropped and counted, and the programs go on.
"""

import json
import os
import queue
import threading
from datetime import UTC, datetime

_WIDTH = 9
_COLOURS = {"camp": "1", "redis": "31", "worker": "32", "training": "33", "schedule": "35", "web": "36"}
_LONGEST_LINE = 256 * 1024


class Console:
    """Lines to one file descriptor, from any thread."""

    def __init__(self, descriptor: int = 1, *, log_format: str = "text", room: int = 10_000) -> None:
        self._descriptor = descriptor
        self._json = log_format == "json"
        self._coloured = not self._json and "NO_COLOR" not in os.environ and os.isatty(descriptor)
        self._lines: queue.Queue[bytes | None] = queue.Queue(maxsize=room)
        self._dropped = 0
        self._writer = threading.Thread(target=self._write_out, name="console", daemon=True)
        self._writer.start()

    def say(self, message: str, *, level: str = "info") -> None:
        """A message of the supervisor's own."""
        if self._json:
            self._put(_as_json("camp.supervisor", message, level))
            return
        for part in message.splitlines():
            self.line("camp", part)

    def line(self, name: str, text: str) -> None:
        """A line that the program called `name` wrote. In JSON, one that is JSON already passes as it is."""
        if self._json:
            self._put(text if text.startswith("{") else _as_json(name, text, "info"))
            return
        prefix = f"{name:<{_WIDTH}}│"
        if self._coloured:
            prefix = f"\x1b[{_COLOURS.get(name, '34')}m{prefix}\x1b[0m"
        self._put(f"{prefix} {text}")

    def frame(self, lines: list[str]) -> None:
        """A few lines in a box, to be found among many."""
        if self._json:
            self.say(" ".join(lines))
            return
        width = max(map(len, lines))
        self._put("")
        self._put(f"  ┌{'─' * (width + 4)}┐")
        for text in lines:
            self._put(f"  │  {text:<{width}}  │")
        self._put(f"  └{'─' * (width + 4)}┘")
        self._put("")

    def close(self, seconds: float = 2.0) -> None:
        """Write out what waits, but do not wait for a reader who is not there."""
        try:
            self._lines.put(None, timeout=seconds)
        except queue.Full:
            return
        self._writer.join(seconds)

    def _put(self, text: str) -> None:
        try:
            self._lines.put_nowait(text.encode("utf-8", "replace") + b"\n")
        except queue.Full:
            self._dropped += 1

    def _write_out(self) -> None:
        while (line := self._lines.get()) is not None:
            if self._dropped:
                line += f"… {self._dropped} lines were not printed: nothing was reading them\n".encode()
                self._dropped = 0
            # Straight to the descriptor: a thread stuck inside sys.stdout would also stop the interpreter's exit.
            while line:
                try:
                    line = line[os.write(self._descriptor, line) :]
                except BlockingIOError:
                    threading.Event().wait(0.05)
                except OSError:
                    break  # the terminal has gone; go on emptying the queue


def _as_json(logger: str, text: str, level: str) -> str:
    now = datetime.now(UTC).isoformat().replace("+00:00", "Z")
    return json.dumps({"event": text, "logger": logger, "level": level, "timestamp": now}, ensure_ascii=False)


class LineSplitter:
    """Bytes in, whole lines of text out. A line without end is cut rather than kept for ever."""

    def __init__(self, longest: int = _LONGEST_LINE) -> None:
        self._rest = b""
        self._longest = longest

    def feed(self, chunk: bytes) -> list[str]:
        *lines, self._rest = (self._rest + chunk).split(b"\n")
        while len(self._rest) > self._longest:
            lines.append(self._rest[: self._longest])
            self._rest = self._rest[self._longest :]
        return [_text(line) for line in lines]

    def finish(self) -> list[str]:
        rest, self._rest = self._rest, b""
        return [_text(rest)] if rest else []


def _text(line: bytes) -> str:
    return line.rstrip(b"\r").decode("utf-8", "replace")
