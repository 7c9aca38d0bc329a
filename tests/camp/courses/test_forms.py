"""The two forms of the test before and after the course: alike row by row, and marked as plain NumPy computes."""

import re
from collections.abc import Callable
from functools import lru_cache
from typing import Any

import numpy as np
import pytest

from camp.courses.references import CONTENT
from camp.lab_links import attention_page
from camp.quizzes.content import Content
from camp.quizzes.drawn import Variant
from camp.quizzes.marking import Mark
from camp.quizzes.publishing import LANGUAGES, check, read_question
from camp.quizzes.question_types import question_type
from camp.quizzes.variants import variant_of, worded

Array = np.ndarray[Any, Any]
Answer = Callable[[Variant], Any]
FORMS = ("a", "b")
FORM = {
    form: {
        path.stem: read_question(path.read_text(encoding="utf-8"))
        for path in sorted((CONTENT / "forms" / form).glob("*.yaml"))
    }
    for form in FORMS
}

# The rows of the outline, in their order: what is asked, and of which concept.
OUTLINE = {
    "value-changed": ("single", "N36"),
    "one-score-higher": ("bars", "C7"),
    "divisor-with-heads": ("numeric", "C4"),
    "what-sums-to-one": ("single", "C6"),
    "output-of-weights": ("matrix", "C10"),
    "impossible-output": ("single", "C12"),
    "one-weight": ("numeric", "C9"),
    "two-shapes": ("matrix", "C2"),
    "masked-row": ("bars", "C17"),
    "causal-pairs": ("numeric", "C18"),
    "words-reordered": ("single", "C24"),
    "six-stages": ("ordering", "C1"),
    "cross-attention": ("matching", "C26"),
    "wrong-line": ("bug", "C6"),
    "bright-spot": ("multiple", "C28"),
}
both_forms = pytest.mark.parametrize("form", FORMS)
every_row = pytest.mark.parametrize("row", OUTLINE)


def mark_of(form: str, row: str, answer: Answer, seed: int = 0) -> Mark:
    content = FORM[form][row][0]
    variant = variant_of(content, seed)
    kind = question_type(content.type)
    return kind.mark(kind.validate(answer(variant), variant), variant)


def key_where(form: str, row: str, says: str) -> str:
    """The option that says this in English: what an option says, not what it is called, is what a learner chooses."""
    found = [one.key for one in FORM[form][row][0].options if says in shown(form, row)[one.key]]
    assert len(found) == 1, (says, found)
    return found[0]


@lru_cache
def shown(form: str, row: str, language: str = "en") -> dict[str, str]:
    content = FORM[form][row][0]
    variant = worded(variant_of(content, 0), content, language)
    return {one.key: plain(one.text) for one in variant.options}


def plain(html: str) -> str:
    return re.sub(r"<[^>]*>", "", html).strip()


def of(form: str, row: str, *says: str) -> Answer:
    """Choosing the options that say this; of a single choice there is one."""

    def answer(variant: Variant) -> Any:
        keys = [key_where(form, row, one) for one in says]
        return keys if variant.type == "multiple" else keys[0]

    return answer


def given(value: Any) -> Answer:
    """Typing these numbers: a number, a row or rows, as texts."""
    return lambda variant: typed(np.asarray(value, dtype=np.float64).tolist())


def typed(value: Any) -> Any:
    return [typed(one) for one in value] if isinstance(value, list) else f"{value:.6f}"


def ordered(*keys: str) -> Answer:
    return lambda variant: [
        next(one["key"] for one in variant.own["items"] if one["of"] == key) for key in keys
    ]


def matched(**pairs: str) -> Answer:
    def answer(variant: Variant) -> dict[str, str]:
        shown_as = {one["of"]: one["key"] for one in (*variant.own["items"], *variant.own["matches"])}
        return {shown_as[item]: shown_as[match] for item, match in pairs.items()}

    return answer


# --- The same in NumPy, which knows nothing of the camp's own core -----------------------------------------


def softmax(scores: Any, axis: int = -1) -> Array:
    powers = np.exp(np.asarray(scores, dtype=np.float64))
    return powers / powers.sum(axis=axis, keepdims=True)


def attend(query: Any, key: Any, value: Any) -> tuple[Array, Array]:
    """Weights and output of scaled dot-product attention."""
    query, key, value = (np.asarray(one, dtype=np.float64) for one in (query, key, value))
    weights = softmax(query @ key.T / np.sqrt(key.shape[1]))
    return weights, weights @ value


RANDOM = np.random.default_rng(36)
Q, K, V = RANDOM.normal(size=(3, 4)), RANDOM.normal(size=(5, 4)), RANDOM.normal(size=(5, 2))
STAGES = ("embed", "project", "score", "scale", "weigh", "mix")
WHOSE = {
    "queries": "decoder",
    "keys": "encoder",
    "values": "encoder",
    "rows": "decoder",
    "columns": "encoder",
}
W = {"a": [[0.5, 0.5], [0.25, 0.75]], "b": [[0.5, 0.5], [0.75, 0.25]]}
VALUES = {"a": [[4.0], [8.0]], "b": [[2.0], [10.0]]}
SCORES = {"a": [2.0, 0.0, 0.1], "b": [1.0, 2.0, 0.4]}
SIZES = {"a": (4, 6, 9, 2), "b": (2, 7, 4, 3)}
FOUR = [[1, 2], [3, 0], [-1, 4], [5, 5]]


def shapes_of(n_q: int, n_k: int, d_k: int, d_v: int) -> list[tuple[int, ...]]:
    weights, output = attend(np.ones((n_q, d_k)), np.ones((n_k, d_k)), np.ones((n_k, d_v)))
    return [weights.shape, output.shape]


def allowed_pairs(n: int) -> int:
    return int(np.tri(n).sum())


RIGHT: dict[str, dict[str, Answer]] = {
    "a": {
        "value-changed": of("a", "value-changed", "Only the output: it doubles."),
        "one-score-higher": given(softmax([1, 0, 0])),
        "divisor-with-heads": given(np.sqrt(768 // 12)),
        "what-sums-to-one": of("a", "what-sums-to-one", "Each of the 3 rows"),
        "output-of-weights": given(np.array(W["a"]) @ VALUES["a"]),
        "impossible-output": of("a", "impossible-output", "2.5"),
        "one-weight": given(attend([[0, 0]], FOUR, FOUR)[0][0, 3]),
        "two-shapes": given(shapes_of(*SIZES["a"])),
        "masked-row": given([*softmax(SCORES["a"][:2]), 0]),
        "causal-pairs": given(allowed_pairs(7)),
        "words-reordered": of("a", "words-reordered", "the vectors now come in reverse order"),
        "six-stages": ordered(*STAGES),
        "cross-attention": matched(**WHOSE),
        "wrong-line": lambda variant: ["3"],
        "bright-spot": of("a", "bright-spot", "took more from", "same output", "has to be tried"),
    },
    "b": {
        "value-changed": of("b", "value-changed", "Only the output: each of its numbers rises by 1."),
        "one-score-higher": given(softmax([0, 1, 0])),
        "divisor-with-heads": given(np.sqrt(400 // 16)),
        "what-sums-to-one": of("b", "what-sums-to-one", "Each of the 4 rows"),
        "output-of-weights": given(np.array(W["b"]) @ VALUES["b"]),
        "impossible-output": of("b", "impossible-output", "4.5"),
        "one-weight": given(attend([[3, 1]], 5 * [[2, 4]], 5 * [[2, 4]])[0][0, 4]),
        "two-shapes": given(shapes_of(*SIZES["b"])),
        "masked-row": given([*softmax(SCORES["b"][:2]), 0]),
        "causal-pairs": given(allowed_pairs(6)),
        "words-reordered": of("b", "words-reordered", "the two words have changed places"),
        "six-stages": ordered(*STAGES),
        "cross-attention": matched(**WHOSE),
        "wrong-line": lambda variant: ["3"],
        "bright-spot": of("b", "bright-spot", "took more from", "same output", "has to be tried"),
    },
}

# The misconception that the outline and concepts.yaml's concept stand for, as somebody who has it would answer.
MISTAKEN: dict[str, dict[str, Answer]] = {
    form: {
        "value-changed": of(form, "value-changed", "The weights, and through them the output."),
        "one-score-higher": given([1, 0, 0] if form == "a" else [0, 1, 0]),
        "divisor-with-heads": given(np.sqrt(768 if form == "a" else 400)),
        "what-sums-to-one": of(form, "what-sums-to-one", "columns"),
        "output-of-weights": given(np.diag(W[form])[:, None] * VALUES[form]),
        "impossible-output": of(form, "impossible-output", "6" if form == "a" else "−0.5"),
        "one-weight": given(0),
        "two-shapes": given([SIZES[form][:2], SIZES[form][1:3]]),
        "masked-row": given(softmax([*SCORES[form][:2], 0])),
        "causal-pairs": given(int(np.tri(7 if form == "a" else 6, k=-1).sum())),
        "words-reordered": of(form, "words-reordered", "Every word gets a new vector"),
        "six-stages": ordered("embed", "project", "score", "weigh", "scale", "mix"),
        "cross-attention": matched(**{**WHOSE, "values": "decoder"}),
        "wrong-line": lambda variant: ["6"],
        "bright-spot": of(form, "bright-spot", "is the reason for the answer"),
    }
    for form in FORMS
}


# --- Alike ------------------------------------------------------------------------------------------------


@both_forms
def test_a_form_has_the_rows_of_the_outline_in_their_order(form: str) -> None:
    in_order = sorted(FORM[form], key=lambda row: FORM[form][row][1])
    assert in_order == list(OUTLINE)
    for row, (content, order, concepts) in FORM[form].items():
        assert (content.type, concepts) == (OUTLINE[row][0], [OUTLINE[row][1]])
        assert order == 10 + 10 * list(OUTLINE).index(row)


@every_row
def test_a_row_is_the_same_kind_of_question_in_both_forms(row: str) -> None:
    (first, order, concepts), (second, *place) = (FORM[form][row] for form in FORMS)
    assert (order, concepts) == tuple(place)
    assert frame(first) == frame(second)


def frame(content: Content) -> dict[str, Any]:
    """All of a question but its numbers and words."""
    return {
        "type": content.type,
        "tolerance": content.tolerance,
        "pick": content.pick,
        "entries": [(one.group, one.key, one.right, bool(one.value)) for one in content.choices],
        "lines": len(str(content.own.get("code", "")).splitlines()),
        "labels": {language: len(texts) for language, texts in content.own.get("labels", {}).items()},
    }


@every_row
def test_a_form_shows_as_much_as_the_other(row: str) -> None:
    first, second = (sizes_shown(FORM[form][row][0]) for form in FORMS)
    assert first == second


def sizes_shown(content: Content) -> dict[str, Any]:
    """How many options, items, matches, labels and lines a learner sees, and of which shape an answer is."""
    variant = worded(variant_of(content, 0), content, "en")
    public = question_type(content.type).public(variant)
    return {
        name: one if name == "shape" else len(one) for name, one in public.items() if isinstance(one, list)
    }


@both_forms
@every_row
def test_a_row_is_drawn_and_worded_in_both_languages_without_hints(form: str, row: str) -> None:
    content = FORM[form][row][0]
    check(content)
    assert not content.hints
    for language in LANGUAGES:
        variant = worded(variant_of(content, 7), content, language)
        assert plain(variant.prompt)
        assert plain(variant.reason)
        assert all(plain(one.reason) for one in (*variant.options, *variant.mistakes))


@both_forms
@every_row
def test_a_row_asks_the_same_of_everybody(form: str, row: str) -> None:
    """Orders are shuffled; numbers and words are not drawn, or one learner's form would differ from another's."""
    content = FORM[form][row][0]
    asked = [worded(variant_of(content, seed), content, "en") for seed in range(8)]
    assert len({(one.prompt, str(one.answer)) for one in asked}) == 1
    assert len({frozenset((option.text, option.right) for option in one.options) for one in asked}) == 1


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_right_option_is_not_known_by_its_length(language: str) -> None:
    """In neither form does choosing the longest option, or the shortest, earn more than chance would."""
    for form in FORMS:
        rows = [row for row in OUTLINE if OUTLINE[row][0] == "single"]
        for best in (max, min):
            guesses = [
                best(shown(form, row, language).items(), key=lambda one: len(one[1]))[0] for row in rows
            ]
            right = [
                next(one.key for one in FORM[form][row][0].options if one.right == "true") for row in rows
            ]
            assert sum(one == other for one, other in zip(guesses, right, strict=True)) <= len(rows) / 2


# --- Right ------------------------------------------------------------------------------------------------


@both_forms
@every_row
def test_the_right_answer_earns_everything(form: str, row: str) -> None:
    for seed in range(5):
        assert mark_of(form, row, RIGHT[form][row], seed).score == 1


@both_forms
@every_row
def test_the_misconception_earns_less_and_is_known(form: str, row: str) -> None:
    mark = mark_of(form, row, MISTAKEN[form][row])
    assert mark.score < 1
    if FORM[form][row][0].mistakes:
        assert mark.mistake


@both_forms
def test_values_change_the_output_alone(form: str) -> None:
    changed = 2 * V if form == "a" else V + 1
    (weights, output), (same, other) = attend(Q, K, V), attend(Q, K, changed)
    assert np.array_equal(weights, same)
    np.testing.assert_allclose(other, 2 * output if form == "a" else output + 1, rtol=0, atol=1e-12)


@pytest.mark.parametrize(("form", "values", "outside"), [("a", [3, 5, 6, 9], 2.5), ("b", [-1, 1, 2, 4], 4.5)])
def test_of_four_outputs_just_one_is_impossible(form: str, values: list[int], outside: float) -> None:
    content = FORM[form]["impossible-output"][0]
    prompt = plain(worded(variant_of(content, 0), content, "en").prompt).replace("−", "-")
    assert all(str(one) in prompt for one in values)
    offered = sorted(float(one.replace("−", "-")) for one in shown(form, "impossible-output").values())
    assert [one for one in offered if not min(values) < one < max(values)] == [outside]


@both_forms
def test_words_in_another_order_have_their_outputs_in_that_order(form: str) -> None:
    order = [4, 3, 2, 1, 0] if form == "a" else [4, 1, 2, 3, 0]
    words = RANDOM.normal(size=(5, 4))
    _weights, output = attend(words, words, words)
    _weights, again = attend(words[order], words[order], words[order])
    np.testing.assert_allclose(again, output[order], rtol=0, atol=1e-12)
    assert not np.allclose(again, output)


@pytest.mark.parametrize(("form", "axis"), [("a", "axis=0"), ("b", "axis=-2")])
def test_the_program_is_right_once_its_one_wrong_line_is_put_right(form: str, axis: str) -> None:
    code = FORM[form]["wrong-line"][0].own["code"]
    scores = Q @ K.T
    scores[0] += 5  # by columns, the first query now takes nearly everything
    weights = softmax(scores)
    wanted = weights.argmax(axis=1) if form == "a" else weights.max(axis=1)
    assert axis in code.splitlines()[2]
    assert not np.allclose(run(code, scores), wanted)
    np.testing.assert_allclose(run(code.replace(axis, "axis=-1"), scores), wanted, rtol=0, atol=1e-12)


def run(code: str, scores: Array) -> Any:
    namespace: dict[str, Any] = {"softmax": softmax}
    exec(code, namespace)
    (function,) = [one for name, one in namespace.items() if callable(one) and name != "softmax"]
    return function(scores)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_first_look_after_the_pre_test_opens_in_the_lab_with_its_numbers(language: str) -> None:
    lesson = (CONTENT / language / "start" / "pre-test.md").read_text(encoding="utf-8")
    assert f"]({attention_page([[1, 0], [0, 1]], [[1, 0], [0, 1]], [[1, 2], [3, 4]])})" in lesson
