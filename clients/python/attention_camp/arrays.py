"""Params with NumPy arrays in them: as JSON while small, as an NPZ file beyond."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from typing import Any

import numpy as np

MOST_JSON_NUMBERS = 2**15  # about 0.6 MB of text; the server reads 2 MiB


def split(params: Mapping[str, Any], as_file: bool | None) -> tuple[dict[str, Any], bytes | None]:
    """Params ready to send and, where arrays go as a file, that file; `as_file` None means: by size."""
    arrays = {name: value for name, value in _flat(params) if isinstance(value, np.ndarray)}
    if as_file is None:
        as_file = sum(array.size for array in arrays.values()) > MOST_JSON_NUMBERS
    if not as_file:
        return _plain(params), None
    file = io.BytesIO()
    members: Any = arrays
    np.savez(file, **members)
    rest: dict[str, Any] = {}
    for name, value in params.items():
        if isinstance(value, Mapping):
            kept = {part: one for part, one in value.items() if f"{name}.{part}" not in arrays}
            if kept:
                rest[name] = _plain(kept)
        elif name not in arrays:
            rest[name] = _plain(value)
    return rest, file.getvalue()


def read_npz(file: bytes) -> dict[str, np.ndarray[Any, Any]]:
    """The arrays of an NPZ file; nothing in it is executed."""
    with np.load(io.BytesIO(file), allow_pickle=False) as members:
        return {name: members[name] for name in members.files}


def to_json(value: Any) -> str:
    """JSON as the server reads it: NaN and infinity stay in, so that it can name their place."""
    return json.dumps(_plain(value))


def _flat(params: Mapping[str, Any]) -> list[tuple[str, Any]]:
    found: list[tuple[str, Any]] = []
    for name, value in params.items():
        if isinstance(value, Mapping):
            found += [(f"{name}.{part}", one) for part, one in value.items()]
        else:
            found.append((name, value))
    return found


def _plain(value: Any) -> Any:
    """Arrays as nested lists, NumPy's numbers as Python's."""
    if isinstance(value, np.ndarray | np.generic):
        return value.tolist()
    if isinstance(value, Mapping):
        return {name: _plain(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    return value
