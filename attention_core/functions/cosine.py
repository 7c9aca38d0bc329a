"""Cosine similarity: the dot product of directions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from attention_core.backend import tf
from attention_core.functions.base import ScoringFunction
from attention_core.labels import gettext_noop as _


@dataclass(frozen=True)
class Cosine(ScoringFunction):
    """score(i, j) = qᵢ·kⱼ / (‖qᵢ‖‖kⱼ‖), and 0 where either vector is zero.

    Only the angle counts. Scores lie in [-1, 1] whatever the size of the entries: rows of 1e-320
    and rows of 1e300 are compared as well as rows of 1.

    Shapes: query (…, n_q, d_k), key (…, n_k, d_k) → scores (…, n_q, n_k).

    Raises:
        ValueError: (by `attend` and `explain`) query and key differ in width.

    References:
        Graves, Wayne, Danihelka 2014, Neural Turing Machines, arXiv 1410.5401, section 3.3.1.
    """

    name: ClassVar[str] = "cosine"
    label: ClassVar[str] = _("Cosine")
    description: ClassVar[str] = _(
        "The cosine of the angle between query and key: their lengths do not count. A zero vector "
        "scores 0 with everything."
    )
    formula: ClassVar[str] = r"\frac{q_i \cdot k_j}{\lVert q_i \rVert \, \lVert k_j \rVert}"
    mathml: ClassVar[str] = (
        "<mfrac><mrow><msub><mi>q</mi><mi>i</mi></msub><mo>⋅</mo><msub><mi>k</mi><mi>j</mi></msub></mrow>"
        "<mrow><mo>‖</mo><msub><mi>q</mi><mi>i</mi></msub><mo>‖</mo>"
        "<mo>‖</mo><msub><mi>k</mi><mi>j</mi></msub><mo>‖</mo></mrow></mfrac>"
    )
    source: ClassVar[str] = "Graves, Wayne, Danihelka 2014, Neural Turing Machines, arXiv 1410.5401"
    order: ClassVar[int] = 50

    def factors(self, query: Any, key: Any, parameters: Mapping[str, Any]) -> tuple[Any, Any]:
        """Return the directions of query and key: rows of length 1, or 0 for a zero row."""
        return _directions(query), _directions(key)


def _directions(rows: Any) -> Any:
    """Return every row divided by its length, and 0 for a zero row. Shape (…, n, d) → (…, n, d).

    The row is first divided by its largest entry: squares of large entries overflow, of small ones
    vanish. That entry is taken as a constant, which leaves the gradient right because a direction
    does not change with the row's size. Both `where` keep 0/0 out of the gradient too.
    """
    rows = _lift_tiny_rows(tf.convert_to_tensor(rows))
    largest = tf.stop_gradient(tf.reduce_max(tf.abs(rows), axis=-1, keepdims=True))
    scaled = rows / tf.where(largest > 0, largest, tf.ones_like(largest))
    square = tf.reduce_sum(scaled * scaled, axis=-1, keepdims=True)
    length = tf.sqrt(tf.where(square > 0, square, tf.ones_like(square)))
    return tf.where(square > 0, scaled / length, tf.zeros_like(scaled))


def _lift_tiny_rows(rows: Any) -> Any:
    """Multiply rows whose entries are near or below the smallest normal number by a power of two.

    TensorFlow's threads treat subnormal numbers as 0, which would make a zero row of them. Their bits
    are intact, and the bits of a subnormal are its value as an integer. Such rows get no gradient.
    """
    integers, fraction_bits, smallest_exponent, lift = (
        (tf.int64, 52, -1074, 200) if rows.dtype == tf.float64 else (tf.int32, 23, -149, 60)
    )
    one = tf.constant(1, integers)
    magnitude = tf.bitwise.bitwise_and(tf.bitcast(rows, integers), tf.constant(integers.max, integers))
    subnormal = magnitude < tf.bitwise.left_shift(one, tf.constant(fraction_bits, integers))
    sign = tf.where(tf.bitcast(rows, integers) < 0, -tf.ones_like(rows), tf.ones_like(rows))
    as_integer = tf.cast(tf.where(subnormal, magnitude, tf.zeros_like(magnitude)), rows.dtype)
    from_bits = sign * as_integer * 2.0 ** (smallest_exponent + lift)
    lifted = tf.where(subnormal, from_bits, rows * 2.0**lift)
    # Beside an entry 2**lift above the smallest normal number, a subnormal one no longer counts.
    limit = 2.0 ** (smallest_exponent + fraction_bits + lift)
    tiny = tf.reduce_all(tf.abs(rows) < limit, axis=-1, keepdims=True)
    return tf.where(tiny, tf.stop_gradient(lifted), rows)


function = Cosine()
