"""Reads of certificates, and of what could be certified."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet

from camp.accounts.models import User
from camp.certificates.models import Certificate
from camp.courses.models import Module
from camp.progress.records import ModuleRecord
from camp.progress.selectors import progress_of
from camp.quizzes.marking import percent

LEAST_SCORE = 0.8  # of a module's quiz, best attempt


@dataclass(frozen=True)
class Standing:
    """A module on the way to a certificate: which of its conditions hold."""

    module: ModuleRecord

    @property
    def has_lessons(self) -> bool:
        return self.module.done == len(self.module.lessons)

    @property
    def has_quiz(self) -> bool:
        """Pressing "Done" proves nothing: a module without a quiz has nothing to certify yet."""
        quiz = self.module.quiz
        return quiz is not None and quiz.best is not None and quiz.best >= LEAST_SCORE

    @property
    def best_percent(self) -> int | None:
        """Of the quiz; None before its first attempt."""
        best = self.module.quiz.best if self.module.quiz else None
        return None if best is None else percent(best, LEAST_SCORE)

    @property
    def is_completed(self) -> bool:
        return self.has_lessons and self.has_quiz


def standings_of(person: User) -> Sequence[Standing]:
    """Every module that is offered."""
    return [Standing(module) for module in progress_of(person).offered]


def completed_by(person: User) -> list[dict[str, Any]]:
    """What a certificate says of each completed module, titles in every language."""
    completed = [one for one in standings_of(person) if one.is_completed]
    slugs = [one.module.slug for one in completed]
    titles = dict(Module.objects.filter(slug__in=slugs).values_list("slug", "titles"))
    return [
        {
            "number": one.module.number,
            "titles": titles[one.module.slug],
            "lessons": len(one.module.lessons),
            "score": one.module.quiz.best if one.module.quiz else None,
        }
        for one in completed
    ]


def certificates_of(person: User) -> QuerySet[Certificate]:
    return Certificate.objects.filter(owner=person)


def certificate_with(code: str) -> Certificate | None:
    """Of a code as it is printed or typed; None for one that was never given or has been withdrawn."""
    plain = code.replace("-", "").upper()
    return Certificate.objects.filter(code=plain, withdrawn_at__isnull=True).first()
