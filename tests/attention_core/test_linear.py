"""Linear attention: its formula over all pairs, its order in time, its difference from softmax."""

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st

import attention_core
from attention_core import linear


def by_pairs(query, key, value, visible):
    """The definition, over all n_q · n_k pairs."""

    def feature(x):
        return np.where(x > 0, x + 1, np.exp(np.minimum(x, 0)))

    weights = feature(query) @ np.swapaxes(feature(key), -1, -2) * visible
    total = weights.sum(axis=-1, keepdims=True)
    return np.where(total > 0, weights @ value / np.where(total > 0, total, 1), 0)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(st.integers(0, 2**32 - 1), st.integers(1, 40), st.integers(1, 40), st.booleans(), st.booleans())
def test_it_is_the_sum_over_all_pairs(seed, n_q, n_k, causal, padded):
    rng = np.random.default_rng(seed)
    n_k = n_q if causal else n_k
    query, key, value = (
        rng.normal(size=(2, n_q, 3)),
        rng.normal(size=(2, n_k, 3)),
        rng.normal(size=(2, n_k, 4)),
    )
    padding = rng.random((2, n_k)) < 0.6 if padded else None
    visible = np.tri(n_q, n_k) if causal else np.ones((n_q, n_k))
    if padded:
        visible = visible * padding[:, None, :]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(linear, "BLOCK", 8)
        output = attention_core.linear_attention(query, key, value, causal=causal, key_padding=padding)
    np.testing.assert_allclose(output, by_pairs(query, key, value, visible), rtol=1e-10, atol=1e-12)


def test_its_gradient_equals_finite_differences():
    arrays = [tf.constant(np.random.default_rng(seed).normal(size=(5, 2))) for seed in range(3)]
    theory, numeric = tf.test.compute_gradient(
        lambda *given: attention_core.linear_attention(*given, causal=True), arrays, delta=1e-5
    )
    for exact, difference in zip(theory, numeric, strict=True):
        np.testing.assert_allclose(exact, difference, rtol=1e-5, atol=1e-8)


def test_it_is_another_function_than_softmax_attention():
    rng = np.random.default_rng(0)
    rows = [rng.normal(size=(20, 4)) for _ in range(3)]
    difference = np.abs(attention_core.linear_attention(*rows) - attention_core.attend(*rows)).max()
    assert 1e-3 < difference < np.abs(rows[2]).max()


def test_it_runs_in_a_graph_of_unknown_length():
    compiled = tf.function(
        lambda *given: attention_core.linear_attention(*given, causal=True),
        input_signature=[tf.TensorSpec([None, 3], tf.float32)] * 3,
    )
    for n in (1, 128, 300):
        rows = np.random.default_rng(n).normal(size=(n, 3)).astype(np.float32)
        np.testing.assert_allclose(
            compiled(rows, rows, rows), by_pairs(rows, rows, rows, np.tri(n)), atol=1e-5
        )


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            {"query": np.ones((3, 2)), "causal": True},
            "key: expected 3 rows as in query, which causal needs; got 4",
        ),
        ({"key_padding": np.ones(3, bool)}, r"key_padding: expected shape \(4,\), got \(3,\)"),
        ({"value": np.ones((3, 2))}, "value: expected 4 rows as in key"),
        ({"key": np.full((4, 2), np.nan)}, "key: expected finite numbers"),
    ],
)
def test_a_wrong_call_says_what_was_expected(change, message):
    call = {"query": np.ones((4, 2)), "key": np.ones((4, 2)), "value": np.ones((4, 2))} | change
    with pytest.raises(ValueError, match=message):
        attention_core.linear_attention(**call)


@pytest.mark.parametrize("size", [1.0, 15.0, 40.0])
def test_features_far_below_zero_keep_their_digits_in_float32(size):
    rng = np.random.default_rng(0)
    query, key, value = (rng.normal(size=(6, 1)).astype(np.float32) for _ in range(3))
    query, key = query - np.float32(size), key - np.float32(size)
    want = by_pairs(*(rows.astype(np.float64) for rows in (query, key, value)), np.ones((6, 6)))
    np.testing.assert_allclose(attention_core.linear_attention(query, key, value), want, rtol=1e-5)


def test_an_overflow_is_an_error_not_a_nan():
    rows = np.full((2, 1), 3e38, np.float32)
    with pytest.raises(ValueError, match="got an overflow"):
        attention_core.linear_attention(rows, rows, rows)
