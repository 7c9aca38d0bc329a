"""Gradients against finite differences, and graphs traced once for every shape."""

import numpy as np
import pytest
import tensorflow as tf

import attention_core
from attention_core.backend import may_be_recorded
from attention_core.functions import functions
from attention_core.parameters import seeded_parameters

FUNCTIONS = list(functions())
MASKS = {
    "open": {},
    "causal": {"causal": True},
    "hidden row": {"mask": np.array([[True, True, False, True], [False] * 4, [True] * 4])},
    "no key": {"key_padding": np.zeros(4, bool)},
}


def loss_of(function, mask, probe):
    def loss(query, key, value, *parameters):
        names = functions()[function].parameter_shapes(1, 1, 1)
        given = dict(zip(names, parameters, strict=True)) or None
        output = attention_core.attend(
            query, key, value, function=function, parameters=given, temperature=0.7, **mask
        )
        return tf.reduce_sum(output * probe)

    return loss


@pytest.mark.parametrize("mask", MASKS.values(), ids=MASKS)
@pytest.mark.parametrize("function", FUNCTIONS)
def test_gradients_equal_finite_differences(function, mask):
    rng = np.random.default_rng(1)
    parameters = seeded_parameters(functions()[function], d_q=2, d_k=2, num_heads=1, seed=4)
    inputs = [rng.normal(size=shape) for shape in ((3, 2), (4, 2), (4, 3))] + list(parameters.values())
    loss = loss_of(function, mask, rng.normal(size=(3, 3)))
    theory, numeric = tf.test.compute_gradient(loss, [tf.constant(array) for array in inputs], delta=1e-5)
    for exact, difference in zip(theory, numeric, strict=True):
        assert np.isfinite(exact).all()
        np.testing.assert_allclose(exact, difference, rtol=1e-5, atol=1e-8)


@pytest.mark.parametrize("function", FUNCTIONS)
@pytest.mark.parametrize("size", [0.0, 1e-310, 1e4])
def test_gradients_are_finite_at_zero_tiny_and_large_rows(function, size):
    rows = tf.constant(size * np.array([[1.0, -2.0], [0.0, 0.0], [3.0, 1.0]]))
    with tf.GradientTape() as tape:
        tape.watch(rows)
        stages = attention_core.explain(rows, rows, rows, function=function, causal=True)
        total = tf.reduce_sum(stages.output) + tf.reduce_sum(stages.entropy)
    assert np.isfinite(tape.gradient(total, rows)).all()


SIGNATURE = [tf.TensorSpec([None, None], tf.float32)] * 3


@pytest.mark.parametrize("function", ["scaled_dot_product", "dot_product", "cosine"])
@pytest.mark.parametrize("num_heads", [1, 2])
def test_one_trace_serves_every_shape(function, num_heads):
    @tf.function(input_signature=SIGNATURE)
    def compiled(query, key, value):
        return attention_core.attend(query, key, value, function=function, causal=True, num_heads=num_heads)

    rng = np.random.default_rng(0)
    for n_q, n_k, d, d_v in ((1, 1, 2, 2), (5, 3, 4, 2), (3, 0, 2, 4), (7, 7, 8, 6)):
        arrays = [rng.normal(size=shape).astype(np.float32) for shape in ((n_q, d), (n_k, d), (n_k, d_v))]
        want = attention_core.attend(*arrays, function=function, causal=True, num_heads=num_heads)
        np.testing.assert_allclose(compiled(*arrays), want, rtol=1e-6, atol=1e-6)
    assert compiled.experimental_get_tracing_count() == 1


@pytest.mark.parametrize("function", ["general", "additive"])
def test_learned_functions_need_known_widths_only(function):
    @tf.function(input_signature=[tf.TensorSpec([None, None, 4], tf.float64)] * 3)
    def compiled(query, key, value):
        return attention_core.explain(query, key, value, function=function, num_heads=2, seed=1).output

    rows = np.random.default_rng(0).normal(size=(2, 3, 4))
    want = attention_core.attend(rows, rows, rows, function=function, num_heads=2, seed=1)
    np.testing.assert_allclose(compiled(rows, rows, rows), want, rtol=1e-12)

    @tf.function(input_signature=SIGNATURE)
    def unknown(query, key, value):
        return attention_core.attend(query, key, value, function=function)

    with pytest.raises(ValueError, match=f"{function} needs query and key of known width"):
        unknown.get_concrete_function()


def test_an_unknown_number_of_axes_is_refused():
    @tf.function(input_signature=[tf.TensorSpec(None, tf.float32)] * 3)
    def unknown(query, key, value):
        return attention_core.attend(query, key, value)

    with pytest.raises(ValueError, match="a known number of axes"):
        unknown.get_concrete_function()


def test_masks_may_be_tensors_of_unknown_size():
    @tf.function(
        input_signature=[*SIGNATURE, tf.TensorSpec([None, None], tf.bool), tf.TensorSpec([None], tf.bool)]
    )
    def compiled(query, key, value, mask, padding):
        return attention_core.attend(query, key, value, mask=mask, key_padding=padding)

    rows = np.random.default_rng(0).normal(size=(3, 4)).astype(np.float32)
    mask, padding = np.tri(3, dtype=bool), np.array([True, True, False])
    want = attention_core.attend(rows, rows, rows, mask=mask, key_padding=padding)
    np.testing.assert_allclose(compiled(rows, rows, rows, mask, padding), want, rtol=1e-6)


def test_only_what_a_tape_may_record_is_kept_for_a_gradient():
    assert not may_be_recorded()
    with tf.GradientTape() as tape:
        assert may_be_recorded()
        with tape.stop_recording():
            assert not may_be_recorded()
