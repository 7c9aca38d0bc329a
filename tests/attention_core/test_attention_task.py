"""The task `attention`: its contract, against an implementation that shares no code with it."""

import json
import math
from collections import Counter

import jsonschema
import numpy as np
import pytest

from attention_core import reference
from attention_core.catalogue import functions, task
from attention_core.params import InvalidParams, TooMuchWork, json_schema, parse_params
from attention_core.tasks import attention
from tests.independent_attention import FUNCTIONS, assert_close, expected_result, random_case

TASK = task("attention")
TOKENS = [[0.1], [0.2], [0.3], [0.4], [0.5]]
MINIMAL = {"query": TOKENS, "key": TOKENS, "value": TOKENS}


def run(raw, report=lambda progress, message: None):
    result = TASK.run(parse_params(TASK.params, raw), report).document
    return json.loads(json.dumps(result, allow_nan=False))


def problems_of(change):
    with pytest.raises(InvalidParams) as caught:
        parse_params(TASK.params, {**MINIMAL, **change})
    return [(problem.pointer_text, problem.detail) for problem in caught.value.problems]


@pytest.mark.parametrize("seed", range(20))
def test_random_cases_agree_with_an_independent_implementation(seed):
    rng = np.random.default_rng(seed)
    for _ in range(15):
        raw = random_case(rng)
        jsonschema.validate(raw, json_schema(TASK.params))
        assert_close(run(raw), expected_result(raw), raw)


def test_random_cases_cover_what_the_task_offers():
    rng = np.random.default_rng(0)
    cases = [random_case(rng) for _ in range(1000)]
    seen = Counter(
        (
            case.get("function", "scaled_dot_product"),
            bool(case.get("causal")),
            "key_padding" in case,
            "mask" in case,
            case.get("num_heads", 1) > 1,
        )
        for case in cases
    )
    assert len(seen) == len(FUNCTIONS) * 2**4
    for name in ("general", "additive"):
        own = [case for case in cases if case.get("function") == name]
        assert {("parameters" in case, case.get("num_heads", 1) > 1) for case in own} == {
            (given, heads) for given in (True, False) for heads in (True, False)
        }
    assert any(len(case["query"]) > 30 for case in cases)
    assert sum("scale" in case for case in cases) > 20
    assert sum("temperature" in case for case in cases) > 100
    assert sum(not expected_result(case)["weights"].any(axis=-1).all() for case in cases[:100]) > 5


def test_the_independent_implementation_knows_the_same_functions():
    assert list(functions()) == list(FUNCTIONS)


@pytest.mark.parametrize("part", ["output", "weights", "entropy", "effective_tokens"])
def test_a_result_that_is_slightly_wrong_is_not_close(part):
    result = run(MINIMAL)
    result[part][0][0] += 1e-4
    with pytest.raises(AssertionError):
        assert_close(result, expected_result(MINIMAL), MINIMAL)


def test_the_documented_result_of_one_head():
    result = run({**MINIMAL, "causal": True})
    assert list(result) == [
        "output",
        "weights",
        "stages",
        "entropy",
        "effective_tokens",
        "parameters",
        "shapes",
        "elapsed_ms",
        "truncated",
    ]
    assert np.shape(result["weights"]) == np.shape(result["stages"]["scores"]) == (5, 5)
    assert np.shape(result["entropy"]) == np.shape(result["effective_tokens"]) == (1, 5)
    assert result["stages"]["masked"][0] == [pytest.approx(0.01), None, None, None, None]
    assert result["weights"][0] == [1, 0, 0, 0, 0]
    assert result["parameters"] == {}
    assert result["shapes"] == {
        "query": [5, 1],
        "key": [5, 1],
        "value": [5, 1],
        "weights": [5, 5],
        "output": [5, 1],
    }
    assert result["truncated"] is False


def test_the_documented_result_of_several_heads():
    rows = np.arange(12.0).reshape(3, 4).tolist()
    result = run({"query": rows, "key": rows, "value": rows, "num_heads": 2, "function": "additive"})
    assert np.shape(result["weights"]) == np.shape(result["stages"]["masked"]) == (2, 3, 3)
    assert np.shape(result["stages"]["output"]) == (2, 3, 2)
    assert np.shape(result["output"]) == (3, 4)
    assert np.shape(result["entropy"]) == (2, 3)
    shapes = {name: np.shape(array) for name, array in result["parameters"].items()}
    assert shapes == {"query_weight": (2, 2, 2), "key_weight": (2, 2, 2), "vector": (2, 2)}


def test_the_result_is_computed_in_float64():
    result = run(MINIMAL)
    exact = reference.explain(TOKENS, TOKENS, TOKENS)
    np.testing.assert_allclose(result["output"], exact.output, rtol=1e-14)


def test_above_the_limit_the_matrices_are_left_out_of_json_and_kept_as_arrays():
    rows = np.linspace(-1, 1, 257)[:, None].tolist()
    at_limit = {"query": rows[:256], "key": rows[:256], "value": rows[:256], "causal": True}
    assert run(at_limit)["truncated"] is False
    raw = {"query": rows, "key": rows, "value": rows, "causal": True}
    result = run(raw)
    assert_close(result, expected_result(raw), raw)
    assert (result["truncated"], result["weights"], result["stages"]) == (True, None, None)
    assert np.shape(result["output"]) == (257, 1)
    arrays = attention.as_arrays(attention.compute(parse_params(TASK.params, raw)))
    assert arrays["weights"].shape == arrays["masked"].shape == (257, 257)
    assert np.isneginf(arrays["masked"][0, 1:]).all()


def test_the_arrays_name_the_parameters():
    computed = attention.compute(parse_params(TASK.params, {**MINIMAL, "function": "additive"}))
    names = ["output", "weights", "scores", "scaled", "masked", "entropy", "effective_tokens"]
    parameters = ["parameters.query_weight", "parameters.key_weight", "parameters.vector"]
    assert list(attention.as_arrays(computed)) == names + parameters


@pytest.mark.parametrize("function", FUNCTIONS)
def test_the_largest_permitted_numbers_give_finite_json_and_whole_rows(function):
    signs = np.sign(np.random.default_rng(0).normal(size=(6, 8)))
    large = (signs * 1e6).tolist()
    raw = {"query": large, "key": large[::-1], "value": large, "function": function, "temperature": 1e-3}
    if function == "scaled_dot_product":
        raw["scale"] = 1e6
    np.testing.assert_allclose(np.sum(run(raw)["weights"], axis=-1), 1, atol=1e-6)


def test_progress_goes_from_nothing_to_one_and_may_cancel():
    steps = []
    run(MINIMAL, lambda progress, message: steps.append((progress, message)))
    assert steps[0][0] == 0
    assert steps[-1][0] == 1
    assert all(message for _, message in steps)

    class Cancelled(Exception):
        pass

    def cancel(progress, message):
        raise Cancelled

    with pytest.raises(Cancelled):
        run(MINIMAL, cancel)


def test_the_canonical_params_have_every_field():
    assert parse_params(TASK.params, MINIMAL).canonical() == {
        "function": "scaled_dot_product",
        **MINIMAL,
        "causal": False,
        "key_padding": None,
        "mask": None,
        "scale": None,
        "temperature": 1.0,
        "num_heads": 1,
        "parameters": None,
        "seed": 0,
    }


TWO = [[1, 2], [3, 4]]
REFUSALS = [
    ({"value": TOKENS[:3]}, "/value", "expected as many rows as key has, 5; got 3"),
    ({"query": TWO}, "/key", "scaled_dot_product needs as many columns as query has, 2; got 1"),
    ({"query": TWO, "function": "cosine"}, "/key", "cosine needs as many columns as query has, 2; got 1"),
    ({"num_heads": 2}, "/num_heads", "expected a divisor of the columns of query, 1; got 2"),
    ({"num_heads": 17}, "/num_heads", "expected a number from 1 to 16, got 17"),
    ({"num_heads": 0}, "/num_heads", "expected a number from 1 to 16, got 0"),
    ({"key_padding": [True] * 4}, "/key_padding", "expected one value for each row of key, 5; got 4"),
    ({"mask": [[True] * 5]}, "/mask", "expected one row for each row of query, 5; got 1"),
    ({"mask": [[True] * 4] * 5}, "/mask", "expected one column for each row of key, 5; got 4"),
    ({"mask": [[1]]}, "/mask/0/0", "expected true or false, got 1"),
    ({"scale": 0}, "/scale", "expected a number other than 0, got 0"),
    (
        {"scale": 2, "function": "dot_product"},
        "/scale",
        "expected no scale, because dot_product has none; got 2",
    ),
    ({"scale": 2e6}, "/scale", "expected a number from -1e6 to 1e6, got 2e6"),
    ({"temperature": 0}, "/temperature", "expected a number from 0.001 to 1000, got 0"),
    ({"temperature": 1001}, "/temperature", "expected a number from 0.001 to 1000, got 1001"),
    ({"seed": 2**32}, "/seed", "expected a number from 0 to 4294967295, got 4294967296"),
    ({"seed": -1}, "/seed", "expected a number from 0 to 4294967295, got -1"),
    ({"query": []}, "/query", "expected rows, got an empty list"),
    ({"query": [[1] * 1025]}, "/query/0", "expected at most 1024 numbers, got 1025"),
    ({"query": [[1]] * 1025}, "/query", "expected at most 1024 rows, got 1025"),
    ({"query": [[1e6 + 1]]}, "/query/0/0", "expected a number from -1e6 to 1e6, got 1000001"),
    ({"query": [[math.nan]]}, "/query/0/0", "expected a finite number, got NaN"),
    ({"parameters": {}}, "/parameters", "expected no parameters, because scaled_dot_product has none"),
    ({"function": "general", "parameters": {}}, "/parameters/weight", "required by general, and missing"),
    (
        {"function": "general", "parameters": {"weight": [[1]], "vector": [1]}},
        "/parameters/vector",
        "unknown parameter; general has weight",
    ),
    (
        {"function": "general", "parameters": {"weight": [[1, 2]]}},
        "/parameters/weight",
        "expected shape (1, 1), got (1, 2)",
    ),
    (
        {
            "function": "additive",
            "parameters": {"query_weight": [[1, 2]], "key_weight": [[1, 2]], "vector": [1]},
        },
        "/parameters/vector",
        "expected shape (2,), got (1,)",
    ),
]


@pytest.mark.parametrize(
    ("change", "pointer", "detail"), REFUSALS, ids=[detail[:50] for _, _, detail in REFUSALS]
)
def test_wrong_params_are_refused_with_their_place(change, pointer, detail):
    assert problems_of(change) == [(pointer, detail)]


def test_parameters_of_several_heads_need_a_head_axis():
    rows = [[1, 2, 3, 4]]
    raw = {"query": rows, "key": rows, "value": rows, "function": "general", "num_heads": 2}
    assert problems_of({**raw, "parameters": {"weight": TWO}}) == [
        ("/parameters/weight", "expected shape (2, 2, 2), got (2, 2)")
    ]
    assert run({**raw, "parameters": {"weight": [TWO, TWO]}})["parameters"] == {"weight": [TWO, TWO]}


def test_too_much_work_is_refused_apart_from_faults():
    rows = [[0.0, 0.0]] * 1024
    parse_params(TASK.params, {"query": rows, "key": rows, "value": rows})
    with pytest.raises(TooMuchWork) as caught:
        parse_params(TASK.params, {"query": rows, "key": rows, "value": rows, "num_heads": 2})
    assert (caught.value.number, caught.value.limit) == (2**21, 2**20)
    assert "2097152" in caught.value.problem.detail
    assert problems_of({"query": rows, "key": rows, "value": rows, "num_heads": 2, "seed": -1})


def test_the_limits_shown_are_those_enforced():
    properties = json_schema(TASK.params)["properties"]
    limits = TASK.limits
    for name in ("query", "key", "value"):
        assert properties[name]["maxItems"] == limits["max_tokens"] == 1024
        assert properties[name]["items"]["maxItems"] == limits["max_width"] == 1024
        assert properties[name]["items"]["items"]["maximum"] == limits["max_magnitude"] == 1e6
    assert properties["num_heads"]["maximum"] == limits["max_heads"] == 16
    assert (limits["max_cells"], limits["max_cells_in_json"]) == (2**20, 2**16)
    assert limits["max_json_bytes"] == 2 * 1024**2
    assert properties["function"]["enum"] == [*functions(), None]
