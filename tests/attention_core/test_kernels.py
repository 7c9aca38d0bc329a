"""By blocks or at once: the same attention, the same gradients, in less memory and with few traces."""

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st

import attention_core
from attention_core import kernels, reference
from attention_core.functions import functions
from attention_core.kernels import blocked, blocks, tiny

BILINEAR = [name for name in functions() if name != "additive"]


@pytest.fixture(scope="module", autouse=True)
def _small_blocks():
    """Everything by blocks, and blocks of a few rows, so that small inputs have many and a ragged last one."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(kernels, "DENSE_CELLS", 0)
        patch.setattr(tiny, "CELLS", 0)
        patch.setattr(blocks, "CELLS", 24)
        patch.setattr(blocks, "LEAST_ROWS", 2)
        blocked._graph.cache_clear()  # the sizes are part of the graph
        yield
    blocked._graph.cache_clear()


def normal(*shape, seed=0, dtype=np.float64):
    return np.random.default_rng(seed).normal(size=shape).astype(dtype)


@st.composite
def calls(draw):
    """Keyword arguments of a valid call, with every option and size that the blocks may meet."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    heads = draw(st.sampled_from([1, 1, 2]))
    name = draw(st.sampled_from(BILINEAR))
    batch = draw(st.sampled_from([(), (2,), (2, 1), (2, 3)]))
    own = draw(st.sampled_from([batch, batch[1:], (1,) * len(batch)]))
    n_q, n_k = draw(st.integers(1, 23)), draw(st.integers(1, 23))
    d_k, d_v = heads * draw(st.integers(1, 4)), heads * draw(st.integers(1, 4))
    size = draw(st.sampled_from([0.01, 1.0, 30.0]))  # 30: beyond the safe bound
    call = {
        "function": name,
        "num_heads": heads,
        "query": rng.normal(0, size, (*batch, n_q, d_k)),
        "key": rng.normal(0, size, (*own, n_k, d_k)),
        "value": rng.normal(0, 1, (*batch, n_k, d_v)),
        "causal": draw(st.booleans()),
        "temperature": draw(st.sampled_from([0.25, 1.0, 20.0])),
    }
    if draw(st.booleans()):
        call["mask"] = rng.random((*own, n_q, n_k)) < draw(st.sampled_from([0.1, 0.8]))
    if draw(st.booleans()):
        call["key_padding"] = rng.random((*batch, n_k)) < 0.7
    if draw(st.booleans()):
        call["window"] = draw(st.sampled_from([0, 1, 3, 30]))
    if draw(st.booleans()):
        call["alibi_slopes"] = rng.random(heads)
    return call


@settings(max_examples=100, deadline=None, derandomize=True)
@given(calls())
def test_by_blocks_equals_the_reference(call):
    expected = reference.explain(**call)
    size = 1e-13 * max(1, np.abs(expected.scaled).max()) * max(1, np.abs(call["value"]).max())
    np.testing.assert_allclose(attention_core.attend(**call), expected.output, rtol=1e-11, atol=size)


@settings(max_examples=40, deadline=None, derandomize=True)
@given(calls())
def test_the_gradients_by_blocks_equal_those_at_once(call):
    inputs = [tf.constant(call.pop(name)) for name in ("query", "key", "value")]

    def gradients(**more):
        with tf.GradientTape() as tape:
            tape.watch(inputs)
            answer = attention_core.attend(*inputs, **call, **more)
            output = answer[0] if more else answer
            loss = tf.reduce_sum(
                output * tf.cos(tf.reshape(tf.range(tf.size(output), dtype=tf.float64), output.shape))
            )
        return tape.gradient(loss, inputs)

    # With the weights asked for, all is computed at once, by operations whose gradients are TensorFlow's.
    for by_blocks, at_once in zip(gradients(), gradients(return_weights=True), strict=True):
        size = 1e-11 * max(1.0, float(tf.reduce_max(tf.abs(at_once)))) if tf.size(at_once) else 0
        np.testing.assert_allclose(by_blocks, at_once, rtol=1e-9, atol=size)


@pytest.mark.parametrize("mask", [{}, {"causal": True}, {"window": 1}], ids=["open", "causal", "window"])
def test_gradients_by_blocks_equal_finite_differences(mask):
    inputs = [normal(5, 2), normal(7, 2, seed=1), normal(7, 3, seed=2)]
    probe = normal(5, 3, seed=3)
    theory, numeric = tf.test.compute_gradient(
        lambda *arrays: tf.reduce_sum(attention_core.attend(*arrays, **mask) * probe),
        [tf.constant(array) for array in inputs],
        delta=1e-5,
    )
    for exact, difference in zip(theory, numeric, strict=True):
        np.testing.assert_allclose(exact, difference, rtol=1e-5, atol=1e-8)


def test_the_gradient_of_a_gradient_is_there():
    inputs = [tf.constant(normal(5, 2, seed=seed)) for seed in range(3)]

    def curvature(**more):
        with tf.GradientTape() as outer:
            outer.watch(inputs)
            with tf.GradientTape() as inner:
                inner.watch(inputs)
                answer = attention_core.attend(*inputs, **more)
                loss = tf.reduce_sum((answer[0] if more else answer) ** 2)
            slope = sum(tf.reduce_sum(one**2) for one in inner.gradient(loss, inputs))
        return outer.gradient(slope, inputs)

    for by_blocks, at_once in zip(curvature(), curvature(return_weights=True), strict=True):
        np.testing.assert_allclose(by_blocks, at_once, rtol=1e-9)


def test_the_parameters_of_a_function_get_their_gradient():
    weight = tf.Variable(normal(2, 2))
    with tf.GradientTape() as tape:
        output = attention_core.attend(
            normal(5, 2), normal(6, 2), normal(6, 1), function="general", parameters={"weight": weight}
        )
        loss = tf.reduce_sum(output**2)
    assert np.abs(tape.gradient(loss, weight)).min() > 0


def test_a_query_that_may_attend_to_nothing_gets_zeros_and_no_gradient():
    mask = np.ones((5, 6), bool)
    mask[3] = False
    query, key = tf.constant(normal(5, 2)), tf.constant(normal(6, 2, seed=1))
    with tf.GradientTape() as tape:
        tape.watch([query, key])
        output = attention_core.attend(query, key, key, mask=mask)
    by_query, by_key = tape.gradient(output, [query, key])
    assert not output[3].numpy().any()
    assert not by_query[3].numpy().any()
    assert np.isfinite(by_key).all()


def test_queries_before_the_first_key_see_nothing():
    output = attention_core.attend(normal(9, 2), normal(4, 2), normal(4, 3), causal=True).numpy()
    assert not output[:5].any()
    np.testing.assert_allclose(output[5], normal(4, 3)[0])


@pytest.mark.parametrize("sign", [1, -1])
def test_logits_of_ten_thousand_by_blocks_agree_with_float64(sign):
    query, key = sign * normal(6, 8) * 100, normal(7, 8, seed=1) * 100
    value = normal(7, 3, seed=2)
    arrays = [array.astype(np.float32) for array in (query, key, value)]
    exact = reference.explain(*arrays, scale=1.0)
    bound = 8 * 2**-24 * np.abs(exact.scaled).max() * np.abs(value).max()
    assert np.abs(exact.scaled).max() > 1e4
    assert np.abs(attention_core.attend(*arrays, scale=1.0) - exact.output).max() <= bound


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_an_overflow_by_blocks_is_an_error_not_a_nan(dtype):
    huge = np.full((3, 2), np.finfo(dtype).max / 4, dtype)
    with pytest.raises(ValueError, match=f"within the range of {np.dtype(dtype).name}, got an overflow"):
        attention_core.attend(huge, huge, huge)


def test_large_rows_whose_scores_are_in_range_are_no_overflow():
    query, key = np.float32([[1e25, 0.0], [0.0, 1e25]]), np.float32([[0.0, 1e-25], [1e-25, 0.0]])
    output = attention_core.attend(query, key, np.eye(2, dtype=np.float32), scale=1.0)
    np.testing.assert_allclose(output, reference.explain(query, key, np.eye(2), scale=1.0).output, rtol=1e-6)


@pytest.mark.parametrize("shape", [(2, 0, 3), (0, 4, 3), (0, 0, 3)])
def test_nothing_to_compute_has_an_answer(shape):
    assert attention_core.attend(normal(*shape), normal(*shape), normal(*shape), causal=True).shape == shape


SIZES = [(n_q, n_k) for n_q in range(3, 23, 2) for n_k in range(2, 22, 2)]


@pytest.mark.parametrize("options", [{}, {"causal": True}, {"window": 2}], ids=["open", "causal", "window"])
def test_a_hundred_shapes_need_one_trace(options):
    blocked._graph.cache_clear()
    assert len(SIZES) == 100
    for n_q, n_k in SIZES:
        attention_core.attend(normal(2, n_q, 4), normal(2, n_k, 4), normal(2, n_k, 3), **options)
    [graph] = graphs()
    assert graph.experimental_get_tracing_count() == 1


def graphs():
    """Return the compiled functions that are kept."""
    assert blocked._graph.cache_info().currsize == 1
    traits = blocks.Traits(
        "float64", causal=False, windowed=False, masked=False, padded=False, sloped=False, bfloat16=False
    )
    for causal in (False, True):
        for windowed in (False, True):
            one = traits._replace(causal=causal, windowed=windowed)
            before = blocked._graph.cache_info().hits
            graph = blocked._graph(blocked._forward, one)
            if blocked._graph.cache_info().hits > before:
                return [graph]
    return []


@pytest.mark.parametrize("known", [None, 4], ids=["nothing known", "width known"])
def test_unknown_sizes_inside_a_graph_choose_when_they_run(known, monkeypatch):
    monkeypatch.setattr(kernels, "DENSE_CELLS", 400)
    traces = []

    @tf.function(input_signature=[tf.TensorSpec([None, None, known], tf.float64)] * 3)
    def compiled(query, key, value):
        traces.append(1)
        return attention_core.attend(query, key, value, causal=True, num_heads=2)

    for batch, n_q, n_k in [(1, 3, 4), (2, 15, 21), (1, 21, 5), (0, 3, 3), (2, 0, 5), (2, 3, 0)]:
        call = normal(batch, n_q, 4), normal(batch, n_k, 4, seed=1), normal(batch, n_k, 4, seed=2)
        want = reference.explain(*call, causal=True, num_heads=2).output
        np.testing.assert_allclose(compiled(*call), want, rtol=1e-11, atol=1e-13)
    assert len(traces) == 1


def test_a_mask_shared_by_all_heads_and_items_is_not_copied_for_each():
    mask, owner = blocked._owned(np.ones((1, 3, 4), bool), [5, 2], [3, 4])
    assert mask.shape == (1, 3, 4)
    assert owner.numpy().tolist() == [0] * 10
    mask, owner = blocked._owned(np.ones((5, 1, 3, 4), bool), [5, 2], [3, 4])
    assert mask.shape == (5, 3, 4)
    assert owner.numpy().tolist() == [0, 0, 1, 1, 2, 2, 3, 3, 4, 4]


@pytest.mark.parametrize("cells", [0, 2**20], ids=["by blocks", "at once"])
def test_bfloat16_is_near_for_small_scores_only_when_asked_for(cells, monkeypatch):
    monkeypatch.setattr(kernels, "DENSE_CELLS", cells)
    rows = [normal(20, 8, seed=seed, dtype=np.float32) for seed in range(3)]
    exact = reference.explain(*rows).output
    half = attention_core.attend(*rows, bfloat16=True)
    assert half.dtype == tf.float32
    difference = np.abs(half - exact).max()
    assert 1e-5 < difference < 0.05
    assert np.abs(attention_core.attend(*rows) - exact).max() < 1e-6


@pytest.mark.parametrize("watched", [["slopes"], ["slopes", "query"]], ids=["alone", "with the query"])
def test_slopes_get_their_gradient(watched):
    given = {"query": normal(2, 5, 4), "key": normal(7, 4, seed=1), "value": normal(7, 4, seed=2)}
    tensors = {name: tf.constant(array) for name, array in given.items()} | {
        "slopes": tf.constant([0.5, 0.1], tf.float64)
    }

    def gradient(**more):
        with tf.GradientTape() as tape:
            tape.watch([tensors[name] for name in watched])
            rows = [tensors[name] for name in ("query", "key", "value")]
            answer = attention_core.attend(*rows, num_heads=2, alibi_slopes=tensors["slopes"], **more)
            loss = tf.reduce_sum((answer[0] if more else answer) ** 2)
        return tape.gradient(loss, tensors["slopes"])

    np.testing.assert_allclose(gradient(), gradient(return_weights=True), rtol=1e-9)


@pytest.mark.parametrize("largest", [0, 2**10], ids=["by blocks", "tiny"])
@pytest.mark.parametrize("size", [0.1, 30.0])
def test_the_largest_values_do_not_overflow(largest, size, monkeypatch):
    monkeypatch.setattr(tiny, "CELLS", largest)
    value = np.full((9, 2), np.finfo(np.float32).max * 0.9, np.float32)
    rows = normal(9, 2, dtype=np.float32) * np.float32(size)
    np.testing.assert_allclose(attention_core.attend(rows, rows, value), value, rtol=1e-5)


@pytest.mark.parametrize("window", [np.int64(3), 2**31 - 1, 2**40])
def test_a_window_of_any_size_is_taken(window):
    call = {
        "query": normal(9, 2),
        "key": normal(12, 2, seed=1),
        "value": normal(12, 2, seed=2),
        "window": window,
    }
    np.testing.assert_allclose(attention_core.attend(**call), reference.explain(**call).output, rtol=1e-9)
    np.testing.assert_allclose(
        attention_core.explain(**call).output, reference.explain(**call).output, rtol=1e-9
    )


def test_a_bias_that_overflows_is_an_error():
    rows = normal(9, 2, dtype=np.float32)
    with pytest.raises(ValueError, match="within the range of float32, got an overflow"):
        attention_core.attend(rows, rows, rows, alibi_slopes=[-1e38])


@pytest.mark.parametrize(
    ("batch", "n", "small"),
    [((1,), 32768, False), ((1,), 46341, False), ((1,), 65536, False), ((256,), 4096, False), ((8,), 1024, True),
     ((0,), 65536, True), ((), 0, True)],
)  # fmt: skip
def test_no_size_is_too_large_to_choose_by_blocks(batch, n, small, monkeypatch):
    monkeypatch.setattr(kernels, "DENSE_CELLS", 2**20)
    sizes = [[*batch, n], [*batch, n], list(batch)]
    assert kernels.is_small(*sizes, skips=False) == small
    unknown = [[tf.constant(size) for size in some] for some in sizes]
    assert bool(kernels.is_small(*unknown, skips=False)) == small


def test_tiny_counts_the_keys_items_too(monkeypatch):
    monkeypatch.setattr(tiny, "CELLS", 100)
    query, key = normal(3, 2), normal(40, 3, 2, seed=1)
    np.testing.assert_allclose(
        attention_core.attend(query, key, key), reference.explain(query, key, key).output, rtol=1e-9
    )
