"""What must hold for every input: hypothesis looks for one where it does not."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import attention_core
from attention_core import reference
from attention_core.functions import functions

STAGES = ("scores", "scaled", "weights", "head_output", "output", "entropy", "effective_tokens")
FUNCTIONS = list(functions())
many = settings(max_examples=60, deadline=None, derandomize=True)


@st.composite
def calls(draw, **fixed):
    """Keyword arguments of a valid call in float64."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    call = {"function": draw(st.sampled_from(FUNCTIONS)), "num_heads": draw(st.integers(1, 3)), **fixed}
    heads, function = call["num_heads"], functions()[call["function"]]
    batch = draw(st.sampled_from([(), (2,), (2, 1)]))
    n_q, n_k = draw(st.integers(1, 6)), draw(st.integers(1, 6))
    d_k, d_v = heads * draw(st.integers(1, 4)), heads * draw(st.integers(1, 4))
    d_q = d_k if function.same_width else heads * draw(st.integers(1, 4))
    size = draw(st.sampled_from([0.01, 1.0, 30.0]))
    call["query"] = rng.normal(0, size, (*batch, n_q, d_q))
    call["key"] = rng.normal(0, size, (*batch, n_k, d_k))
    call["value"] = rng.normal(0, draw(st.sampled_from([1.0, 1e3])), (*batch, n_k, d_v))
    call.setdefault("causal", draw(st.booleans()))
    if draw(st.booleans()):
        call["mask"] = rng.random((*batch, n_q, n_k)) < draw(st.sampled_from([0.3, 0.8]))
    if draw(st.booleans()):
        call["key_padding"] = rng.random((*batch, n_k)) < 0.7
    if function.takes_scale and draw(st.booleans()):
        call["scale"] = draw(st.sampled_from([-1.0, 0.1, 2.0]))
    call["temperature"] = draw(st.sampled_from([0.25, 1.0, 20.0]))
    call["seed"] = draw(st.integers(0, 3))
    return call


@many
@given(calls())
def test_the_core_agrees_with_the_reference(call):
    core, expected = attention_core.explain(**call), reference.explain(**call)
    for name in STAGES:
        want = getattr(expected, name)
        # The rounding of large scores moves weights by as much as it moves the scores.
        size = 1e-13 * max(1, np.abs(expected.scaled).max()) * max(1, np.abs(call["value"]).max())
        np.testing.assert_allclose(getattr(core, name), want, rtol=1e-11, atol=size, err_msg=name)
    np.testing.assert_array_equal(np.isneginf(core.masked), np.isneginf(expected.masked))
    assert list(core.parameters) == list(expected.parameters)
    for name, array in expected.parameters.items():
        np.testing.assert_array_equal(core.parameters[name], array)


@many
@given(calls())
def test_in_float32_the_core_stays_within_the_promised_bound(call):
    for name in ("query", "key", "value"):
        call[name] = call[name].astype(np.float32)
    expected = reference.explain(**call)
    bound = 8 * 2**-24 * np.abs(call["value"]).max()
    # A dot product is exact to the rounding of its terms, not of its sum.
    terms = call["query"].shape[-1] * np.abs(call["query"]).max() * np.abs(call["key"]).max()
    largest = max(1, np.abs(expected.scaled).max(), terms * abs(call.get("scale", 1)) / call["temperature"])
    assert np.abs(attention_core.attend(**call) - expected.output).max() <= bound * largest


@many
@given(calls())
def test_rows_of_weights_sum_to_one_or_are_all_zero(call):
    weights = np.asarray(attention_core.explain(**call).weights)
    sums = weights.sum(axis=-1)
    assert ((np.abs(sums - 1) <= 1e-12) | (weights == 0).all(axis=-1)).all()
    assert (weights >= 0).all()


@many
@given(calls())
def test_hidden_keys_have_no_weight_and_no_influence(call):
    stages = attention_core.explain(**call)
    hidden = np.isneginf(stages.masked)
    assert (np.asarray(stages.weights)[hidden] == 0).all()
    unseen = hidden.all(axis=(-3, -2))  # keys that no query of any head sees, by batch
    changed = {**call, "value": np.where(unseen[..., None], 1e5, call["value"])}
    changed["key"] = np.where(unseen[..., None], -77.0, call["key"])
    np.testing.assert_allclose(attention_core.attend(**changed), stages.output, rtol=1e-10, atol=1e-10)


@many
@given(calls(num_heads=1))
def test_the_output_lies_in_the_convex_hull_of_the_allowed_values(call):
    stages = attention_core.explain(**call)
    allowed = ~np.isneginf(stages.masked)[..., 0, :, :, None]
    values = np.broadcast_to(call["value"][..., None, :, :], (*allowed.shape[:-1], call["value"].shape[-1]))
    low = np.where(allowed, values, np.inf).min(axis=-2)
    high = np.where(allowed, values, -np.inf).max(axis=-2)
    some = allowed.any(axis=-2)
    room = 1e-9 * np.abs(call["value"]).max()
    output = np.asarray(stages.output)
    assert (np.where(some, output, 0) >= np.where(some, low, 0) - room).all()
    assert (np.where(some, output, 0) <= np.where(some, high, 0) + room).all()


@many
@given(calls(causal=False), st.randoms(use_true_random=False))
def test_permuting_keys_with_values_changes_nothing(call, random):
    order = list(range(call["key"].shape[-2]))
    random.shuffle(order)
    moved = {**call, "key": call["key"][..., order, :], "value": call["value"][..., order, :]}
    if "mask" in call:
        moved["mask"] = call["mask"][..., order]
    if "key_padding" in call:
        moved["key_padding"] = call["key_padding"][..., order]
    np.testing.assert_allclose(
        attention_core.attend(**moved), attention_core.attend(**call), rtol=1e-8, atol=1e-8
    )


@many
@given(calls(causal=False), st.randoms(use_true_random=False))
def test_permuting_queries_permutes_the_rows(call, random):
    order = list(range(call["query"].shape[-2]))
    random.shuffle(order)
    moved = {**call, "query": call["query"][..., order, :]}
    if "mask" in call:
        moved["mask"] = call["mask"][..., order, :]
    want = np.asarray(attention_core.attend(**call))[..., order, :]
    np.testing.assert_allclose(attention_core.attend(**moved), want, rtol=1e-8, atol=1e-8)


@many
@given(calls(function="dot_product", num_heads=1), st.floats(-50, 50))
def test_adding_a_constant_to_a_row_of_scores_changes_nothing(call, shift):
    ones = {name: np.ones((*call[name].shape[:-1], 1)) for name in ("query", "key")}
    shifted = {name: np.concatenate([call[name], ones[name]], axis=-1) for name in ones}
    shifted["query"][..., -1] = shift  # every score of the row grows by shift · 1
    np.testing.assert_allclose(
        attention_core.attend(**{**call, **shifted}), attention_core.attend(**call), rtol=1e-7, atol=1e-7
    )


@many
@given(calls())
def test_entropy_lies_between_zero_and_the_logarithm_of_the_allowed_keys(call):
    stages = attention_core.explain(**call)
    count = (~np.isneginf(stages.masked)).sum(axis=-1)
    entropy, tokens = np.asarray(stages.entropy), np.asarray(stages.effective_tokens)
    assert (entropy >= 0).all()
    assert (entropy <= np.log(np.maximum(count, 1)) + 1e-9).all()
    np.testing.assert_allclose(tokens[count > 0], np.exp(entropy[count > 0]))
    assert (tokens[count == 0] == 0).all()


@pytest.mark.parametrize("function", FUNCTIONS)
def test_attend_gives_the_output_and_the_weights_of_explain(function):
    rng = np.random.default_rng(5)
    call = {
        "query": rng.normal(size=(3, 4)),
        "key": rng.normal(size=(5, 4)),
        "value": rng.normal(size=(5, 6)),
    }
    call.update(function=function, causal=True, num_heads=2, seed=3)
    stages = attention_core.explain(**call)
    output, weights = attention_core.attend(**call, return_weights=True)
    # Only their rounding differs: the one multiplies the scale into the query, the other into the scores.
    np.testing.assert_allclose(output, stages.output, rtol=1e-12)
    np.testing.assert_allclose(weights, stages.weights, rtol=1e-12)
