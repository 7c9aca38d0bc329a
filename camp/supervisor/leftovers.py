"""Ends what a supervisor that was killed could not end itself.

On Linux its programs die with it (deathsig.py) and this only waits for the last of them. Elsewhere they live on,
and this finds them. Only a process that carries our mark for this very run folder is touched: a number in a pid
file may by now belong to somebody else's process.
"""

import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

from camp.supervisor.rundir import MARKER, RunDirectory

_SECONDS_TO_STOP = 5.0


def end_leftovers(run: RunDirectory) -> list[str]:
    """End the processes of an earlier supervisor on this run folder; their names. Call it holding the lock."""
    found = _find(run)
    for pid, name in found.items():
        # Redis removes its socket and closes its log; the others are worth no wait: their jobs run again.
        _send(pid, signal.SIGTERM if name == "redis" else signal.SIGKILL)
    end = time.monotonic() + _SECONDS_TO_STOP
    while any(_mark(pid) for pid in found) and time.monotonic() < end:
        time.sleep(0.02)
    for pid in found:
        if _mark(pid):
            _send(pid, signal.SIGKILL)
    for name in run.names_with_pid():
        if name != "camp":
            run.remove_pid(name)
    return sorted(set(found.values()))


def _find(run: RunDirectory) -> dict[int, str]:
    if sys.platform == "linux":
        pids = [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdecimal()]
    else:
        pids = [pid for name in run.names_with_pid() if (pid := run.read_pid(name)) is not None]
    ours = {}
    for pid in set(pids) - {os.getpid(), os.getppid()}:
        name, _, folder = _mark(pid).partition(":")
        if folder == str(run.path):
            ours[pid] = name
    return ours


def _mark(pid: int) -> str:
    """What `RunDirectory.marker` put into the process's environment, or "" for a stranger or no process at all."""
    if sys.platform == "linux":
        try:
            entries = Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
        except OSError:
            return ""
    else:
        shown = subprocess.run(
            ["ps", "-E", "-ww", "-o", "command=", "-p", str(pid)], capture_output=True, check=False
        )
        entries = shown.stdout.split()
    start = f"{MARKER}=".encode()
    return next((os.fsdecode(entry[len(start) :]) for entry in entries if entry.startswith(start)), "")


def _send(pid: int, number: int) -> None:
    with suppress(ProcessLookupError, PermissionError):
        if os.getpgid(pid) == pid:  # the leader of a group of ours: its children with it
            os.killpg(pid, number)
        else:
            os.kill(pid, number)
