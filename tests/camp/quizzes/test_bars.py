"""A row of weights as an answer: typed or moved, marked bar by bar, its known wrong rows named."""

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from django.http import QueryDict
from django.test import Client

from camp.accounts.models import User
from camp.courses import loading
from camp.courses.blocks import Unfit
from camp.courses.models import Module
from camp.quizzes import selectors
from camp.quizzes.marking import Unacceptable
from camp.quizzes.models import Attempt, LessonAnswer, Question
from camp.quizzes.publishing import read_question, write_question
from camp.quizzes.question_types import question_type
from camp.quizzes.variants import Mistake, Variant, variant_of, worded
from tests.camp.callers import Api, signed_in
from tests.camp.quizzes.bank import EVERY_QUESTION, QUESTIONS, course_with_quiz
from tests.camp.quizzes.test_question_console import change, form_of

KIND = question_type("bars")
HALVES = Variant(
    "bars", tolerance=0.02, answer=[[0.5, 0.25, 0.25]], own={"labels": ["k1", "k2", "k3"]},
    mistakes=(Mistake("m1", [[0.25, 0.25, 0.5]], "the other way round"),),
)  # fmt: skip
BLOCK = """
::: check
id: set-them
type: bars
prompt: Set the weights.
labels: [k1, "k{{ 1 + 1 }}"]
answer: "softmax(array([0, 1.5]))"
reason: canary bars
mistakes:
  - value: "array([0.5, 0.5])"
    reason: canary equal
:::
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return course_with_quiz(tmp_path, QUESTIONS | {"shares": EVERY_QUESTION["shares"]})


def content(old: str = "", new: str = "") -> Any:
    text = EVERY_QUESTION["shares"]
    assert old in text
    return read_question(text.replace(old, new) if old else text)[0]


@pytest.mark.parametrize(
    "given", [["0.5", "1/4", "25%"], [0.5, 0.25, 0.25], ["０．５", " .25", "0.25"], ["0.52", "0.24", "0.24"]]
)
def test_weights_are_taken_as_people_type_them(given: list[Any]) -> None:
    canonical = KIND.validate(given, HALVES)
    assert KIND.mark(canonical, HALVES).score == 1


def test_thirds_that_were_rounded_still_sum_to_one() -> None:
    thirds = Variant("bars", tolerance=0.02, answer=[[1 / 3, 1 / 3, 1 / 3]])
    for given in (["1/3"] * 3, ["0.333"] * 3, ["0.33"] * 3, ["0.34", "0.33", "0.33"]):
        assert KIND.mark(KIND.validate(given, thirds), thirds).is_right


@pytest.mark.parametrize(
    ("given", "score", "cells"),
    [
        (["0.5", "0.3", "0.2"], 1 / 3, [True, False, False]),
        (["0.52", "0.27", "0.21"], 2 / 3, [True, True, False]),
        (["0.5201", "0.25", "0.2299"], 1 / 3, [False, True, False]),
        (["0", "0", "1"], 0, [False, False, False]),
    ],
)
def test_every_bar_within_the_tolerance_earns_its_share(
    given: list[str], score: float, cells: list[bool]
) -> None:
    mark = KIND.mark(KIND.validate(given, HALVES), HALVES)
    assert mark.score == pytest.approx(score)
    assert mark.cells == [cells]


def test_a_known_wrong_row_is_named() -> None:
    given = ["0.26", "0.24", "0.5"]
    mark = KIND.mark(given, HALVES)
    assert mark.mistake == "m1"
    told = KIND.feedback(given, mark, HALVES)
    assert told.mistake == "the other way round"
    assert [(bar["label"], bar["given"], bar["right"], bar["cell"].is_right) for bar in told.own["bars"]] == [
        ("k1", 26, 50, False), ("k2", 24, 25, True), ("k3", 50, 25, False),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("given", "pointer", "why"),
    [
        (["0.5", "0.5"], (), "expected 3 weights that sum to 1, got 2"),
        (["0.5", "0.2", "0.2"], (), "The weights must sum to 1; these sum to 0.9."),
        (["0.5", "", "0.5"], (), "Give every bar a weight: 1 of 3 have none."),
        (["1.5", "-0.5", "0"], (0,), "expected a weight from 0 to 1"),
        (["0.5", "a third", "0.2"], (1,), '"a third" is not a number'),
        (["0.5", None, "0.2"], (1,), "expected a weight from 0 to 1"),
        (["0.5", "0." + "3" * 70, "0.2"], (1,), "at most 64 characters"),
        ("0.5 0.25 0.25", (), "expected 3 weights"),
    ],
)
def test_what_is_no_row_of_weights_is_refused(given: Any, pointer: tuple[int, ...], why: str) -> None:
    with pytest.raises(Unacceptable, match=re.escape(why)) as refused:
        KIND.validate(given, HALVES)
    assert refused.value.problems[0].pointer == pointer


def test_a_form_without_any_weight_gives_none() -> None:
    assert KIND.of_form(QueryDict("response=&response=+&response=")) is None
    assert KIND.of_form(QueryDict("response=1/2&response=&response=0.5")) == ["1/2", "", "0.5"]


def test_every_drawing_has_its_own_row_and_labels_are_computed() -> None:
    given = content()
    rows = set()
    for seed in range(12):
        variant = worded(variant_of(given, seed), given, "en")
        powers = np.exp(variant.names["s"])
        assert variant.rows[0] == pytest.approx(list(powers / powers.sum()))
        assert variant.own["labels"][:2] == ["k1", "k2"]
        assert "<math" in variant.own["labels"][2]
        rows.add(tuple(variant.rows[0]))
    assert len(rows) > 3


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ('"softmax(array(s))"', '"array(s)"', "answer: expected weights not below 0 that sum to 1"),
        ('"softmax(array(s))"', '"array([[0.5, 0.5], [1, 0]])"', "expected a row of 2–12 weights"),
        ('"array(s) / sum(s)"', '"softmax(array(s)) / 2"', "mistakes[0]: expected weights"),
        ('"array(s) / sum(s)"', '"softmax(array(s))"', "are too close"),
    ],
)
def test_what_is_no_row_of_weights_is_no_answer_of_a_question(old: str, new: str, why: str) -> None:
    with pytest.raises(Unfit) as refused:
        variant_of(content(old, new), 1)
    assert why in refused.value.message


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ("  en: [k1, ", "  fr: [k1, ", "“labels.fr” means nothing here"),
        ("  en: [k1, ", "  # [k1, ", "labels.en: expected a list of 2 to 12 texts"),
        ('[k1, "k{{ 1 + 1 }}", $k_3$]', "[k1]", "labels.en: expected a list of 2 to 12 texts"),
        ('[k1, "k{{ 1 + 1 }}", $k_3$]', "[k1, '']", "labels.en: expected a text; got nothing"),
    ],
)
def test_labels_are_one_a_bar(old: str, new: str, why: str) -> None:
    with pytest.raises(Unfit) as refused:
        content(old, new)
    assert why in refused.value.message
    given = content('[k1, "k{{ 1 + 1 }}", $k_3$]', "[k1, k2]")
    with pytest.raises(Unfit, match="expected 3 texts; got 2"):
        worded(variant_of(given, 1), given, "en")


@pytest.mark.django_db
def test_a_question_by_bars_is_answered_in_a_quiz_and_its_row_shown_afterwards(
    client: Client, attempt: Attempt, ada: User
) -> None:
    client.force_login(ada)
    item = next(one for one in selectors.items_of(attempt) if one.version.question.slug == "shares")
    truth = selectors.variant_of_item(item).rows[0]
    page = f"/attempts/{attempt.pk}/?q={item.position}"
    before = client.get(page).content.decode()
    assert before.count('name="response"') == 3
    assert "k2" in before
    assert all(f"{share:.4f}" not in before for share in truth)
    address = f"/attempts/{attempt.pk}/answers/shares/"
    refused = client.post(address, {"response": ["0.5", "0.2", "0.1"]})
    assert refused.status_code == 422
    assert "these sum to 0.8" in refused.content.decode()
    assert 'value="0.2"' in refused.content.decode()
    client.post(address, {"response": [f"{share:.3f}" for share in truth]})
    assert f'value="{truth[0]:.3f}"' in client.get(page).content.decode()
    client.post(f"/attempts/{attempt.pk}/submit/")
    after = client.get(f"/attempts/{attempt.pk}/").content.decode()
    assert after.count('class="bar-answer is-right"') == 3
    assert "canary shares" in after


@pytest.mark.django_db
def test_the_api_has_the_labels_and_marks_bar_by_bar(api: Api, module: Module) -> None:
    made = api.post("/quizzes/start/attempts/").json()
    asked = next(one for one in made["questions"] if one["question"] == "shares")
    assert asked["labels"][:2] == ["k1", "k2"]
    address = f"/attempts/{made['id']}/answers/shares/"
    wrong = api.call("PUT", address, {"response": ["1", "0", "none"]})
    assert wrong.json()["errors"][0]["pointer"] == "/response/2"
    assert api.call("PUT", address, {"response": ["0", "0", 1]}).json()["response"] == ["0", "0", "1"]
    done = api.post(f"/attempts/{made['id']}/submit/").json()
    told = next(one for one in done["questions"] if one["question"] == "shares")["feedback"]
    assert [len(row) for row in told["cells"]] == [3]
    assert len(told["right"]) == 3


@pytest.mark.django_db
def test_a_check_by_bars_is_no_prediction(client: Client, folder: Path, ada: User) -> None:
    for language in ("en", "zh-hans"):
        path = folder / language / "start" / "asking.md"
        text = path.read_text(encoding="utf-8")
        path.write_text(text.replace("::: check\nid: pick-one", f"{BLOCK}\n::: check\nid: pick-one"), "utf-8")
    assert not loading.course_load(folder).faults
    client.force_login(ada)
    page = client.get("/camp/start/asking/").content.decode()
    assert page.count("data-weights") == 1
    assert "js/weight_bars" in page
    assert "0.81" not in page
    at = "/camp/start/asking/answers/set-them/"
    first = client.post(at, {"response": ["50%", "50%"]}, headers={"HX-Request": "true"}).content.decode()
    assert "canary equal" in first
    assert "0.818" in first
    assert "Answer again" in first
    client.post(at, {"response": ["0.18", "0.82"]})
    row = LessonAnswer.objects.get()
    assert (row.kind, row.score, row.first_score, row.response) == ("check", 1.0, 0.0, ["0.18", "0.82"])


@pytest.mark.django_db
def test_labels_are_edited_in_the_console_and_written_to_the_file(module: Module) -> None:
    instructor = signed_in("instructor")
    question = Question.objects.get(slug="shares")
    shown = form_of(instructor, question)
    assert "键1" in shown["own"]
    own = "labels: [a, b, c]"
    instructor.post(change(question), {**shown, "own": own, "_publish": "1"})
    question = Question.objects.select_related("published").get(pk=question.pk)
    assert question.published is not None
    assert question.published.content["own"] == {"labels": ["a", "b", "c"]}
    assert read_question(write_question(question))[0] == selectors.content_of(question)
    said = instructor.post(change(question), {**form_of(instructor, question, own="labels: [a, b]"), "_publish": "1"}, follow=True)  # fmt: skip
    assert "labels: expected 3 texts; got 2" in said.content.decode()
    tried = instructor.post(
        f"/admin/quizzes/question/{question.pk}/try/?seed=3", {"response": ["1", "0", "0"]}
    )
    assert tried.status_code == 200


def test_a_bar_called_by_a_formula_alone_is_named_by_its_letters_too() -> None:
    """Not every reader makes a name of MathML."""
    of = worded(variant_of(content(), 3), content(), "en")
    bars = KIND.feedback(None, KIND.mark(None, of), of).own["bars"]
    assert bars[0]["label"] == "k1"
    assert '<span class="unseen">k3</span>' in bars[2]["label"]
    assert '<span aria-hidden="true"><math' in bars[2]["label"]
