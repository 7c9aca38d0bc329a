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
from camp.quizzes.content import Choice, Content, Hint
from camp.quizzes.models import (
    Attempt,
    AttemptItem,
    AttemptStatus,
    LessonAnswer,
    LessonHints,
    Question,
    QuestionVersion,
    QuizRules,
    Sitting,
)
from camp.quizzes.regrade_models import Counts
from camp.quizzes.variants import Variant, variant_of, worded

MOST_QUESTIONS = 12


def questions_of(module: Module) -> QuerySet[Question]:
    """What a new attempt at its quiz is drawn from."""
    return _asked().filter(module=module, form="").select_related("published")


def questions_of_form(form: str) -> QuerySet[Question]:
    """Those of a form of the tests, in order; an attempt has them all."""
    return _asked().filter(form=form).order_by("order", "slug").select_related("published")


def _asked() -> QuerySet[Question]:
    return Question.objects.filter(published__isnull=False, is_retired=False)


def quiz_module(slug: str) -> Module | None:
    """The module of that name, if it has a quiz."""
    return Module.objects.filter(slug=slug, pk__in=_with_questions()).first()


def _with_questions() -> QuerySet[Question, Any]:
    return _asked().filter(form="").values("module_id")


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
            Choice(key=one.key, texts=one.texts, right=one.right, value=one.value, group=one.group)
            for one in question.options.all()
        ),
        own=question.own,
        hints=tuple(Hint(**one) for one in question.hints),
    )


def attempts_of(owner: object) -> QuerySet[Attempt]:
    """The owner's attempts, newest first."""
    if not isinstance(owner, User):
        return Attempt.objects.none()
    return Attempt.objects.filter(owner=owner).select_related("module", "owner")


def attempt_of(owner: object, attempt_id: UUID) -> Attempt | None:
    """The owner's attempt; None when it is missing or another's, which look the same."""
    return attempts_of(owner).filter(pk=attempt_id).first()


def open_attempt(owner: object, module: Module, sitting: str = Sitting.QUIZ) -> Attempt | None:
    found = attempts_of(owner).filter(module=module, sitting=sitting, is_practice=False)
    return found.filter(status=AttemptStatus.OPEN).first()


def attempt_at_test(owner: object, sitting: str) -> Attempt | None:
    """The owner's one attempt at a test, open or handed in."""
    return attempts_of(owner).filter(sitting=sitting, is_practice=False).first()


def is_explained(attempt: Attempt) -> bool:
    """Whether what is right, and what each answer was worth, may be told: of either test only once both are handed
    in, for they ask the same of one in other words.
    """
    return not attempt.is_open and (not attempt.is_test or are_tests_over(attempt.owner))


def are_tests_over(owner: User) -> bool:
    last = attempt_at_test(owner, Sitting.POST_TEST)
    return last is not None and not last.is_open


def results_of(owner: object, module: Module | None = None) -> QuerySet[Attempt]:
    """What was handed in, at this quiz or at any, newest first, practice too."""
    found = attempts_of(owner).filter(sitting=Sitting.QUIZ, status=AttemptStatus.SUBMITTED)
    return (found.filter(module=module) if module else found).order_by("-submitted_at")


def best_score(owner: object, module: Module) -> float | None:
    """Of the submitted attempts that count."""
    best: float | None = _scored(owner, module).aggregate(best=Max("score"))["best"]
    return best


def counted_score(owner: object, module: Module, counts: str) -> float | None:
    """The result that counts by a quiz's rules: the best, or that of the attempt handed in last."""
    if counts == Counts.BEST:
        return best_score(owner, module)
    last = _scored(owner, module).order_by("-submitted_at").first()
    return None if last is None else last.score


def _scored(owner: object, module: Module) -> QuerySet[Attempt]:
    return results_of(owner, module).filter(is_practice=False)


def rules_of(module: Module) -> QuizRules:
    """Those of its quiz; where nobody set any, the ones that hold then."""
    return QuizRules.objects.filter(module=module).first() or QuizRules(module=module)


def attempts_left(owner: object, rules: QuizRules) -> int | None:
    """How many new attempts one may still start; None: as many as one likes. Practice is not counted."""
    if rules.most_attempts is None:
        return None
    quizzes = attempts_of(owner).filter(sitting=Sitting.QUIZ, is_practice=False)
    used = quizzes.filter(module=rules.module_id).count()
    return max(0, rules.most_attempts - used)


def items_of(attempt: Attempt) -> list[AttemptItem]:
    """In the order in which they are asked, with their questions' versions."""
    return list(
        AttemptItem.objects.filter(attempt=attempt)
        .select_related("version__question", "marked_by")
        .order_by("position")
    )


def variant_of_item(item: AttemptItem) -> Variant:
    """Its numbers and answer, without texts."""
    return variant_drawn(item.version, item.seed)


def worded_item(item: AttemptItem) -> Variant:
    """The same with its texts in the reader's language."""
    return variant_worded(item.version, item.seed)


def variant_drawn(version: QuestionVersion, seed: int) -> Variant:
    """A version's numbers and answer under a seed, without texts. Raises camp.courses.blocks.Unfit."""
    return _variant(json.dumps(version.content, sort_keys=True), seed)


def variant_worded(version: QuestionVersion, seed: int) -> Variant:
    """The same with its texts in the reader's language."""
    return _worded(json.dumps(version.content, sort_keys=True), seed, get_language() or "")


def explaining_item(item: AttemptItem) -> Variant:
    """What its mark is explained by, in the reader's language: the version that marked it, with the answer's numbers."""
    content = json.dumps(item.marking_version.content, sort_keys=True)
    return _worded(content, item.seed, get_language() or "")


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


def lesson_hints(owner: object, lesson: Lesson) -> Mapping[str, int]:
    """How many hints a person took within a lesson, by the block's id."""
    if not isinstance(owner, User):
        return {}
    return dict(LessonHints.objects.filter(owner=owner, lesson=lesson).values_list("block", "taken"))


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
