"""Multi-head attention with its projections, as a Transformer's layer has it."""

from __future__ import annotations

from typing import Any

from attention_core import checks
from attention_core.attention import attend
from attention_core.backend import tf
from attention_core.call import as_computed, as_numbers
from attention_core.projections import Projections, seeded_projections
from attention_core.sizes import static_shape


def multi_head(
    query: Any,
    key: Any = None,
    value: Any = None,
    *,
    num_heads: int,
    projections: Projections | None = None,
    seed: int = 0,
    head_gate: Any = None,
    return_weights: bool = False,
    **options: Any,
) -> Any:
    """Return concat(g₁ head₁ … g_h head_h) · W_O, headᵢ = attend(query · W_Qᵢ, key · W_Kᵢ, value · W_Vᵢ).

    Without key and value it is self-attention; with a key of another sequence, cross-attention.

    >>> import numpy as np
    >>> tokens = np.arange(12.0).reshape(3, 4) / 10
    >>> output, weights = multi_head(tokens, num_heads=2, return_weights=True)
    >>> output.shape, weights.shape
    (TensorShape([3, 4]), TensorShape([2, 3, 3]))

    Args:
        query: (…, n_q, d_query).
        key: (…, n_k, d_key); default: query.
        value: (…, n_k, d_value); default: key.
        num_heads: h. Head i has columns i · d_k … (i + 1) · d_k of W_Q and W_K, and so of W_V.
        projections: the matrices; default: seeded ones, as wide as the query.
        seed: for seeded projections, and for seeded parameters of the scoring function.
        head_gate: (h) factors g on the heads' outputs: 1 as it is, 0 removes the head; default: all 1. Or (…, h),
            own ones for each item of a batch.
        return_weights: also return the weights.
        options: the others of `attend`: function, mask, causal, key_padding, window, scale …

    Returns:
        output (…, n_q, d_out), or (output, weights) with weights (…, h, n_q, n_k), also with one head.

    Raises:
        ValueError, TypeError: as `attend`; a matrix has the wrong shape.

    References:
        Vaswani et al. 2017, Attention Is All You Need, arXiv 1706.03762, section 3.2.2; the gates: Michel, Levy,
        Neubig 2019, Are Sixteen Heads Really Better than One?, arXiv 1905.10650, section 2.3.
    """
    key = query if key is None else key
    value = key if value is None else value
    query, key, value, dtype = as_computed(query, key, value)
    widths = {
        name: static_shape(tensor)[-1] for name, tensor in (("query", query), ("key", key), ("value", value))
    }
    checks.check_count("num_heads", num_heads)
    if projections is None:
        projections = _seeded(widths, num_heads, seed)
    projections.check(widths, num_heads)
    gate = _as_gate(head_gate, num_heads, tf.as_dtype(query.dtype))
    used = {name: tf.cast(tf.convert_to_tensor(array), query.dtype) for name, array in projections}

    def project(tensor: Any, name: str) -> Any:
        projected = tf.tensordot(tensor, used[name], axes=1)
        return projected + used[f"{name}_bias"] if f"{name}_bias" in used else projected

    answer = attend(
        project(query, "query"),
        project(key, "key"),
        project(value, "value"),
        num_heads=num_heads,
        seed=seed,
        return_weights=return_weights,
        **options,
    )
    joined, weights = answer if return_weights else (answer, None)
    if gate is not None:
        checks.check_mask_shape("head_gate", static_shape(gate), static_shape(joined)[:-2], (num_heads,))
        # One factor for each column of a head, the same in every row.
        joined *= tf.repeat(gate, tf.shape(joined)[-1] // num_heads, axis=-1)[..., None, :]
    output = tf.cast(project(joined, "output"), dtype)
    if not return_weights:
        return output
    if num_heads == 1:
        weights = tf.expand_dims(weights, axis=-3)
    return output, tf.cast(weights, dtype)


def _as_gate(head_gate: Any, num_heads: int, dtype: Any) -> Any | None:
    if head_gate is None:
        return None
    gate = as_numbers("head_gate", head_gate, dtype)
    if static_shape(gate)[-1:] != (num_heads,):
        raise ValueError(
            f"head_gate: expected shape ({num_heads},), one factor for each head; "
            f"got {checks.show_shape(static_shape(gate))}"
        )
    return gate


def _seeded(widths: dict[str, int | None], num_heads: int, seed: int) -> Projections:
    d_query, d_key, d_value = widths["query"], widths["key"], widths["value"]
    if d_query is None or d_key is None or d_value is None:
        raise ValueError(f"seeded projections need inputs of known width, got {widths}")
    if d_query % num_heads:
        raise ValueError(
            f"query: expected a width that num_heads divides, got width {d_query} and num_heads={num_heads}"
        )
    return seeded_projections(d_query, d_key, d_value, d_model=d_query, seed=seed)
