"""The encoder is what BERT's paper writes, on small random weights; what may differ between calls is told apart."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from attention_core.models.bert import BertEncoder
from attention_core.models.weights import Weights
from tests import independent_bert

ARRAYS = independent_bert.random_arrays()
IDS = [[3, 1, 4, 1, 5, 9], [2, 7, 1, 8, 2, 8]]


@pytest.fixture(scope="module")
def encoder():
    return BertEncoder(Weights(ARRAYS), num_heads=3)


@settings(max_examples=30, deadline=None)
@given(ids=st.lists(st.integers(0, 29), min_size=1, max_size=16))
def test_it_is_the_encoder_of_the_paper(encoder, ids):
    encoded = encoder.encode([ids])
    hidden, attention = independent_bert.encode(ARRAYS, ids, num_heads=3)
    np.testing.assert_allclose(encoded.hidden[0], hidden, rtol=1e-9, atol=1e-10)
    np.testing.assert_allclose(encoded.attention[0], attention, rtol=1e-9, atol=1e-10)
    np.testing.assert_allclose(encoded.attention.numpy().sum(axis=-1), 1, rtol=1e-12)


def test_sentences_in_a_batch_are_as_each_alone(encoder):
    together = encoder.encode(IDS)
    for row, ids in enumerate(IDS):
        alone = encoder.encode([ids])
        np.testing.assert_allclose(together.hidden[row], alone.hidden[0], rtol=1e-12)
        np.testing.assert_allclose(together.attention[row], alone.attention[0], rtol=1e-12)


def test_padding_changes_nothing_and_nobody_attends_to_it(encoder):
    padding = np.array([[True] * 6, [True] * 4 + [False] * 2])
    padded = encoder.encode(IDS, key_padding=padding)
    alone = encoder.encode([IDS[1][:4]])
    np.testing.assert_allclose(padded.hidden[1, :4], alone.hidden[0], rtol=1e-12)
    np.testing.assert_allclose(padded.attention[1, :, :, :4, :4], alone.attention[0], rtol=1e-12)
    assert not padded.attention.numpy()[1, ..., 4:].any()


def test_a_gate_of_ones_changes_nothing(encoder):
    np.testing.assert_array_equal(
        encoder.encode(IDS, head_gate=np.ones((2, 3))).hidden, encoder.encode(IDS).hidden
    )


def test_each_sequence_of_a_batch_may_have_its_own_gate(encoder):
    gates = np.random.default_rng(0).uniform(size=(2, 2, 3))
    together = encoder.encode(IDS, head_gate=gates)
    for row, ids in enumerate(IDS):
        alone = encoder.encode([ids], head_gate=gates[row])
        np.testing.assert_allclose(together.hidden[row], alone.hidden[0], rtol=1e-12)


def test_keys_from_other_places_shuffle_the_weights_over_the_values(encoder):
    shuffles = [[[1, 0, 2, 3, 5, 4], [5, 4, 3, 2, 1, 0]], [[0, 2, 1, 3, 4, 5], [1, 2, 3, 4, 5, 0]]]
    encoded = encoder.encode(IDS, keys_from=shuffles)
    for row, ids in enumerate(IDS):
        hidden, attention = independent_bert.encode(ARRAYS, ids, num_heads=3, shuffle=shuffles[row])
        np.testing.assert_allclose(encoded.hidden[row], hidden, rtol=1e-9, atol=1e-10)
        np.testing.assert_allclose(encoded.attention[row], attention, rtol=1e-9, atol=1e-10)


def test_keys_all_from_one_place_make_the_weights_uniform(encoder):
    encoded = encoder.encode(IDS, keys_from=np.full((2, 2, 6), 3))
    np.testing.assert_allclose(encoded.attention, 1 / 6, rtol=1e-12)
    hidden, _attention = independent_bert.encode(ARRAYS, IDS[0], num_heads=3, uniform=True)
    np.testing.assert_allclose(encoded.hidden[0], hidden, rtol=1e-9, atol=1e-10)


@pytest.mark.parametrize("layer", [0, 1])
def test_a_layer_without_any_head_is_a_layer_without_attention(encoder, layer):
    gate = np.ones((2, 3))
    gate[layer] = 0
    want, _attention = independent_bert.encode(ARRAYS, IDS[0], num_heads=3, without_attention=[layer])
    np.testing.assert_allclose(encoder.encode(IDS, head_gate=gate).hidden[0], want, rtol=1e-9, atol=1e-10)


def test_a_head_removed_changes_the_maps_of_later_layers_only(encoder):
    gate = np.ones((2, 3))
    gate[0, 1] = 0
    plain, gated = (
        encoder.encode(IDS).attention.numpy(),
        encoder.encode(IDS, head_gate=gate).attention.numpy(),
    )
    np.testing.assert_array_equal(gated[:, 0], plain[:, 0])
    assert np.abs(gated[:, 1] - plain[:, 1]).max() > 1e-3


def test_all_batches_and_lengths_share_one_graph():
    encoder = BertEncoder(Weights(ARRAYS), num_heads=3)
    for batch, length in ((1, 1), (1, 7), (3, 7), (2, 16)):
        encoder.encode(np.zeros((batch, length), int), head_gate=np.zeros((2, 3)))
    assert encoder.num_traces == 1


@pytest.mark.parametrize(
    ("call", "told"),
    [
        ({"ids": [1, 2]}, r"ids: expected whole numbers of shape \(batch, n\), got int64 of shape \(2,\)"),
        ({"ids": [[0.5]]}, r"ids: expected whole numbers of shape \(batch, n\), got float64"),
        ({"ids": [[30]]}, r"ids: expected numbers in 0 … 29, got 30"),
        ({"ids": [[-1]]}, r"ids: expected numbers in 0 … 29, got -1"),
        ({"ids": [[0] * 17]}, "ids: expected at most 16 tokens, got 17"),
        (
            {"key_padding": [[True] * 5] * 2},
            r"key_padding: expected shape \(2, 6\) as of ids, got \(2, 5\)",
        ),
        ({"key_padding": np.ones((2, 6))}, "key_padding: expected booleans"),
        (
            {"head_gate": np.ones((3, 2))},
            r"head_gate: expected shape \(2, 3\), \(layers, heads\); got \(3, 2\)",
        ),
        (
            {"head_gate": [[1, 1, np.nan], [1, 1, 1]]},
            r"head_gate: expected finite numbers, got nan at index \[0, 2\]",
        ),
        ({"head_gate": np.ones((2, 3), bool)}, "head_gate: expected numbers, got dtype bool"),
        ({"head_gate": np.ones((3, 2, 3))}, r"head_gate: expected shape \(2, 3\), .*got \(3, 2, 3\)"),
        (
            {"keys_from": np.zeros((2, 6), int)},
            r"keys_from: expected whole numbers of shape \(2, 2, 6\), .*got int64 of shape \(2, 6\)",
        ),
        ({"keys_from": np.full((2, 2, 6), 6)}, "keys_from: expected places in 0 … 5, got 6"),
    ],
)
def test_what_it_cannot_read_is_told(encoder, call, told):
    with pytest.raises(ValueError, match=told):
        encoder.encode(**{"ids": IDS, **call})


@pytest.mark.parametrize(
    ("name", "array", "told"),
    [
        ("encoder.layer.1.attention.self.key.bias", None, "expected encoder.layer.1.attention.self.key.bias"),
        (
            "encoder.layer.0.intermediate.dense.weight",
            np.zeros((12, 20)),
            r"expected encoder.layer.0.intermediate.dense.weight of shape \(20, 12\), got \(12, 20\)",
        ),
        ("embeddings.LayerNorm.weight", np.zeros(11), r"of shape \(12,\), got \(11,\)"),
        ("encoder.layer.0.output.dense.weight", None, "at least one layer, got none"),
    ],
)
def test_weights_that_are_missing_or_of_another_shape_are_named(name, array, told):
    arrays = {**ARRAYS, name: array} if array is not None else {k: v for k, v in ARRAYS.items() if k != name}
    with pytest.raises(ValueError, match=told):
        BertEncoder(Weights(arrays), num_heads=3)


def test_heads_must_divide_the_width():
    with pytest.raises(ValueError, match="num_heads: expected a divisor of the width 12, got 5"):
        BertEncoder(Weights(ARRAYS), num_heads=5)
