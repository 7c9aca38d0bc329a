"""General (multiplicative) score: a learned matrix between query and key."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from attention_core.backend import tf
from attention_core.functions.base import ScoringFunction, Shape
from attention_core.labels import gettext_noop as _


@dataclass(frozen=True)
class General(ScoringFunction):
    """score(i, j) = qᵢᵀ W kⱼ, with rows as tokens: query · weight · keyᵀ.

    The learned matrix lets query and key have different widths and decides which features of one
    meet which features of the other.

    Shapes: query (…, n_q, d_q), key (…, n_k, d_k), weight (d_q, d_k) → scores (…, n_q, n_k).

    Raises:
        ValueError: (by `attend` and `explain`) the weight is missing or has another shape.

    References:
        Luong, Pham, Manning 2015, Effective Approaches to Attention-based Neural Machine
        Translation, arXiv 1508.04025, section 3.1 ("general").
    """

    name: ClassVar[str] = "general"
    label: ClassVar[str] = _("General (multiplicative)")
    description: ClassVar[str] = _(
        "A learned matrix stands between query and key and decides which features meet; the two "
        "may differ in width."
    )
    formula: ClassVar[str] = r"q_i^\top W k_j"
    mathml: ClassVar[str] = (
        "<mrow><msubsup><mi>q</mi><mi>i</mi><mo>⊤</mo></msubsup><mi>W</mi>"
        "<msub><mi>k</mi><mi>j</mi></msub></mrow>"
    )
    source: ClassVar[str] = (
        "Luong, Pham, Manning 2015, Effective Approaches to Attention-based Neural Machine Translation, "
        "arXiv 1508.04025"
    )
    order: ClassVar[int] = 30
    same_width: ClassVar[bool] = False

    def parameter_shapes(self, d_q: int, d_k: int, u: int) -> Mapping[str, Shape]:
        """Return {"weight": (d_q, d_k)}."""
        return {"weight": (d_q, d_k)}

    def factors(self, query: Any, key: Any, parameters: Mapping[str, Any]) -> tuple[Any, Any]:
        """Return query · weight and key: (…, n_q, d_k) and (…, n_k, d_k)."""
        return tf.matmul(query, parameters["weight"]), key


function = General()
