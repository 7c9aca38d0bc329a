"""What the module on TensorFlow shows is what TensorFlow, and NumPy written here anew, give for the same numbers."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import tensorflow as tf
from django.db import transaction

from attention_core import reference
from camp.courses.loading import course_load
from camp.courses.models import LessonVersion
from tests.camp.courses.shown_numbers import decimals, right_answers

pytestmark = pytest.mark.django_db
LANGUAGES = ("en", "zh-hans")
Array = np.ndarray[Any, Any]

TOKENS = np.array([[0.1], [0.2], [0.3], [0.4], [0.5]])
ONE = TOKENS.T
Q = np.array([[1.0, 1, 1, 0], [0, 0, 0, 2], [0, 1, 0, 2]])
K = np.array([[0.0, 0, 0, 1], [0, 2, 0, 1], [1, 2, 1, 0]])
V = np.array([[1.0, 0], [0, 3], [2, 1]])
LOWER = np.tril(np.ones((3, 3), dtype=bool))
ROW = np.array([2.0, 1.0, 0.1])


def softmax(scores: Any) -> Array:
    """Over the last axis; −∞ gets nothing. Of numbers that do not overflow."""
    powers = np.exp(np.asarray(scores, dtype=np.float64))
    found: Array = powers / powers.sum(axis=-1, keepdims=True)
    return found


def attention_tf(query: Array, key: Array, value: Array, allowed: Array | None = None) -> tuple[Array, Array]:
    """Weights and output, by TensorFlow in double precision."""
    scores = tf.matmul(query, key, transpose_b=True) / np.sqrt(key.shape[-1])
    if allowed is not None:
        scores = tf.where(allowed, scores, -np.inf)
    weights = tf.nn.softmax(scores)
    return weights.numpy(), tf.matmul(weights, value).numpy()


W3, O3 = attention_tf(Q, K, V)
W3_CAUSAL, O3_CAUSAL = attention_tf(Q, K, V, LOWER)
W5, O5 = attention_tf(TOKENS, TOKENS, TOKENS)
SHARES = softmax(ROW)
SEEN = softmax([2, 1, -np.inf])

# The decimals of outline and concepts, in the order in which the lesson shows them.
STATED = {
    "four-bugs": ["2.8284", "0.55 0.2460", "1.4205 1.3994"],
    "shapes": ["1.4142 2.8284", "0.8044 0.1956", "0.3020"],
    "masks": [
        "0.75 0.25",  # four equal scores, the fourth zeroed after softmax
        "0.7311 0.2689 0.7311 0.2689",
        "0.7311 0.2689 0.6590 0.2424 0.9014 0.6652 0.2447 0.0900",
        "0.2119 0.5761 0.2119 1.0000 0.0000 0.5000 1.5000 0.6358 1.9403",  # T3, causal: weights and output
        "0.4223 1.2670 0.5 1.5",  # row 2 with the mask after softmax, and right
    ],
    "numerics": ["0.2689 0.7311", "11.09 88.72 709.78", "0.3333"],
}
# All that a lesson may show with decimals.
COMPUTED: dict[str, list[Any]] = {
    "four-bugs": [np.sqrt(8), ONE @ ONE.T, ONE @ ONE.T / np.sqrt(5), O3[0], 8 / 3, 3.7],
    "shapes": [
        np.sqrt(2), np.sqrt(8), *(softmax(np.array([4, 0]) / np.sqrt(n)) for n in (8, 4, 16)), W5[0] * TOKENS[0],
        0.1, 0.2, O5[0],
    ],
    "masks": [
        0.75, 0.25, 0.1, SHARES, SHARES[:2].sum(), SEEN, softmax([2, 1, 0]), softmax([-2, -1, 0]), W3[1], W3_CAUSAL,
        O3_CAUSAL, W3[1] * LOWER[1] @ V, SHARES[:2] / SHARES[:2].sum(),
    ],
    "numerics": [
        softmax([0, 1]), np.log(float(np.finfo(np.float16).max)), 128 * np.log(2), 1024 * np.log(2), 0.1, 1 / 3,
    ],
}  # fmt: skip
ANSWERS: dict[str, Any] = {
    "divisor-of-a-batch": 3,
    "weight-of-one-token": attention_tf(ONE, ONE, ONE)[0][0, 0],
    "times-too-large": np.sqrt(8) / np.sqrt(4),
    "divisor-with-heads-and-batch": 8,
    "zero-afterwards": 0.75,
    "causal-weights": [[1, 0, 0], [0.25, 0.75, 0], [0.25, 0.25, 0.5]],
    "pairs-with-padding": (np.tril(np.ones((6, 6))) * (np.arange(6) < 4)).sum(),
    "minus-a-billion": [1 / 3, 1 / 3, 1 / 3],
    "large-and-close": 0.25,
}


@pytest.fixture(scope="module")
def documents(django_db_setup: None, django_db_blocker: Any) -> dict[str, dict[str, Any]]:
    """What learners read of the module, by slug and language."""
    with django_db_blocker.unblock(), transaction.atomic():
        course_load()
        versions = LessonVersion.objects.filter(lesson__module__slug="tensorflow").select_related("lesson")
        found = {version.lesson.slug: version.documents for version in versions}
        transaction.set_rollback(True)  # tests of other files begin with an empty course
    return found


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("slug", STATED)
def test_a_lesson_shows_what_the_course_states(documents: Any, slug: str, language: str) -> None:
    shown = " ".join(decimals(documents[slug][language]))
    assert [row for row in STATED[slug] if row not in shown] == []


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("slug", COMPUTED)
def test_no_decimal_is_shown_that_is_not_computed_here(documents: Any, slug: str, language: str) -> None:
    known = np.concatenate([np.ravel(np.asarray(one, dtype=np.float64)) for one in COMPUTED[slug]])
    strange = [
        number
        for number in decimals(documents[slug][language])
        if number not in {f"{value:.{len(number.split('.')[1])}f}" for value in known}
    ]
    assert strange == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_counts_as_right_is_what_is_computed_here(documents: Any, language: str) -> None:
    found: dict[str, Any] = {}
    for document in documents.values():
        found |= right_answers(document[language])
    for name, wanted in ANSWERS.items():
        np.testing.assert_allclose(found[name], wanted, rtol=0, atol=1e-9, err_msg=name)


# --- What the lessons say of TensorFlow ----------------------------------------------------------------


def message(call: Callable[[], Any]) -> str:
    with pytest.raises((tf.errors.InvalidArgumentError, TypeError, ValueError)) as refused:
        call()
    return str(refused.value)


def test_the_messages_that_lessons_quote_are_tensorflow_s() -> None:
    key = tf.zeros((2, 4, 8))
    assert "Value for attr 'T' of int32 is not in the list of allowed values" in message(
        lambda: tf.sqrt(tf.shape(key)[1])
    )
    assert "Value passed to parameter 'x' has DataType int32 not in list of allowed values" in message(
        lambda: tf.function(lambda k: tf.sqrt(tf.shape(k)[1]))(key)
    )
    assert "`x` and `y` must have the same dtype, got tf.float64 != tf.float32" in message(
        lambda: tf.zeros(3, tf.float64) / tf.sqrt(tf.cast(8, tf.float32))
    )
    assert "In[0]: [3,8], In[1]: [5,8]" in message(lambda: tf.matmul(tf.zeros((3, 8)), tf.zeros((5, 8))))
    assert "ndims must be" in message(lambda: tf.matmul(tf.zeros(5), tf.zeros(5), transpose_b=True))


def test_a_billion_drowns_scores_in_single_precision_and_is_infinite_in_half() -> None:
    row = tf.constant(ROW, tf.float32)
    assert np.spacing(np.float32(1e9)) == 64
    np.testing.assert_allclose(tf.nn.softmax(row - 1e9).numpy(), [1 / 3, 1 / 3, 1 / 3], rtol=1e-6)
    assert tf.cast(-1e9, tf.float16).numpy() == -np.inf
    assert np.finfo(np.float16).max == 65504
    assert np.isnan(tf.nn.softmax(tf.fill(3, -np.inf)).numpy()).all()


def test_powers_overflow_where_the_lesson_says() -> None:
    for kind, first in ((tf.float16, 12), (tf.float32, 89), (tf.float64, 710)):
        powers = tf.exp(tf.cast([first - 1, first], kind)).numpy()
        assert np.isfinite(powers).tolist() == [True, False]


def test_the_core_gives_nothing_for_a_row_that_may_see_nothing() -> None:
    stages = reference.explain([[1.0]], [[2.0], [1.0]], [[5.0], [7.0]], mask=[[False, False]])
    assert stages.weights.tolist() == [[[0, 0]]]
    assert stages.output.tolist() == [[0]]
