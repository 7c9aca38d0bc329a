"""The task `complexity_sweep`: what it counts, what it fits, and that its layers are those it names. No time is judged."""

import json

import jsonschema
import numpy as np
import pytest

from attention_core import reference
from attention_core.catalogue import task
from attention_core.models import costs
from attention_core.params import InvalidParams, TooMuchWork, json_schema, parse_params
from attention_core.projections import seeded_projections
from attention_core.trials import KEPT

TASK = task("complexity_sweep")
QUICK = {"smallest": 16, "largest": 64, "points": 3, "width": 16, "num_heads": 2, "window": 4, "repeats": 1}


def run(raw, report=lambda *_: None):
    return TASK.run(parse_params(TASK.params, raw), report).document


@pytest.fixture
def slow_machine(monkeypatch):
    """A machine on which a call takes 2·10⁻⁶ n² seconds, whatever is computed."""

    def seconds(layer, tokens):
        layer(tokens)
        return 2e-6 * len(tokens) ** 2

    monkeypatch.setattr(costs, "seconds_of", seconds)


def softmax(scores, allowed=True):
    powers = np.where(allowed, np.exp(scores - scores.max(axis=-1, keepdims=True)), 0)
    return powers / powers.sum(axis=-1, keepdims=True)


def by_hand(tokens, matrices, heads, mix):
    """One layer in float64: `mix(query, key)` gives the weights of a head."""
    query, key, value = (tokens @ getattr(matrices, name) for name in ("query", "key", "value"))
    parts = [
        mix(q, k) @ v
        for q, k, v in zip(*(np.split(part, heads, axis=1) for part in (query, key, value)), strict=True)
    ]
    return np.hstack(parts) @ matrices.output


def test_the_layers_are_those_they_name():
    n, d, heads, window = 40, 12, 3, 5
    tokens = np.random.default_rng(0).standard_normal((n, d))
    matrices = seeded_projections(d, d, d, d_model=d, seed=1)
    layers = costs.layers(heads, matrices, "scaled_dot_product", window)
    places = np.arange(n)
    near = abs(places[:, None] - places) <= window

    def phi(rows):
        return np.where(rows > 0, rows + 1, np.exp(np.minimum(rows, 0)))

    def linear(query, key):
        products = phi(query) @ phi(key).T
        return products / products.sum(axis=-1, keepdims=True)

    expected = {
        "full": by_hand(tokens, matrices, heads, lambda q, k: softmax(q @ k.T / np.sqrt(d / heads))),
        "window": by_hand(tokens, matrices, heads, lambda q, k: softmax(q @ k.T / np.sqrt(d / heads), near)),
        "linear": by_hand(tokens, matrices, heads, linear),
        "projections": tokens @ matrices.value @ matrices.output,
    }
    assert list(layers) == list(expected)
    for name, output in expected.items():
        np.testing.assert_allclose(layers[name](tokens), output, atol=1e-10, err_msg=name)


@pytest.mark.parametrize("function", ["general", "additive", "cosine", "dot_product"])
def test_the_scoring_function_is_the_one_asked_for(function):
    tokens = np.random.default_rng(0).standard_normal((9, 4))
    matrices = seeded_projections(4, 4, 4, d_model=4, seed=1)
    query, key, value = (tokens @ getattr(matrices, name) for name in ("query", "key", "value"))
    stages = reference.explain(query, key, value, function=function, num_heads=2)
    output = costs.layers(2, matrices, function, 3)["full"](tokens)
    np.testing.assert_allclose(output, stages.output @ matrices.output, atol=1e-10)


@pytest.mark.parametrize(("n", "window"), [(8, 1), (8, 3), (8, 7), (8, 20), (1, 1), (50, 9)])
def test_pairs_of_a_window_are_counted_as_a_mask_has_them(n, window):
    places = np.arange(n)
    mask = abs(places[:, None] - places) <= window
    assert costs.window_pairs(n, window) == mask.sum()
    assert costs.window_flops(n, 16, window) - costs.projection_flops(n, 16) == 4 * 16 * mask.sum()


def test_flops_are_those_of_the_matrix_products():
    """2·a·b·c for every product of (a, b) with (b, c)."""
    n, d, heads = 24, 16, 4
    head = d // heads
    projections = 4 * 2 * n * d * d
    assert costs.projection_flops(n, d) == projections
    assert costs.full_flops(n, d) == projections + heads * (2 * n * head * n + 2 * n * n * head)
    assert costs.linear_flops(n, d, heads) == projections + heads * (
        2 * head * n * head + 2 * n * head * head
    )
    assert costs.weights_bytes(n, heads) == np.zeros((heads, n, n), np.float32).nbytes


def test_a_power_is_fitted_as_by_numpy():
    rng = np.random.default_rng(0)
    x = np.array([128, 300, 700, 2048])
    y = 3e-7 * x**1.7 * np.exp(rng.normal(0, 0.1, 4))
    factor, power = costs.fit_power(x, y)
    slope, intercept = np.polyfit(np.log(x), np.log(y), 1)
    assert power == pytest.approx(slope, abs=1e-10)
    assert factor == pytest.approx(np.exp(intercept), rel=1e-4)


def test_the_exponent_found_is_that_of_the_times(slow_machine):
    found = run(QUICK)
    assert found["answer"]["exponents"] == pytest.approx(
        dict.fromkeys(("full", "window", "linear", "projections"), 2)
    )
    assert found["answer"]["exponent_last"] == pytest.approx(2)
    (time, *_rest) = found["curves"]
    assert time["series"]["Full attention"] == pytest.approx([2e-3 * n**2 for n in (16, 32, 64)])
    assert time["fits"]["Full attention, fitted"] == pytest.approx(time["series"]["Full attention"])
    counted = found["answer"]["flops"]["full"]
    theory = time["fits"]["Full attention, were it to grow as its FLOPs"]
    assert theory == pytest.approx([2e-3 * 64**2 * flops / counted[-1] for flops in counted])
    assert "n^2.00" in found["says"][0]["text"]


def test_the_median_is_of_interleaved_calls_and_leaves_the_first_out():
    calls = []
    seconds = iter([100, 100, 100, 100, 1, 5, 2, 6, 9, 9, 9, 9, 3, 7, 4, 8])

    def clock(layer, tokens):
        calls.append((layer, tokens))
        return next(seconds)

    *nothing, found = costs.measure({"a": "A", "b": "B"}, ["short", "long"], 3, clock)
    assert nothing == [None] * 16
    assert calls[:4] == [("A", "short"), ("B", "short"), ("A", "long"), ("B", "long")]
    assert calls == calls[:4] * 4
    assert found == {"a": [3, 4], "b": [7, 8]}


def test_the_result_sets_the_measured_beside_the_counted():
    found = json.loads(json.dumps(run(QUICK), allow_nan=False))
    jsonschema.validate(QUICK, json_schema(TASK.params))
    answer = found["answer"]
    assert answer["lengths"] == [16, 32, 64]
    assert answer["weights_bytes"] == [4 * 2 * n**2 for n in (16, 32, 64)]
    assert answer["flops"]["full"] == [8 * n * 16**2 + 4 * n**2 * 16 for n in (16, 32, 64)]
    assert 1 < answer["exponents_of_flops"]["full"] < 2
    assert answer["exponents_of_flops"]["linear"] == pytest.approx(1)
    assert all(seconds > 0 for times in answer["seconds"].values() for seconds in times)
    assert answer["apart"]["full"] == 0
    assert answer["apart"]["window"] > 0.01
    assert answer["apart"]["linear"] > 0.01
    assert [curve["name"] for curve in found["curves"]] == ["time", "flops", "memory"]
    assert all(curve["logarithmic"] for curve in found["curves"])
    exponent, milliseconds, *_others = found["metrics"]
    assert exponent["control"] == answer["exponents"]["projections"]
    assert milliseconds["value"] == pytest.approx(1000 * answer["seconds"]["full"][-1])
    assert TASK.measures


def test_a_window_over_everything_is_full_attention():
    assert run({**QUICK, "window": 64})["answer"]["apart"]["window"] < 1e-5


def test_what_does_not_measure_is_the_same_for_the_same_seed():
    one, same, other = (run({**QUICK, "seed": seed})["answer"]["apart"] for seed in (0, 0, 1))
    assert one == pytest.approx(same, abs=1e-6)
    assert one["linear"] != pytest.approx(other["linear"], abs=1e-3)


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"num_heads": 3}, "/num_heads"),
        ({"largest": 200}, "/largest"),
        ({"smallest": 8}, "/smallest"),
        ({"largest": 8193}, "/largest"),
        ({"points": 1}, "/points"),
        ({"function": "dot"}, "/function"),
    ],
)
def test_what_cannot_be_measured_is_refused(change, pointer):
    with pytest.raises(InvalidParams) as caught:
        parse_params(TASK.params, change)
    assert [problem.pointer_text for problem in caught.value.problems] == [pointer]


@pytest.mark.parametrize(
    "change",
    [
        {"largest": 8192, "width": 512, "repeats": 1},
        {"largest": 8192, "repeats": 9, "points": 9},
        {"function": "additive"},
        {"largest": 4096, "width": 256, "num_heads": 16, "repeats": 9},
    ],
)
def test_what_would_take_too_long_is_refused_before_it_starts(change):
    with pytest.raises(TooMuchWork, match="too much work"):
        parse_params(TASK.params, change)


def test_it_reports_every_call_and_stops_when_told():
    told = []
    run({**QUICK, "repeats": 2}, lambda share, *_: told.append(share))
    assert told == sorted(told)
    assert len(told) == 3 * 3 * 4 + 3
    assert told[-1] == 1

    class Cancelled(Exception):
        pass

    def cancel(share, *_):
        if share > 0.1:
            raise Cancelled

    with pytest.raises(Cancelled):
        run(QUICK, cancel)


def test_the_settings_of_the_trial_are_open_to_everyone_and_what_it_measured_is_kept():
    parse_params(TASK.params, {"smallest": 1024, "largest": 8192, "points": 4, "repeats": 3})
    kept = json.loads(KEPT.read_text("utf-8"))["complexity_sweep"]["runs"]
    assert len(kept) == 5
    assert set(kept[0]) == set(TASK.goals)
