"""The learned matrices around multi-head attention: W_Q, W_K, W_V and W_O, with or without biases. NumPy only."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields
from typing import Any

import numpy as np

from attention_core.parameters import glorot_uniform

NAMES = ("query", "key", "value", "output")


@dataclass(frozen=True, eq=False)
class Projections:
    """W_Q, W_K, W_V, W_O of one multi-head layer; rows are tokens, so x is projected as x · W + b.

    Attributes:
        query: W_Q (d_query, h · d_k).
        key: W_K (d_key, h · d_k).
        value: W_V (d_value, h · d_v).
        output: W_O (h · d_v, d_out).
        query_bias, key_bias, value_bias, output_bias: (columns of the matrix), or None for none.

    References:
        Vaswani et al. 2017, Attention Is All You Need, arXiv 1706.03762, section 3.2.2, which has no biases; BERT
        and most after it have.
    """

    query: Any
    key: Any
    value: Any
    output: Any
    query_bias: Any = None
    key_bias: Any = None
    value_bias: Any = None
    output_bias: Any = None

    def __iter__(self) -> Iterator[tuple[str, Any]]:
        """Yield (name, array) of what is there, in the order of the attributes."""
        return iter(
            [
                (one.name, getattr(self, one.name))
                for one in fields(self)
                if getattr(self, one.name) is not None
            ]
        )

    def check(self, widths: dict[str, int | None], num_heads: int) -> None:
        """Check the shapes against the widths of query, key and value.

        Raises:
            ValueError: naming the matrix, what was expected and what came.
        """
        shapes = {
            name: tuple(np.shape(array) if not hasattr(array, "shape") else array.shape)
            for name, array in self
        }
        for name in NAMES:
            if len(shapes[name]) != 2:
                raise ValueError(f"projections: expected {name} with 2 axes, got shape {shapes[name]}")
            bias = shapes.get(f"{name}_bias")
            if bias is not None and bias != shapes[name][1:]:
                raise ValueError(f"projections: expected {name}_bias of shape {shapes[name][1:]}, got {bias}")
        for name, width in widths.items():
            if width is not None and shapes[name][0] != width:
                raise ValueError(
                    f"projections: expected {name} with {width} rows, as wide as {name} is; got {shapes[name]}"
                )
        for name in ("query", "key", "value"):
            if shapes[name][1] % num_heads:
                raise ValueError(
                    f"projections: expected {name} with columns that num_heads divides, "
                    f"got shape {shapes[name]} and num_heads={num_heads}"
                )
        if shapes["output"][0] != shapes["value"][1]:
            raise ValueError(
                f"projections: expected output with {shapes['value'][1]} rows, the columns of value; "
                f"got {shapes['output']}"
            )


def seeded_projections(d_query: int, d_key: int, d_value: int, *, d_model: int, seed: int) -> Projections:
    """Return W_Q, W_K, W_V and W_O, drawn in this order by Glorot's uniform rule from PCG64(seed), without biases.

    Args:
        d_query, d_key, d_value: widths of the inputs.
        d_model: columns of every matrix, h · d_k = h · d_v.

    >>> seeded_projections(2, 2, 2, d_model=4, seed=0).output.shape
    (4, 4)
    """
    generator = np.random.Generator(np.random.PCG64(seed))
    rows = dict(zip(NAMES, (d_query, d_key, d_value, d_model), strict=True))
    return Projections(**{name: glorot_uniform(generator, (rows[name], d_model)) for name in NAMES})
