"""The map of concepts: every concept once, under the module that teaches it first, filled as far as it is known."""

import re
from fractions import Fraction
from html import unescape
from typing import Any

import pytest
import yaml
from django.test import Client
from django.utils import timezone

from camp.accounts.models import User
from camp.courses.models import Lesson
from camp.courses.references import CONTENT
from camp.mastery.models import GradedAnswer
from camp.mastery.selectors import mastery_of
from camp.progress.concept_map import ConceptMap, Tile, concept_map
from camp.progress.selectors import progress_of
from camp.quizzes.models import LessonAnswer
from tests.camp.progress.test_progress import Course

pytestmark = pytest.mark.django_db
TRIES = {
    "C1": "11", "C4": "0", "C6": "110", "N32": "111", "C99": "1", "C12": "10111", "C2": "000",
}  # fmt: skip


@pytest.fixture
def course(db: None) -> Course:
    made = Course()
    teach(made.one, ["C1", "C6"])
    teach(made.two, ["C6", "N32"])
    teach(made.three, ["C1", "C4"])
    return made


def teach(lesson: Lesson, concepts: list[str]) -> None:
    assert lesson.published is not None
    for words in lesson.published.documents.values():
        words["concepts"] = concepts
    lesson.published.save()


def try_all(person: User, lesson: Lesson, tries: dict[str, str] = TRIES) -> None:
    """Right and wrong first tries at each concept, in that order."""
    for concept, marks in tries.items():
        for place, mark in enumerate(marks):
            answer = LessonAnswer.objects.create(
                owner=person, lesson=lesson, block=f"{concept}-{place}", kind="check", response={},
                version_number=1, score=float(mark), first_score=float(mark),
            )  # fmt: skip
            now = timezone.now()
            GradedAnswer.objects.create(
                owner=person, lesson=lesson, check_answer=answer, concepts=[concept], score=float(mark),
                answered_at=now, day=now.date(),
            )  # fmt: skip


def map_of(person: Any) -> ConceptMap:
    return concept_map(mastery_of(person), progress_of(person).modules)


def tiles(found: ConceptMap) -> dict[str, Tile]:
    return {tile.concept.code: tile for group in found.groups for tile in group.tiles}


def known(marks: str) -> Fraction:
    """Bayes's rule in whole numbers: known at first 1/5, slip 1/10, guess 1/5, learnt after an answer 3/20."""
    chance = Fraction(1, 5)
    for mark in marks:
        if_known, if_not = (
            (Fraction(9, 10), Fraction(1, 5)) if mark == "1" else (Fraction(1, 10), Fraction(4, 5))
        )
        posterior = chance * if_known / (chance * if_known + (1 - chance) * if_not)
        chance = posterior + (1 - posterior) * Fraction(3, 20)
    return chance


def test_each_of_the_57_concepts_has_one_tile(ada: User, course: Course) -> None:
    names = yaml.safe_load((CONTENT / "concepts.yaml").read_text(encoding="utf-8"))
    assert len(names) == 57
    found = map_of(ada)
    codes = [tile.concept.code for group in found.groups for tile in group.tiles]
    assert sorted(codes) == sorted(names)
    assert (found.count, sum(found.by_state.values())) == (57, 57)


def test_a_concept_stands_under_the_module_that_teaches_it_first(ada: User, course: Course) -> None:
    found = map_of(ada)
    placed = [
        (group.module.slug if group.module else None, [tile.concept.code for tile in group.tiles])
        for group in found.groups
    ]
    assert placed[:2] == [("first", ["C1", "C6", "N32"]), ("second", ["C4"])]
    assert placed[2][0] is None  # the third module teaches nothing yet
    assert len(placed) == 3
    linked = {code for code, tile in tiles(found).items() if tile.concept.lesson}
    assert linked == {"C1", "C6", "N32", "C4"}


def test_a_concept_moves_up_when_an_earlier_lesson_teaches_it_and_leaves_with_its_lesson(
    ada: User, course: Course
) -> None:
    teach(course.one, ["C1", "C4", "C6"])
    assert [len(group.tiles) for group in map_of(ada).groups] == [4, 53]
    Lesson.objects.exclude(pk=course.three.pk).update(published=None)
    (second, others) = map_of(ada).groups
    assert [tile.concept.code for tile in second.tiles] == ["C1", "C4"]
    assert len(others.tiles) == 55


def test_a_tile_is_filled_as_far_as_its_concept_is_known(ada: User, course: Course) -> None:
    """By an independent computation."""
    try_all(ada, course.one)
    found = tiles(map_of(ada))
    for concept, marks in TRIES.items():
        chance = known(marks)
        tile = found[concept]
        assert tile.concept.mastery == pytest.approx(float(chance))
        assert tile.height == pytest.approx(float(100 * chance), abs=0.006)
        assert tile.top + tile.height == pytest.approx(100)
        level = "known" if chance >= Fraction(19, 20) else "likely" if chance >= Fraction(1, 2) else "unsure"
        assert tile.state == level
    assert {tile.state for code, tile in found.items() if code not in TRIES} == {"unasked"}


def test_the_legend_counts_the_tiles_of_each_state(ada: User, course: Course) -> None:
    try_all(ada, course.one)
    levels = [known(marks) for marks in TRIES.values()]
    sure = sum(chance >= Fraction(19, 20) for chance in levels)
    likely = sum(Fraction(1, 2) <= chance < Fraction(19, 20) for chance in levels)
    assert dict(map_of(ada).by_state) == {
        "known": sure, "likely": likely, "unsure": len(levels) - sure - likely, "unasked": 57 + 1 - len(levels),
    }  # fmt: skip
    assert sure
    assert likely


def test_nearly_at_the_line_is_below_it(ada: User, course: Course) -> None:
    """It is not told as 95 %, from which a concept counts as known."""
    mastery = mastery_of(ada).unasked[0]
    nearly = Tile(type(mastery)(**{**vars(mastery), "mastery": 0.9467}))
    assert (nearly.concept.percent, nearly.state, nearly.height) == (94, "likely", 94.67)


def test_the_page_shows_each_tile_with_name_percent_and_level_and_the_way_to_its_lesson(
    client: Client, ada: User, course: Course
) -> None:
    try_all(ada, course.one)
    client.force_login(ada)
    page = client.get("/progress/").content.decode()
    found = re.findall(r'<(a|div) class="tile (\w+)"(?: href="([^"]+)")?>(.*?)</\1>', page, re.DOTALL)
    assert len(found) == 58  # one that only an instructor's question names is among them
    shown = {}
    for _tag, state, href, inner in found:
        words = " ".join(unescape(re.sub(r"<svg.*?</svg>|<[^>]+>", " ", inner, flags=re.DOTALL)).split())
        top = re.search(r'y="([\d.]+)%" width="100%" height="([\d.]+)%" fill', inner)
        shown[words] = (state, href, top and (float(top[1]), float(top[2])))
    height = round(float(100 * known("110")), 2)
    assert shown["The axis of softmax 58 % On the way"] == (
        "likely", "/camp/first/one/", (round(100 - height, 2), height),
    )  # fmt: skip
    assert shown["The formula 89 % On the way"][1] == "/camp/first/one/"
    assert shown["Mastery as a probability 98 % Very likely known"][0] == "known"
    assert shown["Visual search Not asked yet –"] == ("unasked", "", None)
    assert page.count('<h3 id="concepts-') == 3
    assert "0 First" in page
    assert "Taught in lessons that are still to come" in page


def test_the_numbers_behind_it_are_one_key_away(client: Client, ada: User, course: Course) -> None:
    try_all(ada, course.one, {"C1": "11", "C4": "0"})
    client.force_login(ada)
    page = client.get("/progress/").content.decode()
    table = page.split("The numbers behind it</summary>")[1].split("</table>")[0]
    for marks in ("11", "0"):
        assert f"{float(known(marks)):.4f}" in table


def test_before_any_answer_the_map_shows_what_there_is_to_know(client: Client, course: Course) -> None:
    page = client.get("/progress/").content.decode()
    assert len(re.findall(r'class="tile unasked"', page)) == 57
    assert "what you know of each concept is shown here" in page
    assert not User.objects.exists()
