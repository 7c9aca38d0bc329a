"""The core and its peers: each turns a case into something to call, or says that it cannot."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from bench.cases import Case

Run = Callable[[], Any]
OURS, TENSORFLOW, KERAS, TORCH = "attention_core", "plain TensorFlow", "keras.ops", "PyTorch"
FUNCTIONS = ("general", "cosine", "additive")


def attention_core(case: Case) -> Run | None:
    """The public calls, as anybody makes them."""
    import attention_core as core
    from attention_core.backend import tf

    if case.kind == "many":
        jobs = [dict(zip(("query", "key", "value"), job, strict=True)) for job in case.jobs]
        return lambda: core.attend_many(jobs)
    if case.n <= 16:
        # A tiny job comes as arrays: a learner's rows.
        return lambda: core.attend(*(array[0] for array in case.inputs))
    query, key, value = (tf.constant(array) for array in case.inputs)
    by_kind: dict[str, dict[str, Any]] = {
        "causal": {"causal": True},
        "mask": {"mask": tf.constant(case.mask) if case.kind == "mask" else None},
        "padding": {"key_padding": tf.constant(case.padding)},
        "bfloat16": {"bfloat16": True},
        **{name: {"function": name} for name in FUNCTIONS},
    }
    options = by_kind.get(case.kind, {})
    if case.backward:
        return _gradient(lambda *inputs: core.attend(*inputs, **options), query, key, value)
    return lambda: core.attend(query, key, value, **options)


def plain_tensorflow(case: Case) -> Run | None:
    """matmul, softmax, matmul in one graph: what most people write."""
    from attention_core.backend import tf

    def attend(query: Any, key: Any, value: Any) -> Any:
        scores = tf.matmul(query, key, transpose_b=True) / float(np.sqrt(query.shape[-1]))
        if allowed is not None:
            scores = tf.where(allowed, scores, tf.constant(float("-inf"), scores.dtype))
        return tf.matmul(tf.nn.softmax(scores), value)

    allowed = _allowed(case)
    if case.kind in FUNCTIONS:
        return None
    graph = tf.function(attend)
    if case.kind == "many":
        jobs = [[tf.constant(array) for array in job] for job in case.jobs]
        return lambda: [graph(*job) for job in jobs]
    dtype = tf.bfloat16 if case.kind == "bfloat16" else tf.float32
    query, key, value = (tf.cast(array, dtype) for array in case.inputs)
    if case.backward:
        return _gradient(graph, query, key, value)
    return lambda: graph(query, key, value)


def keras_ops(case: Case) -> Run | None:
    """keras.ops.dot_product_attention on the TensorFlow backend, (batch, n, heads, d)."""
    import keras

    from attention_core.backend import tf

    if case.kind in FUNCTIONS or case.kind == "bfloat16":
        return None
    allowed = _allowed(case)

    @tf.function
    def attend(query: Any, key: Any, value: Any) -> Any:
        return keras.ops.dot_product_attention(query, key, value, mask=allowed)

    if case.kind == "many":
        jobs = [[tf.constant(array)[None, :, None] for array in job] for job in case.jobs]
        return lambda: [attend(*job) for job in jobs]
    inputs = [tf.constant(np.ascontiguousarray(np.swapaxes(array, 0, 1)))[None] for array in case.inputs]
    if case.backward:
        return _gradient(attend, *inputs)
    return lambda: attend(*inputs)


def torch(case: Case) -> Run | None:
    """torch.nn.functional.scaled_dot_product_attention; for the functions that it lacks, their formula."""
    import torch as peer

    attend = peer.nn.functional.scaled_dot_product_attention
    if case.kind == "many":
        jobs = [[peer.tensor(array)[None, None] for array in job] for job in case.jobs]
        return lambda: [attend(*job) for job in jobs]
    query, key, value = (peer.tensor(array)[None] for array in case.inputs)
    if case.kind in FUNCTIONS:
        return _torch_function(case, query, key, value)
    allowed = _allowed(case) if case.kind in ("mask", "padding") else None
    mask = None if allowed is None else peer.tensor(np.broadcast_to(allowed, (case.n, case.n)))
    causal = case.kind == "causal"
    if not case.backward:
        return lambda: attend(query, key, value, attn_mask=mask, is_causal=causal)
    inputs = [each.requires_grad_() for each in (query, key, value)]

    def both() -> Any:
        output = attend(*inputs, attn_mask=mask, is_causal=causal)
        return peer.autograd.grad(output.sum(), inputs)

    return both


PEERS = {OURS: attention_core, TENSORFLOW: plain_tensorflow, KERAS: keras_ops, TORCH: torch}


def _torch_function(case: Case, query: Any, key: Any, value: Any) -> Run:
    import torch as peer

    import attention_core as core

    parameters = core.explain(*(array[:, :1] for array in case.inputs), function=case.kind).parameters
    weights = {name: peer.tensor(np.asarray(array)) for name, array in parameters.items()}

    def scores() -> Any:
        if case.kind == "general":
            return query @ weights["weight"] @ key.transpose(-1, -2)
        if case.kind == "cosine":
            normal = peer.nn.functional.normalize
            return normal(query, dim=-1) @ normal(key, dim=-1).transpose(-1, -2)
        hidden = (query @ weights["query_weight"])[..., :, None, :] + (key @ weights["key_weight"])[
            ..., None, :, :
        ]
        return peer.tanh(hidden) @ weights["vector"]

    return lambda: peer.softmax(scores(), dim=-1) @ value


def _allowed(case: Case) -> Any | None:
    if case.kind == "causal":
        return np.tri(case.n, dtype=bool)
    if case.kind == "mask":
        return case.mask
    return case.padding[None, :] if case.kind == "padding" else None


def _gradient(attend: Callable[..., Any], *inputs: Any) -> Run:
    from attention_core.backend import tf

    def both() -> Any:
        with tf.GradientTape() as tape:
            tape.watch(inputs)
            output = attend(*inputs)
        return tape.gradient(output, inputs)

    return both
