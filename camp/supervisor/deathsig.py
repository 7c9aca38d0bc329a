"""A process that ends when its parent does, however the parent ends: Linux's PR_SET_PDEATHSIG.

Elsewhere (macOS) there is nothing like it and `die_with_parent` does nothing; there the next start ends what a
killed supervisor left behind (see leftovers.py).

The kernel ties the signal to the *thread* that created the process: a child made by a thread that ends gets it as
well. So make such children from the main thread only. It is lost when the process executes a set-uid program.
"""

import ctypes
import os
import sys
from typing import Any

_PR_SET_PDEATHSIG = 1


def _load_libc() -> Any:
    if sys.platform != "linux":
        return None
    try:
        return ctypes.CDLL(None, use_errno=True)
    except OSError:
        return None


# Looked up on import, not in the call: between fork and exec it is not safe to load a library.
_libc = _load_libc()


def die_with_parent(signal_number: int, parent: int | None = None) -> None:
    """Have the kernel send this process `signal_number` when its parent ends.

    Args:
        signal_number: the signal, for example `signal.SIGKILL`.
        parent: the parent's process id as it was before the fork. Given it, a parent that ended in the moment
            between the fork and this call is noticed too: this process then ends at once.
    """
    if _libc is None:
        return
    _libc.prctl(_PR_SET_PDEATHSIG, ctypes.c_ulong(signal_number), 0, 0, 0)
    if parent is not None and os.getppid() != parent:
        os._exit(1)
