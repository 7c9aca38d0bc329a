"""Small trained models kept in the repository, so that a task answers at once. `make models` trains them anew.

Each is `checkpoints/<task>.npz` (float16 or float32 arrays) with its card, `checkpoints/<task>.json`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

FOLDER = Path(__file__).parent / "checkpoints"
MAX_BYTES = 2 * 10**6


@dataclass(frozen=True, eq=False)
class Checkpoint:
    """Trained arrays by name, and their card: data, sizes, seed and the metrics that were measured."""

    arrays: Mapping[str, np.ndarray[Any, Any]]
    card: Mapping[str, Any]


def load(name: str) -> Checkpoint:
    """The checkpoint of a task, its arrays as float32.

    Raises:
        FileNotFoundError: there is none; `make models` makes it.
    """
    with np.load(FOLDER / f"{name}.npz", allow_pickle=False) as kept:
        arrays = {key: _as_used(kept[key]) for key in kept.files}
    return Checkpoint(arrays, json.loads((FOLDER / f"{name}.json").read_text("utf-8")))


def save(name: str, checkpoint: Checkpoint) -> int:
    """Keep it; the bytes of its file.

    Raises:
        ValueError: it is larger than a repository should carry.
    """
    FOLDER.mkdir(exist_ok=True)
    path = FOLDER / f"{name}.npz"
    np.savez_compressed(path, allow_pickle=False, **checkpoint.arrays)
    size = path.stat().st_size
    if size > MAX_BYTES:
        raise ValueError(f"{name}: expected a checkpoint of at most {MAX_BYTES} bytes, got {size}")
    card = json.dumps(checkpoint.card, indent=1, ensure_ascii=False, sort_keys=True)
    (FOLDER / f"{name}.json").write_text(card + "\n", "utf-8")
    return size


def _as_used(array: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    return array.astype(np.float32) if array.dtype == np.float16 else array
