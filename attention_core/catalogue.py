"""What the core has: its scoring functions and its tasks. Loads no TensorFlow.

>>> list(functions())
['scaled_dot_product', 'dot_product', 'general', 'additive', 'cosine']
>>> task("attention").queue
'interactive'
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from attention_core.discovery import CatalogueError, find, get
from attention_core.functions import function, functions
from attention_core.tasks.base import Task

__all__ = ["CatalogueError", "function", "functions", "task", "tasks"]


@cache
def tasks() -> Mapping[str, Task]:
    """Return every task by name, in the order for lists."""
    return find("attention_core.tasks", "task", Task)


def task(name: str) -> Task:
    """Return the task called `name`.

    Raises:
        ValueError: there is none.
    """
    return get(tasks(), name, "task")
