"""Scoring functions, one file each, found by listing this package."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from attention_core.discovery import find, get
from attention_core.functions.base import ScoringFunction


@cache
def functions() -> Mapping[str, ScoringFunction]:
    """Return every scoring function by name, in the order for lists."""
    return find(__name__, "function", ScoringFunction)


def function(name: str) -> ScoringFunction:
    """Return the scoring function called `name`.

    Raises:
        ValueError: there is none.
    """
    return get(functions(), name, "function")
