"""Scaled dot product: the dot product divided by √d_k."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from attention_core.functions.base import ScoringFunction
from attention_core.labels import gettext_noop as _


@dataclass(frozen=True)
class ScaledDotProduct(ScoringFunction):
    """score(i, j) = qᵢ·kⱼ / √d_k.

    With independent entries of variance 1 a dot product has variance d_k; the factor brings it back
    to 1, so that softmax does not saturate as the width grows.

    Shapes: query (…, n_q, d_k), key (…, n_k, d_k) → scores (…, n_q, n_k).

    Raises:
        ValueError: (by `attend` and `explain`) query and key differ in width.

    References:
        Vaswani et al. 2017, Attention Is All You Need, arXiv 1706.03762, section 3.2.1.
    """

    name: ClassVar[str] = "scaled_dot_product"
    label: ClassVar[str] = _("Scaled dot product")
    description: ClassVar[str] = _(
        "The dot product of query and key, divided by the square root of the key's width so that "
        "the scores do not grow with it."
    )
    formula: ClassVar[str] = r"\frac{q_i \cdot k_j}{\sqrt{d_k}}"
    mathml: ClassVar[str] = (
        "<mfrac><mrow><msub><mi>q</mi><mi>i</mi></msub><mo>⋅</mo><msub><mi>k</mi><mi>j</mi></msub></mrow>"
        "<msqrt><msub><mi>d</mi><mi>k</mi></msub></msqrt></mfrac>"
    )
    source: ClassVar[str] = "Vaswani et al. 2017, Attention Is All You Need, arXiv 1706.03762"
    order: ClassVar[int] = 10
    takes_scale: ClassVar[bool] = True
    takes_rows_as_they_are: ClassVar[bool] = True

    def factors(self, query: Any, key: Any, parameters: Mapping[str, Any]) -> tuple[Any, Any]:
        """Return query and key as they are; the scale is a stage of its own, applied afterwards."""
        return query, key


function = ScaledDotProduct()
