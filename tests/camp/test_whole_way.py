"""A learner's whole way on a moved clock: pre-test, two modules, thirty days of reviews, post-test, certificate; and what
the progress page says of it is what others compute of the same answers.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from fractions import Fraction
from html import unescape
from typing import Any
from zoneinfo import ZoneInfo

import fsrs
import pytest
from django.db import transaction
from django.test import Client
from django.utils import timezone

from camp.accounts.models import User
from camp.courses.loading import course_load
from camp.courses.models import Lesson
from camp.mastery.concepts import name_of
from camp.mastery.models import Review, ReviewCard
from camp.mastery.services import review_answer, review_next
from camp.quizzes.block_page import is_guessed_row, variant_of_kept
from camp.quizzes.drawn import Variant
from camp.quizzes.models import Attempt, QuestionVersion
from camp.quizzes.question_types import question_type
from camp.quizzes.selectors import items_of, variant_drawn, variant_worded
from tests.camp.callers import Api

ZONE = ZoneInfo("Asia/Shanghai")
FIRST_DAY = date(2026, 3, 2)
MODULES = ("start", "by-hand")
RATINGS = {True: fsrs.Rating.Good, False: fsrs.Rating.Again}


@pytest.fixture(scope="module")
def course(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """The camp's own, loaded once and taken back."""
    with django_db_blocker.unblock(), transaction.atomic():
        course_load()
        yield
        transaction.set_rollback(True)


@dataclass
class Clock:
    now: datetime

    def set(self, days: int, hour: time) -> None:
        self.now = datetime.combine(FIRST_DAY + timedelta(days=days), hour, tzinfo=ZONE).astimezone(UTC)


@dataclass
class Reference:
    """What is known by Bayes' rule in odds, in exact fractions, and what is due by the library called directly."""

    knowing: dict[str, Fraction] = field(default_factory=dict)
    cards: dict[str, fsrs.Card] = field(default_factory=dict)
    scheduler: fsrs.Scheduler = field(
        default_factory=lambda: fsrs.Scheduler(
            desired_retention=0.9, learning_steps=[], relearning_steps=[], enable_fuzzing=False
        )
    )

    def tried(self, concepts: list[str], is_right: bool) -> None:
        for concept in dict.fromkeys(concepts):
            known = self.knowing.get(concept, Fraction(1, 5))
            odds = known / (1 - known) * (Fraction(9, 2) if is_right else Fraction(1, 8))
            self.knowing[concept] = Fraction(3, 20) + Fraction(17, 20) * odds / (1 + odds)

    def asked(self, question: str, is_right: bool, day: date) -> None:
        noon = datetime.combine(day, time(12), tzinfo=UTC)
        card = self.cards.get(question, fsrs.Card())
        self.cards[question], _log = self.scheduler.review_card(card, RATINGS[is_right], noon)

    def due(self, day: date) -> set[str]:
        return {question for question, card in self.cards.items() if card.due.date() <= day}


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    moved = Clock(timezone.now())
    monkeypatch.setattr(timezone, "now", lambda: moved.now)
    return moved


def right_answer(variant: Variant) -> Any:
    """As the explanation gives it, which knows it from the drawing."""
    kind = question_type(variant.type)
    return kind.feedback(None, kind.mark(None, variant), variant).right


def answer(version: QuestionVersion, seed: int, is_right: bool) -> Any:
    """A wrong one is wrong altogether, and an answer nevertheless; None where a type has no plain one."""
    if is_right:
        return right_answer(variant_worded(version, seed))
    variant = variant_drawn(version, seed)
    if variant.type == "numeric":
        return repr(variant.number + 1000)
    if variant.type == "single":
        return next(one.key for one in variant.options if not one.right)
    return None


class Learner:
    """In a browser, and over the API for answers whose forms are many matrices."""

    def __init__(self, person: User, clock: Clock) -> None:
        self.person, self.clock, self.reference = person, clock, Reference()
        self.api, self.browser = Api(person), Client()
        self.lessons = self.checks = self.checks_right = 0
        self.done: dict[date, list[int]] = {}  # by day: answers, lessons, quizzes, reviews, tests

    def day(self, days: int, hour: time = time(20)) -> None:
        self.clock.set(days, hour)
        self.browser.force_login(self.person)  # a session does not last that long

    def page(self, path: str) -> str:
        found = self.browser.get(path)
        assert found.status_code == 200, path
        return " ".join(unescape(found.content.decode()).split())

    def test(self, sitting: str, expects: int, right: int) -> None:
        """The first so many questions rightly; the others are left out."""
        begun = self.browser.post(f"/tests/{sitting}/", {"predicted": str(expects)})
        self.hand_in(
            Attempt.objects.get(pk=begun["Location"].split("/")[2]), set(range(right, 15)), blank=True
        )

    def quiz(self, module: str, wrong: set[int]) -> Attempt:
        begun = self.browser.post(f"/camp/{module}/quiz/")
        attempt = Attempt.objects.get(pk=begun["Location"].split("/")[2])
        self.hand_in(attempt, wrong, blank=False)
        return attempt

    def hand_in(self, attempt: Attempt, wrong: set[int], *, blank: bool) -> None:
        for place, item in enumerate(items_of(attempt)):
            question = item.version.question
            is_right = place not in wrong
            given = None if blank and not is_right else answer(item.version, item.seed, is_right)
            path = f"/attempts/{attempt.pk}/answers/{question.slug}/"
            assert self.api.call("PUT", path, {"response": given}).status_code == 200
            if given is not None and not question.form:
                self.reference.tried(question.concepts, is_right)
                self.reference.asked(question.slug, is_right, timezone.localdate(timezone=ZONE))
        assert self.api.post(f"/attempts/{attempt.pk}/submit/").status_code == 200

    def read(self, lesson: Lesson) -> None:
        """To its end, answering its plain questions: of each lesson the first wrongly, then the others rightly."""
        self.page(lesson.get_absolute_url())
        assert lesson.published is not None
        document = lesson.published.document
        tried = 0
        for part in document["parts"]:
            kept = part.get("fields", {})
            if (
                part.get("block") != "check"
                or is_guessed_row(kept)
                or kept["type"] not in ("numeric", "single")
            ):
                continue
            variant = variant_of_kept(kept)
            is_right = tried > 0
            given = right_answer(variant) if is_right else _wrong(variant)
            path = f"{lesson.get_absolute_url()}answers/{kept['id']}/"
            assert self.browser.post(path, {"response": given}).status_code in (200, 302)
            self.reference.tried(document["concepts"], is_right)
            tried, self.checks_right = tried + 1, self.checks_right + is_right
        self.checks += tried
        self.browser.post(f"{lesson.get_absolute_url()}done/")
        self.lessons += 1

    def review(self, day: date) -> int:
        """Until nothing is due; every fifth is not known any more."""
        count = 0
        while (review := review_next(owner=self.person)) is not None:
            question = review.question
            assert question.slug in self.reference.due(day)
            is_right = Review.objects.filter(owner=self.person).count() % 5 != 0
            given = answer(review.version, review.seed, True) if is_right else None
            review_answer(review=review, response=given)
            self.reference.tried(question.concepts, is_right)
            self.reference.asked(question.slug, is_right, day)
            count += 1
        return count


def concepts_shown(page: str) -> dict[str, float]:
    """Of the table of concepts: the name and the mastery of each that was asked."""
    table = page.partition('id="by-concept"')[2].partition("</table>")[0]
    rows = re.findall(r'<th scope="row">([^<]*)</th> <td>(.*?)</td>', table)
    return {name.strip(): float(re.sub(r"<[^>]*>", "", known)) for name, known in rows}


def days_shown(page: str) -> dict[str, list[int]]:
    table = page.partition('id="by-day"')[2].partition("<tbody>")[2].partition("</tbody>")[0]
    return {
        row[0]: [int(cell) for cell in re.findall(r"<td>(\d+)</td>", row[1])]
        for row in re.findall(r'<time datetime="([^"]*)">.*?</th>(.*?)</tr>', table)
    }


def _wrong(variant: Variant) -> str:
    if variant.type == "numeric":
        return repr(variant.number + 1000)
    return next(one.key for one in variant.options if not one.right)


def test_from_pre_test_to_certificate_the_figures_are_those_that_others_compute(
    course: None, db: None, ada: User, clock: Clock
) -> None:
    ada.time_zone = str(ZONE)
    ada.save()
    learner = Learner(ada, clock)
    learner.day(0)
    learner.test("pre-test", expects=9, right=6)

    scores = {}
    for days, module in enumerate(MODULES, start=1):
        learner.day(days)
        for lesson in Lesson.objects.filter(module__slug=module, published__isnull=False).order_by("order"):
            learner.read(lesson)
        attempt = learner.quiz(module, wrong={place for place in range(12) if place % 11 == 10})
        attempt.refresh_from_db()
        scores[module] = attempt.score

    reviews = 0
    for days in range(3, 33):
        learner.day(days, time(0, 5) if days % 2 else time(23, 55))
        today = FIRST_DAY + timedelta(days=days)
        if days in (8, 9, 20):
            continue  # away: what is due stays due
        answered = learner.review(today)
        reviews += answered
        if answered:
            learner.done[today] = [0, 0, 0, answered, 0]
        assert learner.reference.due(today) == set()
    assert reviews > 40

    learner.day(33)
    learner.test("post-test", expects=12, right=12)
    learner.done[FIRST_DAY + timedelta(days=33)] = [0, 0, 0, 0, 1]

    # What one knows, question by question and concept by concept.
    cards = {card.question.slug: card.due_on for card in ReviewCard.objects.select_related("question")}
    assert cards == {question: card.due.date() for question, card in learner.reference.cards.items()}
    progress = learner.page("/progress/")
    assert concepts_shown(progress) == pytest.approx(
        {name_of(concept): float(known) for concept, known in learner.reference.knowing.items()}, abs=0.00005
    )

    # 6 of 15 points at 9 expected, then 12 at 12: of the nine that were to be had six, (80 − 40) / (100 − 40).
    assert f"g = {(80 - 40) / (100 - 40):.2f}" in progress
    tests = progress.partition('id="gain"')[2].partition("</table>")[0]
    for expected in (
        "6 of 15",
        "40 %",
        "12 of 15",
        "80 %",
        "<td>9</td> <td> 3 </td>",
        "<td>12</td> <td> 0 </td>",
    ):
        assert expected in tests, expected

    # What was done.
    total = Lesson.objects.filter(published__isnull=False).count()
    assert f"<b>{learner.lessons} of {total}</b> lessons done" in progress
    assert (
        f"<b>{learner.checks_right} of {learner.checks}</b> questions in lessons right the first time"
        in progress
    )
    assert "<b>2</b> quizzes taken" in progress
    by_module = progress.partition('id="by-module"')[2]
    for module, score in scores.items():
        assert score is not None
        assert score >= 0.8, module
        assert f"<td> {round(100 * score)} % </td>" in by_module

    # Day by day: the last four weeks have the reviews and the post-test.
    days = {day: row for day, row in learner.done.items() if FIRST_DAY + timedelta(days=33 - 27) <= day}
    assert days_shown(progress) == {str(day): row for day, row in days.items()}
    last_week = [day for day in days if day > FIRST_DAY + timedelta(days=33 - 7)]
    assert f"<b>{len(last_week)} of 7</b> days of the last seven" in progress

    # The certificate says just that, to anybody.
    issued = learner.browser.post("/certificates/", {"name": "Ada Lovelace"})
    where = issued["Location"]
    stranger = Client()
    told = " ".join(unescape(stranger.get(where).content.decode()).split())
    assert "Ada Lovelace" in told
    for score in scores.values():
        assert f"{round(100 * score)} %" in told
    assert stranger.get(f"{where}certificate.pdf").content.startswith(b"%PDF")
