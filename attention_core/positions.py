"""Where a token stands: attention itself does not know, so positions are added, turned in, or taken off the scores.

sinusoidal   added to the tokens         Vaswani et al. 2017, arXiv 1706.03762, section 3.5
learned      a table, added likewise     Gehring et al. 2017, arXiv 1705.03122, section 3.1
rotary       turns query and key         Su et al. 2021, RoFormer, arXiv 2104.09864, section 3.2
ALiBi        slopes for `attend`         Press, Smith, Lewis 2021, arXiv 2108.12409, section 3
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from attention_core import checks
from attention_core.backend import is_tensor, tf
from attention_core.sizes import sizes, static_shape

Array = np.ndarray[Any, np.dtype[np.float64]]


def sinusoidal(n: int, d: int, *, base: float = 10_000.0) -> Array:
    """Return (n, d): PE[p, 2i] = sin(p / base^(2i/d)), PE[p, 2i + 1] = cos(p / base^(2i/d)), float64.

    With an odd width the last column is a sine without its cosine.

    >>> sinusoidal(2, 4).round(4).tolist()
    [[0.0, 1.0, 0.0, 1.0], [0.8415, 0.5403, 0.01, 1.0]]

    Raises:
        ValueError, TypeError: a size is no whole number above 0, or the base is not above 1.
    """
    checks.check_count("n", n)
    checks.check_count("d", d)
    _check_base(base)
    columns = np.arange(d)
    angles = np.arange(n)[:, None] / base ** (2 * (columns // 2) / d)
    return np.where(columns % 2 == 0, np.sin(angles), np.cos(angles))


def learned(table: Any, n: int) -> Any:
    """Return the first n rows of a learned table (n_max, d); a gradient reaches the table.

    >>> learned(np.arange(6.0).reshape(3, 2), 2).tolist()
    [[0.0, 1.0], [2.0, 3.0]]

    Raises:
        ValueError: the table has fewer rows, or is none. A learned table knows no position beyond its last.
    """
    checks.check_count("n", n, least=0)
    rows = table if is_tensor(table) else np.asarray(table)
    shape = static_shape(rows)
    if len(shape) != 2:
        raise ValueError(f"table: expected shape (n_max, d), got {checks.show_shape(shape)}")
    if shape[0] is not None and shape[0] < n:
        raise ValueError(f"table: expected at least {n} rows, one for each position; got {shape[0]}")
    return rows[:n]


def rotary(vectors: Any, *, positions: Any = None, base: float = 10_000.0) -> Any:
    """Return queries or keys turned by their position: pair (2i, 2i + 1) by the angle p · base^(-2i/d).

    (x, y) → (x cos a - y sin a, x sin a + y cos a), so that the product of a turned query and a turned key
    depends on their contents and on the difference of their positions only.

    >>> rotary([[1.0, 0.0], [1.0, 0.0]]).numpy().round(4).tolist()
    [[1.0, 0.0], [0.5403000116348267, 0.8414999842643738]]

    Args:
        vectors: (…, n, d) with d even.
        positions: (n) numbers; default 0 … n - 1.
        base: of the wave lengths, 2π … 2π · base.

    Raises:
        ValueError: a shape is wrong, d is odd, a number is not finite, or the base is not above 1.
    """
    _check_base(base)
    vectors = tf.convert_to_tensor(vectors)
    shape = static_shape(vectors)
    if len(shape) < 2 or shape[-1] is None or shape[-1] % 2:
        raise ValueError(f"vectors: expected shape (…, n, d) with an even d, got {checks.show_shape(shape)}")
    if not vectors.dtype.is_floating:
        vectors = tf.cast(vectors, tf.float32)
    if tf.executing_eagerly():
        checks.check_finite("vectors", np.asarray(vectors))
    *_batch, n, d = sizes(vectors)
    # Angles of far positions need more digits than float32 has.
    places = tf.range(n) if positions is None else tf.convert_to_tensor(positions)
    if len(places.shape) != 1 or checks.differ(static_shape(places)[0], shape[-2]):
        raise ValueError(
            f"positions: expected shape {checks.show_shape(shape[-2:-1])}, one for each vector; "
            f"got {checks.show_shape(static_shape(places))}"
        )
    if tf.executing_eagerly():
        checks.check_finite("positions", np.asarray(places))
    rates = tf.constant(base ** (-np.arange(0, d, 2) / d))
    angles = tf.cast(places, tf.float64)[:, None] * rates
    cos, sin = (tf.cast(wave(angles), vectors.dtype) for wave in (tf.cos, tf.sin))
    even, odd = vectors[..., 0::2], vectors[..., 1::2]
    turned = tf.stack([even * cos - odd * sin, even * sin + odd * cos], axis=-1)
    return tf.reshape(turned, tf.shape(vectors))


def alibi_slopes(num_heads: int) -> Array:
    """Return the slope of each head, (num_heads,), for `attend(…, alibi_slopes=…)`.

    For a power of two h: m_i = 2^(-8 i / h), i = 1 … h. For other numbers, those of the power of two below,
    then every second of those of the power above, as the authors' code has it. The paper uses them with
    `causal`; the distance is |i - j| here, which is the same where j ≤ i.

    >>> alibi_slopes(4).tolist()
    [0.25, 0.0625, 0.015625, 0.00390625]

    Raises:
        ValueError, TypeError: num_heads is no whole number above 0.
    """
    checks.check_count("num_heads", num_heads)
    below = 2 ** int(math.log2(num_heads))
    slopes = _slopes_of_power(below)
    return np.concatenate([slopes, _slopes_of_power(2 * below)[0::2][: num_heads - below]])


def _slopes_of_power(heads: int) -> Array:
    return 2.0 ** (-8.0 * np.arange(1, heads + 1) / heads)


def _check_base(base: float) -> None:
    if not (math.isfinite(base) and base > 1):
        raise ValueError(f"base: expected a finite number above 1, got {base}")
