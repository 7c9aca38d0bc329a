"""Peak memory of one case in a process of its own: `python -m bench.memory PEER CASE` prints MiB.

Linux only: the peak is the kernel's own (VmHWM), set back before the call.
"""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

from bench.cases import Case, case_named
from bench.peers import PEERS

WARM_UP = 64


def peak(peer: str, case: Case) -> float | None:
    """Return how much more memory the process had at its peak than before, in MiB; None if the peer cannot.

    Raises:
        subprocess.CalledProcessError: the process failed.
    """
    command = [sys.executable, "-m", "bench.memory", peer, case.name]
    answer = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
    return None if answer[-1] == "none" else float(answer[-1])


def measure(peer: str, case: Case) -> float | None:
    """Return the same of this process. The inputs are there before; a small case has loaded what is loaded once."""
    small = PEERS[peer](replace(case, n=WARM_UP))
    run = PEERS[peer](case)
    if run is None or small is None:
        return None
    small()
    before = _status("VmRSS")
    Path("/proc/self/clear_refs").write_text("5")  # the peak is now what is in use
    run()
    return (_status("VmHWM") - before) / 1024


def _status(name: str) -> int:
    """Return a line of /proc/self/status, in KiB."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(f"{name}:"):
            return int(line.split()[1])
    raise ValueError(f"expected {name} in /proc/self/status")


if __name__ == "__main__":
    found = measure(sys.argv[1], case_named(sys.argv[2]))
    print("none" if found is None else found)
