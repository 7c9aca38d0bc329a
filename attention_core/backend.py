"""TensorFlow, loaded at the first use of one of its names.

Loading TensorFlow takes seconds and hundreds of megabytes. The catalogue, the reference and the
params of tasks are read by a web process that must never pay for it, so every module of the core
writes `from attention_core.backend import tf` and only a call that computes loads it.
"""

from __future__ import annotations

import importlib
import os
from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np


class _LazyTensorFlow:
    """Stands in for the `tensorflow` module until an attribute is asked for."""

    def __getattr__(self, name: str) -> Any:
        # Inspection (doctest, copy, pickle) asks every object for dunder names: not a use.
        if name.startswith("__") and name != "__version__":
            raise AttributeError(name)
        # TensorFlow uses oneDNN's products by itself only where the processor has AVX-512; with AVX2 they are
        # faster than Eigen's as well. Whoever has chosen already, or has loaded TensorFlow already, is not overruled.
        os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")
        value = getattr(importlib.import_module("tensorflow"), name)
        setattr(self, name, value)  # found at once the next time: a tiny call asks for a dozen names
        return value


if TYPE_CHECKING:
    import tensorflow as tf
else:
    tf = _LazyTensorFlow()


def is_tensor(values: Any) -> bool:
    """Whether `values` is TensorFlow's. As `tf.is_tensor`, which is slow where the answer is no."""
    if isinstance(values, (np.ndarray, list, tuple, float, int)):
        return False
    return isinstance(values, tf.Tensor) or bool(tf.is_tensor(values))


def may_be_recorded() -> bool:
    """Whether a gradient may be asked of what is computed now: a tape is at work."""
    return _recorder()()


@cache
def _recorder() -> Callable[[], bool]:
    # TensorFlow has no public name for it; should this one go, every call is taken to be recorded, which is slower.
    try:
        return importlib.import_module("tensorflow.python.eager.record").could_possibly_record
    except (ImportError, AttributeError):
        return lambda: True
