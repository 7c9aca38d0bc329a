"""Reads of questions, attempts and answers. A person's are found from their own rows: another's do not exist here."""

import json
from collections.abc import Mapping
from functools import lru_cache
from typing import Any
from uuid import UUID

from django.db.models import Max, QuerySet
from django.utils.translation import get_language

from camp.accounts.models import User
from camp.courses.models import Lesson, Module
from camp.quizzes.content import Choice, Content
from camp.quizzes.models import (
    Attempt,
    AttemptItem,
    AttemptStatus,
    LessonAnswer,
    Question,
    QuestionVersion,
)
from camp.quizzes.variants import Variant, variant_of, worded

MOST_QUESTIONS = 12


def questions_of(module: Module) -> QuerySet[Question]:
    """What a new attempt is drawn from."""
    found = Question.objects.filter(module=module, published__isnull=False, is_retired=False)
    return found.select_related("published")


def quiz_module(slug: str) -> Module | None:
    """The module of that name, if it has a quiz."""
    return Module.objects.filter(slug=slug, pk__in=_with_questions()).first()


def _with_questions() -> QuerySet[Question, Any]:
    return Question.objects.filter(published__isnull=False, is_retired=False).values("module_id")


def count_in_attempt(module: Module) -> int:
    return min(questions_of(module).count(), MOST_QUESTIONS)


def content_of(question: Question) -> Content:
    """A question as it is being edited."""
    draw = []
    for line in question.draw.splitlines():
        name, _equals, expression = line.partition("=")
        if line.strip():
            draw.append((name.strip(), expression.strip()))
    return Content(
        type=question.type,
        texts=question.texts,
        draw=tuple(draw),
        require=tuple(line.strip() for line in question.require.splitlines() if line.strip()),
        answer=question.answer.strip(),
        tolerance=question.tolerance,
        pick=question.pick,
        choices=tuple(
            Choice(key=one.key, texts=one.texts, right=one.right, value=one.value)
            for one in question.options.all()
        ),
    )


def attempts_of(owner: object) -> QuerySet[Attempt]:
    """The owner's attempts, newest first."""
    if not isinstance(owner, User):
        return Attempt.objects.none()
    return Attempt.objects.filter(owner=owner).select_related("module")


def attempt_of(owner: object, attempt_id: UUID) -> Attempt | None:
    """The owner's attempt; None when it is missing or another's, which look the same."""
    return attempts_of(owner).filter(pk=attempt_id).first()


def open_attempt(owner: object, module: Module) -> Attempt | None:
    return attempts_of(owner).filter(module=module, status=AttemptStatus.OPEN, is_practice=False).first()


def results_of(owner: object, module: Module | None = None) -> QuerySet[Attempt]:
    """What was handed in, at this quiz or at any, newest first, practice too."""
    found = attempts_of(owner).filter(status=AttemptStatus.SUBMITTED).order_by("-submitted_at")
    return found.filter(module=module) if module else found


def best_score(owner: object, module: Module) -> float | None:
    """Of the submitted attempts that count."""
    submitted = attempts_of(owner).filter(module=module, status=AttemptStatus.SUBMITTED, is_practice=False)
    best: float | None = submitted.aggregate(best=Max("score"))["best"]
    return best


def items_of(attempt: Attempt) -> list[AttemptItem]:
    """In the order in which they are asked, with their questions' versions."""
    return list(
        AttemptItem.objects.filter(attempt=attempt)
        .select_related("version", "version__question")
        .order_by("position")
    )


def variant_of_item(item: AttemptItem) -> Variant:
    """Its numbers and answer, without texts."""
    return _variant(json.dumps(item.version.content, sort_keys=True), item.seed)


def worded_item(item: AttemptItem) -> Variant:
    """The same with its texts in the reader's language."""
    return _worded(json.dumps(item.version.content, sort_keys=True), item.seed, get_language() or "")


def language_for(content: Content, language: str) -> str:
    """The language itself, or one that there is."""
    return language if language in content.texts else next(iter(content.texts))


# A version never changes, and a variant is the same for its seed; so neither is drawn twice in a process.
@lru_cache(maxsize=2048)
def _variant(content: str, seed: int) -> Variant:
    return variant_of(Content.of_json(json.loads(content)), seed)


@lru_cache(maxsize=2048)
def _worded(content: str, seed: int, language: str) -> Variant:
    read = Content.of_json(json.loads(content))
    return worded(_variant(content, seed), read, language_for(read, language))


def lesson_answers(owner: object, lesson: Lesson) -> Mapping[str, LessonAnswer]:
    """What a person answered within a lesson, by the block's id."""
    if not isinstance(owner, User):
        return {}
    return {one.block: one for one in LessonAnswer.objects.filter(owner=owner, lesson=lesson)}


def block_of(lesson: Lesson, block_id: str) -> tuple[str, dict[str, Any]] | None:
    """A check's or a prediction's name and what the published version keeps of it, in the reader's language."""
    if lesson.published is None:
        return None
    for part in lesson.published.document["parts"]:
        if part.get("block") in ("check", "predict") and part["fields"]["id"] == block_id:
            return part["block"], part["fields"]
    return None


def versions_of(question: Question) -> QuerySet[QuestionVersion]:
    return QuestionVersion.objects.filter(question=question).select_related("created_by")
