"""Checks and predictions within a lesson: marked at once, the first guess kept, nothing told before."""

import re
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from camp import guessed_row
from camp.accounts.models import User
from camp.courses import loading
from camp.courses.blocks import Unfit
from camp.courses.document import document, is_of_page
from camp.courses.models import Lesson, Module
from camp.quizzes import predictions
from camp.quizzes.marking import Unacceptable
from camp.quizzes.models import LessonAnswer
from tests.camp.courses import lessons
from tests.camp.quizzes.bank import BLOCKS, CANARY, course_with_quiz

pytestmark = pytest.mark.django_db
LESSON = "/camp/start/asking/"
HTMX = {"HX-Request": "true"}


@pytest.fixture
def reader(client: Client, module: Module, ada: User) -> Client:
    client.force_login(ada)
    return client


def of(block: str) -> str:
    return f"{LESSON}answers/{block}/"


def words(answer: Any) -> str:
    return " ".join(re.sub(r"<[^>]*>", " ", answer.content.decode()).split())


def test_a_lesson_shows_its_questions_and_none_of_their_answers(client: Client, module: Module) -> None:
    for language in ("en", "zh-CN"):
        page = client.get(LESSON, headers={"Accept-Language": language}).content.decode()
        assert page.count("data-question") == 4
        assert page.count('role="slider"') == 1
        for hidden in (CANARY, "0.62", "11.4321", "15.4321", "0.27"):
            assert hidden not in page
    assert not User.objects.exists(), "reading makes nobody a guest"


def test_a_check_is_marked_and_explained_at_once_and_can_be_answered_again(reader: Client) -> None:
    wrong = reader.post(of("two-and-two"), {"response": "9.4321"}, headers=HTMX)
    assert "Not right" in words(wrong)
    assert "canary only one two" in words(wrong)
    assert "11.4321" in words(wrong)
    right = reader.post(of("two-and-two"), {"response": "11.4321"}, headers=HTMX)
    assert "Answer again" in words(right)
    row = LessonAnswer.objects.get()
    assert (row.first_score, row.score, row.tries, row.version_number) == (0.0, 1.0, 2, 1)
    assert "canary check reason" in words(reader.get(LESSON))


def test_a_choice_is_explained_for_every_option(reader: Client) -> None:
    said = words(reader.post(of("pick-one"), {"response": "b"}, headers=HTMX))
    assert "canary a" in said
    assert "canary b" in said
    assert "canary single reason" in said


def test_a_guess_of_an_option_is_told_as_a_guess(reader: Client, folder: Path) -> None:
    for language in ("en", "zh-hans"):
        path = folder / language / "start" / "asking.md"
        text = path.read_text(encoding="utf-8")
        guess = text.replace("::: check\nid: pick-one", "::: predict\nid: pick-one")
        path.write_text(guess.replace("reason: canary single", "reveal: canary single"), encoding="utf-8")
    loading.course_load(folder)
    said = words(reader.post(of("pick-one"), {"response": "b"}, headers=HTMX))
    assert "So it is One" in said
    assert "Not so Your guess Two" in said
    assert "Wrong" not in said


def test_without_scripts_one_comes_back_to_the_block(client: Client, module: Module) -> None:
    answer = client.post(of("pick-one"), {"response": "a"})
    assert answer["Location"] == f"{LESSON}#pick-one"
    assert LessonAnswer.objects.get().owner.is_guest
    page = client.get(LESSON).content.decode()
    assert 'id="pick-one"' in page
    assert "canary single reason" in page


def test_a_question_on_a_page_of_its_own_can_say_that_an_answer_was_not_taken(reader: Client) -> None:
    page = reader.post(of("two-and-two"), {"response": "eleven"}).content.decode()
    assert "data-says-failure" in page
    assert "js/failed_send" in page


@pytest.mark.parametrize(
    ("block", "sent", "said"),
    [
        ("two-and-two", "eleven", "is not a number"),
        ("two-and-two", "", "Give an answer first."),
        ("pick-one", "z", "expected one of"),
        ("three-bars", ["50", "30", "10"], "The points must sum to 100; these sum to 90."),
        ("three-bars", ["50", "50"], "expected 3 whole numbers that sum to 100, got 2"),
        ("three-bars", ["50", "51", "-1"], "expected a whole number from 0 to 100"),
        ("three-bars", ["50", "1e1", "40"], "expected a whole number from 0 to 100"),
    ],
)
@pytest.mark.parametrize("headers", [{}, HTMX])
def test_what_is_no_answer_is_told_and_keeps_what_was_typed(
    reader: Client, block: str, sent: Any, said: str, headers: dict[str, str]
) -> None:
    answer = reader.post(of(block), {"response": sent}, headers=headers)
    assert answer.status_code == 422
    assert said in words(answer)
    assert CANARY not in answer.content.decode()
    assert ("Lock my guess" if block == "three-bars" else "Check yourself") in words(answer)
    if isinstance(sent, list) and len(sent) == 3:
        assert all(f'value="{one}"' in answer.content.decode() for one in sent)
    assert not LessonAnswer.objects.exists()


def test_a_locked_guess_stands_beside_the_truth_and_stays_the_first(reader: Client) -> None:
    shown = words(reader.post(of("three-bars"), {"response": ["50", "30", "20"]}, headers=HTMX))
    assert "canary reveal" in shown
    assert (
        "Agreement 0.985; equal shares would score 0.924. Rank order ρ = 1.00. Largest gap: k1, +12." in shown
    )
    assert "k2 30 27 −3 k3 20 11 −9" in shown, "guess, truth and gap on one scale"
    assert "0 where they share no bar at all" in shown
    reader.post(of("three-bars"), {"response": ["0", "0", "100"]}, headers=HTMX)
    row = LessonAnswer.objects.get()
    assert (row.response, row.score, row.kind) == ([50, 30, 20], None, "predict")
    page = reader.get(LESSON).content.decode()
    assert page.count('role="slider"') == 0
    assert "canary reveal" in page


@pytest.mark.parametrize(
    ("guess", "truth"),
    [
        ([34, 33, 33], [0.4223, 0.4223, 0.1554]),
        ([33, 33, 34], [0.8428, 0.1572, 0.0]),
        ([1, 99], [0.2446, 0.7554]),
    ],
)
def test_a_gap_is_the_truth_that_is_shown_less_the_guess_that_is_shown(
    guess: list[int], truth: list[float]
) -> None:
    shown = guessed_row.shown([f"k{place}" for place in range(len(guess))], guess, truth)
    told = [(bar["guess"], float(bar["truth_shown"]), bar["gap"].replace("−", "-")) for bar in shown["bars"]]
    assert [float(gap) for _guess, _truth, gap in told] == [right - point for point, right, _gap in told]
    assert shown["gap"] == max(
        (bar["gap"] for bar in shown["bars"]), key=lambda gap: abs(int(gap.replace("−", "-")))
    )


def test_a_constant_guess_has_no_order(reader: Client) -> None:
    page = words(reader.post(of("three-bars"), {"response": ["34", "33", "33"]}, headers=HTMX))
    assert "Rank order: not defined." in page
    assert "Agreement 0.924; equal shares would score 0.924" in page
    even = guessed_row.compare([25, 25, 25, 25], [0.4, 0.3, 0.2, 0.1])
    assert even.rank is None
    assert even.agreement == even.equal_shares


def test_a_guessed_number_is_kept_and_neither_right_nor_wrong(reader: Client) -> None:
    said = words(reader.post(of("a-number"), {"response": "12"}, headers=HTMX))
    assert "15.4321" in said
    assert "canary number" in said
    assert "Not right" not in said
    assert LessonAnswer.objects.get().score is None


def test_what_is_not_there_is_404(reader: Client) -> None:
    assert reader.post(of("nothing"), {"response": "1"}).status_code == 404
    assert reader.post("/camp/start/nowhere/answers/pick-one/", {"response": "a"}).status_code == 404
    assert reader.get(of("pick-one")).status_code == 405


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ("id: three-bars", "id: Three Bars", "id: expected small letters"),
        ("labels: [k1, k2, k3]", "labels: [k1, k2]", "answer: expected a row of 2 weights"),
        ("[0.62, 0.27, 0.11]", "[0.62, 0.27, 0.2]", "weights not below 0 that sum to 1"),
        ("reveal: canary reveal", "reason: canary", "“reason” means nothing here"),
        ("type: single", "type: essay", "expected a type of question"),
        ("reason: canary check reason", "", "reason: expected a text; got nothing"),
    ],
)
def test_a_block_that_is_not_fit_is_refused_with_why(tmp_path: Path, old: str, new: str, why: str) -> None:
    folder = course_with_quiz(tmp_path)
    for language in ("en", "zh-hans"):
        path = folder / language / "start" / "asking.md"
        path.write_text(path.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")
    with pytest.raises(loading.LoadRefused) as refused:
        loading.course_load(folder)
    assert why in "\n".join(refused.value.report.faults)


def test_twins_may_differ_in_words_alone(tmp_path: Path) -> None:
    folder = course_with_quiz(tmp_path)
    path = folder / "zh-hans" / "start" / "asking.md"
    text = path.read_text(encoding="utf-8")
    path.write_text(
        text.replace("Which?", "“哪个”").replace("[k1, k2, k3]", "[甲, 乙, 丙]"), encoding="utf-8"
    )
    loading.course_load(folder)
    path.write_text(text.replace("two + two + 7.4321", "two + 8.4321"), encoding="utf-8")
    with pytest.raises(loading.LoadRefused, match="differs from “en”"):
        loading.course_load(folder)


def test_an_answer_to_a_lesson_that_changed_since_is_not_shown_as_one(reader: Client, folder: Path) -> None:
    reader.post(of("pick-one"), {"response": "b"})
    for language in ("en", "zh-hans"):
        path = folder / language / "start" / "asking.md"
        path.write_text(path.read_text(encoding="utf-8").replace("key: b,", "key: c,"), encoding="utf-8")
    loading.course_load(folder)
    page = reader.get(LESSON)
    assert page.status_code == 200
    assert CANARY not in page.content.decode()


def test_the_number_of_queries_does_not_grow_with_the_questions(
    reader: Client, folder: Path, django_assert_num_queries: Any
) -> None:
    reader.get(LESSON)  # the first visit makes a row
    with CaptureQueriesContext(connection) as four:
        assert reader.get(LESSON).content.decode().count("data-question") == 4
    count = len(four)  # the next request forgets them
    for language in ("en", "zh-hans"):
        path = folder / language / "start" / "asking.md"
        text = path.read_text(encoding="utf-8")
        twins = BLOCKS.replace("\nid: ", "\nid: second-")
        path.write_text(text.replace(BLOCKS, BLOCKS + "\n" + twins), encoding="utf-8")
    loading.course_load(folder)
    for block in ("pick-one", "second-pick-one"):
        reader.post(of(block), {"response": "a"})
    with django_assert_num_queries(count):
        assert reader.get(LESSON).content.decode().count("data-question") == 8


@pytest.mark.parametrize("response", [None, {}, "100", [100], [100, 0, 0, 0], [True, 99, 0], [1.5, 98.5, 0]])
def test_points_are_whole_numbers_that_sum_to_100(response: Any) -> None:
    with pytest.raises(Unacceptable):
        predictions.validate(response, 3)


def test_the_bank_of_this_test_has_what_it_hides() -> None:
    assert CANARY in BLOCKS


def test_no_block_can_be_called_as_a_part_of_its_page(reader: Client) -> None:
    for block, response in (("two-and-two", "9.4321"), ("pick-one", "b")):
        reader.post(of(block), {"response": response})
    found = re.findall(r'\sid="([^"]+)"', reader.get(LESSON).content.decode())
    assert len(found) == len(set(found))
    version = Lesson.objects.get(slug="asking").published
    assert version is not None
    parts = version.document["parts"]
    own = {part["fields"]["id"] for part in parts if "id" in part.get("fields", {})}
    shown = {
        part["fields"][key] for part in parts for key in ("name", "widget") if key in part.get("fields", {})
    }
    assert own <= set(found)
    assert [name for name in found if name not in own and not is_of_page(name, shown)] == []
    assert not [name for name in own if is_of_page(name, shown)]


def test_a_block_called_as_a_part_of_its_page_is_refused_at_its_line() -> None:
    text = lessons.LESSON.replace("Last.", BLOCKS.replace("id: pick-one", "id: goals"))
    with pytest.raises(Unfit, match="goals") as refused:
        document(text, "en")
    assert text.split("\n")[refused.value.line - 1].startswith(":::")
