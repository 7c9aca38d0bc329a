"""Learned parameters: their shapes for a number of heads, and the seeded ones. NumPy only.

With one head every parameter has the shape that its function gives. With h > 1 heads it has a
leading axis h and the widths of one head.

Seeded parameters come from one generator per call, `Generator(PCG64(seed))`, by Glorot's uniform
rule. The order is fixed here and nowhere else: **head 0 draws all its parameters in the order of
`parameter_shapes`, then head 1 draws all of its own, and so on.** The first head of any number of
heads of the same widths therefore has the parameters of a single one.

>>> from attention_core.functions import function
>>> seeded_parameters(function("general"), d_q=1, d_k=2, num_heads=1, seed=0)["weight"].round(4)
array([[ 0.3874, -0.6511]])
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from attention_core.functions.base import ScoringFunction, Shape

# Where the width of the hidden layer is read from, in a function that has one.
_HIDDEN_WIDTH_FROM = ("query_weight", "key_weight", "vector")

Array = np.ndarray[Any, np.dtype[np.float64]]


def expected_shapes(
    function: ScoringFunction,
    *,
    d_q: int,
    d_k: int,
    num_heads: int,
    given: Mapping[str, tuple[int | None, ...]],
) -> dict[str, Shape]:
    """Return the shape that every parameter must have, head axis included.

    Args:
        d_q, d_k: widths of one head.
        given: shapes of the parameters that were given; the hidden width u is the last axis of the
            first one that has it, and d_k if there is none.
    """
    last = [given[name][-1] for name in _HIDDEN_WIDTH_FROM if given.get(name)]
    widths = [width for width in last if width is not None]
    shapes = function.parameter_shapes(d_q, d_k, widths[0] if widths else d_k)
    heads = (num_heads,) if num_heads > 1 else ()
    return {name: (*heads, *shape) for name, shape in shapes.items()}


def seeded_parameters(
    function: ScoringFunction, *, d_q: int, d_k: int, num_heads: int, seed: int
) -> dict[str, Array]:
    """Return Glorot-uniform parameters: U(-l, l), l = √(6 / (fan_in + fan_out)), float64.

    Args:
        d_q, d_k: widths of one head; the hidden width u is d_k.
        seed: 0 … 2³² - 1.

    Returns:
        {name: (shape of one head)}, or (num_heads, …) with more than one head. Empty for a function
        that learns nothing.
    """
    generator = np.random.Generator(np.random.PCG64(seed))
    shapes = function.parameter_shapes(d_q, d_k, d_k)
    heads = [
        {name: glorot_uniform(generator, shape) for name, shape in shapes.items()}
        for _head in range(num_heads)
    ]
    if num_heads == 1:
        return heads[0]
    return {name: np.stack([head[name] for head in heads]) for name in shapes}


def glorot_uniform(generator: np.random.Generator, shape: Shape) -> Array:
    """Return U(-l, l), l = √(6 / (fan_in + fan_out)): Glorot and Bengio 2010. A vector of u numbers maps u to one."""
    fan_out = shape[1] if len(shape) == 2 else 1
    limit = np.sqrt(6.0 / (shape[0] + fan_out))
    return generator.uniform(-limit, limit, shape)
