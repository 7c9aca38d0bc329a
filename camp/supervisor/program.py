"""What the supervisor is told about a program it runs."""

import signal
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, kw_only=True)
class Program:
    """A program to keep running.

    Attributes:
        name: short; prefixes its lines and names its pid file.
        argv: the program and its arguments.
        environment: added to the supervisor's own.
        stop_turn: programs with a lower number are asked to stop, and have stopped, before those with a higher one.
        stop_seconds: how long it may take to stop after SIGTERM before it is killed.
        death_signal: what it gets when the supervisor itself is killed (Linux).
        unsaid: a line that contains one of these is not printed (it is kept for the last words).
        niceness: added to its priority; 0 is the usual, 19 the most patient.
        answers: whether it answers when asked; called in a thread, so it may wait. None where nobody can ask.
        ask_every: seconds between two questions. Three in a row without an answer, and it is killed as frozen.
    """

    name: str
    argv: Sequence[str]
    folder: Path
    environment: Mapping[str, str] = field(default_factory=dict)
    stop_turn: int
    stop_seconds: float = 5.0
    death_signal: int = signal.SIGKILL
    niceness: int = 0
    unsaid: Sequence[str] = ()
    answers: Callable[[], bool] | None = None
    ask_every: float = 5.0


@dataclass(frozen=True, kw_only=True)
class Stage:
    """Programs started together, once the stage before is complete.

    Attributes:
        programs: what to start.
        prepare: called first; a failure there is a `StartFailed`.
        missing: what is still awaited, in words, or "" when the stage is complete.
        patience: seconds after which the supervisor says what it waits for, and again each time they pass.
    """

    programs: Sequence[Program]
    missing: Callable[[], str]
    prepare: Callable[[], None] = lambda: None
    patience: float = 20.0


class StartFailed(Exception):
    """The camp cannot run as it is; the text says why and what to do."""
