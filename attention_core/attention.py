"""The call for use: attention over tensors or arrays."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from attention_core import checks, kernels
from attention_core.call import prepare
from attention_core.kernels import dense


def attend(
    query: Any,
    key: Any,
    value: Any,
    *,
    function: str = "scaled_dot_product",
    mask: Any = None,
    causal: bool = False,
    key_padding: Any = None,
    window: int | None = None,
    alibi_slopes: Any = None,
    scale: float | None = None,
    temperature: float = 1.0,
    num_heads: int = 1,
    parameters: Mapping[str, Any] | None = None,
    seed: int = 0,
    bfloat16: bool = False,
    return_weights: bool = False,
) -> Any:
    """Return softmax(scores × scale / temperature) · value.

    >>> attend([[0.0], [1.0]], [[0.0], [1.0]], [[0.0], [1.0]]).numpy().round(4).tolist()
    [[0.5], [0.7311000227928162]]

    Args:
        query: (…, n_q, d_q) numbers: a tensor, an array or nested lists.
        key: (…, n_k, d_k); d_k = d_q unless the function has learned parameters. n_k may be 0.
        value: (…, n_k, d_v). The leading axes of the three broadcast.
        function: name of a scoring function; see `attention_core.catalogue.functions()`.
        mask: (…, n_q, n_k) booleans, true = may attend.
        causal: query i sees keys j ≤ i + n_k - n_q.
        key_padding: (…, n_k) booleans, true = real token.
        window: query i sees keys with |i + n_k - n_q - j| ≤ window. Masks combine by "and".
        alibi_slopes: (num_heads,) slopes m: m · |i + n_k - n_q - j| is taken from the scaled scores; see
            `attention_core.positions.alibi_slopes`.
        scale: factor on the scores, for `scaled_dot_product` only; default 1/√(d_k / num_heads).
        temperature: the scaled scores are divided by it; above 0.
        num_heads: features are split into so many heads, in order, and the outputs put side by
            side. It divides d_q, d_k and d_v.
        parameters: learned parameters by name, of the shapes in `attention_core.parameters`;
            default: seeded ones.
        seed: for seeded parameters.
        bfloat16: compute both products in bfloat16, which has 8 binary digits: scores near 100 are off by up to
            0.5, and so weights by half of themselves. Faster only where the processor has instructions for it.
            The gradient is computed in full precision.
        return_weights: also return the weights, which take n_q · n_k numbers a head.

    Without the weights the memory needed grows with n_q + n_k, not with n_q · n_k: large inputs are
    computed for a block of queries after another, and so are their gradients.

    Returns:
        output (…, n_q, d_v), or (output, weights) with weights (…, n_q, n_k), and
        (…, num_heads, n_q, n_k) with more than one head. A row that may attend to nothing has
        weights and output 0. float64 if an input array is, else float32; half precision is computed
        in float32 and returned as it came.

    Raises:
        ValueError: a name, shape or number is wrong, an input has NaN or infinity, the scores
            overflow, or the weights asked for exceed `attention_core.checks.WEIGHTS_LIMIT`. Values
            are checked when computing eagerly, not inside a `tf.function`.
        TypeError: num_heads or seed is no whole number.

    References:
        Vaswani et al. 2017, Attention Is All You Need, arXiv 1706.03762; the sources of the other
        scores are in their files.
    """
    call = prepare(
        query,
        key,
        value,
        function=function,
        mask=mask,
        causal=causal,
        key_padding=key_padding,
        window=window,
        alibi_slopes=alibi_slopes,
        scale=scale,
        temperature=temperature,
        num_heads=num_heads,
        parameters=parameters,
        seed=seed,
        bfloat16=bfloat16,
    )
    if not return_weights:
        return call.answer(call.join_heads(kernels.attention(call)))
    checks.check_weights_fit(call.weights_shape)
    head_output, weights = dense.attention(call)
    return call.answer(call.join_heads(head_output)), call.answer(weights)
