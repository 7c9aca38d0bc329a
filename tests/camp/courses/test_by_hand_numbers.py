"""The module by hand says what plain NumPy says: every decimal that its lessons show, and every answer they count right."""

from collections.abc import Iterator
from functools import lru_cache
from typing import Any

import numpy as np
import pytest

from camp.courses.document import document
from camp.courses.references import CONTENT
from tests.camp.courses.shown_numbers import decimals, right_answers

LANGUAGES = ("en", "zh-hans")
Array = np.ndarray[Any, Any]

Q = np.array([[1, 1, 1, 0], [0, 0, 0, 2], [0, 1, 0, 2]], dtype=np.float64)
K = np.array([[0, 0, 0, 1], [0, 2, 0, 1], [1, 2, 1, 0]], dtype=np.float64)
V = np.array([[1, 0], [0, 3], [2, 1]], dtype=np.float64)
TOKENS = np.array([[0.1], [0.2], [0.3], [0.4], [0.5]])
ONE = TOKENS.T


def weights_of(query: Array, key: Array, divisor: float) -> Array:
    powers = np.exp(query @ key.T / divisor)
    return powers / powers.sum(axis=1)[:, None]


def three(query: list[int], divisor: float = 2.0) -> tuple[Array, Array]:
    """Weights and output of one query of the three tokens."""
    weights = weights_of(np.array([query], dtype=np.float64), K, divisor)
    return weights, weights @ V


W3 = weights_of(Q, K, 2.0)
O3 = W3 @ V
W5 = weights_of(TOKENS, TOKENS, 1.0)
O5 = W5 @ TOKENS
POWERS = [np.e, np.e**2, np.e**4, np.exp(0.5 * TOKENS)]
WIDE = np.array([[1.0], [2.0], [3.0]])

# What the outline of the course states of T3 and of the article's example, as it is printed there.
STATED = {
    "three-tokens": [
        "2.7183 7.3891 11.1073", "0.0900 0.2447 0.6652", "1.4205 1.3994", "1.4842 1.3754 1.4205 1.3994",
    ],
    "faded": ["0.4223 0.4223 0.1554", "0.8 1.4 0.7330 1.4223", "0.6358", "1.9403"],
    "article-example": [
        "0.1960 0.1980 0.2000 0.2020 0.2040 0.1921 0.1960 0.1999 0.2040 0.2081",
        "0.1882 0.1939 0.1998 0.2059 0.2122 0.1843 0.1919 0.1997 0.2078 0.2163 0.1805 0.1898 0.1995 0.2097 0.2205",
        "0.3020 0.3040 0.3060 0.3080 0.3100", "0.55 2.2361 0.2460", "0.3009 0.3018 0.3027 0.3036 0.3045",
    ],
    "find-the-mistakes": [
        "0.02 0.04 0.06 0.08 0.1", "0.0196 0.0392 0.0599 0.0831 0.1102", "0.3020 0.3040 0.3060 0.3080 0.3100",
    ],
}  # fmt: skip

# All that a lesson may show with decimals.
COMPUTED: dict[str, list[Any]] = {
    "three-tokens": [
        POWERS, W3[0], W3[0][:, None] * V, O3[0], 1 + np.e + np.e**2, 2 + np.e, three([1, 1, 1, 0], 3**0.5)[1], *three([1, 0, 1, 0]),
    ],
    "faded": [
        POWERS, W3, O3, *three([1, 1, 1, 2]), 2 * np.e + 1, 2 * np.e + np.e**2, 2 + np.e, 4 / 3, 0.25, 0.005,
        W3[1].round(1), W3[1].round(1) @ V, W3[1].round(4) @ V, 0.05, 0.00005, 4 * 0.05, 4 * 0.00005,
        0.2 - W3[1][2],
    ],
    "article-example": [
        POWERS, TOKENS, TOKENS @ TOKENS.T, W5, W5[4][:, None] * TOKENS, O5, 0.2, 0.3, np.exp(0.5 * TOKENS).sum(), np.sqrt(5),
        ONE @ ONE.T, ONE @ ONE.T / np.sqrt(5), weights_of(TOKENS, TOKENS, 5**0.5) @ TOKENS, np.exp(0.2),
        weights_of(10 * TOKENS, 10 * TOKENS, 1.0), weights_of(WIDE, WIDE, 1.0), weights_of(WIDE, WIDE, 1.0) @ WIDE,
    ],
    "find-the-mistakes": [
        TOKENS, TOKENS / 5, W5, O5, np.diag(W5)[:, None] * TOKENS, 0.2, 0.3, 0.05, O5[0] - 0.02, 19 / 3,
        0.75, 0.25, 1.5, 1.7, 0.1,
    ],
}  # fmt: skip

ANSWERS: dict[str, Any] = {
    "weights-of-a-new-query": three([1, 0, 1, 0])[0],
    "output-of-a-new-query": three([1, 0, 1, 0])[1][0, 1],
    "output-of-row-two": O3[1:2],
    "weights-of-row-three": W3[2:],
    "output-of-row-three": O3[2:],
    "scores-of-the-fourth": [[1, 2, 2]],
    "weights-of-the-fourth": three([1, 1, 1, 2])[0],
    "output-of-the-fourth": three([1, 1, 1, 2])[1],
    "three-equal": [1 / 3, 1 / 3, 1 / 3],
    "cost-of-rounding": 0.8 - O3[1, 0],
    "weights-of-the-fifth": W5[4],
    "output-of-the-fifth": O5[4, 0],
    "zero-one-two": weights_of(WIDE - 1, WIDE - 1, 1.0),
    "last-output": (weights_of(WIDE, WIDE, 1.0) @ WIDE)[2, 0],
    "a-single-token": 1,
    "uniform-to-the-rescue": TOKENS.mean(),
    "two-tokens-elementwise": 0.75 * 8 + 0.25 * 20,
}


@lru_cache
def lesson(slug: str, language: str) -> Any:
    """What learners read of a lesson: the document that is published."""
    return document((CONTENT / language / "by-hand" / f"{slug}.md").read_text(encoding="utf-8"), language)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("slug", STATED)
def test_a_lesson_shows_what_the_course_states(slug: str, language: str) -> None:
    shown = " ".join(decimals(lesson(slug, language)))
    missing = [row for row in STATED[slug] if row not in shown]
    assert not missing


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("slug", COMPUTED)
def test_no_decimal_is_shown_that_plain_numpy_does_not_give(slug: str, language: str) -> None:
    known = np.concatenate([np.ravel(np.asarray(one, dtype=np.float64)) for one in flat(COMPUTED[slug])])
    strange = [
        number
        for number in decimals(lesson(slug, language))
        if number not in {f"{value:.{len(number.split('.')[1])}f}" for value in known}
    ]
    assert not strange


def flat(values: list[Any]) -> Iterator[Any]:
    for value in values:
        yield from flat(value) if isinstance(value, list) else [value]


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_counts_as_right_is_what_plain_numpy_gives(language: str) -> None:
    found: dict[str, Any] = {}
    for slug in STATED:
        found |= right_answers(lesson(slug, language))
    for name, wanted in ANSWERS.items():
        np.testing.assert_allclose(found[name], wanted, rtol=0, atol=1e-12, err_msg=name)


def test_one_token_gives_itself_everything() -> None:
    assert weights_of(ONE, ONE, 5**0.5).tolist() == [[1.0]]
