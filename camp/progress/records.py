"""What a person has done in the course, as the pages and the API tell it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from django.urls import reverse

from camp.quizzes.marking import percent


class State(StrEnum):
    """Of a module; a lesson has DONE, STARTED or NEW."""

    DONE = "done"
    STARTED = "started"
    NEXT = "next"
    NEW = "new"
    COMING = "coming"


@dataclass(frozen=True)
class LessonRecord:
    """`place` is where its reader left off, an id on its page."""

    module: str
    slug: str
    number: str
    title: str
    minutes: int | None
    place: str = ""
    seen_at: datetime | None = None
    done_at: datetime | None = None

    @property
    def state(self) -> State:
        if self.done_at:
            return State.DONE
        return State.STARTED if self.seen_at else State.NEW

    @property
    def url(self) -> str:
        """Of its page, at the place where one left off; from the start once it is done."""
        page = reverse("courses:lesson", args=[self.module, self.slug])
        return f"{page}#{self.place}" if self.place and not self.done_at else page


@dataclass(frozen=True)
class Checks:
    """Questions within lessons: how many were answered, right the first time, and right by now."""

    answered: int = 0
    right_first: int = 0
    right: int = 0


@dataclass(frozen=True)
class Quiz:
    """A module's quiz. `best` is from 0 to 1, of submitted attempts, and so is `result`, the one that counts by the
    quiz's rules; practice is not counted.
    """

    module: str
    attempts: int = 0
    best: float | None = None
    result: float | None = None
    open_attempt: UUID | None = None
    opened_at: datetime | None = None

    @property
    def url(self) -> str:
        """Of the attempt that is open, else of the quiz."""
        if self.open_attempt:
            return reverse("quizzes:attempt", args=[self.open_attempt])
        return reverse("quizzes:quiz", args=[self.module])

    @property
    def result_percent(self) -> int | None:
        return None if self.result is None else percent(self.result)


@dataclass(frozen=True)
class ModuleRecord:
    """`quiz` is None where the module has none."""

    slug: str
    number: int
    title: str
    question: str
    state: State
    lessons: Sequence[LessonRecord]
    checks: Checks
    quiz: Quiz | None

    @property
    def done(self) -> int:
        """Lessons."""
        return sum(lesson.state == State.DONE for lesson in self.lessons)

    @property
    def share_done(self) -> float:
        """Of its lessons, in percent."""
        return round(100 * self.done / len(self.lessons), 2) if self.lessons else 0.0


@dataclass(frozen=True)
class Step:
    """What to do next: a lesson or a quiz."""

    title: str
    url: str
    is_start: bool = False
    is_quiz: bool = False


@dataclass(frozen=True)
class Day:
    """What was done on a day: first answers in lessons, guesses too; lessons ended; quizzes and tests submitted; reviews
    answered.
    """

    date: date
    answers: int = 0
    lessons: int = 0
    quizzes: int = 0
    tests: int = 0
    reviews: int = 0

    @property
    def total(self) -> int:
        return self.answers + self.lessons + self.quizzes + self.tests + self.reviews


@dataclass(frozen=True)
class Progress:
    """`step` is None when everything there is has been done, or there is nothing. `activity` ends with today."""

    modules: Sequence[ModuleRecord]
    activity: Sequence[Day]
    step: Step | None

    @property
    def lessons(self) -> int:
        return sum(len(module.lessons) for module in self.modules)

    @property
    def lessons_done(self) -> int:
        return sum(module.done for module in self.modules)

    @property
    def checks(self) -> Checks:
        found = [module.checks for module in self.modules]
        return Checks(
            sum(one.answered for one in found),
            sum(one.right_first for one in found),
            sum(one.right for one in found),
        )

    @property
    def quizzes_taken(self) -> int:
        """Modules whose quiz was submitted at least once."""
        return sum(bool(module.quiz and module.quiz.attempts) for module in self.modules)

    @property
    def offered(self) -> Sequence[ModuleRecord]:
        """The modules that have lessons already."""
        return [module for module in self.modules if module.lessons]

    @property
    def active_days(self) -> int:
        """Of the last seven."""
        return sum(day.total > 0 for day in self.activity[-7:])
