"""Cells of a grid as an answer: chosen one or all, the transposed one named, nothing told before it counts."""

import re
from pathlib import Path
from typing import Any

import pytest
from django.http import QueryDict
from django.test import Client

from camp.accounts.models import User
from camp.courses import loading
from camp.courses.blocks import Unfit
from camp.quizzes.asking import asked, told
from camp.quizzes.drawn import Mistake, Variant
from camp.quizzes.marking import Unacceptable
from camp.quizzes.models import LessonAnswer
from camp.quizzes.publishing import read_question
from camp.quizzes.question_types import question_type
from camp.quizzes.variants import variant_of, worded
from tests.camp.quizzes.bank import EVERY_QUESTION

KIND = question_type("region")
GRID = [[0.1, 0.7, 0.2], [0.3, 0.3, 0.4]]


def drawn(pick: str = "one", answer: Any = ((0.0, 1.0),), wrong: Any = ((1.0, 0.0),)) -> Variant:
    return Variant(
        "region",
        answer=[list(cell) for cell in answer],
        mistakes=(Mistake("m1", [list(cell) for cell in wrong], "turned over"),),
        own={
            "grid": GRID,
            "shown": "heat",
            "pick": pick,
            "rows": ["q1", "q2"],
            "columns": ["k1", "k2", "k3"],
        },
    )


def content(old: str = "", new: str = "") -> Any:
    text = EVERY_QUESTION["cell"]
    assert old in text
    return read_question(text.replace(old, new) if old else text)[0]


def score(response: Any, variant: Variant) -> float:
    return KIND.mark(KIND.validate(response, variant), variant).score


def test_one_cell_is_right_or_not_and_the_transposed_one_is_named() -> None:
    variant = drawn()
    assert score([[0, 1]], variant) == 1
    assert score([[1, 2]], variant) == 0
    mark = KIND.mark([[1, 0]], variant)
    assert (mark.score, mark.mistake) == (0, "m1")
    assert KIND.feedback([[1, 0]], mark, variant).mistake == "turned over"


def test_of_several_right_cells_any_one_will_do_where_one_is_asked_for() -> None:
    variant = drawn(answer=((1.0, 0.0), (1.0, 1.0)), wrong=((0.0, 0.0),))
    assert score([[1, 0]], variant) == score([[1, 1]], variant) == 1
    with pytest.raises(Unacceptable, match="expected one cell, got 2"):
        KIND.validate([[1, 0], [1, 1]], variant)


@pytest.mark.parametrize(
    ("chosen", "worth", "mistake"),
    [
        ([[1, 0], [1, 1]], 1, ""),
        ([[1, 1]], 0.5, ""),
        ([[1, 0], [1, 1], [0, 0]], 0.5, ""),
        ([[1, 0], [0, 1]], 0, "m1"),
        ([[row, column] for row in range(2) for column in range(3)], 0, ""),
    ],
)
def test_of_all_a_right_cell_earns_its_share_and_a_wrong_one_takes_as_much(
    chosen: Any, worth: float, mistake: str
) -> None:
    variant = drawn("all", answer=((1.0, 0.0), (1.0, 1.0)), wrong=((1.0, 0.0), (0.0, 1.0)))
    mark = KIND.mark(KIND.validate(chosen, variant), variant)
    assert (mark.score, mark.mistake) == (worth, mistake)


@pytest.mark.parametrize(
    ("response", "pointer"),
    [
        ("0,1", ()),
        ([[2, 0]], (0,)),
        ([[0, 3]], (0,)),
        ([[-1, 0]], (0,)),
        ([[0, 1, 2]], (0,)),
        ([[True, 0]], (0,)),
        ([[0.0, 1]], (0,)),
        ([["0", "1"]], (0,)),
        ([[0, 1], [0, 1]], (1,)),
        ([0, 1], (0,)),
    ],
)
def test_what_is_no_cell_is_refused_at_its_place(response: Any, pointer: tuple[int, ...]) -> None:
    with pytest.raises(Unacceptable) as refused:
        KIND.validate(response, drawn("all"))
    assert refused.value.problems[0].pointer == pointer


def test_a_form_sends_each_cell_and_cells_stand_in_order() -> None:
    variant = drawn("all")
    given = KIND.of_form(QueryDict("response=1,2&response=0,1"))
    assert KIND.validate(given, variant) == [[0, 1], [1, 2]]
    assert KIND.of_form(QueryDict("go=2")) is None
    for nonsense in ("response=", "response=1", "response=x,y", "response=1,2,3", "response=1,99999"):
        with pytest.raises(Unacceptable):
            KIND.validate(KIND.of_form(QueryDict(nonsense)), variant)


def test_the_form_shows_every_cell_and_does_not_know_which_is_right() -> None:
    table = asked(drawn(), [[1, 2]], "here")["table"]
    cells = [cell for line in table["lines"] for cell in line["cells"]]
    assert [cell["figure"] for cell in cells] == ["0.10", "0.70", "0.20", "0.30", "0.30", "0.40"]
    assert [cell["value"] for cell in cells if cell["is_chosen"]] == ["1,2"]
    assert not any(cell["is_right"] for cell in cells)
    assert cells[1]["spoken"] == "q1, k2: 0.70"
    assert all(re.fullmatch(r"w\d+", cell["step"]) for cell in cells)


def test_afterwards_the_grid_says_which_were_chosen_and_which_are_right() -> None:
    variant = drawn()
    feedback = told(KIND.feedback([[1, 0]], KIND.mark([[1, 0]], variant), variant))
    cells = {cell["value"]: cell for line in feedback["own"]["lines"] for cell in line["cells"]}
    assert [key for key, cell in cells.items() if cell["is_right"]] == ["0,1"]
    assert [key for key, cell in cells.items() if cell["is_chosen"]] == ["1,0"]


def test_every_drawing_has_its_own_cell_and_labels() -> None:
    given = content()
    answers = set()
    for seed in range(20):
        variant = worded(variant_of(given, seed), given, "en")
        names = variant.names
        assert variant.answer == [[names["i"], names["j"]]]
        assert variant.mistakes[0].value == [[names["j"], names["i"]]]
        assert variant.own["rows"] == ["q1", "q2", "q3"]
        assert variant.own["columns"][:2] == ["k1", "k2"]
        answers.add(tuple(variant.rows[0]))
    assert len(answers) > 3


def test_cells_are_kept_once_and_in_order_whatever_the_order_they_were_written_in() -> None:
    given = content('answer: "[[i, j]]"', 'answer: "[[i, j], [0, 0], [i, j]]"\npick: all')
    for seed in range(5):
        rows = variant_of(given, seed).rows
        assert rows == sorted(rows)
        assert [0.0, 0.0] in rows


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ('"[[i, j]]"', '"[[i, 3]]"', "answer: a cell lies outside of the grid, whose shape is (3, 3)"),
        ('"[[j, i]]"', '"[[j, 7]]"', "mistakes[0]: a cell lies outside"),
        ('"[[i, j]]"', '"[[i, 0.5]]"', "answer: expected a list of cells [row, column]"),
        ('"[[i, j]]"', '"[[-1, 0]]"', "answer: expected a list of cells"),
        ('"[[i, j]]"', '"[i]"', "answer: expected a list of cells"),
        ('grid: "S"', 'grid: "zeros(13, 2)"', "grid: expected a matrix of at most 12 × 12"),
        ('grid: "S"', 'grid: "[1, 2]"', "grid: expected a matrix of at most"),
        ('"[[j, i]]"', '"[[i, j]]"', "are too close"),
    ],
)
def test_what_cannot_be_drawn_is_refused_with_why(old: str, new: str, why: str) -> None:
    with pytest.raises(Unfit) as refused:
        variant_of(content(old, new), 1)
    assert why in refused.value.message


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ('grid: "S"', "", "grid: expected a text; got nothing"),
        ('grid: "S"', 'grid: "S"\npick: two', "pick: expected one of one, all; got 'two'"),
        ('grid: "S"', 'grid: "S"\nshown: loud', "shown: expected one of heat, numbers; got 'loud'"),
        ('grid: "S"', 'grid: "S"\nrows: []', "rows: expected a list of 1 to 12 texts"),
        ('grid: "S"', 'grid: "S"\ntolerance: 0.1', "“tolerance” means nothing here"),
    ],
)
def test_what_is_wrong_in_a_file_is_said(old: str, new: str, why: str) -> None:
    with pytest.raises(Unfit) as refused:
        content(old, new)
    assert why in refused.value.message


def test_labels_are_as_many_as_the_grid_has() -> None:
    given = content('[k1, "k{{ 1 + 1 }}", $k_3$]', "[k1, k2]")
    with pytest.raises(Unfit, match="columns: expected 3 texts; got 2"):
        worded(variant_of(given, 1), given, "en")


BLOCK = """
::: check
id: which-cell
type: region
prompt: Where does query 1 look?
grid: "array([[0.15, 0.85], [0.5, 0.5]])"
answer: "[[0, 1]]"
reason: canary row
mistakes:
  - {value: "[[1, 0]]", reason: canary column}
:::
"""


@pytest.mark.django_db
def test_a_lesson_asks_for_a_cell(client: Client, folder: Path, ada: User) -> None:
    for language in ("en", "zh-hans"):
        path = folder / language / "start" / "asking.md"
        text = path.read_text(encoding="utf-8")
        path.write_text(text.replace("::: check\nid: pick-one", f"{BLOCK}\n::: check\nid: pick-one"), "utf-8")
    loading.course_load(folder)
    client.force_login(ada)
    page = client.get("/camp/start/asking/").content.decode()
    assert page.count("data-region") == 1
    assert 'aria-label="q1, k2: 0.85"' in page
    assert "canary" not in page
    at = "/camp/start/asking/answers/which-cell/"
    said = client.post(at, {"response": "1,0"}, headers={"HX-Request": "true"}).content.decode()
    assert "canary column" in said
    assert client.post(at, {"response": "9,9"}, headers={"HX-Request": "true"}).status_code == 422
    client.post(at, {"response": "0,1"})
    row = LessonAnswer.objects.get()
    assert (row.first_score, row.score, row.response) == (0.0, 1.0, [[0, 1]])
