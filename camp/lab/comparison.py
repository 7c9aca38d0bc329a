"""Two runs of attention side by side: what both have under the same labels, and B − A of it.

Query 3 of one run stands beside query 3 of the other, and so with keys, heads and columns. Where only one run has
something there is no difference, which is NaN here and never counts as a change.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from camp.lab.stage_arrays import Array, StageArrays

# Differences up to this are rounding, not change.
TOLERANCE = 1e-6


@dataclass(frozen=True, eq=False)
class Comparison:
    """`a` and `b` in the order in which they were asked for: every difference is b − a."""

    a: StageArrays
    b: StageArrays

    @property
    def heads(self) -> int:
        """How many heads both have."""
        return min(stages.params.num_heads for stages in (self.a, self.b))

    @property
    def queries(self) -> int:
        """How many queries at least one of them has; so with `keys` and `features`."""
        return max(len(stages.params.query) for stages in (self.a, self.b))

    @property
    def keys(self) -> int:
        return max(len(stages.params.key) for stages in (self.a, self.b))

    @property
    def features(self) -> int:
        return max(stages.output.shape[1] for stages in (self.a, self.b))

    @cached_property
    def weights(self) -> Array | None:
        """(heads, queries, keys); None where a run was too large to keep its weights. A hidden weight is 0."""
        if self.a.weights is None or self.b.weights is None:
            return None
        return difference(self.a.weights[: self.heads], self.b.weights[: self.heads])

    @cached_property
    def entropy(self) -> Array:
        """(heads, queries), in nats."""
        return difference(self.a.entropy[: self.heads], self.b.entropy[: self.heads])

    @cached_property
    def output(self) -> Array:
        """(queries, features) of all heads joined."""
        return difference(self.a.output, self.b.output)

    @property
    def is_same(self) -> bool:
        """Whether nothing that both have differs."""
        arrays = [self.entropy, self.output] + ([] if self.weights is None else [self.weights])
        return all(largest_size(array) <= TOLERANCE for array in arrays)


def difference(a: Array, b: Array) -> Array:
    """b − a under the same indexes, as large as the larger on each axis; NaN where only one has a number."""
    shape = [max(sizes) for sizes in zip(a.shape, b.shape, strict=True)]
    return padded(b, shape) - padded(a, shape)


def padded(array: Array, shape: Sequence[int]) -> Array:
    """The array with NaN behind its ends, up to the shape."""
    whole = np.full(shape, np.nan)
    whole[tuple(slice(size) for size in array.shape)] = array
    return whole


def largest_size(differences: Array) -> float:
    """The largest difference, whichever way it goes."""
    return float(np.nanmax(np.abs(differences)))


def largest_changes(differences: Array, count: int = 1) -> list[tuple[int, ...]]:
    """The indexes of the largest real changes, largest first; equal ones in the order in which they stand."""
    sizes = np.nan_to_num(np.abs(differences))
    order = np.argsort(-np.round(sizes, 12), axis=None, kind="stable")[:count]
    places = [tuple(int(index) for index in np.unravel_index(flat, sizes.shape)) for flat in order]
    return [place for place in places if sizes[place] > TOLERANCE]
