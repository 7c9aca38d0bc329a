"""Reads of what a person knows and of what is due. Another's rows do not exist here."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.db.models.fields.json import KeyTransform
from django.utils import timezone

from camp.accounts.models import User
from camp.courses.models import in_language
from camp.courses.selectors import OTHER, lessons_by_title
from camp.learning.bkt import Bkt, mastery_after
from camp.mastery import concepts
from camp.mastery.calendar import today_of
from camp.mastery.models import GradedAnswer, Review, ReviewCard
from camp.mastery.records import Agenda, ConceptMastery, DueDay, DueModule, LessonLink, Mastery
from camp.mastery.scheduling import RIGHT
from camp.quizzes.models import Question

DAYS_AHEAD = 7


def cards_of(person: object) -> QuerySet[ReviewCard]:
    """Of questions that can still be asked, what has been due longest first."""
    if not isinstance(person, User):
        return ReviewCard.objects.none()
    asked = ReviewCard.objects.filter(question__published__isnull=False, question__is_retired=False)
    return asked.filter(owner=person).order_by("due_on", "pk")


def due_cards(person: object) -> QuerySet[ReviewCard]:
    """On the person's own calendar, with what is needed to ask them."""
    if not isinstance(person, User):
        return ReviewCard.objects.none()
    due = cards_of(person).filter(due_on__lte=today_of(person))
    return due.select_related("question__published", "question__module")


def due_count(person: object) -> int:
    return due_cards(person).count()


def card_of(person: User, question: Question) -> ReviewCard | None:
    return ReviewCard.objects.filter(owner=person, question=question).first()


def last_concepts(person: User) -> set[str]:
    """Of the question that was reviewed last."""
    last = Review.objects.filter(owner=person, answered_at__isnull=False).order_by("-answered_at")
    return set(last.values_list("question__concepts", flat=True).first() or [])


def open_review(person: User) -> Review | None:
    found = Review.objects.filter(owner=person, answered_at__isnull=True)
    return found.select_related("question__module", "version").first()


def review_of(person: object, review_id: UUID) -> Review | None:
    """The person's review; None when it is missing or another's, which look the same."""
    if not isinstance(person, User):
        return None
    found = Review.objects.filter(owner=person, pk=review_id)
    return found.select_related("owner", "question__module", "version").first()


def agenda_of(person: object) -> Agenda:
    """What is due today and on each of the next days, by the person's own calendar."""
    today = today_of(person) if isinstance(person, User) else timezone.localdate()
    columns = (
        "due_on", "question__module__slug", "question__module__number", "question__module__titles",
    )  # fmt: skip
    counts: Counter[Any] = Counter()
    modules: dict[int, DueModule] = {}
    for due_on, slug, number, titles in cards_of(person).values_list(*columns):
        if due_on <= today:
            count = modules[number].count + 1 if number in modules else 1
            modules[number] = DueModule(slug, number, in_language(titles), count)
        else:
            counts[due_on] += 1
    ahead = [today + timedelta(days=days) for days in range(1, DAYS_AHEAD + 1)]
    return Agenda(
        today=today,
        modules=[modules[number] for number in sorted(modules)],
        days=[DueDay(day, counts[day]) for day in ahead],
        later=sum(count for day, count in counts.items() if day > ahead[-1]),
        next_day=min(counts, default=None),
    )


def answers_by_concept(person: object) -> Mapping[str, list[bool]]:
    """Whether each first try was right, oldest first."""
    found: defaultdict[str, list[bool]] = defaultdict(list)
    if isinstance(person, User):
        log = GradedAnswer.objects.filter(owner=person).order_by("answered_at", "pk")
        for names, score in log.values_list("concepts", "score"):
            for concept in dict.fromkeys(names):
                found[concept].append(score >= RIGHT)
    return found


def mastery_of(person: object) -> Mastery:
    """Of every concept that was asked, how sure one may be that it is known; and which were not asked yet."""
    answers = answers_by_concept(person)
    lessons = _lessons_by_concept()
    asked = [_mastery(concept, answers[concept], lessons) for concept in concepts.in_order(answers)]
    others = (set(lessons) | _concepts_of_questions()) - set(answers)
    return Mastery(
        asked=asked,
        unasked=[_mastery(concept, [], lessons) for concept in concepts.in_order(others)],
    )


def _mastery(concept: str, answers: Sequence[bool], lessons: Mapping[str, LessonLink]) -> ConceptMastery:
    parameters = Bkt()
    mastery = mastery_after(answers, parameters)[-1] if answers else None
    return ConceptMastery(
        code=concept,
        name=concepts.name_of(concept),
        mastery=mastery,
        next_right=None if mastery is None else parameters.next_right(mastery),
        answers=len(answers),
        right=sum(answers),
        lesson=lessons.get(concept),
    )


def _lessons_by_concept() -> Mapping[str, LessonLink]:
    """The first published lesson of each concept."""
    rows = (
        lessons_by_title()
        .annotate(taught=KeyTransform("concepts", OTHER))
        .values_list("module__slug", "slug", "own_title", "other_title", "taught")
    )
    found: dict[str, LessonLink] = {}
    for module, slug, title, other_title, taught in rows:
        for concept in taught or []:
            found.setdefault(concept, LessonLink(module, slug, title or other_title or slug))
    return found


def _concepts_of_questions() -> set[str]:
    asked = Question.objects.filter(form="", published__isnull=False, is_retired=False)
    return {concept for names in asked.values_list("concepts", flat=True) for concept in names}
