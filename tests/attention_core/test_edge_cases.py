"""The cases that core.md decides, and every refusal with what it says."""

import math

import keras
import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

import attention_core
from attention_core import checks, reference
from attention_core.functions import functions

FUNCTIONS = list(functions())
both_paths = pytest.mark.parametrize(
    "explain", [attention_core.explain, reference.explain], ids=["core", "reference"]
)


def normal(*shape, seed=0, dtype=np.float64):
    return np.random.default_rng(seed).normal(size=shape).astype(dtype)


@both_paths
@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_query_that_may_attend_to_nothing_gets_zeros(explain, function):
    mask = np.array([[True, True, False], [False, False, False]])
    stages = explain(normal(2, 4), normal(3, 4), normal(3, 5), function=function, mask=mask)
    weights = np.asarray(stages.weights)[0]
    np.testing.assert_allclose(weights.sum(axis=-1), [1, 0])
    np.testing.assert_array_equal(weights[1], [0, 0, 0])
    np.testing.assert_array_equal(np.asarray(stages.output)[1], np.zeros(5))
    assert np.asarray(stages.entropy)[0, 1] == 0
    assert np.asarray(stages.effective_tokens)[0, 1] == 0
    assert np.isneginf(np.asarray(stages.masked)[0, 1]).all()


@both_paths
def test_causal_is_aligned_at_the_bottom_right(explain):
    def visible(n_q, n_k):
        stages = explain(normal(n_q, 2), normal(n_k, 2), normal(n_k, 1), causal=True)
        return (np.asarray(stages.weights)[0] > 0).astype(int).tolist()

    assert visible(2, 4) == [[1, 1, 1, 0], [1, 1, 1, 1]]
    assert visible(3, 2) == [[0, 0], [1, 0], [1, 1]]


@both_paths
def test_masks_combine_by_and(explain):
    mask = np.array([[True, True, True], [False, True, True], [True, True, False]])
    padding = np.array([True, False, True])
    stages = explain(normal(3, 2), normal(3, 2), normal(3, 1), causal=True, mask=mask, key_padding=padding)
    assert (np.asarray(stages.weights)[0] > 0).astype(int).tolist() == [[1, 0, 0], [0, 0, 0], [1, 0, 0]]


@both_paths
@pytest.mark.parametrize("function", FUNCTIONS)
@pytest.mark.parametrize(
    ("n_q", "n_k", "d_v", "batch"),
    [(1, 1, 1, ()), (3, 0, 2, ()), (0, 3, 2, ()), (2, 3, 5, (0,)), (4, 2, 3, (2, 3))],
)
def test_unusual_sizes_are_defined(explain, function, n_q, n_k, d_v, batch):
    stages = explain(
        normal(*batch, n_q, 4),
        normal(*batch, n_k, 4),
        normal(*batch, n_k, 2 * d_v),
        function=function,
        num_heads=2,
    )
    assert stages.output.shape == (*batch, n_q, 2 * d_v)
    assert stages.weights.shape == (*batch, 2, n_q, n_k)
    assert stages.head_output.shape == (*batch, 2, n_q, d_v)
    assert stages.entropy.shape == stages.effective_tokens.shape == (*batch, 2, n_q)
    assert np.isfinite(np.asarray(stages.output)).all()
    if n_k == 0:
        assert not np.asarray(stages.output).any()
        assert not np.asarray(stages.effective_tokens).any()


@pytest.mark.parametrize(
    "mask", [{"causal": True}, {"mask": np.ones((3, 0), bool)}, {"key_padding": np.ones(0, bool)}]
)
def test_no_keys_and_a_mask_give_zeros(mask):
    output = attention_core.attend(normal(3, 2), normal(0, 2), normal(0, 2), **mask)
    np.testing.assert_array_equal(output, np.zeros((3, 2)))


@both_paths
def test_leading_axes_and_masks_broadcast(explain):
    query, key, value = normal(2, 3, 4, 6), normal(3, 5, 6, seed=1), normal(5, 2, seed=2)
    mask, padding = normal(3, 4, 5, seed=3) > -1, normal(2, 1, 5, seed=4) > -1
    stages = explain(query, key, value, mask=mask, key_padding=padding)
    for a in range(2):
        for b in range(3):
            alone = explain(query[a, b], key[b], value, mask=mask[b], key_padding=padding[a, 0])
            np.testing.assert_allclose(np.asarray(stages.output)[a, b], alone.output, rtol=1e-9)


@pytest.mark.parametrize("sign", [1, -1])
def test_logits_of_ten_thousand_agree_with_float64(sign):
    query, key = sign * normal(6, 8) * 100, normal(7, 8, seed=1) * 100
    value = normal(7, 3, seed=2)
    low = attention_core.attend(*(array.astype(np.float32) for array in (query, key, value)), scale=1.0)
    exact = reference.explain(*(array.astype(np.float32) for array in (query, key, value)), scale=1.0)
    assert np.abs(exact.scaled).max() > 1e4
    bound = 8 * 2**-24 * np.abs(exact.scaled).max() * np.abs(value).max()
    assert np.abs(low - exact.output).max() <= bound


def test_unit_normal_inputs_in_float32_are_within_a_millionth():
    for seed in range(20):
        arrays = [normal(16, 8, seed=3 * seed + k, dtype=np.float32) for k in range(3)]
        exact = reference.explain(*arrays)
        assert np.abs(attention_core.attend(*arrays) - exact.output).max() <= 1e-6


@both_paths
@pytest.mark.parametrize("function", FUNCTIONS)
def test_the_largest_permitted_numbers_stay_finite(explain, function):
    signs = np.sign(normal(8, 16))
    options = {"scale": 1e6} if function == "scaled_dot_product" else {}
    if function == "general":
        options["parameters"] = {"weight": np.sign(normal(16, 16, seed=1)) * 1e6}
    stages = explain(
        signs * 1e6, signs[::-1] * 1e6, signs * 1e6, function=function, temperature=1e-3, **options
    )
    for part in ("scores", "scaled", "weights", "output", "entropy", "effective_tokens"):
        assert np.isfinite(np.asarray(getattr(stages, part))).all(), part
    np.testing.assert_allclose(np.sum(stages.weights, axis=-1), 1, atol=1e-6)


@both_paths
def test_a_mask_beats_any_score(explain):
    stages = explain([[1.0]], np.array([[0.0], [3e9]]), [[1.0], [2.0]], mask=[[True, False]])
    np.testing.assert_array_equal(stages.weights[0], [[1, 0]])


@both_paths
def test_cosine_with_a_zero_row_is_zero(explain):
    stages = explain(
        np.array([[0.0, 0.0], [1.0, 0.0]]), np.array([[3.0, 0.0], [0.0, 0.0]]), np.eye(2), function="cosine"
    )
    np.testing.assert_array_equal(stages.scores[0], [[0, 0], [1, 0]])


TINY = (5e-324, 1e-320, 2e-310, 2.3e-308, 1e-300, 1e-250, 1e-200, 1e-10)


@both_paths
@pytest.mark.parametrize("size", [*TINY, 1.0, 1e10, 1e200, 1e308])
def test_cosine_is_the_same_at_every_size(explain, size):
    query, key = np.array([[3.0, -1.0, 2.0]]), np.array([[1.0, 1.0, -1.0], [2.0, 0.0, 1.0]])
    stages = explain(size / 4 * query, key, np.eye(2), function="cosine")
    cells = (size / 4 * query)[0]  # as stored: subnormal numbers are coarse
    cells = cells / np.abs(cells).max() if cells.any() else cells
    want = [cells @ k / np.linalg.norm(cells) / np.linalg.norm(k) if cells.any() else 0 for k in key]
    np.testing.assert_allclose(stages.scores[0], [want], rtol=1e-12, atol=1e-15)  # the first is 0 at 1.0


@pytest.mark.parametrize("size", [1e-45, 1e-42, 1e-39, 1e-38, 1e-30, 1e30])
def test_cosine_is_the_same_at_every_size_in_float32_and_in_a_graph(size):
    query = np.array([[4.0, -8.0, 16.0]], np.float32) * np.float32(size)
    key = np.array([[1.0, 1.0, -1.0]], np.float32)
    compiled = tf.function(lambda q, k: attention_core.explain(q, k, k, function="cosine").scores)
    want = reference.explain(query, key, key, function="cosine").scores
    np.testing.assert_allclose(compiled(query, key), want, rtol=1e-6)


def test_cosine_of_a_row_that_mixes_tiny_and_subnormal_entries():
    query, key = np.array([[2.3e-308, 2.0e-308]]), np.array([[1.0, -1.0], [1.0, 1.0]])
    scores = attention_core.explain(query, key, np.eye(2), function="cosine").scores
    np.testing.assert_allclose(
        scores[0], [[0.3 / math.hypot(2.3, 2.0) / math.sqrt(2), 4.3 / math.hypot(2.3, 2.0) / math.sqrt(2)]]
    )


@pytest.mark.parametrize(
    ("inputs", "want"),
    [
        ((np.int32, np.int64, np.uint8), "float32"),
        ((np.float64, np.float32, np.int32), "float64"),
        ((np.float32, np.float32, np.float32), "float32"),
        ((np.float16, np.float16, np.float16), "float16"),
        ((np.float16, np.float32, np.float16), "float32"),
        ((np.uint64, np.float16, np.float16), "float32"),
    ],
)
def test_the_type_of_the_answer(inputs, want):
    arrays = [np.ones((2, 2), dtype) for dtype in inputs]
    assert attention_core.attend(*arrays).dtype.name == want
    assert attention_core.explain(*(tf.constant(array) for array in arrays)).weights.dtype.name == want


@pytest.mark.parametrize("variable", [tf.Variable, keras.Variable])
def test_variables_are_read(variable):
    rows = normal(3, 2, dtype=np.float32)
    output = attention_core.attend(variable(rows), rows, rows)
    np.testing.assert_allclose(output, attention_core.attend(rows, rows, rows), rtol=1e-6)


def test_lists_are_float32_alone_and_follow_arrays():
    rows = [[0.1], [0.2]]
    assert attention_core.attend(rows, rows, rows).dtype == tf.float32
    output = attention_core.attend(np.array(rows), rows, rows)
    np.testing.assert_allclose(output, reference.explain(rows, rows, rows).output, rtol=1e-15)


def test_bfloat16_is_computed_in_float32():
    rows = tf.cast(normal(4, 4) * 30, tf.bfloat16)
    output = attention_core.attend(rows, rows, rows)
    assert output.dtype == tf.bfloat16
    wide = tf.cast(rows, tf.float32)
    np.testing.assert_array_equal(output, tf.cast(attention_core.attend(wide, wide, wide), tf.bfloat16))


def test_weights_have_a_head_axis_only_with_several_heads():
    rows = normal(3, 4)
    assert attention_core.attend(rows, rows, rows, return_weights=True)[1].shape == (3, 3)
    assert attention_core.attend(rows, rows, rows, num_heads=2, return_weights=True)[1].shape == (2, 3, 3)


def test_weights_over_the_limit_are_refused_and_the_output_is_not(monkeypatch):
    monkeypatch.setattr(checks, "WEIGHTS_LIMIT", 8)
    rows = normal(3, 4)
    assert attention_core.attend(rows, rows, rows).shape == (3, 4)
    for refused in (
        lambda: attention_core.attend(rows, rows, rows, return_weights=True),
        lambda: attention_core.explain(rows, rows, rows),
    ):
        with pytest.raises(ValueError, match=r"weights: expected at most 8 numbers, got shape \(1, 3, 3\)"):
            refused()


@both_paths
@pytest.mark.parametrize("place", ["query", "key", "value"])
@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
def test_nan_and_infinity_are_named_with_their_place(explain, place, bad):
    arrays = {"query": normal(2, 3), "key": normal(2, 3), "value": normal(2, 3)}
    arrays[place][1, 2] = bad
    with pytest.raises(
        ValueError, match=rf"{place}: expected finite numbers, got -?(nan|inf) at index \[1, 2\]"
    ):
        explain(**arrays)


def test_nan_in_a_tensor_is_named_too():
    bad = tf.constant([[1.0, math.nan]])
    with pytest.raises(ValueError, match=r"key: expected finite numbers, got nan at index \[0, 1\]"):
        attention_core.attend(tf.ones((1, 2)), bad, tf.ones((1, 2)))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_an_overflow_is_an_error_not_a_nan(dtype):
    huge = np.full((1, 2), np.finfo(dtype).max / 4, dtype)
    message = f"scores: expected numbers within the range of {np.dtype(dtype).name}, got an overflow"
    with pytest.raises(ValueError, match=message):
        attention_core.attend(huge, huge, huge)
    with pytest.raises(ValueError, match=message):
        attention_core.explain(huge, -huge, huge)


def test_an_overflow_of_the_reference_is_an_error_too():
    huge = np.full((1, 2), 1e300)
    with pytest.raises(ValueError, match="scores: expected numbers within the range of float64"):
        reference.explain(huge, huge, huge)


ONES = np.ones
REFUSALS = [
    ({"query": ONES(3)}, r"query: expected shape .* at least 2 axes, got \(3,\)"),
    ({"value": ONES((3, 2))}, r"value: expected 2 rows as in key, got shape \(3, 2\)"),
    (
        {"key": ONES((2, 3))},
        r"key: expected width 2 as in query, which scaled_dot_product needs; got shape \(2, 3\)",
    ),
    (
        {"query": ONES((2, 0)), "key": ONES((2, 0))},
        r"query: expected at least one feature, got shape \(2, 0\)",
    ),
    (
        {"query": ONES((2, 2, 2)), "key": ONES((3, 2, 2))},
        r"leading axes that broadcast, got query \(2,\), key \(3,\)",
    ),
    ({"num_heads": 3}, "query: expected a width that num_heads divides, got width 2 and num_heads=3"),
    ({"num_heads": 0}, "num_heads: expected at least 1, got 0"),
    ({"mask": ONES((2, 3), bool)}, r"mask: expected shape \(2, 2\), got \(2, 3\)"),
    ({"mask": ONES((5, 2, 2), bool)}, r"mask: expected shape \(2, 2\), got \(5, 2, 2\)"),
    ({"mask": ONES((2, 2))}, "mask: expected booleans, true = may be attended to; got dtype float64"),
    ({"key_padding": ONES(3, bool)}, r"key_padding: expected shape \(2,\), got \(3,\)"),
    ({"key_padding": [1, 0]}, "key_padding: expected booleans"),
    ({"scale": 1.0, "function": "cosine"}, "scale: expected none, because cosine has no scale; got 1.0"),
    ({"scale": 0.0}, "scale: expected a finite number other than 0, got 0.0"),
    ({"scale": math.nan}, "scale: expected a finite number other than 0, got nan"),
    ({"temperature": 0.0}, "temperature: expected a finite number above 0, got 0.0"),
    ({"temperature": math.inf}, "temperature: expected a finite number above 0, got inf"),
    ({"seed": -1}, "seed: expected at least 0, got -1"),
    ({"function": "softmax"}, "expected a function, one of scaled_dot_product, .*; got 'softmax'"),
    ({"parameters": {"weight": ONES((2, 2))}}, "parameters: expected none; got weight"),
    ({"function": "general", "parameters": {}}, "parameters: expected weight; got none"),
    (
        {"function": "general", "parameters": {"weight": ONES((2, 3))}},
        r"parameters: expected weight of shape \(2, 2\), got \(2, 3\)",
    ),
    (
        {"function": "general", "num_heads": 2, "parameters": {"weight": ONES((1, 1))}},
        r"parameters: expected weight of shape \(2, 1, 1\), got \(1, 1\)",
    ),
    (
        {"function": "general", "parameters": {"weight": ONES((2, 2)) * math.nan}},
        r"parameters: weight: expected finite numbers, got nan at index \[0, 0\]",
    ),
    ({"query": np.array([["a", "b"]])}, "query: expected numbers, got dtype <U1"),
    ({"query": ONES((2, 2), bool)}, "query: expected numbers, got dtype bool"),
    ({"query": ONES((2, 2), complex)}, "query: expected numbers, got dtype complex128"),
]


@both_paths
@pytest.mark.parametrize(("change", "message"), REFUSALS, ids=[message[:40] for _, message in REFUSALS])
def test_a_wrong_call_says_what_was_expected_and_what_came(explain, change, message):
    call = {"query": ONES((2, 2)), "key": ONES((2, 2)), "value": ONES((2, 2)), **change}
    with pytest.raises(ValueError, match=message):
        explain(**call)


@both_paths
@pytest.mark.parametrize("change", [{"num_heads": 1.0}, {"seed": True}, {"seed": "1"}])
def test_counts_must_be_whole_numbers(explain, change):
    with pytest.raises(TypeError, match="expected a whole number"):
        explain(ONES((2, 2)), ONES((2, 2)), ONES((2, 2)), **change)


@both_paths
def test_additive_takes_a_hidden_width_of_its_own_but_one_only(explain):
    parameters = {"query_weight": ONES((2, 7)), "key_weight": ONES((3, 7)), "vector": ONES(7)}
    call = {"query": ONES((1, 2)), "key": ONES((1, 3)), "value": ONES((1, 1)), "function": "additive"}
    assert explain(**call, parameters=parameters).scores.shape == (1, 1, 1)
    with pytest.raises(ValueError, match=r"expected vector of shape \(7,\), got \(6,\)"):
        explain(**call, parameters={**parameters, "vector": ONES(6)})


def test_additive_scores_in_blocks_equal_those_at_once(monkeypatch):
    from attention_core.functions import additive

    call = {
        "query": normal(3, 7, 4),
        "key": normal(3, 5, 4),
        "value": normal(3, 5, 2),
        "function": "additive",
        "num_heads": 2,
    }
    whole = attention_core.explain(**call)
    monkeypatch.setattr(additive, "HIDDEN_CELLS", 150)
    blocks = attention_core.explain(**call)
    np.testing.assert_allclose(blocks.scores, whole.scores, rtol=1e-14)
    np.testing.assert_allclose(blocks.scores, reference.explain(**call).scores, rtol=1e-9)


@given(data=st.data(), dtype=st.sampled_from([np.float32, np.float64]))
def test_products_called_surely_finite_are(data: st.DataObject, dtype: type[np.floating]) -> None:
    width = 32 if dtype is np.float32 else 64
    any_number = st.floats(width=width) | st.sampled_from([0.0, 1.0, float(np.finfo(dtype).max)])
    rows, others = (data.draw(arrays(dtype, (2, 3), elements=any_number)) for _ in range(2))
    factor = data.draw(st.sampled_from([0.5, 1.0, -(2.0**20)]))
    with np.errstate(all="ignore"):
        scaled = rows * dtype(factor)
        are_finite = np.isfinite(scaled).all() and np.isfinite(scaled @ others.T).all()
    assert are_finite or not checks.surely_finite_products(rows, others, factor)


def test_products_of_ordinary_numbers_are_called_surely_finite() -> None:
    rows = np.array([[1e15, -2.0, 0.0]], np.float32)
    assert checks.surely_finite_products(rows, rows, 0.5)
    assert checks.surely_finite_products(np.zeros((0, 3)), rows)
