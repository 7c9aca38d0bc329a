"""The promised accuracy: |error| ≤ 8 · 2⁻²⁴ · max|score| · max|value| of float64, whatever is asked for.

EXACT_EXAMPLES=10000 looks at as many; the default keeps `make test` short.
"""

import os

import numpy as np
import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st

import attention_core
from attention_core import kernels, reference
from attention_core.functions import functions
from attention_core.kernels import blocked, blocks, tiny
from attention_core.positions import alibi_slopes

EXAMPLES = int(os.environ.get("EXACT_EXAMPLES", "150"))
SIZES = st.one_of(st.integers(1, 20), st.integers(1, 257))


@pytest.fixture(scope="module", autouse=True)
def _blocks_of_some_rows():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(blocks, "CELLS", 2**12)
        patch.setattr(blocks, "LEAST_ROWS", 16)
        blocked._graph.cache_clear()  # the sizes are part of the graph
        yield
    blocked._graph.cache_clear()


@st.composite
def calls(draw):
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    name, heads = draw(st.sampled_from(list(functions()))), draw(st.sampled_from([1, 1, 2, 3]))
    function = functions()[name]
    # The hidden layer of the additive score is as many times larger as it is wide.
    n_q, n_k = (draw(st.integers(1, 20) if name == "additive" else SIZES) for _ in range(2))
    d_k, d_v = heads * draw(st.integers(1, 32)), heads * draw(st.integers(1, 8))
    size = draw(st.sampled_from([0.1, 1.0, 1.0, 10.0]))
    call = {
        "function": name,
        "num_heads": heads,
        "query": rng.normal(0, size, (n_q, d_k)).astype(np.float32),
        "key": rng.normal(0, size, (n_k, d_k)).astype(np.float32),
        "value": rng.normal(0, draw(st.sampled_from([1.0, 100.0])), (n_k, d_v)).astype(np.float32),
        "causal": draw(st.booleans()),
        "temperature": draw(st.sampled_from([0.5, 1.0, 1.0, 4.0])),
    }
    if function.takes_scale and draw(st.booleans()):
        call["scale"] = draw(st.sampled_from([-0.5, 0.1, 1.0]))
    if draw(st.booleans()):
        call["mask"] = rng.random((n_q, n_k)) < draw(st.sampled_from([0.2, 0.9]))
    if draw(st.integers(0, 3)) == 0:
        call.setdefault("mask", np.ones((n_q, n_k), bool))
        call["mask"][rng.integers(n_q)] = False  # a query that may attend to nothing
    if draw(st.booleans()):
        call["key_padding"] = rng.random(n_k) < 0.7
    if draw(st.integers(0, 3)) == 0:
        call["window"] = draw(st.integers(0, 40))
    if draw(st.integers(0, 3)) == 0:
        call["alibi_slopes"] = alibi_slopes(heads)
    return call


@settings(max_examples=EXAMPLES, deadline=None, derandomize=True)
@given(calls(), st.booleans())
def test_float32_is_within_the_promised_bound_of_float64(call, by_blocks):
    expected = reference.explain(**call)
    event("an empty row" if (expected.weights.sum(axis=-1) == 0).any() else "no empty row")
    # Values are rounded even where every score is 0, so no less than 1 is taken for the largest score.
    bound = 8 * 2**-24 * max(1.0, np.abs(expected.scaled).max()) * np.abs(call["value"]).max()
    with pytest.MonkeyPatch.context() as patch:
        if by_blocks:
            patch.setattr(kernels, "DENSE_CELLS", 0)
            patch.setattr(tiny, "CELLS", 0)
        output = attention_core.attend(**call)
    assert np.abs(output - expected.output).max() <= bound
    hidden = expected.weights.sum(axis=-1) == 0
    assert (
        not np.asarray(output)
        .reshape(-1, call["num_heads"], output.shape[-1] // call["num_heads"])[hidden.T]
        .any()
    )


@pytest.mark.parametrize("n", [64, 512, 1024, 4096])
@pytest.mark.parametrize("causal", [False, True])
def test_unit_normal_inputs_are_within_a_millionth(n, causal):
    rng = np.random.default_rng(n)
    rows = [rng.normal(size=(n, 64)).astype(np.float32) for _ in range(3)]
    expected = reference.explain(*rows, causal=causal).output
    assert np.abs(attention_core.attend(*rows, causal=causal) - expected).max() <= 1e-6
