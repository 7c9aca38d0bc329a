"""What is measured: sizes, options, and the goal for each."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

Array = np.ndarray[Any, np.dtype[np.float32]]


@dataclass(frozen=True)
class Case:
    """One row of the table. Self-attention, float32, unit-normal inputs of (heads, n, d).

    Attributes:
        goal: what the ratio of our time to PyTorch's may be, or None where it is only looked at.
        kind: "open", "causal", "mask" (dense, half of the pairs), "padding" (a quarter of the keys),
            "bfloat16", "many" (64 jobs of 1 to 16 tokens and features), or the name of a scoring function.
        backward: forward and backward.
    """

    name: str
    heads: int
    n: int
    d: int = 64
    kind: str = "open"
    goal: float | None = None
    backward: bool = False

    @cached_property
    def inputs(self) -> list[Array]:
        rng = np.random.default_rng(self.n)
        return [rng.normal(size=(self.heads, self.n, self.d)).astype(np.float32) for _ in range(3)]

    @cached_property
    def jobs(self) -> list[list[Array]]:
        """64 jobs: query (n_q, d), key (n_k, d), value (n_k, d)."""
        rng = np.random.default_rng(64)
        sizes = rng.integers(1, 17, (64, 3))
        return [
            [rng.normal(size=(int(rows), int(d))).astype(np.float32) for rows in (n_q, n_k, n_k)]
            for n_q, n_k, d in sizes
        ]

    @cached_property
    def mask(self) -> np.ndarray[Any, np.dtype[np.bool_]]:
        allowed = np.random.default_rng(1).random((self.n, self.n)) < 0.5
        return allowed | np.eye(self.n, dtype=bool)

    @cached_property
    def padding(self) -> np.ndarray[Any, np.dtype[np.bool_]]:
        return np.arange(self.n) < self.n - self.n // 4

    @property
    def operations(self) -> float:
        """Multiplications and additions of the two products, half of them where half of the pairs is hidden."""
        pairs = self.n * (self.n + 1) / 2 if self.kind == "causal" else self.n * self.n
        return 4.0 * self.heads * pairs * self.d


CASES = [
    Case("1 × 5, d 5", 1, 5, 5, goal=20),
    Case("64 tiny jobs", 1, 16, 16, kind="many", goal=1.0),
    Case("8 × 64", 8, 64, goal=6),
    Case("8 × 256", 8, 256, goal=1.25),
    Case("8 × 512", 8, 512, goal=1.05),
    Case("8 × 1024", 8, 1024, goal=1.05),
    Case("8 × 2048", 8, 2048, goal=0.95),
    Case("8 × 4096", 8, 4096, goal=0.95),
    Case("1 × 16384", 1, 16384, goal=0.95),
    Case("causal 8 × 1024", 8, 1024, kind="causal", goal=1.10),
    Case("causal 8 × 2048", 8, 2048, kind="causal", goal=1.10),
    Case("causal 8 × 4096", 8, 4096, kind="causal", goal=1.10),
    Case("bfloat16 8 × 2048", 8, 2048, kind="bfloat16", goal=0.60),
    Case("mask 8 × 1024", 8, 1024, kind="mask"),
    Case("padding 8 × 1024", 8, 1024, kind="padding"),
    Case("backward 8 × 512", 8, 512, backward=True),
    Case("backward 8 × 1024", 8, 1024, backward=True),
    Case("backward causal 8 × 1024", 8, 1024, kind="causal", backward=True),
    Case("general 8 × 512", 8, 512, kind="general"),
    Case("cosine 8 × 512", 8, 512, kind="cosine"),
    Case("additive 1 × 128", 1, 128, kind="additive"),
]

# Peak memory over what the process had before, each measured in a process of its own.
MEMORY_CASES = [
    Case("1 × 16384", 1, 16384, goal=50),
    Case("8 × 4096", 8, 4096, goal=40),
    Case("8 × 8192", 8, 8192),
    Case("mask 8 × 8192", 8, 8192, kind="mask"),
    Case("backward 8 × 4096", 8, 4096, backward=True),
]


def case_named(name: str) -> Case:
    """Return a case of memory or time.

    Raises:
        ValueError: there is none.
    """
    for case in [*MEMORY_CASES, *CASES]:
        if case.name == name:
            return case
    raise ValueError(f"expected a case, one of {', '.join(case.name for case in CASES)}; got {name!r}")
