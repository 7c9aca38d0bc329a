"""Multi-head attention is what Keras's layer computes with the same matrices, self and across, and its formula says so."""

import dataclasses

import keras
import numpy as np
import pytest

import attention_core
from attention_core import reference
from attention_core.projections import Projections, seeded_projections

RNG = np.random.default_rng(7)
QUERY, KEY, VALUE = (RNG.normal(size=(2, n, d)) for n, d in ((5, 6), (7, 4), (7, 3)))


def projections(heads, d_k, d_v, widths=(6, 4, 3), d_out=5, *, biased=False):
    shapes = {
        "query": (widths[0], heads * d_k),
        "key": (widths[1], heads * d_k),
        "value": (widths[2], heads * d_v),
        "output": (heads * d_v, d_out),
    }
    arrays = {name: RNG.normal(size=shape) for name, shape in shapes.items()}
    if biased:
        arrays |= {f"{name}_bias": RNG.normal(size=shape[1]) for name, shape in shapes.items()}
    return Projections(**arrays)


@pytest.mark.parametrize("biased", [False, True])
@pytest.mark.parametrize("causal", [False, True])
def test_it_is_the_layer_of_keras(biased, causal):
    used = projections(3, 4, 2, d_out=6, biased=biased)
    layer = keras.layers.MultiHeadAttention(
        num_heads=3, key_dim=4, value_dim=2, output_shape=6, use_bias=biased, dtype="float64"
    )
    layer.build(QUERY.shape, VALUE.shape, KEY.shape)
    weights = []
    for name, shape in (
        ("query", (-1, 3, 4)),
        ("key", (-1, 3, 4)),
        ("value", (-1, 3, 2)),
        ("output", (3, 2, -1)),
    ):
        weights.append(getattr(used, name).reshape(shape))
        if biased:
            bias = getattr(used, f"{name}_bias")
            weights.append(bias if name == "output" else bias.reshape(shape[1:]))
    layer.set_weights(weights)
    mask = np.tri(5, 7, k=2, dtype=bool)[None] if causal else None
    want, want_weights = layer(QUERY, VALUE, KEY, attention_mask=mask, return_attention_scores=True)
    got, got_weights = attention_core.multi_head(
        QUERY, KEY, VALUE, num_heads=3, projections=used, causal=causal, return_weights=True
    )
    np.testing.assert_allclose(got, want, rtol=1e-10, atol=1e-12)
    np.testing.assert_allclose(got_weights, want_weights, rtol=1e-10, atol=1e-12)


def test_self_attention_is_cross_attention_with_itself_and_a_key_is_its_own_value():
    tokens = RNG.normal(size=(4, 6))
    alone = attention_core.multi_head(tokens, num_heads=2)
    np.testing.assert_array_equal(alone, attention_core.multi_head(tokens, tokens, tokens, num_heads=2))
    memory = RNG.normal(size=(3, 6))
    np.testing.assert_array_equal(
        attention_core.multi_head(tokens, memory, num_heads=2),
        attention_core.multi_head(tokens, memory, memory, num_heads=2),
    )


def test_each_head_is_attention_over_its_own_columns():
    tokens = RNG.normal(size=(5, 6))
    used = seeded_projections(6, 6, 6, d_model=6, seed=3)
    heads = []
    for head in range(3):
        own = slice(2 * head, 2 * head + 2)
        heads.append(
            reference.explain(
                tokens @ used.query[:, own], tokens @ used.key[:, own], tokens @ used.value[:, own]
            ).output
        )
    want = np.concatenate(heads, axis=-1) @ used.output
    np.testing.assert_allclose(attention_core.multi_head(tokens, num_heads=3, seed=3), want, rtol=1e-12)


def test_weights_have_a_head_axis_also_with_one_head():
    _output, weights = attention_core.multi_head(QUERY[0], num_heads=1, return_weights=True)
    assert weights.shape == (1, 5, 5)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (
            {"key": np.zeros((5, 12))},
            r"projections: expected key with 4 rows, as wide as key is; got \(5, 12\)",
        ),
        ({"query": np.zeros((6, 10))}, "projections: expected query with columns that num_heads divides"),
        (
            {"output": np.zeros((5, 5))},
            r"projections: expected output with 6 rows, the columns of value; got \(5, 5\)",
        ),
        ({"value": np.zeros(6)}, r"projections: expected value with 2 axes, got shape \(6,\)"),
        ({"key_bias": np.zeros(11)}, r"projections: expected key_bias of shape \(12,\), got \(11,\)"),
        ({"query": np.zeros((6, 9))}, "key: expected width 9 as in query"),
    ],
)
def test_a_matrix_of_the_wrong_shape_is_named(change, told):
    used = {**dict(projections(3, 4, 2)), **change}
    with pytest.raises(ValueError, match=told):
        attention_core.multi_head(QUERY, KEY, VALUE, num_heads=3, projections=Projections(**used))


@pytest.mark.parametrize(
    ("num_heads", "error"), [(0, ValueError), (2.0, TypeError), (True, TypeError), (4, ValueError)]
)
def test_a_number_of_heads_that_cannot_be_is_refused(num_heads, error):
    with pytest.raises(error):
        attention_core.multi_head(QUERY[0], num_heads=num_heads)


def test_a_head_gated_to_zero_is_out_and_the_others_go_through_their_rows_of_the_output_matrix():
    used = projections(3, 4, 2, biased=True)
    gate = np.array([1.0, 0.0, 0.5])
    joined = attention_core.multi_head(
        QUERY,
        KEY,
        VALUE,
        num_heads=3,
        projections=dataclasses.replace(used, output=np.eye(6), output_bias=None),
    ).numpy()
    heads = np.split(joined, 3, axis=-1)
    want = heads[0] @ used.output[:2] + 0.5 * heads[2] @ used.output[4:] + used.output_bias
    got = attention_core.multi_head(QUERY, KEY, VALUE, num_heads=3, projections=used, head_gate=gate)
    np.testing.assert_allclose(got, want, rtol=1e-10, atol=1e-12)


def test_a_gate_of_ones_changes_nothing_nor_does_any_gate_change_the_weights():
    plain, weights = attention_core.multi_head(QUERY[0], num_heads=3, return_weights=True)
    np.testing.assert_allclose(
        attention_core.multi_head(QUERY[0], num_heads=3, head_gate=np.ones(3)), plain, rtol=1e-13
    )
    _output, gated = attention_core.multi_head(
        QUERY[0], num_heads=3, head_gate=np.zeros(3), return_weights=True
    )
    np.testing.assert_array_equal(gated, weights)


@pytest.mark.parametrize(
    ("gate", "told"),
    [
        (np.ones(2), r"head_gate: expected shape \(3,\), one factor for each head; got \(2,\)"),
        (1.0, r"head_gate: expected shape \(3,\), one factor for each head; got \(\)"),
        ([1.0, np.nan, 0.0], r"head_gate: expected finite numbers, got nan at index \[1\]"),
        ([True, False, True], "head_gate: expected numbers, got dtype bool"),
    ],
)
def test_a_gate_of_another_shape_or_not_of_numbers_is_refused(gate, told):
    with pytest.raises(ValueError, match=told):
        attention_core.multi_head(QUERY[0], num_heads=3, head_gate=gate)


def test_each_item_of_a_batch_may_have_its_own_gate():
    gates = np.array([[1.0, 0.0, 0.5], [0.0, 1.0, 1.0]])
    used = projections(3, 4, 2, biased=True)
    together = attention_core.multi_head(QUERY, KEY, VALUE, num_heads=3, projections=used, head_gate=gates)
    for number, gate in enumerate(gates):
        items = (array[number] for array in (QUERY, KEY, VALUE))
        alone = attention_core.multi_head(*items, num_heads=3, projections=used, head_gate=gate)
        np.testing.assert_allclose(together[number], alone, rtol=1e-12, atol=1e-14)


def test_gates_for_another_batch_are_refused():
    with pytest.raises(ValueError, match=r"head_gate: expected shape \(2, 3\), got \(4, 3\)"):
        attention_core.multi_head(
            QUERY, KEY, VALUE, num_heads=3, projections=projections(3, 4, 2), head_gate=np.ones((4, 3))
        )
