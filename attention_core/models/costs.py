"""What a layer of attention costs: counted from its shapes, and measured.

A multiplication with an addition counts as two FLOPs. Softmax, biases and masks are left out of the count, as is usual.

>>> full_flops(1024, 512) == 2 * 8 * 1024 * 512**2  # at n = 2d the products cost as much as the projections
True
>>> window_pairs(8, 1)
22
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from attention_core.backend import tf
from attention_core.linear import linear_attention
from attention_core.multi_head import multi_head
from attention_core.projections import Projections

Array = np.ndarray[Any, Any]
BYTES = 4  # of a float32


def projection_flops(n: int, d: int) -> int:
    """W_Q, W_K, W_V and W_O: 8nd²."""
    return 8 * n * d**2


def full_flops(n: int, d: int) -> int:
    """8nd² + 4n²d: the projections, QKᵀ and the weights times V; the number of heads does not matter."""
    return projection_flops(n, d) + 4 * n**2 * d


def window_flops(n: int, d: int, window: int) -> int:
    """The same for the pairs that the window lets see each other."""
    return projection_flops(n, d) + 4 * window_pairs(n, window) * d


def linear_flops(n: int, d: int, heads: int) -> int:
    """8nd² + 4nd²/h: φ(K)ᵀV and φ(Q) times it, in each head."""
    return projection_flops(n, d) + 4 * n * d**2 // heads


def window_pairs(n: int, window: int) -> int:
    """Return the pairs (i, j) with |i − j| ≤ window: n(2r + 1) − r(r + 1) for r < n."""
    reach = min(window, n - 1)
    return n * (2 * reach + 1) - reach * (reach + 1)


def weights_bytes(n: int, heads: int) -> int:
    """Return what all weights take in float32: 4hn²."""
    return BYTES * heads * n**2


def layers(
    heads: int, projections: Projections, function: str, window: int
) -> dict[str, Callable[[Any], Any]]:
    """Return layers by name, each from tokens (n, d) to (n, d): attention of three kinds, and no attention at all."""

    def project(tokens: Any, name: str) -> Any:
        return tokens @ getattr(projections, name)

    def split(rows: Any) -> Any:
        return tf.transpose(tf.reshape(rows, [rows.shape[0], heads, -1]), [1, 0, 2])

    def full(tokens: Any) -> Any:
        return multi_head(tokens, num_heads=heads, projections=projections, function=function)

    def near(tokens: Any) -> Any:
        return multi_head(tokens, num_heads=heads, projections=projections, function=function, window=window)

    def linear(tokens: Any) -> Any:
        parts = [split(project(tokens, name)) for name in ("query", "key", "value")]
        joined = tf.transpose(linear_attention(*parts), [1, 0, 2])
        return project(tf.reshape(joined, tokens.shape), "output")

    def alone(tokens: Any) -> Any:
        for name in ("query", "key"):
            project(tokens, name)  # computed and left
        return project(project(tokens, "value"), "output")

    return {"full": full, "window": near, "linear": linear, "projections": alone}


def measure(
    compute: Mapping[str, Callable[[Any], Any]],
    inputs: Sequence[Any],
    repeats: int,
    clock: Clock | None = None,
) -> Iterator[dict[str, list[float]] | None]:
    """Yield None after every single call, and at the end the median seconds by name, for each input.

    The calls are interleaved: what disturbs the machine for a moment disturbs all of them a little, and not one of
    them much. A first round, in which TensorFlow prepares itself, does not count.
    """
    clock = seconds_of if clock is None else clock
    found: dict[str, list[list[float]]] = {name: [[] for _ in inputs] for name in compute}
    for turn in range(repeats + 1):
        for place, tokens in enumerate(inputs):
            for name, layer in compute.items():
                seconds = clock(layer, tokens)
                if turn:
                    found[name][place].append(seconds)
                yield None
    yield {name: [statistics.median(times) for times in lists] for name, lists in found.items()}


Clock = Callable[[Callable[[Any], Any], Any], float]


def seconds_of(layer: Callable[[Any], Any], tokens: Any) -> float:
    """Return how long one call took, until its numbers were there."""
    start = time.perf_counter()
    np.asarray(layer(tokens))
    return time.perf_counter() - start


def fit_power(x: Sequence[float], y: Sequence[float]) -> tuple[float, float]:
    """Return (a, p) of y ≈ a·xᵖ, by least squares on the logarithms.

    >>> fit_power([1, 2, 4], [3, 12, 48])
    (3.0, 2.0)
    """
    log_x, log_y = np.log(np.asarray(x, float)), np.log(np.asarray(y, float))
    apart = log_x - log_x.mean()
    power = float(apart @ log_y / (apart @ apart))
    return round(float(np.exp(log_y.mean() - power * log_x.mean())), 12), round(power, 12)
