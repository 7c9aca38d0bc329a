"""Which wrong pipelines the tests of the last TensorFlow lesson catch, found anew, and what the lesson and its quiz say of it."""

import html
import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from django.db import transaction

from camp.courses.loading import course_load
from camp.courses.models import LessonVersion
from camp.courses.references import CONTENT
from camp.quizzes.publishing import read_question
from camp.quizzes.variants import variant_of
from tests.camp.courses.shown_numbers import decimals, right_answers

pytestmark = pytest.mark.django_db
Array = np.ndarray[Any, Any]
Program = Callable[[Array, Array, Array], Array]

TOKENS = np.array([[0.1], [0.2], [0.3], [0.4], [0.5]])
EYE = np.eye(2)
BY_HAND = (
    np.array([[1.0, 1, 1, 0], [0, 0, 0, 2], [0, 1, 0, 2]]),
    np.array([[0.0, 0, 0, 1], [0, 2, 0, 1], [1, 2, 1, 0]]),
    np.array([[1.0, 0], [0, 3], [2, 1]]),
)
TESTS = {
    "one": (TOKENS.T,) * 3,
    "five": (TOKENS,) * 3,
    "two": (EYE, EYE, np.array([[1.0, 2], [3, 4]])),
    "three": BY_HAND,
}


def normalised(powers: Array) -> Array:
    found: Array = powers / powers.sum(axis=1)[:, None]
    return found


def scaled(q: Array, k: Array) -> Array:
    found: Array = q @ k.T / k.shape[1] ** 0.5
    return found


def lower(q: Array, offset: int = 0) -> Array:
    return np.tril(np.ones((len(q), len(q))), offset)


def right(q: Array, k: Array, v: Array) -> Array:
    return normalised(np.exp(scaled(q, k))) @ v


def right_causal(q: Array, k: Array, v: Array) -> Array:
    return normalised(np.exp(scaled(q, k)) * lower(q)) @ v


def right_heads(q: Array, k: Array, v: Array) -> Array:
    """Two heads where features can be halved, else one."""
    count = 1 if q.shape[1] % 2 else 2
    parts = zip(*(np.split(one, count, axis=1) for one in (q, k, v)), strict=True)
    return np.concatenate([right(*part) for part in parts], axis=1)


def reshaped_heads(q: Array, k: Array, v: Array) -> Array:
    count = 1 if q.shape[1] % 2 else 2
    parts = zip(*(one.reshape(count, len(one), -1) for one in (q, k, v)), strict=True)
    return np.stack([right(*part) for part in parts]).reshape(len(q), -1)


def columns(q: Array, k: Array, v: Array) -> Array:
    powers = np.exp(scaled(q, k))
    found: Array = powers / powers.sum(axis=0) @ v
    return found


def all_cells(q: Array, k: Array, v: Array) -> Array:
    powers = np.exp(scaled(q, k))
    found: Array = powers / powers.sum() @ v
    return found


# In the order of the lesson's table: the wrong program and the right one.
PROGRAMS: dict[str, tuple[Program, Program]] = {
    "no_scale": (lambda q, k, v: normalised(np.exp(q @ k.T)) @ v, right),
    "scale_dk": (lambda q, k, v: normalised(np.exp(q @ k.T / k.shape[1])) @ v, right),
    "scale_sqrt_n": (lambda q, k, v: normalised(np.exp(q @ k.T / len(k) ** 0.5)) @ v, right),
    "scale_after": (lambda q, k, v: normalised(np.exp(q @ k.T)) @ v / k.shape[1] ** 0.5, right),
    "axis_queries": (columns, right),
    "axis_all": (all_cells, right),
    "linear_norm": (lambda q, k, v: normalised(q @ k.T) @ v, right),
    "qk_swapped": (lambda q, k, v: right(k, q, v), right),
    "v_twice": (lambda q, k, v: right(q, k, right(q, k, v)), right),
    "elementwise": (lambda q, k, v: np.diag(normalised(np.exp(scaled(q, k))))[:, None] * v, right),
    "mask_after": (lambda q, k, v: (normalised(np.exp(scaled(q, k))) * lower(q)) @ v, right_causal),
    "mask_score_zero": (lambda q, k, v: normalised(np.exp(scaled(q, k) * lower(q))) @ v, right_causal),
    "causal_plus_one": (lambda q, k, v: normalised(np.exp(scaled(q, k)) * lower(q, 1)) @ v, right_causal),
    "head_reshape": (reshaped_heads, right_heads),
    "k_not_transposed": (lambda q, k, v: normalised(np.exp(q @ k / k.shape[1] ** 0.5)) @ v, right),
}


def is_caught(name: str, numbers: tuple[Array, Array, Array]) -> bool:
    wrong, wanted = PROGRAMS[name]
    try:
        return not np.allclose(wrong(*numbers), wanted(*numbers), rtol=0, atol=1e-6)
    except ValueError:  # the shapes do not fit
        return True


CAUGHT = {name: {test: is_caught(name, TESTS[test]) for test in TESTS} for name in PROGRAMS}


@pytest.fixture(scope="module")
def documents(django_db_setup: None, django_db_blocker: Any) -> dict[str, Any]:
    with django_db_blocker.unblock(), transaction.atomic():
        course_load()
        version = LessonVersion.objects.get(lesson__module__slug="tensorflow", lesson__slug="tests")
        transaction.set_rollback(True)  # tests of other files begin with an empty course
    return dict(version.documents)


def table(document: dict[str, Any]) -> list[list[str]]:
    """The cells of the lesson's table, row by row."""
    whole = "".join(part.get("html", "") for part in document["parts"])
    rows = re.findall(r"(?s)<tr>(.*?)</tr>", whole)
    cells = [re.findall(r"(?s)<t[dh][^>]*>(.*?)</t[dh]>", row) for row in rows]
    return [[html.unescape(re.sub(r"<[^>]*>", "", cell)) for cell in row] for row in cells]


def test_the_tests_catch_as_many_as_the_course_states() -> None:
    counts = {test: sum(row[test] for row in CAUGHT.values()) for test in TESTS}
    assert counts == {"one": 2, "five": 10, "two": 11, "three": 15}


@pytest.mark.parametrize(("language", "word"), [("en", "caught"), ("zh-hans", "发现")])
def test_the_table_says_which(documents: dict[str, Any], language: str, word: str) -> None:
    head, *rows, total = table(documents[language])
    assert len(head) == 1 + len(TESTS)
    assert [[cell == word for cell in row[1:]] for row in rows] == [
        list(row.values()) for row in CAUGHT.values()
    ]
    assert total[1:] == ["2", "10", "11", "15"]


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_its_answers_and_decimals(documents: dict[str, Any], language: str) -> None:
    answers = right_answers(documents[language])
    assert answers["caught-by-one-token"] == 2
    assert answers["caught-by-either"] == sum(row["five"] or row["two"] for row in CAUGHT.values())
    powers = np.exp(scaled(*BY_HAND[:2]))
    sums = [f"{one:.4f}" for one in (powers / powers.sum(axis=0)).sum(axis=1)]
    assert sums == ["1.0325", "0.7243", "1.2432"]
    assert set(decimals(documents[language])) == {"0.02", "0.1", "0.5", *sums}


@pytest.mark.parametrize(
    ("language", "stated"), [("en", r"catches (\d+) of the fifteen"), ("zh-hans", r"十五个中的 (\d+) 个")]
)
def test_the_sums_of_rows_catch_as_many_as_the_lesson_says(
    documents: dict[str, Any], language: str, stated: str
) -> None:
    """With values of 1 an output is the sum of its row of weights, where the last product is right."""
    query, key, _value = BY_HAND
    caught = []
    for name in PROGRAMS.keys() - {"v_twice", "elementwise"}:
        try:
            sums = PROGRAMS[name][0](query, key, np.ones((3, 2)))
        except ValueError:  # the shapes do not fit, which is noticed here as in the table
            caught.append(name)
        else:
            caught += [] if np.allclose(sums, 1) else [name]
    whole = "".join(part.get("html", "") for part in documents[language]["parts"])
    found = re.search(stated, re.sub(r"<[^>]*>", "", whole))
    assert found
    assert int(found[1]) == len(caught) == 5


def test_the_quiz_agrees() -> None:
    file = CONTENT / "questions" / "tensorflow" / "tests-that-catch.yaml"
    given, *_rest = read_question(file.read_text(encoding="utf-8"))
    asked = [
        "no_scale", "scale_dk", "scale_sqrt_n", "scale_after", "axis_queries", "qk_swapped", "v_twice",
        "k_not_transposed",
    ]  # fmt: skip
    seen = set()
    for seed in range(60):
        variant = variant_of(given, seed)
        name = asked[variant.names["p"]]
        assert {option.key: option.right for option in variant.options} == CAUGHT[name]
        seen.add(name)
    assert seen == set(asked)
