"""Additive score: one hidden tanh layer over query and key."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from attention_core.backend import tf
from attention_core.functions.base import ScoringFunction, Shape
from attention_core.labels import gettext_noop as _

# The hidden layer is (…, n_q, n_k, u). Beyond this many numbers at a time it is computed for a block
# of queries after another: a thousand tokens of width a thousand would otherwise take 8 GB.
HIDDEN_CELLS = 2**21


@dataclass(frozen=True)
class Additive(ScoringFunction):
    """score(i, j) = vᵀ tanh(W_q qᵢ + W_k kⱼ), with rows as tokens:
    tanh(query · query_weight + key · key_weight) · vector.

    A small network compares query and key, so they may differ in width and the comparison need not
    be bilinear.

    Shapes: query (…, n_q, d_q), key (…, n_k, d_k), query_weight (d_q, u), key_weight (d_k, u),
    vector (u) → scores (…, n_q, n_k). u defaults to d_k.

    Raises:
        ValueError: (by `attend` and `explain`) a parameter is missing or has another shape.

    References:
        Bahdanau, Cho, Bengio 2014, Neural Machine Translation by Jointly Learning to Align and
        Translate, arXiv 1409.0473, appendix A.1.2.
    """

    name: ClassVar[str] = "additive"
    label: ClassVar[str] = _("Additive")
    description: ClassVar[str] = _(
        "Query and key are each multiplied by a learned matrix and added; tanh and a learned vector "
        "make one number of the sum."
    )
    formula: ClassVar[str] = r"v^\top \tanh(W_q q_i + W_k k_j)"
    mathml: ClassVar[str] = (
        "<mrow><msup><mi>v</mi><mo>⊤</mo></msup><mi>tanh</mi><mo>(</mo>"
        "<msub><mi>W</mi><mi>q</mi></msub><msub><mi>q</mi><mi>i</mi></msub><mo>+</mo>"
        "<msub><mi>W</mi><mi>k</mi></msub><msub><mi>k</mi><mi>j</mi></msub><mo>)</mo></mrow>"
    )
    source: ClassVar[str] = (
        "Bahdanau, Cho, Bengio 2014, Neural Machine Translation by Jointly Learning to Align and Translate, "
        "arXiv 1409.0473"
    )
    order: ClassVar[int] = 40
    bilinear: ClassVar[bool] = False
    same_width: ClassVar[bool] = False

    def parameter_shapes(self, d_q: int, d_k: int, u: int) -> Mapping[str, Shape]:
        """Return {"query_weight": (d_q, u), "key_weight": (d_k, u), "vector": (u,)}."""
        return {"query_weight": (d_q, u), "key_weight": (d_k, u), "vector": (u,)}

    def scores(self, query: Any, key: Any, parameters: Mapping[str, Any]) -> Any:
        """Return tanh(query · query_weight + key · key_weight) · vector.

        Shapes: query (…, n_q, d_q), key (…, n_k, d_k), query_weight (…, d_q, u),
        key_weight (…, d_k, u), vector (…, u) → (…, n_q, n_k).
        """
        projected_query = tf.matmul(query, parameters["query_weight"])[..., :, None, :]
        projected_key = tf.matmul(key, parameters["key_weight"])[..., None, :, :]
        vector = parameters["vector"][..., None, None, :]

        def compare(queries: Any) -> Any:
            return tf.reduce_sum(tf.tanh(queries + projected_key) * vector, axis=-1)

        rows = _rows_at_a_time(projected_query, projected_key)
        if rows is None:
            return compare(projected_query)
        starts = range(0, projected_query.shape[-3], rows)
        return tf.concat(
            [compare(projected_query[..., start : start + rows, :, :]) for start in starts], axis=-2
        )


def _rows_at_a_time(projected_query: Any, projected_key: Any) -> int | None:
    """Return how many queries fit into HIDDEN_CELLS, or None when all do or a size is unknown."""
    shape = tf.broadcast_static_shape(projected_query.shape, projected_key.shape)
    if not shape.is_fully_defined() or shape.num_elements() <= HIDDEN_CELLS:
        return None
    one_row = math.prod(shape[:-3]) * shape[-2] * shape[-1]
    return max(1, HIDDEN_CELLS // one_row)


function = Additive()
