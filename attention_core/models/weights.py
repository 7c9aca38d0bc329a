"""Weights of a trained model, read from a safetensors file whose digest is known."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from attention_core.checks import show_shape

Array = np.ndarray[Any, Any]


class Weights:
    """Named arrays, each asked for with the shape it must have.

    >>> weights = Weights({"pooler.bias": np.zeros(3)})
    >>> weights.take("pooler.bias", (3,)).tolist()
    [0.0, 0.0, 0.0]
    """

    def __init__(self, arrays: Mapping[str, Array]) -> None:
        self._arrays = arrays

    def shape(self, name: str) -> tuple[int, ...]:
        """Return the shape of an array.

        Raises:
            ValueError: there is none of this name.
        """
        if name not in self._arrays:
            raise ValueError(f"weights: expected {name}, got none of this name among {len(self._arrays)}")
        return self._arrays[name].shape

    def take(self, name: str, shape: tuple[int, ...]) -> Array:
        """Return an array.

        Raises:
            ValueError: there is none of this name, or it has another shape.
        """
        if self.shape(name) != shape:
            raise ValueError(
                f"weights: expected {name} of shape {show_shape(shape)}, got {show_shape(self.shape(name))}"
            )
        return self._arrays[name]

    def __contains__(self, name: str) -> bool:
        return name in self._arrays


def read_weights(path: Path, *, sha256: str) -> Weights:
    """Return the weights in a safetensors file.

    Args:
        path: the file.
        sha256: its digest in hexadecimal; what is parsed are the very bytes that had it.

    Raises:
        ValueError: the file has another digest, so that no answer computed from it could be trusted.
        OSError: it cannot be read.
    """
    from safetensors.numpy import load

    content = path.read_bytes()
    digest = hashlib.sha256(content).hexdigest()
    if digest != sha256:
        raise ValueError(f"{path.name}: expected SHA-256 {sha256}, got {digest}")
    return Weights(load(content))
