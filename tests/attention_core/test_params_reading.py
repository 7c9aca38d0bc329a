"""Reading params from raw JSON: what passes, and where and how the rest is refused."""

import json
import math
import pickle
from dataclasses import dataclass, fields

import jsonschema
import numpy as np
import pytest

from attention_core.params import (
    BoolMatrix,
    BoolVector,
    Choice,
    Flag,
    Integer,
    InvalidParams,
    Matrix,
    Number,
    ParameterSet,
    Params,
    Problem,
    TooMuchWork,
    json_schema,
    param,
    param_fields,
    parse_params,
)


@dataclass(frozen=True, kw_only=True, eq=False)
class Everything(Params):
    name: str = param(Choice(("one", "two")), label="Name", help="Which.", default="one")
    flag: bool = param(Flag(), label="Flag", help="Whether.", default=False)
    number: float = param(
        Number(-2, 1e3, exclude_zero=True), label="Number", help="How much.", unit="m", default=1.0
    )
    count: int = param(Integer(0, 9), label="Count", help="How many.", default=3)
    matrix: np.ndarray | None = param(Matrix(3, 4), label="Matrix", help="Rows.", default=None)
    flags: np.ndarray | None = param(BoolVector(3), label="Flags", help="Row.", default=None)
    grid: np.ndarray | None = param(BoolMatrix(3, 3), label="Grid", help="Rows.", default=None)
    weights: dict | None = param(ParameterSet(("a", "b/c"), 4), label="Weights", help="Named.", default=None)


@dataclass(frozen=True, kw_only=True, eq=False)
class Wide(Params):
    matrix: np.ndarray = param(Matrix(1024, 1024), label="Matrix", help="Rows.")


def refused(raw, cls=Everything):
    with pytest.raises(InvalidParams) as caught:
        parse_params(cls, raw)
    return caught.value


FULL = {
    "name": "two",
    "flag": True,
    "number": 2,
    "count": 0,
    "matrix": [[1, 2.5], [-3, 1e6]],
    "flags": [True, False],
    "grid": [[True], [False]],
    "weights": {"a": [1, 2], "b/c": [[[1.5], [2]], [[0], [4]]]},
}


def test_absent_and_null_fields_take_their_defaults():
    want = {"name": "one", "flag": False, "number": 1.0, "count": 3}
    want |= dict.fromkeys(("matrix", "flags", "grid", "weights"))
    assert parse_params(Everything, {}).canonical() == want
    assert parse_params(Everything, dict.fromkeys(want)).canonical() == want


def test_arrays_become_read_only_numpy_arrays():
    params = parse_params(Everything, FULL)
    assert params.matrix.dtype == np.float64
    assert params.grid.dtype == params.flags.dtype == np.bool_
    assert params.weights["b/c"].shape == (2, 2, 1)
    with pytest.raises(ValueError, match="read-only"):
        params.matrix[0, 0] = 9


def test_the_canonical_form_is_json_and_parses_to_itself():
    canonical = parse_params(Everything, FULL).canonical()
    assert canonical == FULL
    again = parse_params(Everything, json.loads(json.dumps(canonical, allow_nan=False)))
    assert again.canonical() == canonical


def test_numpy_arrays_are_taken_and_copied_in_any_order_and_byte_order():
    given = np.asfortranarray(np.arange(6.0).reshape(2, 3)).astype(">f4")
    params = parse_params(
        Everything, {"matrix": given, "flags": np.array([True]), "weights": {"a": np.ones((1, 1))}}
    )
    given[0, 0] = 99
    assert params.canonical()["matrix"] == [[0, 1, 2], [3, 4, 5]]
    assert params.matrix.dtype == np.dtype("=f8")


REFUSALS = [
    ({"matrix": [[1, "abc"]]}, "/matrix/0/1", 'expected a number, got the text "abc"'),
    ({"matrix": [[1, "2"]]}, "/matrix/0/1", 'expected a number, got the text "2"'),
    ({"matrix": [[1, True]]}, "/matrix/0/1", "expected a number, got true"),
    ({"matrix": [[1, None]]}, "/matrix/0/1", "expected a number, got null"),
    ({"matrix": [[1, [2]]]}, "/matrix/0/1", "expected a number, got a list"),
    ({"matrix": [[1, {}]]}, "/matrix/0/1", "expected a number, got an object"),
    ({"matrix": [[1], [math.nan]]}, "/matrix/1/0", "expected a finite number, got NaN"),
    ({"matrix": [[-math.inf]]}, "/matrix/0/0", "expected a finite number, got -Infinity"),
    ({"matrix": [[1e7]]}, "/matrix/0/0", "expected a number from -1e6 to 1e6, got 1e7"),
    ({"matrix": [[-1000000.5]]}, "/matrix/0/0", "expected a number from -1e6 to 1e6, got -1000000.5"),
    ({"matrix": [[0, 10**400]]}, "/matrix/0/1", "expected a number from -1e6 to 1e6, got about 1e400"),
    ({"matrix": [[0, -(10**5000)]]}, "/matrix/0/1", "expected a number from -1e6 to 1e6, got about -1e5000"),
    ({"matrix": [[1, 2], [3]]}, "/matrix/1", "expected as many numbers as in row 1, 2; got 1"),
    ({"matrix": [[1, 2], []]}, "/matrix/1", "expected as many numbers as in row 1, 2; got 0"),
    ({"matrix": [[1, 2], 3]}, "/matrix/1", "expected a list of numbers, got 3"),
    ({"matrix": [1]}, "/matrix/0", "expected a list of numbers, got 1"),
    ({"matrix": []}, "/matrix", "expected rows, got an empty list"),
    ({"matrix": [[]]}, "/matrix/0", "expected numbers, got an empty list"),
    ({"matrix": "1 2"}, "/matrix", 'expected a list of rows, got the text "1 2"'),
    ({"matrix": [[1]] * 4}, "/matrix", "expected at most 3 rows, got 4"),
    ({"matrix": [[1] * 5]}, "/matrix/0", "expected at most 4 numbers, got 5"),
    ({"matrix": np.ones(3)}, "/matrix", "expected 2 to 2 nested lists, got 1"),
    ({"matrix": np.ones((1, 1), bool)}, "/matrix", "expected an array of numbers, got one of type bool"),
    (
        {"matrix": np.ones((1, 1), complex)},
        "/matrix",
        "expected an array of numbers, got one of type complex128",
    ),
    ({"matrix": np.array([["a"]])}, "/matrix", "expected an array of numbers, got one of type <U1"),
    ({"matrix": np.array([[1, np.nan]])}, "/matrix/0/1", "expected a finite number, got NaN"),
    ({"matrix": np.ones((0, 2))}, "/matrix", "expected rows, got an empty list"),
    ({"flags": [True, 1]}, "/flags/1", "expected true or false, got 1"),
    ({"flags": True}, "/flags", "expected a list of true or false values, got true"),
    ({"grid": [[True], [None]]}, "/grid/1/0", "expected true or false, got null"),
    ({"weights": []}, "/weights", "expected an object of named arrays, got a list"),
    ({"weights": {"c": [1]}}, "/weights/c", "unknown name; expected one of a, b/c"),
    ({"weights": {"a": 1}}, "/weights/a", "expected a list of numbers, got 1"),
    ({"weights": {"a": [[[[1]]]]}}, "/weights/a", "expected 1 to 3 nested lists, got 4"),
    (
        {"weights": {"b/c": [[1], [2, 3]]}},
        "/weights/b~1c/1",
        "expected as many numbers as in row 1, 1; got 2",
    ),
    (
        {"weights": {"a": [[[1, 2]], [[3]]]}},
        "/weights/a/1/0",
        "expected as many numbers as in row 1, 2; got 1",
    ),
    ({"weights": {"a": [[[1], [2]], [[3]]]}}, "/weights/a/1", "expected as many rows as in row 1, 2; got 1"),
    ({"weights": {"a": [1, 2, 3, 4, 5]}}, "/weights/a", "expected at most 4 numbers, got 5"),
    ({"weights": {"a": np.ones((1, 1, 1, 1))}}, "/weights/a", "expected 1 to 3 nested lists, got 4"),
    ({"name": "three"}, "/name", 'expected one of one, two, got the text "three"'),
    ({"name": ["one"]}, "/name", "expected one of one, two, got a list"),
    ({"flag": 1}, "/flag", "expected true or false, got 1"),
    ({"flag": "true"}, "/flag", 'expected true or false, got the text "true"'),
    ({"number": 0}, "/number", "expected a number other than 0, got 0"),
    ({"number": -0.0}, "/number", "expected a number other than 0, got -0"),
    ({"number": 1e4}, "/number", "expected a number from -2 to 1000, got 10000"),
    ({"number": math.inf}, "/number", "expected a finite number, got Infinity"),
    ({"number": 10**400}, "/number", "expected a number from -2 to 1000, got about 1e400"),
    ({"number": False}, "/number", "expected a number, got false"),
    ({"number": "1"}, "/number", 'expected a number, got the text "1"'),
    ({"count": 3.0}, "/count", "expected a whole number written without a decimal point, got 3.0"),
    ({"count": 3.5}, "/count", "expected a whole number, got 3.5"),
    ({"count": math.nan}, "/count", "expected a whole number, got NaN"),
    ({"count": True}, "/count", "expected a whole number, got true"),
    ({"count": 10**4400}, "/count", "expected a number from 0 to 9, got about 1e4400"),
    (
        {"colour": 1},
        "/colour",
        "unknown field; expected one of name, flag, number, count, matrix, flags, grid, weights",
    ),
    ({3: 1}, "/3", "unknown field; expected one of name, flag, number, count, matrix, flags, grid, weights"),
    ([], "", "expected an object with the fields of the task, got a list"),
    (None, "", "expected an object with the fields of the task, got null"),
    ("{}", "", 'expected an object with the fields of the task, got the text "{}"'),
]


@pytest.mark.parametrize(
    ("raw", "pointer", "detail"), REFUSALS, ids=[detail[:50] for _, _, detail in REFUSALS]
)
def test_a_fault_is_named_with_its_place(raw, pointer, detail):
    (problem,) = refused(raw).problems
    assert (problem.pointer_text, problem.detail) == (pointer, detail)


def test_a_required_field_must_be_there():
    assert [str(refused(raw, Wide)) for raw in ({}, {"matrix": None})] == [
        "/matrix: required, and missing",
        "/matrix: expected a list of rows, got null",
    ]


def test_every_fault_is_collected():
    error = refused({"count": 99, "number": 0, "matrix": [[1, "x"], [2]], "flag": None, "nope": 1})
    places = [problem.pointer for problem in error.problems]
    assert places == [("nope",), ("number",), ("count",), ("matrix", 0, 1), ("matrix", 1)]


@pytest.mark.parametrize(
    ("cell", "as_array"), [(math.nan, False), (math.nan, True), ("x", False), (10**400, False)]
)
def test_faults_beyond_twenty_are_counted(cell, as_array):
    matrix = [[cell] * 10 for _ in range(10)]
    error = refused({"matrix": np.array(matrix) if as_array else matrix}, Wide)
    assert len(error.problems) == 20
    assert error.problems[-1].pointer == ("matrix", 1, 9)
    if cell != 10**400:  # numbers beyond float64 are counted by row
        assert error.more == 80
    assert f"and {error.more} more" in str(error)


def test_a_fault_in_a_million_numbers_is_found():
    matrix = [[0.5] * 1024 for _ in range(1024)]
    parse_params(Wide, {"matrix": matrix})
    matrix[1000][1001] = 2e6
    assert refused({"matrix": matrix}, Wide).problems[0].pointer == ("matrix", 1000, 1001)


def test_echoes_are_short_and_harmless():
    detail = refused({"name": "a\x1b[31m\n\ud800" + "b" * 100_000}).problems[0].detail
    assert len(detail) < 100
    assert detail.isprintable()
    detail.encode()
    pointer = refused({"k" * 100_000 + "\x00": 1}).problems[0].pointer_text
    assert len(pointer) < 50


def test_deep_nesting_does_not_exhaust_the_stack():
    deep = []
    for _ in range(50_000):
        deep = [deep]
    assert len(refused({"matrix": deep, "weights": {"a": deep}, "name": deep, "count": deep}).problems) == 4


def test_a_problem_can_be_translated_with_what_is_inside_it():
    chinese = {"expected a number, got %(received)s": "应为数字,收到%(received)s", "null": "空值"}
    problem = refused({"number": None, "matrix": [[None]]}).problems[0]
    assert problem.translated(lambda text: chinese.get(text, text)) == "应为数字,收到空值"


def test_a_pointer_is_escaped():
    assert Problem(("a/b", "c~d", 0), "x").pointer_text == "/a~1b/c~0d/0"


def test_errors_survive_pickling():
    error = pickle.loads(pickle.dumps(refused({"count": 99})))
    assert str(error) == "/count: expected a number from 0 to 9, got 99"
    work = pickle.loads(pickle.dumps(TooMuchWork(7, 5)))
    assert (work.number, work.limit, str(work)) == (7, 5, "too much work: 7, and the limit is 5")


def test_fields_tell_what_a_form_needs():
    by_name = {spec.name: spec for spec in param_fields(Everything)}
    assert list(by_name) == [item.name for item in fields(Everything)]
    assert (by_name["number"].unit, by_name["number"].default, by_name["number"].required) == (
        "m",
        1.0,
        False,
    )
    assert param_fields(Wide)[0].required


def test_the_schema_is_valid_and_agrees_with_the_parser():
    schema = json_schema(Everything)
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    for raw in ({}, FULL, dict.fromkeys(FULL), parse_params(Everything, FULL).canonical()):
        assert validator.is_valid(raw)
    beyond_schema = ("as in row 1", "without a decimal point", "NaN", "nested lists")
    too_long_to_print = ("1e5000", "1e4400")
    for raw, _, detail in REFUSALS:
        plain = not isinstance(raw, dict) or not any(isinstance(value, np.ndarray) for value in raw.values())
        plain = plain and raw != {3: 1}
        if plain and not any(words in detail for words in beyond_schema + too_long_to_print):
            assert not validator.is_valid(raw), (raw, detail)


def test_the_schema_names_limits_defaults_and_texts():
    schema = json_schema(Everything, gettext=str.upper)
    assert schema["additionalProperties"] is False
    assert schema["required"] == []
    assert json_schema(Wide)["required"] == ["matrix"]
    count = schema["properties"]["count"]
    assert count == {
        "title": "COUNT",
        "description": "HOW MANY.",
        "type": ["integer", "null"],
        "minimum": 0,
        "maximum": 9,
        "default": 3,
    }
