"""Dot product, unscaled."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from attention_core.functions.base import ScoringFunction
from attention_core.labels import gettext_noop as _


@dataclass(frozen=True)
class DotProduct(ScoringFunction):
    """score(i, j) = qᵢ·kⱼ.

    Both the angle and the lengths count: a long key gets more weight than a short one of the same
    direction.

    Shapes: query (…, n_q, d_k), key (…, n_k, d_k) → scores (…, n_q, n_k).

    Raises:
        ValueError: (by `attend` and `explain`) query and key differ in width.

    References:
        Luong, Pham, Manning 2015, Effective Approaches to Attention-based Neural Machine
        Translation, arXiv 1508.04025, section 3.1 ("dot").
    """

    name: ClassVar[str] = "dot_product"
    label: ClassVar[str] = _("Dot product")
    description: ClassVar[str] = _(
        "The sum of the products of matching features of query and key. It grows with the width "
        "and with the length of either vector."
    )
    formula: ClassVar[str] = r"q_i \cdot k_j"
    mathml: ClassVar[str] = (
        "<mrow><msub><mi>q</mi><mi>i</mi></msub><mo>⋅</mo><msub><mi>k</mi><mi>j</mi></msub></mrow>"
    )
    source: ClassVar[str] = (
        "Luong, Pham, Manning 2015, Effective Approaches to Attention-based Neural Machine Translation, "
        "arXiv 1508.04025"
    )
    order: ClassVar[int] = 20
    takes_rows_as_they_are: ClassVar[bool] = True

    def factors(self, query: Any, key: Any, parameters: Mapping[str, Any]) -> tuple[Any, Any]:
        """Return query and key as they are."""
        return query, key


function = DotProduct()
