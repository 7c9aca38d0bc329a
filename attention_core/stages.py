"""Every intermediate matrix of one attention call, for teaching."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from attention_core import checks, masks
from attention_core.backend import tf
from attention_core.call import Call, prepare
from attention_core.explanation import Explanation
from attention_core.kernels import dense
from attention_core.kernels.products import multiply


def explain(
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
) -> Explanation:
    """Return every stage of `attend` called with the same arguments.

    All stages but `output` have a head axis, also with one head; see `Explanation`.

    >>> stages = explain([[0.0], [1.0]], [[0.0], [1.0]], [[0.0], [1.0]], causal=True)
    >>> stages.masked.numpy().tolist()
    [[[0.0, -inf], [0.0, 1.0]]]
    >>> stages.effective_tokens.numpy().round(3).tolist()
    [[1.0, 1.7899999618530273]]

    Args:
        query, key, value: (…, n_q, d_q), (…, n_k, d_k), (…, n_k, d_v).
        The others are those of `attend`.

    Raises:
        ValueError: as `attend`, and when the stages have more numbers than the weights limit.
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
    )
    return stages_of(call)


def stages_of(call: Call) -> Explanation:
    """Return every stage of a call that is ready."""
    checks.check_weights_fit(call.weights_shape)
    scores = call.scores()
    scaled = dense.scaled(call, scores)
    allowed = call.allowed()
    weights = masks.softmax(scaled, allowed)
    head_output = multiply(weights, call.value)
    entropy, effective_tokens = _spread(weights)
    of_pairs = {
        "scores": scores,
        "scaled": scaled,
        "masked": masks.hide(scaled, allowed),
        "weights": weights,
        "head_output": head_output,
    }
    of_rows = {"entropy": entropy, "effective_tokens": effective_tokens}
    if call.num_heads == 1:
        of_pairs = {name: tensor[..., None, :, :] for name, tensor in of_pairs.items()}
        of_rows = {name: tensor[..., None, :] for name, tensor in of_rows.items()}
    stages = {**of_pairs, **of_rows, "output": call.join_heads(head_output)}
    answer = {name: call.answer(tensor) for name, tensor in stages.items()}
    return Explanation(**answer, parameters=call.parameters)


def _spread(weights: Any) -> tuple[Any, Any]:
    """Return entropy in nats and its exponential: (…, n_q, n_k) → two of (…, n_q).

    0 · ln 0 counts as 0. A row of zeros attends to nothing, so both are 0.
    """
    # Subtracted from 0 rather than negated: a row with one weight then has 0, not -0.
    entropy = 0.0 - tf.reduce_sum(tf.math.xlogy(weights, weights), axis=-1)
    visible = tf.reduce_any(weights > 0, axis=-1)
    return entropy, tf.where(visible, tf.exp(entropy), tf.zeros_like(entropy))
