"""What is known and what is due, as the pages and the API tell it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from django.urls import reverse

from camp.learning.bkt import MASTERED, Bkt, mastery_after
from camp.quizzes.marking import percent

LIKELY = 0.5  # more likely known than not


class Level(StrEnum):
    """Of a mastery, in a word."""

    KNOWN = "known"
    LIKELY = "likely"
    UNSURE = "unsure"


@dataclass(frozen=True)
class LessonLink:
    module: str
    slug: str
    title: str

    @property
    def url(self) -> str:
        return reverse("courses:lesson", args=[self.module, self.slug])


@dataclass(frozen=True)
class ConceptMastery:
    """`mastery` and `next_right`, the chance that the next answer is right, are None before the first answer.

    `lesson` is where it is taught, if one that is published does.
    """

    code: str
    name: str
    mastery: float | None
    next_right: float | None
    answers: int
    right: int
    lesson: LessonLink | None

    @property
    def percent(self) -> int | None:
        return None if self.mastery is None else percent(self.mastery, MASTERED, LIKELY)

    @property
    def next_right_percent(self) -> int | None:
        return None if self.next_right is None else percent(self.next_right)

    @property
    def level(self) -> Level:
        if self.mastery is not None and self.mastery >= MASTERED:
            return Level.KNOWN
        return Level.LIKELY if self.mastery is not None and self.mastery >= LIKELY else Level.UNSURE


@dataclass(frozen=True)
class Mastery:
    """In the order of concepts."""

    asked: Sequence[ConceptMastery]
    unasked: Sequence[ConceptMastery]

    @property
    def known(self) -> int:
        return sum(one.level == Level.KNOWN for one in self.asked)

    @property
    def rules(self) -> Mapping[str, int]:
        """The model's numbers in percent, as its explanation tells them; the last two are of right, right, wrong."""
        model = Bkt()
        after = mastery_after([True, True, False], model)
        shares = (model.known_first, model.guess, model.slip, model.learn, MASTERED, *after[1:])
        names = ("first", "guess", "slip", "learn", "known", "after_two", "after_slip")
        return {name: percent(share) for name, share in zip(names, shares, strict=True)}

    @property
    def weakest(self) -> ConceptMastery | None:
        """Of those that are not known yet and have a lesson, what one is least sure of."""
        open_ones = [one for one in self.asked if one.level != Level.KNOWN and one.lesson]
        return min(open_ones, key=lambda one: one.mastery or 0.0, default=None)


@dataclass(frozen=True)
class DueModule:
    """How many questions of a module are due today."""

    slug: str
    number: int
    title: str
    count: int


@dataclass(frozen=True)
class DueDay:
    date: date
    count: int


@dataclass(frozen=True)
class Agenda:
    """`modules` have what is due today or was before; `days` are the next ones, `later` counts what comes after them.

    `next_day` is the first day after today on which something is due.
    """

    today: date
    modules: Sequence[DueModule]
    days: Sequence[DueDay]
    later: int
    next_day: date | None

    @property
    def due(self) -> int:
        return sum(module.count for module in self.modules)

    @property
    def most(self) -> int:
        """On one of the next days; at least 1, for pictures divide by it."""
        return max([1, *(day.count for day in self.days)])

    @property
    def cards(self) -> int:
        """Of all, due or not."""
        return self.due + sum(day.count for day in self.days) + self.later
