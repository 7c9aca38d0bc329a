"""Against implementations that others wrote: Keras, SciPy, scikit-learn."""

import keras
import numpy as np
import pytest
import scipy.special
import sklearn.metrics.pairwise
import tensorflow as tf

import attention_core


def normal(*shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape).astype(np.float32)


QUERY, KEY, VALUE = normal(2, 4, 8), normal(2, 6, 8, seed=1), normal(2, 6, 3, seed=2)


def close(got, want):
    np.testing.assert_allclose(got, want, rtol=1e-5, atol=1e-6)


def test_dot_product_is_the_attention_layer_of_keras():
    want, weights = keras.layers.Attention()([QUERY, VALUE, KEY], return_attention_scores=True)
    got = attention_core.attend(QUERY, KEY, VALUE, function="dot_product", return_weights=True)
    close(got[0], want)
    close(got[1], weights)


def test_key_padding_is_the_value_mask_of_keras():
    padding = np.array([[True] * 4 + [False] * 2, [True] * 6])
    want = keras.layers.Attention()([QUERY, VALUE, KEY], mask=[None, tf.constant(padding)])
    close(attention_core.attend(QUERY, KEY, VALUE, function="dot_product", key_padding=padding), want)


def test_causal_is_that_of_keras_where_the_sizes_are_equal():
    want = keras.layers.Attention()([QUERY, QUERY, QUERY], use_causal_mask=True)
    close(attention_core.attend(QUERY, QUERY, QUERY, function="dot_product", causal=True), want)


def test_additive_with_no_projection_is_the_additive_layer_of_keras():
    parameters = {"query_weight": np.eye(8), "key_weight": np.eye(8), "vector": np.ones(8)}
    want = keras.layers.AdditiveAttention(use_scale=False)([QUERY, VALUE, KEY])
    close(attention_core.attend(QUERY, KEY, VALUE, function="additive", parameters=parameters), want)


@pytest.mark.parametrize("causal", [False, True])
@pytest.mark.parametrize("num_heads", [1, 2, 4])
def test_heads_are_those_of_keras_dot_product_attention(num_heads, causal):
    def heads(array):  # (batch, n, d) → (batch, n, heads, d / heads)
        return array.reshape(*array.shape[:-1], num_heads, -1)

    query, key, value = QUERY, normal(2, 4, 8, seed=4), normal(2, 4, 8, seed=5)
    want = keras.ops.dot_product_attention(heads(query), heads(key), heads(value), is_causal=causal)
    got = attention_core.attend(query, key, value, num_heads=num_heads, causal=causal)
    close(got, np.asarray(want).reshape(got.shape))


def test_a_drawn_mask_and_a_scale_are_those_of_keras_dot_product_attention():
    mask = normal(2, 4, 6, seed=6) > 0
    mask[..., 0] = True  # Keras answers a fully hidden row otherwise
    want = keras.ops.dot_product_attention(
        QUERY[:, :, None], KEY[:, :, None], VALUE[:, :, None], mask=mask[:, None], scale=0.3
    )
    close(attention_core.attend(QUERY, KEY, VALUE, mask=mask, scale=0.3), np.asarray(want)[:, :, 0])


def test_weights_are_the_softmax_of_scipy():
    stages = attention_core.explain(QUERY, KEY, VALUE, causal=True, temperature=0.3)
    close(stages.weights, scipy.special.softmax(np.asarray(stages.masked), axis=-1))


def test_entropy_is_that_of_scipy():
    stages = attention_core.explain(QUERY, KEY, VALUE, temperature=0.3)
    close(stages.entropy, scipy.special.entr(np.asarray(stages.weights)).sum(axis=-1))


def test_cosine_is_the_similarity_of_scikit_learn():
    query = np.concatenate([QUERY[0], np.zeros((1, 8), np.float32)])
    stages = attention_core.explain(query, KEY[0], VALUE[0], function="cosine")
    close(stages.scores[0], sklearn.metrics.pairwise.cosine_similarity(query, KEY[0]))
