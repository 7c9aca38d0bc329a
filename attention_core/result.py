"""What one run of a lab task gave."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Result:
    """What one run of a task gave.

    Attributes:
        document: for JSON: no NaN, no infinity, and what is too large for it left out.
        arrays: all of it, whatever its size, by the names in an NPZ file; none for a task without arrays.
    """

    document: dict[str, Any]
    arrays: Mapping[str, np.ndarray[Any, Any]] = field(default_factory=dict)
