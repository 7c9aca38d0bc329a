"""The task `multi_head_attention`: every stage against the formulas in float64 NumPy, and against Keras's layer."""

import json

import jsonschema
import keras
import numpy as np
import pytest

from attention_core.catalogue import task
from attention_core.params import InvalidParams, TooMuchWork, json_schema, parse_params
from attention_core.tasks.base import quiet

TASK = task("multi_head_attention")
T3 = [[1, 1, 1, 0], [0, 0, 0, 2], [0, 1, 0, 2]]
MATRICES, BIASES = ("W_Q", "W_K", "W_V", "W_O"), ("b_Q", "b_K", "b_V", "b_O")


def run(raw, report=quiet):
    raw = {name: as_sent(value) for name, value in raw.items()}
    jsonschema.validate(raw, json_schema(TASK.params))
    result = TASK.run(parse_params(TASK.params, raw), report)
    return json.loads(json.dumps(result.document, allow_nan=False)), result.arrays


def as_sent(value):
    if isinstance(value, dict):
        return {name: array.tolist() for name, array in value.items()}
    return value.tolist() if isinstance(value, np.ndarray) else value


def problems_of(change):
    with pytest.raises(InvalidParams) as caught:
        parse_params(TASK.params, {"tokens": T3, **change})
    return [(problem.pointer_text, problem.detail) for problem in caught.value.problems]


def case(seed):
    """Valid params of every sort, from the seed."""
    rng = np.random.default_rng(seed)
    heads, d, d_memory, d_k, d_v, d_out = (int(number) for number in rng.integers(1, 5, 6))
    n, m = (int(number) for number in rng.integers(1, 7, 2))
    across = seed % 2
    m, d_memory = (m, d_memory) if across else (n, d)
    shapes = [(d, heads * d_k), (d_memory, heads * d_k), (d_memory, heads * d_v), (heads * d_v, d_out)]
    projections = {name: rng.normal(size=shape) for name, shape in zip(MATRICES, shapes, strict=True)}
    for name, shape in zip(BIASES, shapes, strict=True):
        if rng.random() < 0.5:
            projections[name] = rng.normal(size=shape[1])
    raw = {"tokens": rng.normal(size=(n, d)), "num_heads": heads, "projections": projections}
    if across:
        raw["memory"] = rng.normal(size=(m, d_memory))
    raw["causal"] = bool(rng.random() < 0.4)
    if rng.random() < 0.5:
        raw["mask"] = rng.random((n, m)) < 0.7
    if rng.random() < 0.5:
        raw["key_padding"] = rng.random(m) < 0.8
    return raw


def expected(raw, without=(), key_hidden=None):
    """Every stage by the formulas of the paper, one head after another, with nothing of the core."""
    x, used = raw["tokens"], raw["projections"]
    y = raw.get("memory", x)
    n, m, heads = len(x), len(y), raw["num_heads"]
    allowed = np.ones((n, m), bool)
    if raw.get("causal"):
        allowed &= np.array([[j <= i + m - n for j in range(m)] for i in range(n)])
    allowed &= raw.get("mask", True)
    allowed &= raw.get("key_padding", np.ones(m, bool))[None, :]
    if key_hidden is not None:
        allowed[:, key_hidden] = False
    found = {name: [] for name in ("Q", "K", "V", "scores", "scaled", "masked", "weights", "head_outputs")}
    for head in range(heads):
        own = {}
        for letter, rows in (("Q", x), ("K", y), ("V", y)):
            whole = rows @ used[f"W_{letter}"] + used.get(f"b_{letter}", 0)
            width = whole.shape[1] // heads
            own[letter] = whole[:, head * width : (head + 1) * width]
        own["scores"] = own["Q"] @ own["K"].T
        own["scaled"] = own["scores"] / np.sqrt(own["K"].shape[1])
        own["masked"] = np.where(allowed, own["scaled"], -np.inf)
        powers = np.where(allowed, np.exp(own["scaled"] - own["scaled"].max()), 0)
        sums = powers.sum(axis=1, keepdims=True)
        own["weights"] = np.divide(powers, sums, out=np.zeros_like(powers), where=sums > 0)
        own["head_outputs"] = own["weights"] @ own["V"] * (head not in without)
        for name, array in own.items():
            found[name].append(array)
    stages = {name: np.array(arrays) for name, arrays in found.items()}
    stages["concatenated"] = np.concatenate(found["head_outputs"], axis=1)
    stages["output"] = stages["concatenated"] @ used["W_O"] + used.get("b_O", 0)
    return stages


@pytest.mark.parametrize("seed", range(24))
def test_every_stage_is_that_of_the_formulas(seed):
    raw = case(seed)
    document, arrays = run(raw)
    want = expected(raw)
    answer = document["answer"]
    for name, array in want.items():
        told = np.array(answer["stages"][name], dtype=object)
        told[told == None] = -np.inf  # noqa: E711 — cell by cell
        np.testing.assert_allclose(told.astype(float), array, rtol=1e-9, atol=1e-12, err_msg=name)
        np.testing.assert_allclose(arrays[name], array[None] if name == "weights" else array, atol=1e-9)
        assert answer["shapes"][name] == list(array.shape)
    assert answer["output"] == answer["stages"]["output"]
    assert answer["parameter_count"] == sum(array.size for array in raw["projections"].values())
    for name, array in raw["projections"].items():
        np.testing.assert_array_equal(answer["projections"][name], array)


@pytest.mark.parametrize("seed", range(24))
def test_what_the_output_loses_without_a_head_is_that_of_the_formulas(seed):
    raw = case(seed)
    document, _arrays = run(raw)
    whole = expected(raw)["output"]
    norm = np.linalg.norm(whole) or 1
    want = [
        np.linalg.norm(expected(raw, without=[head])["output"] - whole) / norm
        for head in range(raw["num_heads"])
    ]
    assert document["answer"]["change_without_head"] == pytest.approx(want, abs=1e-9)


def test_cases_cover_what_the_task_offers():
    cases = [case(seed) for seed in range(24)]
    assert any(not expected(raw)["weights"].any(axis=-1).all() for raw in cases)  # a row that sees nothing
    assert {"memory" in raw for raw in cases} == {"mask" in raw for raw in cases} == {True, False}
    assert {raw["causal"] for raw in cases} == {"key_padding" in raw for raw in cases} == {True, False}
    assert {name for raw in cases for name in raw["projections"]} == {*MATRICES, *BIASES}


@pytest.mark.parametrize("across", [False, True])
@pytest.mark.parametrize("causal", [False, True])
def test_it_is_the_layer_of_keras(across, causal):
    rng = np.random.default_rng(5)
    tokens, memory = rng.normal(size=(5, 16)), rng.normal(size=(7, 16))
    attended = memory if across else tokens
    # Of a width whose root is whole: Keras rounds 1/√d_k to float32.
    layer = keras.layers.MultiHeadAttention(num_heads=4, key_dim=4, dtype="float64")
    layer.build(tokens[None].shape, attended[None].shape)
    for variable in layer.weights:
        variable.assign(rng.normal(size=variable.shape))
    named = dict(
        zip(("W_Q", "b_Q", "W_K", "b_K", "W_V", "b_V", "W_O", "b_O"), layer.get_weights(), strict=True)
    )
    projections = {
        name: array.reshape(16, 16) if name in MATRICES else array.reshape(16)
        for name, array in named.items()
    }
    n, m = len(tokens), len(attended)
    mask = np.tri(n, m, k=m - n, dtype=bool)[None] if causal else None
    want, weights = layer(tokens[None], attended[None], attention_mask=mask, return_attention_scores=True)
    raw = {"tokens": tokens, "num_heads": 4, "causal": causal, "projections": projections}
    document, arrays = run(raw | ({"memory": memory} if across else {}))
    np.testing.assert_allclose(arrays["output"], want[0], rtol=1e-9, atol=1e-11)
    np.testing.assert_allclose(arrays["weights"][0], weights[0], rtol=1e-9, atol=1e-11)
    assert document["answer"]["parameter_count"] == layer.count_params() == 4 * 16 * 16 + 4 * 16


def test_more_heads_of_fewer_features_have_as_many_parameters():
    tokens = np.random.default_rng(0).normal(size=(3, 12))
    counts = {
        run({"tokens": tokens, "num_heads": heads})[0]["answer"]["parameter_count"] for heads in (1, 2, 3, 12)
    }
    assert counts == {4 * 12 * 12}


def test_projections_drawn_from_the_seed_are_glorots_in_the_order_of_the_paper():
    document, _arrays = run({"tokens": T3, "seed": 7})
    generator, limit = np.random.Generator(np.random.PCG64(7)), np.sqrt(6 / 8)
    for name in MATRICES:
        np.testing.assert_allclose(
            document["answer"]["projections"][name], generator.uniform(-limit, limit, (4, 4)), rtol=1e-12
        )
    assert run({"tokens": T3, "seed": 8})[0]["answer"]["output"] != document["answer"]["output"]


def test_the_same_seed_gives_the_same_result():
    first, second = (run({"tokens": T3, "num_heads": 4, "seed": 3})[0] for _ in range(2))
    for document in (first, second):
        del document["elapsed_ms"]
    assert first == second


def test_uniform_weights_stay_within_what_may_be_seen():
    raw = case(0) | {"mask": np.array([[True, False, True], [True, True, True], [False, False, True]])}
    rng = np.random.default_rng(1)
    raw |= {"tokens": rng.normal(size=(3, raw["tokens"].shape[1])), "causal": False}
    # A bias of the queries would make scores by itself.
    raw["projections"] |= {"b_Q": rng.normal(size=raw["projections"]["W_Q"].shape[1])}
    raw.pop("key_padding", None)
    whole = expected(raw)
    plain = raw["mask"] / raw["mask"].sum(axis=1, keepdims=True)
    heads = [plain @ value for value in whole["V"]]
    output = np.concatenate(heads, axis=1) @ raw["projections"]["W_O"] + raw["projections"].get("b_O", 0)
    want = np.linalg.norm(output - whole["output"]) / np.linalg.norm(whole["output"])
    changes = {one["label"]: one["value"] for one in run(raw)[0]["matters"]["changes"]}
    assert changes["Uniform weights over the keys that may be seen"] == pytest.approx(want, abs=1e-9)


def test_the_key_of_most_weight_is_hidden_and_so_are_others():
    raw = case(1)
    raw = {**{name: raw[name] for name in ("num_heads", "projections")}, "causal": False}
    rng = np.random.default_rng(2)
    raw["tokens"], raw["memory"] = (
        rng.normal(size=(4, raw["projections"][name].shape[0])) for name in ("W_Q", "W_K")
    )
    whole = expected(raw)
    norm = np.linalg.norm(whole["output"])
    hidden = [
        np.linalg.norm(expected(raw, key_hidden=key)["output"] - whole["output"]) / norm for key in range(4)
    ]
    top = int(whole["weights"].mean(axis=(0, 1)).argmax())
    changes = {one["label"] % one["values"]: one["value"] for one in run(raw)[0]["matters"]["changes"]}
    assert changes[f"y{top + 1} hidden, the key with the most weight"] == pytest.approx(hidden.pop(top))
    assert changes["Another key hidden, mean of 3"] == pytest.approx(np.mean(hidden))


def test_the_mean_of_the_maps_hides_what_the_heads_look_at():
    # Two heads that look at one key each, the one at the first and the other at the second.
    x = [[1.0, 0.0], [0.0, 1.0]]
    ask = np.array([[9.0, -9.0], [9.0, -9.0]])
    raw = {
        "tokens": x,
        "projections": {
            "W_Q": ask,
            "W_K": np.array([[9.0, 9.0], [0.0, 0.0]]),
            "W_V": np.eye(2),
            "W_O": np.eye(2),
        },
    }
    metrics = {one["name"]: one["value"] for one in run(raw)[0]["metrics"]}
    assert metrics["effective_of_heads"] == pytest.approx(1)
    assert metrics["effective_of_mean"] == pytest.approx(2)


def test_one_token_has_nothing_to_hide_and_a_row_that_sees_nothing_is_zero():
    document, _arrays = run({"tokens": [[1.0, 2.0]]})
    assert [one["label"] for one in document["matters"]["changes"]][-1] == "Head %(head)s removed"
    hidden, _arrays = run({"tokens": T3, "key_padding": [False, False, False]})
    assert not np.array(hidden["answer"]["output"]).any()
    assert hidden["answer"]["stages"]["masked"][0][0] == [None, None, None]
    assert {one["value"] for one in hidden["matters"]["changes"]} == {0.0}


def test_beyond_the_limit_stages_are_in_the_file_alone():
    tokens = np.random.default_rng(0).normal(size=(128, 16))
    document, arrays = run({"tokens": tokens, "num_heads": 4})
    answer = document["answer"]
    assert answer["stages"] is None
    assert np.shape(answer["output"]) == (128, 16)
    assert np.shape(answer["projections"]["W_Q"]) == (16, 16)
    assert arrays["masked"].shape == (4, 128, 128)
    assert arrays["weights"].shape == (1, 4, 128, 128)
    assert document["maps"]["weights"] is not None
    larger, _arrays = run({"tokens": np.zeros((129, 16)), "num_heads": 4})
    assert (larger["truncated"], larger["maps"]["weights"]) == (True, None)


W = {name: np.ones((4, 4)).tolist() for name in MATRICES}


@pytest.mark.parametrize(
    ("change", "pointer", "told"),
    [
        ({"num_heads": 3}, "/num_heads", "expected a divisor of the columns of tokens, 4; got 3"),
        ({"projections": W, "num_heads": 3}, "/num_heads", "a divisor of the columns of W_Q, 4; got 3"),
        ({"key_padding": [True]}, "/key_padding", "one value for each row of tokens, 3; got 1"),
        ({"mask": [[True] * 3]}, "/mask", "one row for each row of tokens, 3; got 1"),
        ({"mask": [[True]] * 3, "memory": T3}, "/mask", "one column for each row of memory, 3; got 1"),
        ({"projections": {"W_Q": W["W_Q"]}}, "/projections/W_K", "required where any"),
        ({"projections": W | {"W_Q": [1.0]}}, "/projections/W_Q", r"expected shape (?, ?), got (1,)"),
        ({"projections": W | {"W_K": [[1.0] * 4]}}, "/projections/W_K", "expected shape (4, 4), got (1, 4)"),
        ({"projections": W, "memory": [[1.0]]}, "/projections/W_K", "expected shape (1, 4), got (4, 4)"),
        ({"projections": W | {"W_O": [[1.0]]}}, "/projections/W_O", "expected shape (4, 1), got (1, 1)"),
        ({"projections": W | {"b_V": [1.0]}}, "/projections/b_V", "expected shape (4,), got (1,)"),
        ({"projections": {"W": [[1.0]]}}, "/projections/W", "unknown name"),
    ],
)
def test_what_does_not_fit_is_told_at_its_place(change, pointer, told):
    problems = dict(problems_of(change))
    assert told in problems[pointer]


def test_too_much_work_is_refused_before_it_is_begun():
    with pytest.raises(TooMuchWork, match="524288"):
        parse_params(TASK.params, {"tokens": np.zeros((256, 16)), "num_heads": 16})


def test_a_run_that_is_cancelled_ends():
    def cancel(share, message, figures=None):
        if share > 0.2:
            raise InterruptedError

    with pytest.raises(InterruptedError):
        run({"tokens": T3}, cancel)


def test_the_trial_tells_a_figure_for_every_goal():
    figures = TASK.trial(1, quiet)
    assert set(figures) == set(TASK.goals)
    assert figures["effective_of_heads"] < figures["effective_of_mean"] <= 8
