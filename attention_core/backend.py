"""TensorFlow, loaded at the first use of one of its names.

Loading TensorFlow takes seconds and hundreds of megabytes. The catalogue, the reference and the
params of tasks are read by a web process that must never pay for it, so every module of the core
writes `from attention_core.backend import tf` and only a call that computes loads it.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any


class _LazyTensorFlow:
    """Stands in for the `tensorflow` module until an attribute is asked for."""

    def __getattr__(self, name: str) -> Any:
        # Inspection (doctest, copy, pickle) asks every object for dunder names: not a use.
        if name.startswith("__") and name != "__version__":
            raise AttributeError(name)
        return getattr(importlib.import_module("tensorflow"), name)


if TYPE_CHECKING:
    import tensorflow as tf
else:
    tf = _LazyTensorFlow()
