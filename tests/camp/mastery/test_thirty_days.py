"""A learner over thirty days on a moved clock: what is due and what is known are what others compute of the same answers."""

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta
from itertools import chain, repeat
from zoneinfo import ZoneInfo

import fsrs
import pytest
from django.test import Client

from camp.accounts.models import User
from camp.courses.models import Module
from camp.mastery.models import Review, ReviewCard
from camp.mastery.selectors import agenda_of, mastery_of
from tests.camp.mastery.conftest import Clock
from tests.camp.mastery.learner import CONCEPTS, SCORES, form_of, response_to, take_quiz

pytestmark = pytest.mark.django_db
ZONE = ZoneInfo("Asia/Shanghai")
FIRST_DAY = date(2026, 3, 2)
SCRIPT = {  # by question: how its first answer was, its second, …; then always right
    "scale": ["right", "right", "right", "right", "right"],
    "which": ["wrong", "right", "wrong", "wrong", "right", "right", "right", "right", "right"],
    "several": ["wrong", "wrong", "right", "right", "right", "right", "right", "right"],
    "weights": ["half", "right", "half", "half", "right", "right", "right", "right"],
}
RATINGS = {"right": fsrs.Rating.Good, "half": fsrs.Rating.Hard, "wrong": fsrs.Rating.Again}


class Reference:
    """The same, by the library called directly and by Bayes' rule written out in odds."""

    def __init__(self) -> None:
        self.scheduler = fsrs.Scheduler(
            desired_retention=0.9, learning_steps=[], relearning_steps=[], enable_fuzzing=False
        )
        self.cards: dict[str, fsrs.Card] = {}
        self.knowing: dict[str, float] = {}

    def answered(self, slug: str, how: str, day: date) -> None:
        noon = datetime.combine(day, time(12), tzinfo=UTC)
        card = self.cards.get(slug, fsrs.Card())
        self.cards[slug], _log = self.scheduler.review_card(card, RATINGS[how], noon)
        for concept in CONCEPTS[slug]:
            known = self.knowing.get(concept, 0.2)
            odds = known / (1 - known) * (0.9 / 0.2 if how == "right" else 0.1 / 0.8)
            self.knowing[concept] = 0.15 + 0.85 * odds / (1 + odds)

    def due(self, day: date) -> set[str]:
        return {slug for slug, card in self.cards.items() if card.due.date() <= day}


def test_thirty_days_of_reviews_are_as_the_library_and_bayes_say(
    ada: User, module: Module, clock: Clock
) -> None:
    ada.time_zone = str(ZONE)
    ada.save()
    browser, reference, answers = (
        Client(),
        Reference(),
        {slug: chain(how, repeat("right")) for slug, how in SCRIPT.items()},
    )
    clock.now = datetime.combine(FIRST_DAY, time(23, 30), tzinfo=ZONE).astimezone(UTC)

    # The order of a quiz is drawn, and with it the order in which its answers were tried.
    attempt = take_quiz(ada, module, {slug: next(how) for slug, how in answers.items()})
    for item in attempt.items.select_related("version__question"):
        slug = item.version.question.slug
        reference.answered(slug, SCRIPT[slug][0], FIRST_DAY)

    reviews = 0
    for days in range(1, 31):
        day = FIRST_DAY + timedelta(days=days)
        # Just after midnight or late in the evening, which elsewhere are other days.
        hour = time(0, 5) if days % 2 else time(23, 55)
        clock.now = datetime.combine(day, hour, tzinfo=ZONE).astimezone(UTC)
        browser.force_login(ada)  # a session does not last thirty days
        assert agenda_of(ada).due == len(reference.due(day))
        if days in (7, 8, 19):
            continue  # away: what was due stays due
        reviews += answer_all(browser, ada, reference, answers, day)
        assert reference.due(day) == set()

    assert reviews > 15
    kept = {card.question.slug: card for card in ReviewCard.objects.select_related("question")}
    assert {slug: card.due_on for slug, card in kept.items()} == {
        slug: card.due.date() for slug, card in reference.cards.items()
    }
    for slug, card in reference.cards.items():
        assert kept[slug].stability == pytest.approx(card.stability)
        assert kept[slug].difficulty == pytest.approx(card.difficulty)
    found = {concept.code: concept.mastery for concept in mastery_of(ada).asked}
    assert found == pytest.approx(reference.knowing)
    page = browser.get("/progress/").content.decode()
    for mastery in reference.knowing.values():
        assert f" {mastery:.4f}\n" in page


def answer_all(
    browser: Client, ada: User, reference: Reference, answers: Mapping[str, Iterator[str]], day: date
) -> int:
    """By the pages; how many there were. Each comes with numbers of its own."""
    count = 0
    while (began := browser.post("/reviews/"))["Location"] != "/reviews/":
        review = Review.objects.select_related("version", "question").get(answered_at=None)
        slug = review.question.slug
        assert slug in reference.due(day)
        how = next(answers[slug])
        form = form_of(response_to(review.version, review.seed, how))
        assert browser.post(began["Location"], form).status_code == 302
        review.refresh_from_db()
        assert review.mark is not None
        assert review.mark["score"] == pytest.approx(SCORES[how])
        reference.answered(slug, how, day)
        count += 1
    assert Review.objects.filter(owner=ada).values("seed").distinct().count() == Review.objects.count()
    return count
