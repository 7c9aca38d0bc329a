"""The record of one attention call, stage by stage."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, eq=False)
class Explanation:
    """Every stage of one call: tensors from `attention_core.explain`, arrays from the reference.

    All but `output` have a head axis, also with one head: h = num_heads, d_v = value columns.

    Attributes:
        scores: (…, h, n_q, n_k) what the scoring function gives.
        scaled: (…, h, n_q, n_k) scores × scale / temperature, less the bias on distance where there is one.
        masked: (…, h, n_q, n_k) scaled, -∞ where attending is not allowed.
        weights: (…, h, n_q, n_k) softmax of masked; rows sum to 1, or are 0 where all is hidden.
        head_output: (…, h, n_q, d_v / h) weights · value.
        output: (…, n_q, d_v) the heads' outputs side by side.
        entropy: (…, h, n_q) -Σ w ln w of each row, in nats; 0 where all is hidden.
        effective_tokens: (…, h, n_q) exp(entropy), the number of keys it amounts to; 0 where all is hidden.
        parameters: the learned parameters that were used, by name; empty where there are none.
    """

    scores: Any
    scaled: Any
    masked: Any
    weights: Any
    head_output: Any
    output: Any
    entropy: Any
    effective_tokens: Any
    parameters: Mapping[str, Any]
