"""Expressions compute what docs/course.md says, and nothing else can be had from them."""

import contextlib
import gc
import math
import random
import re
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from camp.courses.blocks import Unfit
from camp.courses.computations import FUNCTIONS
from camp.courses.expressions import defined, evaluate

DOCS = Path(__file__).parents[3] / "docs" / "course.md"
HOSTILE = [
    "().__class__", "(1).__class__.__bases__", "''.__class__.__mro__[1].__subclasses__()", "array.__globals__",
    "softmax([1]).tolist()", "'{0.__class__}'.format(1)", "f'{1}'", "__import__('os')", "__builtins__", "open('/etc/passwd')",
    "eval('1')", "exec('1')", "getattr(1, 'real')", "type(1)", "list('a')", "dict()", "(lambda: 1)()", "[x for x in [1]]",
    "{x: 1 for x in [1]}", "(x for x in [1])", "sum(*[[1]])", "sum(**{'x': 1})", "x := 1", "import os", "1; 2", "await x",
    "9**9**9", "2**100000", "10.0**400", "(2**1000)*(2**1000)", "zeros(100000)", "zeros([200, 200])", "ones(-1)", "eye(1000)",
    "outer(ones(1000), ones(1000))", "transpose(zeros([1, 500])) + 0 * outer(ones(200), ones(200))", "'a' * 999999999",
    "[0] * 999999999", "transpose([ones(9000)]) * ones(9000)", "preset('T3', '__class__')", "attention([[1]], [[1]], [[1]])['__class__']",
    "(" * 300 + "1" + ")" * 300, "-" * 1500 + "1", "[" * 60 + "1" + "]" * 60, "+".join(["1"] * 900), "1" * 3000, "\x00",
    "b'x'", "1j", "...", "1 if 1 else 2", "array([[1, 2], [3]])", "array('abc')", "not", "", " ", "a\nb", "1/0", "ln(0)",
    "array([1])[5]", "sqrt(-1)", "(-8)**(1/3)", "unknown", "unknown()", "softmax", "percent('x')", "literal('1.5', '')",
    "attention([[1]], [[1]], [[1]], function='__class__')", "round(1, 99999)", "concat([zeros(16000)], [zeros(16000)])",
    "attention(ones([100, 100]), ones([100, 100]), ones([100, 1]))", "dot(ones([120, 120]), ones([120, 120]))",
]  # fmt: skip


@pytest.mark.parametrize("expression", HOSTILE)
def test_what_is_hostile_or_wrong_is_refused_at_once_and_says_why(expression: str) -> None:
    with pytest.raises(Unfit) as refused:
        evaluate(expression)
    assert refused.value.message


def test_lists_in_lists_are_counted_too() -> None:
    names = {"a": [1.0] * 60}
    names["b"] = [names["a"]] * 60
    names["c"] = [names["b"]] * 60
    with pytest.raises(Unfit, match="cells"):
        evaluate("[c, c]", names)


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("2 + 3 * 4 - 6 / 2", 11), ("2 ** 10", 1024), ("-2 ** 2", -4), ("1 < 2 <= 2 and not 3 == 4", True),
        ("[1, 2, 3][-1]", 3), ("array([1, 2, 3])[1:][0]", 2), ("'a' + 'b'", "ab"), ("softmax(array([0, ln(3)]))[1]", 0.75),
        ("sqrt(64)", 8), ("percent(0.1805, 1)", "18.1 %"), ("percent(0.5)", "50 %"), ("literal('0.05', 'a convention')", "0.05"),
        ("entropy([1/2, 1/2])", math.log(2)), ("effective([1/2, 1/2, 0])", 2), ("sum(array([[1, 2], [3, 4]]))", 10),
        ("argmax([1, 5, 2])", 1), ("max(3, 7)", 7), ("length([1, 2])", 2), ("norm([3, 4])", 5), ("std([1, 3])", 1),
        ("scores('cosine', [[3, 4]], [[6, 8]])[0][0]", 1), ("array([1, 2]) == array([1, 2])", True), ("cos(pi)", -1),
        ("preset('PIPE', 'query')[2][0]", 2), ("attention([[0]], [[0], [0]], [[1], [3]])['output'][0][0]", 2),
        ("softmax([1, 0 - inf])[1]", 0), ("scores('general', [[1, 2]], [[1, 1]], parameters={'weight': eye(2)})[0][0]", 3),
    ],
)  # fmt: skip
def test_an_expression_has_the_value_that_its_closed_form_has(expression: str, value: Any) -> None:
    found = evaluate(expression)
    assert type(found) in (bool, int, float, str)
    assert found == (pytest.approx(value) if isinstance(value, (int, float)) else value)


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("softmax_gradient([1/2, 1/2])", [[0.25, -0.25], [-0.25, 0.25]]),
        ("softmax(array([[0, 0], [0, 0]]), axis=None)", [[0.25, 0.25], [0.25, 0.25]]),
        ("dot([[1, 2]], [[3], [4]])", [[11]]),
        ("outer([1, 2], [3, 4])", [[3, 4], [6, 8]]),
        ("transpose([[1, 2]])", [[1], [2]]),
        ("concat([1], [2, 3])", [1, 2, 3]),
        ("sort([3, 1])", [1, 3]),
        ("round(array([1.26]), 1)", [1.3]),
    ],
)
def test_arrays_come_out_as_arrays(expression: str, value: list[Any]) -> None:
    np.testing.assert_allclose(evaluate(expression), value)


def test_mastery_after_each_answer_is_as_in_the_fixture_of_the_course() -> None:
    np.testing.assert_allclose(
        evaluate("bkt([1, 1, 0, 1, 1])"), [0.6000, 0.8903, 0.5781, 0.8814, 0.9753], atol=5e-5
    )
    last = evaluate("bkt([1, 1, 0, 1, 1])[4]")
    assert 0.9 * last + 0.2 * (1 - last) == pytest.approx(0.8827, abs=5e-5)
    seen = 0.18 / 0.34
    assert seen == pytest.approx(0.5294, abs=5e-5)
    assert evaluate("bkt([1])[0]") == pytest.approx(seen + (1 - seen) * 0.15)
    assert evaluate("bkt([0], known=1, learn=0)[0]") == 1, "what is known for certain stays known"
    assert evaluate("bkt([1], slip=0.4, guess=0.3)[0]") == pytest.approx(1 - (1 - 0.12 / 0.36) * 0.85)


def test_equal_gains_of_unequal_points_and_none_without_room() -> None:
    assert evaluate("gain(40, 70)") == evaluate("gain(80, 90)") == 0.5
    assert evaluate("gain(50, 40)") == pytest.approx(-0.2)
    with pytest.raises(Unfit, match="undefined"):
        evaluate("gain(100, 100)")


@pytest.mark.parametrize(
    ("expression", "words"),
    [
        ("bkt([1, 2])", "1 for right"), ("bkt([[1]])", "in one row"), ("bkt('11')", "expected"),
        ("bkt([1], known=2)", "got known 2"), ("bkt([1], slip=0.6, guess=0.4)", "together below 1"),
        ("bkt([1], guess=0)", "above 0"), ("gain(-1, 3)", "from 0 to 100"), ("gain(40, 101)", "from 0 to 100"),
    ],
)  # fmt: skip
def test_what_is_no_answer_or_no_score_is_refused_with_what_came(expression: str, words: str) -> None:
    with pytest.raises(Unfit, match=words):
        evaluate(expression)


def test_a_matrix_is_latex_with_a_plain_minus_and_equal_decimals() -> None:
    assert (
        evaluate("matrix([[1, -2], [0, 10000]], 0)")
        == r"\begin{bmatrix} 1 & -2 \\ 0 & 10{,}000 \end{bmatrix}"
    )
    assert evaluate("matrix([[1/2, 1/4]])") == r"\begin{bmatrix} 0.50 & 0.25 \end{bmatrix}"
    assert evaluate("matrix([-inf, 1])") == r"\begin{bmatrix} -\infty  & 1 \end{bmatrix}"


def test_names_are_defined_in_order_and_may_be_functions() -> None:
    names = defined({"s": "array([0, 0])", "w": "softmax(s)"})
    assert names["w"].tolist() == [0.5, 0.5]
    assert evaluate("choice([3])", {"choice": random.Random(0).choice}) == 3
    with pytest.raises(Unfit, match="later"):
        defined({"w": "later", "later": "1"})
    with pytest.raises(Unfit, match="name"):
        defined({"__class__": "1"})


def test_a_wrong_name_is_answered_with_those_there_are() -> None:
    with pytest.raises(Unfit, match="softmax"):
        evaluate("sofmax([1])")
    with pytest.raises(Unfit, match="weights"):
        evaluate("attention([[1]], [[1]], [[1]])['weight']")


def test_every_function_is_documented() -> None:
    told = set(re.findall(r"\w+", " ".join(re.findall(r"^\| (`.*`) \|", DOCS.read_text(), re.MULTILINE))))
    assert set(FUNCTIONS) <= told


@pytest.mark.parametrize("seed", range(200))
def test_made_up_text_is_computed_or_refused_but_never_breaks(seed: int) -> None:
    draw = random.Random(seed)
    pieces = [
        "(",
        ")",
        "[",
        "]",
        "softmax",
        "array",
        ".",
        "_",
        "x",
        "1",
        "2.5",
        "+",
        "**",
        ",",
        "'",
        "=",
        "lambda",
        "\\",
        "π",
        ":",
        "{",
        "}",
    ]
    text = "".join(draw.choice(pieces) for _ in range(draw.randint(1, 12)))
    with contextlib.suppress(Unfit):
        evaluate(text, {"x": np.ones(3)})


def test_many_threads_read_expressions_at_once() -> None:
    """A collection of garbage, in which others get their turn, falls into the reading of an expression."""

    class Garbage:
        def __init__(self) -> None:
            self.itself = self

        def __del__(self) -> None:
            sum(range(300))

    def one(number: int) -> set[float]:
        return {
            float(Garbage() and evaluate("(1 + 2) * 3 - (4 - 5) * [1, 2, 3][1]")) for _again in range(100)
        }

    often, seldom = gc.get_threshold(), sys.getswitchinterval()
    gc.set_threshold(5)
    sys.setswitchinterval(1e-6)
    try:
        with ThreadPoolExecutor(8) as pool:
            assert set().union(*pool.map(one, range(80))) == {11.0}
    finally:
        gc.set_threshold(*often)
        sys.setswitchinterval(seldom)
