"""One block of queries after another: memory grows with n, not with n².

Every block has its exact softmax against all the keys that it may see, so there is nothing to
correct afterwards; keys that a whole block cannot see (causal, window) are never touched. One trace
serves all shapes.

    powers = exp(scores - shift)        output = powers · V / rowsum(powers)

The shift keeps exp in its range and cancels. By Cauchy and Schwarz no score is beyond
max‖q‖ · max‖k‖; while that is small, and V too, the shift is 0 and the division comes last, which
saves passes over the block.

The gradient computes the weights of each block again rather than keep them (as Dao et al. 2022,
FlashAttention, arXiv 2205.14135, section 3.1).
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

from attention_core.backend import tf
from attention_core.kernels.blocks import Blocks, Inputs, Stack, Traits, row_sums
from attention_core.kernels.products import multiply
from attention_core.masks import Visibility
from attention_core.sizes import broadcast, product, sizes


def attention(
    query: Any,
    key: Any,
    value: Any,
    visibility: Visibility,
    *,
    safe: Any,
    slopes: Any | None = None,
    bfloat16: bool = False,
) -> Any:
    """Return softmax(query · keyᵀ - slope · distance) · value: (…, n_q, d_v).

    Args:
        query, key, value: (…, n_q, d), (…, n_k, d), (…, n_k, d_v); leading axes that broadcast.
        visibility: masks; their leading axes broadcast to those.
        safe: whether exp(score) needs no shift; see `bounds`.
        slopes: (…) one for each of the leading axes; or None.
        bfloat16: compute both products in it; the gradient's are not.
    """
    *query_batch, n_q, width = sizes(query)
    *key_batch, n_k, _width = sizes(key)
    *value_batch, _n_k, d_v = sizes(value)
    batch = broadcast(query_batch, key_batch, value_batch)
    traits, options = _options(visibility, batch, n_q, n_k, slopes, query.dtype, safe, bfloat16)

    @tf.custom_gradient
    def items(*differentiable: Any) -> tuple[Any, Callable[[Any], Any]]:
        given = dict(zip(("query", "key", "value", "slopes"), differentiable, strict=False))

        def gradient(upstream: Any) -> Any:
            return _graph(_backward, traits)({**given, **options, "upstream": upstream})[: len(given)]

        # A tape would keep every block of the forward step for a gradient that is never asked of it.
        kept_apart = {name: tf.stop_gradient(tensor) for name, tensor in given.items()}
        return _graph(_forward, traits)({**kept_apart, **options}), gradient

    differentiable = [
        _flat(query, batch, [n_q, width]),
        _flat(key, batch, [n_k, width]),
        _flat(value, batch, [n_k, d_v]),
    ]
    if slopes is not None:
        differentiable.append(tf.reshape(tf.broadcast_to(slopes, batch), [product(batch)]))
    return tf.reshape(items(*differentiable), [*batch, n_q, d_v])


def _flat(values: Any, batch: list[Any], last: list[Any]) -> Any:
    """Make one axis of the leading ones: (…, n, d) → (items, n, d)."""
    own = sizes(values)[: -len(last)]
    same = len(own) == len(batch) and all(
        size == other if isinstance(size, int) and isinstance(other, int) else size is other
        for size, other in zip(own, batch, strict=True)
    )
    if not same:
        values = tf.broadcast_to(values, [*batch, *last])
    return tf.reshape(values, [product(batch), *last])


def _owned(values: Any, batch: list[Any], last: list[Any]) -> tuple[Any, Any]:
    """Return values with one leading axis, and for each item of the batch which of them is its own.

    A mask that all items share is not copied for each.
    """
    own = sizes(values)[: -len(last)]
    numbers = tf.reshape(tf.range(product(own)), own)
    owner = tf.reshape(tf.broadcast_to(numbers, batch), [product(batch)])
    return tf.reshape(values, [product(own), *last]), owner


def _options(
    visibility: Visibility,
    batch: list[Any],
    n_q: Any,
    n_k: Any,
    slopes: Any,
    dtype: Any,
    safe: Any,
    bfloat16: bool,
) -> tuple[Traits, dict[str, Any]]:
    options: dict[str, Any] = {"safe": safe}
    if visibility.window is not None:
        options["window"] = tf.constant(visibility.window)
    if visibility.mask is not None:
        options["mask"], options["mask_of"] = _owned(visibility.mask, batch, [n_q, n_k])
    if visibility.key_padding is not None:
        options["padding"], options["padding_of"] = _owned(visibility.key_padding, batch, [n_k])
    traits = Traits(
        dtype=tf.as_dtype(dtype).name,
        causal=visibility.causal,
        windowed=visibility.window is not None,
        masked=visibility.mask is not None,
        padded=visibility.key_padding is not None,
        sloped=slopes is not None,
        bfloat16=bfloat16,
    )
    return traits, options


@cache
def _graph(step: Callable[[Traits, Inputs], Any], traits: Traits) -> Any:
    """Return the compiled forward or backward step: traced once, for every shape."""
    dtype = tf.as_dtype(traits.dtype)
    matrices = ["query", "key", "value"] + (["upstream"] if step is _backward else [])
    signature = {name: tf.TensorSpec([None, None, None], dtype) for name in matrices}
    signature["safe"] = tf.TensorSpec([], tf.bool)
    if traits.windowed:
        signature["window"] = tf.TensorSpec([], tf.int32)
    if traits.masked:
        signature["mask"] = tf.TensorSpec([None, None, None], tf.bool)
        signature["mask_of"] = tf.TensorSpec([None], tf.int32)
    if traits.padded:
        signature["padding"] = tf.TensorSpec([None, None], tf.bool)
        signature["padding_of"] = tf.TensorSpec([None], tf.int32)
    if traits.sloped:
        signature["slopes"] = tf.TensorSpec([None], dtype)
    return tf.function(lambda inputs: step(traits, inputs), input_signature=[signature])


def _forward(traits: Traits, inputs: Inputs) -> Any:
    blocks = Blocks(traits, inputs, bfloat16=traits.bfloat16)
    value = inputs["value"]
    d_v = tf.shape(value)[2]
    stack = Stack(value)

    def run(safe: bool) -> Any:
        def block(step: Any, outputs: Any) -> tuple[Any, Any]:
            item = step // blocks.per_item
            first, last = blocks.rows_of(step % blocks.per_item)
            powers = blocks.powers(item, first, last, safe=safe)
            total = row_sums(powers)
            if not safe:
                powers = [(span, tf.math.divide_no_nan(cells, total)) for span, cells in powers]
            output = tf.add_n(
                [
                    multiply(cells, stack.rows(item, span.first, span.last), bfloat16=traits.bfloat16)
                    for span, cells in powers
                ]
            )
            return step + 1, outputs.write(step, tf.math.divide_no_nan(output, total) if safe else output)

        steps = blocks.items * blocks.per_item
        outputs = tf.TensorArray(value.dtype, size=steps, infer_shape=False, element_shape=[None, None])
        # One block at a time: more of them at once would take as many times the memory.
        _step, outputs = tf.while_loop(
            lambda step, _outputs: step < steps, block, (0, outputs), parallel_iterations=1
        )
        return tf.reshape(outputs.concat(), [blocks.items, blocks.n_q - blocks.blind, d_v])

    if traits.sloped:  # the bias has no bound
        output = run(safe=False)
    else:
        output = tf.cond(inputs["safe"], lambda: run(safe=True), lambda: run(safe=False))
    return tf.pad(output, [[0, 0], [blocks.blind, 0], [0, 0]]) if traits.causal else output


def _backward(traits: Traits, inputs: Inputs) -> tuple[Any, Any, Any, Any]:
    """Return the gradients by query, key, value and slopes; by the last 0 where there are none.

    With w the weights of a block and g the gradient by its output: that by the weights is G = g·Vᵀ,
    that by the scores D = w ∘ (G - rowsum(w ∘ G)); by q it is D·K, by k Dᵀ·q, by v wᵀ·g, by a
    slope -Σ D ∘ distance.
    """
    blocks = Blocks(traits, inputs)
    query, key, value = (inputs[name] for name in ("query", "key", "value"))
    values, upstream = Stack(value), Stack(inputs["upstream"])

    def block(
        item: Any, number: Any, by_query: Any, by_key: Any, by_value: Any, by_slope: Any
    ) -> tuple[Any, ...]:
        first, last = blocks.rows_of(number)
        powers = blocks.powers(item, first, last, safe=False)
        total = row_sums(powers)
        above = upstream.rows(item, first, last)
        weighted = []
        for span, one in powers:
            weights = tf.math.divide_no_nan(one, total)
            by_weights = tf.matmul(above, values.rows(item, span.first, span.last), transpose_b=True)
            weighted.append((span, weights, by_weights))
        mean = tf.add_n([tf.reduce_sum(w * g, axis=-1, keepdims=True) for _span, w, g in weighted])
        of_query = tf.zeros([last - first, tf.shape(query)[2]], query.dtype)
        for span, weights, by_weights in weighted:
            by_scores = weights * (by_weights - mean)
            of_query += tf.matmul(by_scores, blocks.key.rows(item, span.first, span.last))
            around = [[span.first, blocks.n_k - span.last], [0, 0]]
            by_key += tf.pad(
                tf.matmul(by_scores, blocks.query.rows(item, first, last), transpose_a=True), around
            )
            by_value += tf.pad(tf.matmul(weights, above, transpose_a=True), around)
            if traits.sloped:
                by_slope -= tf.reduce_sum(by_scores * blocks.apart(first, last, span))
        step = item * blocks.per_item + number
        return item, number + 1, by_query.write(step, of_query), by_key, by_value, by_slope

    def each_item(item: Any, by_query: Any, *kept: Any) -> tuple[Any, ...]:
        zeros = tf.zeros_like(key[item]), tf.zeros_like(value[item]), tf.zeros([], query.dtype)
        _item, _number, by_query, *sums = tf.while_loop(
            lambda _item, number, *_: number < blocks.per_item,
            block,
            (item, 0, by_query, *zeros),
            parallel_iterations=1,
        )
        return item + 1, by_query, *(array.write(item, one) for array, one in zip(kept, sums, strict=True))

    def array(size: Any, rank: int = 2) -> Any:
        return tf.TensorArray(query.dtype, size=size, infer_shape=False, element_shape=[None] * rank)

    _item, by_query, *by_item = tf.while_loop(
        lambda item, *_: item < blocks.items,
        each_item,
        (
            0,
            array(blocks.items * blocks.per_item),
            array(blocks.items),
            array(blocks.items),
            array(blocks.items, 0),
        ),
        parallel_iterations=1,
    )
    seeing = tf.reshape(by_query.concat(), [blocks.items, blocks.n_q - blocks.blind, tf.shape(query)[2]])
    if traits.causal:
        seeing = tf.pad(seeing, [[0, 0], [blocks.blind, 0], [0, 0]])
    by_key, by_value, by_slope = (array.stack() for array in by_item)
    return seeing, by_key, by_value, by_slope
