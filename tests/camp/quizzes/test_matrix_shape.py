"""A matrix whose shape is part of what is asked: not told before, and a wrong one has its reason."""

from typing import Any

import pytest
from django.test import Client

from camp.accounts.models import User
from camp.courses.blocks import Unfit
from camp.courses.models import Module
from camp.quizzes import publishing, selectors, services
from camp.quizzes.asking import asked
from camp.quizzes.drawn import Mistake, Variant
from camp.quizzes.marking import Unacceptable
from camp.quizzes.models import Question
from camp.quizzes.publishing import read_question, write_question
from camp.quizzes.question_types import question_type
from camp.quizzes.variants import variant_of, worded
from tests.camp.quizzes.bank import QUESTIONS

KIND = question_type("matrix")
MISTAKES = (
    Mistake("m1", [[1.0, 4.0], [2.0, 5.0], [3.0, 6.0]], "turned over"),
    Mistake("m2", [[5.0, 7.0, 9.0]], "summed"),
    Mistake("m3", [[7.0, 7.0], [7.0, 7.0], [7.0, 7.0]], "sevens"),
    Mistake("m4", [[9.0, 9.0, 9.0], [9.0, 9.0, 9.0]], "nines"),
)
FREE = Variant(
    "matrix", tolerance=0.005, answer=[[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]], mistakes=MISTAKES,
    own={"shape": "asked"},
)  # fmt: skip
SQUARE = (
    QUESTIONS["weights"]
    .replace('answer: "softmax(S) + 0.1234567"', 'answer: "S + 0.1234567"\nshape: asked')
    .replace('"softmax(S, axis=0) + 0.1234567"', '"concat([S, S]) + 0.1234567"')
)


def rows(text: str) -> list[list[str]]:
    return [line.split() for line in text.split(";")]


@pytest.mark.parametrize(
    ("given", "score", "mistake"),
    [
        ("1 2 3;4 5 6", 1, ""),
        ("1 2 3;4 5 7", 5 / 6, ""),
        ("1 4;2 5;3 6", 0, "m1"),
        ("7 7;7 7;7 7", 0, "m3"),
        ("0 0;0 0;0 0", 0, "m1"),
        ("0 0 0", 0, "m2"),
        ("9 9 9;9 9 9", 0, "m4"),
        ("1 2;3 4", 0, ""),
        ("1", 0, ""),
    ],
)
def test_a_wrong_shape_earns_nothing_and_takes_the_reason_of_its_shape(
    given: str, score: float, mistake: str
) -> None:
    mark = KIND.mark(KIND.validate(rows(given), FREE), FREE)
    assert mark.score == pytest.approx(score)
    assert mark.mistake == mistake


def test_both_shapes_are_named_where_they_differ() -> None:
    given = rows("1 2;3 4")
    told = KIND.feedback(given, KIND.mark(given, FREE), FREE)
    assert (told.own["given_shape"], told.own["right_shape"]) == ("2 × 2", "2 × 3")
    assert [[cell.right for cell in row] for row in told.cells] == [["1", "2", "3"], ["4", "5", "6"]]
    same = rows("1 2 3;4 5 7")
    assert not KIND.feedback(same, KIND.mark(same, FREE), FREE).own


@pytest.mark.parametrize(
    ("response", "pointer", "why"),
    [
        ([], (), "expected rows of numbers"),
        ([[]], (0,), "expected rows of numbers"),
        ("1 2", (), "expected rows of numbers"),
        ([["1", "2"], ["3"]], (1,), "expected 2 rows of 2 numbers, got 1"),
        ([["1"] * 17], (), "at most 16 rows of at most 16 numbers, got 1 × 17"),
        ([["1"]] * 17, (), "got 17 × 1"),
        ([["1", "x"]], (0, 1), '"x" is not a number'),
    ],
)
def test_what_is_no_matrix_of_any_shape_is_refused(response: Any, pointer: tuple[int, ...], why: str) -> None:
    with pytest.raises(Unacceptable) as refused:
        KIND.validate(response, FREE)
    assert refused.value.problems[0].pointer == pointer
    assert why in refused.value.problems[0].detail


def test_the_shape_is_told_nowhere_before_the_answer_counts() -> None:
    public = KIND.public(FREE)
    assert "shape" not in public
    form = asked(FREE, None, "here")
    assert form["is_shape_asked"]
    assert not {"shape", "editor_shape", "rows", "columns"} & form.keys()


def test_it_is_written_in_the_file_and_read_again() -> None:
    content = read_question(SQUARE)[0]
    assert content.own == {"shape": "asked"}
    assert KIND.of_yaml(KIND.to_yaml(content), ("en", "zh-hans")) == content
    variant = worded(variant_of(content, 3), content, "en")
    assert Variant.of_json(variant.as_json()) == variant
    with pytest.raises(Unfit, match="shape: expected asked"):
        read_question(SQUARE.replace("shape: asked", "shape: 2x2"))
    assert "own" not in read_question(QUESTIONS["weights"])[0].as_json(), "older versions stay as they are"


@pytest.mark.django_db
def test_a_quiz_asks_for_the_shape_too(client: Client, module: Module, ada: User) -> None:
    question = Question.objects.get(slug="weights")
    content, order, concepts = read_question(SQUARE)
    publishing.question_fill(question=question, content=content, order=order, concepts=concepts)
    publishing.question_publish(question=question, by=None)
    assert read_question(write_question(question))[0] == content
    attempt = services.attempt_start(owner=ada, module=module)[0]
    item = next(one for one in selectors.items_of(attempt) if one.version.question.slug == "weights")
    client.force_login(ada)
    page = client.get(f"/attempts/{attempt.pk}/?q={item.position}").content.decode()
    assert "data-fixed-shape" not in page
    assert "data-shape" not in page
    assert "2 × 2" not in page
    client.post(f"/attempts/{attempt.pk}/answers/weights/", {"response": "0 0\n0 0\n0 0\n0 0"})
    client.post(f"/attempts/{attempt.pk}/submit/")
    said = " ".join(client.get(f"/attempts/{attempt.pk}/").content.decode().split())
    assert "Your matrix has the shape 4 × 2; the right one has the shape 2 × 2." in said
    assert "canary columns" in said
