"""One block of queries after another: memory grows with n, not with n².

Every block has its exact softmax against all the keys that it may see, so there is nothing to
correct afterwards; keys that a whole block cannot see (causal, window) are never touched. One trace
serves all shapes.

    powers = exp(scores - shift)        output = powers · V / rowsum(powers)

Where a block's keys are in one piece, TensorFlow's own softmax does this in one pass. A causal block has two: those
that all of its queries see and those that make a triangle. There the shift keeps exp in its range and cancels. By Cauchy and Schwarz no score is beyond
max‖q‖ · max‖k‖; while that is small, and V too, the shift is 0 and the division comes last, which
saves passes over the block.

The gradient computes the weights of each block again rather than keep them (as Dao et al. 2022,
FlashAttention, arXiv 2205.14135, section 3.1).
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

from attention_core import masks
from attention_core.backend import tf
from attention_core.kernels.blocks import Block, Blocks, Inputs, Span, Traits, row_sums
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
    dtype = inputs["value"].dtype
    if traits.bfloat16:
        inputs = {
            **inputs,
            **{name: tf.cast(inputs[name], tf.bfloat16) for name in ("query", "key", "value")},
        }
    blocks = Blocks(traits, inputs)

    def times_value(cells: Any, block: Block, span: Span) -> Any:
        value = blocks.keys_of(inputs["value"], block, span)
        return tf.cast(multiply(tf.cast(cells, value.dtype), value), dtype)

    def of_one_span(block: Block) -> Any:
        (span,) = blocks.spans(block)
        weights = masks.softmax(blocks.scores(block, span), blocks.allowed(block, span))
        return times_value(weights, block, span)

    def of_safe(block: Block) -> Any:
        powers = blocks.powers(block, safe=True)
        output = tf.add_n([times_value(cells, block, span) for span, cells in powers])
        return tf.math.divide_no_nan(output, row_sums(powers))

    def of_any(block: Block) -> Any:
        powers = blocks.powers(block, safe=False)
        total = row_sums(powers)
        return tf.add_n(
            [times_value(tf.math.divide_no_nan(cells, total), block, span) for span, cells in powers]
        )

    def run(output_of: Callable[[Block], Any]) -> Any:
        def step(number: Any, outputs: Any) -> tuple[Any, Any]:
            block = blocks.block(number // blocks.per_group, number % blocks.per_group)
            return number + 1, outputs.write(number, tf.transpose(output_of(block), [1, 0, 2]))

        return blocks.by_item(_each(blocks.groups * blocks.per_group, step, (0, _array(dtype)))[1].concat())

    if traits.spans == 1:
        return run(of_one_span)
    if traits.sloped:  # the bias has no bound
        return run(of_any)
    return tf.cond(inputs["safe"], lambda: run(of_safe), lambda: run(of_any))


def _backward(traits: Traits, inputs: Inputs) -> tuple[Any, Any, Any, Any]:
    """Return the gradients by query, key, value and slopes; by the last 0 where there are none.

    With w the weights of a block and g the gradient by its output: that by the weights is G = g·Vᵀ,
    that by the scores D = w ∘ (G - rowsum(w ∘ G)); by q it is D·K, by k Dᵀ·q, by v wᵀ·g, by a
    slope -Σ D ∘ distance.
    """
    blocks = Blocks(traits, inputs)
    query, key, value, upstream = (inputs[name] for name in ("query", "key", "value", "upstream"))

    def of_block(block: Block, by_key: Any, by_value: Any, by_slope: Any) -> tuple[Any, ...]:
        powers = blocks.powers(block, safe=False)
        total = row_sums(powers)
        above = blocks.rows_of(upstream, block)
        weighted = []
        for span, one in powers:
            weights = tf.math.divide_no_nan(one, total)
            by_weights = tf.matmul(above, blocks.keys_of(value, block, span), transpose_b=True)
            weighted.append((span, weights, by_weights))
        mean = tf.add_n([tf.reduce_sum(w * g, axis=-1, keepdims=True) for _span, w, g in weighted])
        own = blocks.rows_of(query, block)
        by_query = tf.zeros_like(own)
        for span, weights, by_weights in weighted:
            by_scores = weights * (by_weights - mean)
            by_query += tf.matmul(by_scores, blocks.keys_of(key, block, span))
            by_key += around(span, tf.matmul(by_scores, own, transpose_a=True))
            by_value += around(span, tf.matmul(weights, above, transpose_a=True))
            if traits.sloped:
                by_slope -= tf.reduce_sum(by_scores * blocks.apart(block, span), axis=[1, 2])
        return by_query, by_key, by_value, by_slope

    def around(span: Span, part: Any) -> Any:
        return tf.pad(part, [[0, 0], [span.first, blocks.n_k - span.last], [0, 0]])

    def of_group(group: Any, by_query: Any, *kept: Any) -> tuple[Any, ...]:
        def step(number: Any, by_query: Any, *sums: Any) -> tuple[Any, ...]:
            of_query, *sums_now = of_block(blocks.block(group, number), *sums)
            written = by_query.write(group * blocks.per_group + number, tf.transpose(of_query, [1, 0, 2]))
            return number + 1, written, *sums_now

        zeros = [
            tf.zeros([blocks.at_once, blocks.n_k, tf.shape(values)[2]], values.dtype)
            for values in (key, value)
        ]
        start = (0, by_query, *zeros, tf.zeros([blocks.at_once], query.dtype))
        _number, by_query, *sums = _each(blocks.per_group, step, start)
        return group + 1, by_query, *(array.write(group, one) for array, one in zip(kept, sums, strict=True))

    arrays = (*(_array(query.dtype) for _ in range(3)), _array(query.dtype, rank=1))
    _group, by_query, *by_group = _each(blocks.groups, of_group, (0, *arrays))
    return blocks.by_item(by_query.concat()), *(array.concat() for array in by_group)


def _each(count: Any, step: Callable[..., Any], start: tuple[Any, ...]) -> Any:
    """Take `count` steps, one at a time: more of them at once would take as many times the memory."""
    return tf.while_loop(lambda number, *_: number < count, step, start, parallel_iterations=1)


def _array(dtype: Any, rank: int = 3) -> Any:
    """Return an empty list of tensors that differ in their sizes."""
    return tf.TensorArray(dtype, size=0, dynamic_size=True, infer_shape=False, element_shape=[None] * rank)
