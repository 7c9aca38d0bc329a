"""The machine of a run, and how fast its matrix products are."""

from __future__ import annotations

import os
import platform
import time
from importlib.metadata import version
from pathlib import Path

SIZE = 2048


def describe() -> dict[str, str]:
    """Return what a reader needs to compare their figures with these."""
    model = flags = ""
    if Path("/proc/cpuinfo").exists():
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            name, _, value = line.partition(":")
            if name.strip() == "model name":
                model = value.strip()
            if name.strip() == "flags":
                flags = " ".join(sorted(flag for flag in value.split() if flag.startswith(("avx", "amx"))))
    names = ("tensorflow", "keras", "torch", "numpy")
    return {
        "processor": model or platform.processor(),
        "vector instructions": flags,
        "cores": str(len(os.sched_getaffinity(0))),
        "system": f"{platform.system()} {platform.machine()}, Python {platform.python_version()}",
        **{name: version(name) for name in names},
    }


def sgemm_peak(rounds: int = 7) -> float:
    """Return the best of some products of 2048 × 2048 in TensorFlow, in operations a second."""
    from attention_core.backend import tf  # before any peer loads TensorFlow: with oneDNN

    matrix = tf.random.normal((SIZE, SIZE))
    best = 0.0
    for _ in range(rounds):
        start = time.perf_counter()
        tf.matmul(matrix, matrix).numpy()
        best = max(best, 2.0 * SIZE**3 / (time.perf_counter() - start))
    return best
