"""Answers that can be checked by hand, on the camp's own presets."""

import math

import numpy as np
import pytest

import attention_core
from attention_core import reference

ARTICLE = np.array([[0.1], [0.2], [0.3], [0.4], [0.5]])
I2 = np.eye(2)
V2 = np.array([[1.0, 2.0], [3.0, 4.0]])
T3 = (
    np.array([[1.0, 1, 1, 0], [0, 0, 0, 2], [0, 1, 0, 2]]),
    np.array([[0.0, 0, 0, 1], [0, 2, 0, 1], [1, 2, 1, 0]]),
    np.array([[1.0, 0], [0, 3], [2, 1]]),
)
E = math.e

both_paths = pytest.mark.parametrize(
    "explain", [attention_core.explain, reference.explain], ids=["core", "reference"]
)


@both_paths
def test_a_score_gap_of_one_weighs_one_to_e(explain):
    stages = explain([[1.0]], np.array([[0.0], [1.0]]), np.array([[0.0], [1.0]]))
    np.testing.assert_allclose(stages.weights[0], [[1 / (1 + E), E / (1 + E)]], rtol=1e-12)
    np.testing.assert_allclose(stages.output, [[E / (1 + E)]], rtol=1e-12)


@both_paths
def test_the_articles_five_tokens(explain):
    stages = explain(ARTICLE, ARTICLE, ARTICLE)
    np.testing.assert_allclose(np.ravel(stages.output), [0.3020, 0.3040, 0.3060, 0.3080, 0.3100], atol=5e-5)
    np.testing.assert_allclose(stages.weights[0][4], [0.1805, 0.1898, 0.1995, 0.2097, 0.2205], atol=5e-5)
    np.testing.assert_allclose(stages.weights[0][0], [0.1960, 0.1980, 0.2000, 0.2020, 0.2040], atol=5e-5)
    np.testing.assert_allclose(stages.entropy[0][4], 1.6069, atol=5e-5)
    np.testing.assert_allclose(stages.effective_tokens[0][4], 4.9875, atol=5e-4)


@both_paths
def test_the_articles_tokens_under_a_causal_mask(explain):
    output = np.ravel(explain(ARTICLE, ARTICLE, ARTICLE, causal=True).output)
    np.testing.assert_allclose(output, [0.1, 0.1505, 0.2020, 0.2550, 0.3100], atol=5e-5)


@both_paths
def test_one_token_returns_its_value_whatever_query_and_key_are(explain):
    row = ARTICLE.T
    stages = explain(row, row, row)
    np.testing.assert_allclose(stages.scaled, [[[0.55 / math.sqrt(5)]]])
    np.testing.assert_array_equal(stages.weights, [[[1.0]]])
    np.testing.assert_array_equal(stages.output, row)


@both_paths
def test_identity_queries_and_keys(explain):
    stages = explain(I2, I2, V2)
    np.testing.assert_allclose(stages.weights[0], [[0.6698, 0.3302], [0.3302, 0.6698]], atol=5e-5)
    np.testing.assert_allclose(stages.output, [[1.6605, 2.6605], [2.3395, 3.3395]], atol=5e-5)


@both_paths
def test_three_tokens_of_width_four(explain):
    stages = explain(*T3)
    np.testing.assert_array_equal(stages.scaled[0], [[0, 1, 2], [1, 1, 0], [1, 2, 1]])
    np.testing.assert_allclose(
        stages.output, [[1.4205, 1.3994], [0.7330, 1.4223], [0.6358, 1.9403]], atol=5e-5
    )
    np.testing.assert_allclose(
        explain(*T3, causal=True).output, [[1, 0], [0.5, 1.5], [0.6358, 1.9403]], atol=5e-5
    )


@both_paths
def test_two_heads_split_features_not_tokens(explain):
    stages = explain(*T3, num_heads=2)
    np.testing.assert_allclose(np.asarray(stages.output)[0], [1.3143, 1.2483], atol=5e-5)
    for head, columns in ((0, slice(0, 2)), (1, slice(2, 4))):
        alone = explain(T3[0][:, columns], T3[1][:, columns], T3[2][:, head : head + 1])
        np.testing.assert_allclose(stages.weights[head], alone.weights[0])
        np.testing.assert_allclose(np.asarray(stages.output)[:, [head]], alone.output)


@both_paths
def test_a_hidden_key_gets_nothing_and_the_rest_is_renormalised(explain):
    stages = explain([[1.0]], [[2.0], [1.0], [0.1]], [[1.0], [0.0], [9.0]], key_padding=[True, True, False])
    np.testing.assert_allclose(stages.weights[0], [[0.7311, 0.2689, 0]], atol=5e-5)
    assert np.asarray(stages.masked)[0, 0, 2] == -math.inf


@both_paths
def test_equal_scores_give_uniform_weights(explain):
    stages = explain(np.zeros((1, 3)), np.ones((4, 3)), np.arange(4.0)[:, None])
    np.testing.assert_array_equal(stages.weights[0], [[0.25] * 4])
    np.testing.assert_allclose(stages.effective_tokens, [[4.0]])


@both_paths
def test_a_peaked_row_has_low_entropy(explain):
    stages = explain([[1.0]], [[8.0], [0], [0], [0], [0]], np.zeros((5, 1)))
    np.testing.assert_allclose(stages.entropy, [[0.0121]], atol=5e-5)
    np.testing.assert_allclose(stages.effective_tokens, [[1.0121]], atol=5e-5)


@both_paths
def test_dot_product_counts_length_and_cosine_does_not(explain):
    query, key, value = [[1.0, 0.0]], [[1.0, 0.0], [10.0, 0.0]], np.eye(2)
    np.testing.assert_allclose(explain(query, key, value).weights[0], [[0.0017, 0.9983]], atol=5e-5)
    np.testing.assert_array_equal(explain(query, key, value, function="dot_product").scores[0], [[1, 10]])
    np.testing.assert_allclose(explain(query, key, value, function="cosine").scores[0], [[1, 1]])


@both_paths
def test_additive_score_where_the_dot_product_is_zero(explain):
    parameters = {"query_weight": np.eye(2), "key_weight": np.eye(2), "vector": np.ones(2)}
    query, key = np.array([[1.0, 0.0]]), np.array([[0.0, 1.0]])
    scores = explain(query, key, [[1.0]], function="additive", parameters=parameters).scores
    np.testing.assert_allclose(scores, [[[2 * math.tanh(1)]]])


@both_paths
def test_general_score_is_query_times_weight_times_key(explain):
    weight = np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])
    query, key = np.array([[1.0, 10.0]]), np.array([[1.0, 0, 0], [0, 0, 1.0]])
    stages = explain(query, key, np.eye(2), function="general", parameters={"weight": weight})
    np.testing.assert_array_equal(stages.scores[0], [[41, 63]])


@both_paths
def test_general_score_with_the_identity_is_the_dot_product(explain):
    stages = explain(*T3, function="general", parameters={"weight": np.eye(4)})
    np.testing.assert_allclose(stages.weights, explain(*T3, function="dot_product").weights)


@both_paths
def test_scale_and_temperature_act_before_softmax(explain):
    query, key = np.array([[2.0]]), np.array([[1.0], [0.0]])
    stages = explain(query, key, np.eye(2), function="scaled_dot_product", scale=3.0, temperature=2.0)
    np.testing.assert_array_equal(stages.scores[0], [[2, 0]])
    np.testing.assert_array_equal(stages.scaled[0], [[3, 0]])
    np.testing.assert_allclose(stages.weights[0], [[1 / (1 + E**-3), 1 / (1 + E**3)]])


@both_paths
def test_the_default_scale_uses_the_width_of_one_head(explain):
    ones = np.ones((1, 8))
    np.testing.assert_allclose(np.ravel(explain(ones, ones, ones).scaled), 8 / math.sqrt(8))
    np.testing.assert_allclose(np.ravel(explain(ones, ones, ones, num_heads=2).scaled), [4 / 2, 4 / 2])
