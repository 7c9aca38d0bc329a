"""Linear attention: softmax's exp(q·k) replaced by φ(q)·φ(k), which may be summed over the keys first."""

from __future__ import annotations

from typing import Any

import numpy as np

from attention_core import checks
from attention_core.backend import tf
from attention_core.call import as_computed, as_mask
from attention_core.functions import function
from attention_core.sizes import sizes, static_shape

# Causal sums are carried from block to block of so many tokens.
BLOCK = 128


def linear_attention(
    query: Any, key: Any, value: Any, *, causal: bool = False, key_padding: Any = None
) -> Any:
    """Return φ(q)·Σⱼ φ(kⱼ)ᵀvⱼ / φ(q)·Σⱼ φ(kⱼ)ᵀ with φ(x) = elu(x) + 1.

    The sums over the keys are d_k · d_v numbers, whatever n is: time and memory grow with n, not n². It is
    another function than softmax attention, not an approximation of it; how far it is from it on one's own
    data is worth measuring.

    >>> rows = [[0.0], [1.0], [3.0]]
    >>> linear_attention(rows, rows, rows).numpy().tolist()  # (1·0 + 2·1 + 4·3) / (1 + 2 + 4)
    [[2.0], [2.0], [2.0]]

    Args:
        query: (…, n_q, d_k) numbers.
        key: (…, n_k, d_k).
        value: (…, n_k, d_v).
        causal: query i sees keys j ≤ i; n_q = n_k.
        key_padding: (…, n_k) booleans, true = real token.

    Returns:
        output (…, n_q, d_v); 0 in a row that may attend to nothing.

    Raises:
        ValueError: a shape or a value is wrong; causal with n_q ≠ n_k; a sum overflows (seen when computing eagerly).

    References:
        Katharopoulos, Vyas, Pappas, Fleuret 2020, Transformers are RNNs, arXiv 2006.16236, sections 3.2, 3.3.
    """
    query, key, value, dtype = as_computed(query, key, value)
    query, key, value = (tf.convert_to_tensor(each) for each in (query, key, value))
    shapes = [static_shape(each) for each in (query, key, value)]
    checks.check_shapes(*shapes, num_heads=1, function=function("dot_product"))
    batch = checks.broadcast_batch(query=shapes[0][:-2], key=shapes[1][:-2], value=shapes[2][:-2])
    if causal and checks.differ(shapes[0][-2], shapes[1][-2]):
        raise ValueError(
            f"key: expected {shapes[0][-2]} rows as in query, which causal needs; got {shapes[1][-2]}"
        )
    query, key = _feature(query), _feature(key)
    # A column of ones beside V adds up the weights in the same sum; a padded key adds nothing to either.
    value = tf.concat([value, tf.ones_like(value[..., :1])], axis=-1)
    real = as_mask("key_padding", key_padding, batch, (shapes[1][-2],))
    if real is not None:
        value *= tf.cast(real, value.dtype)[..., None]
    sums = _causal(query, key, value) if causal else query @ (tf.linalg.matrix_transpose(key) @ value)
    if tf.executing_eagerly():
        checks.check_no_overflow(np.asarray(sums))
    return tf.cast(tf.math.divide_no_nan(sums[..., :-1], sums[..., -1:]), dtype)


def _feature(rows: Any) -> Any:
    """Return φ(x) = elu(x) + 1: x + 1 above 0 and exp(x) below, of which elu's own exp(x) - 1 would lose digits."""
    return tf.where(rows > 0, rows + 1, tf.exp(tf.minimum(rows, 0)))


def _causal(query: Any, key: Any, value: Any) -> Any:
    """Return for every i the sum over j ≤ i of (qᵢ·kⱼ) vⱼ.

    Within a block of tokens by a triangle of products, before it by the sum of all the blocks before.
    """
    *_batch, n, _d = sizes(query)
    blocks = -(-n // BLOCK)

    def split(rows: Any) -> Any:
        *leading, _n, d = sizes(rows)
        around = [[0, 0]] * len(leading) + [[0, blocks * BLOCK - n], [0, 0]]
        return tf.reshape(tf.pad(rows, around), [*leading, blocks, BLOCK, d])

    query, key, value = split(query), split(key), split(value)
    keyed = tf.linalg.matrix_transpose(key)
    inside = tf.linalg.band_part(query @ keyed, -1, 0) @ value
    before = query @ tf.cumsum(keyed @ value, axis=-3, exclusive=True)
    sums = inside + before
    *leading, _blocks, _rows, d_v = sizes(sums)
    return tf.reshape(sums, [*leading, blocks * BLOCK, d_v])[..., :n, :]
