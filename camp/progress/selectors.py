"""Reads of a person's way through the course: as many queries for a thousand answers as for ten."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.db.models import Count, Max, OuterRef, Q, QuerySet, Subquery
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import TruncDate
from django.utils import timezone
from django.utils.translation import gettext as _

from camp.accounts.models import User
from camp.courses.models import LessonState, Module
from camp.courses.selectors import OTHER, lessons_by_title
from camp.mastery.models import Review
from camp.progress.records import Checks, Day, LessonRecord, ModuleRecord, Progress, Quiz, State, Step
from camp.quizzes.models import Attempt, AttemptStatus, LessonAnswer, Question, Sitting
from camp.quizzes.regrade_models import Counts

WEEKS = 4
_RIGHT = 1.0


def progress_of(person: User | AnonymousUser) -> Progress:
    """All of it; of somebody who is not known yet, the course as it stands before them."""
    lessons, checks, quizzes = _lessons(person), _checks(person), _quizzes(person)
    modules = [
        ModuleRecord(
            slug=module.slug,
            number=module.number,
            title=module.title,
            question=module.question,
            state=_state(lessons[module.pk], quizzes.get(module.pk)),
            lessons=lessons[module.pk],
            checks=checks.get(module.pk, Checks()),
            quiz=quizzes.get(module.pk),
        )
        for module in Module.objects.all()
    ]
    return Progress(modules=_with_next(modules), activity=_activity(person), step=_step(modules))


def _own(rows: QuerySet[Any], person: User | AnonymousUser) -> QuerySet[Any]:
    return rows.filter(owner=person) if isinstance(person, User) else rows.none()


def _lessons(person: User | AnonymousUser) -> Mapping[int, list[LessonRecord]]:
    """Published lessons by module."""
    states = {
        state.lesson_id: state
        for state in _own(
            LessonState.objects.only("lesson_id", "place", "seen_at", "done_at", "owner_id"), person
        )
    }
    rows = (
        lessons_by_title()
        .annotate(minutes=KeyTextTransform("minutes", OTHER))
        .values_list(
            "pk", "module_id", "module__slug", "module__number", "slug", "own_title", "other_title", "minutes"
        )
    )
    found: defaultdict[int, list[LessonRecord]] = defaultdict(list)
    for pk, module_id, module, number, slug, title, other_title, minutes in rows:
        state = states.get(pk)
        record = LessonRecord(
            module=module,
            slug=slug,
            number=f"{number}.{len(found[module_id]) + 1}",
            title=title or other_title or slug,
            minutes=int(minutes) if minutes else None,
            place=state.place if state else "",
            seen_at=state.seen_at if state else None,
            done_at=state.done_at if state else None,
        )
        found[module_id].append(record)
    return found


def _checks(person: User | AnonymousUser) -> Mapping[int, Checks]:
    rows = (
        _own(LessonAnswer.objects.filter(score__isnull=False), person)
        .values("lesson__module_id")
        .annotate(
            answered=Count("pk"),
            first=Count("pk", filter=Q(first_score__gte=_RIGHT)),
            now=Count("pk", filter=Q(score__gte=_RIGHT)),
        )
        .values_list("lesson__module_id", "answered", "first", "now")
    )
    return {module: Checks(answered, first, now) for module, answered, first, now in rows}


def _quizzes(person: User | AnonymousUser) -> Mapping[int, Quiz]:
    """Of the modules that have questions, by module."""
    attempts = _own(Attempt.objects.filter(sitting=Sitting.QUIZ, is_practice=False).order_by(), person)
    handed_in = attempts.filter(status=AttemptStatus.SUBMITTED)
    submitted = {
        module: (count, best)
        for module, count, best in handed_in.values("module_id")
        .annotate(count=Count("pk"), best=Max("score"))
        .values_list("module_id", "count", "best")
    }
    # Once a module: within the sums above it would be looked for once an attempt.
    newest = handed_in.filter(module=OuterRef("pk")).order_by("-submitted_at")
    last = dict(
        Module.objects.filter(pk__in=submitted).values_list("pk", Subquery(newest.values("score")[:1]))
    )
    opened = {attempt.module_id: attempt for attempt in attempts.filter(status=AttemptStatus.OPEN)}
    asked = Question.objects.filter(form="", published__isnull=False, is_retired=False).order_by()
    quizzes = {}
    rows = asked.values_list("module_id", "module__slug", "module__quiz_rules__counts").distinct()
    for module, slug, counts in rows:
        count, best = submitted.get(module, (0, None))
        attempt = opened.get(module)
        quizzes[module] = Quiz(
            module=slug,
            attempts=count,
            best=best,
            result=last.get(module) if counts == Counts.LAST else best,
            open_attempt=attempt.pk if attempt else None,
            opened_at=attempt.started_at if attempt else None,
        )
    return quizzes


def _state(lessons: Sequence[LessonRecord], quiz: Quiz | None) -> State:
    if not lessons:
        return State.COMING
    taken = quiz is None or quiz.attempts > 0
    if taken and all(lesson.state == State.DONE for lesson in lessons):
        return State.DONE
    begun = any(lesson.state != State.NEW for lesson in lessons)
    if begun or (quiz and (quiz.attempts or quiz.open_attempt)):
        return State.STARTED
    return State.NEW


def _with_next(modules: Sequence[ModuleRecord]) -> list[ModuleRecord]:
    """The first module that is new is the next one, once none is in progress: until then that one is."""
    if any(module.state == State.STARTED for module in modules):
        return list(modules)
    following = next((module for module in modules if module.state == State.NEW), None)
    return [
        ModuleRecord(**{**vars(module), "state": State.NEXT}) if module is following else module
        for module in modules
    ]


def _step(modules: Sequence[ModuleRecord]) -> Step | None:
    """Where one left off: the lesson or attempt opened last and not ended; else what comes next in order."""
    is_start = all(module.state in (State.NEW, State.COMING) for module in modules)
    begun: list[tuple[datetime, Step]] = []
    for module in modules:
        begun += [
            (lesson.seen_at, _lesson_step(lesson))
            for lesson in module.lessons
            if lesson.state == State.STARTED and lesson.seen_at
        ]
        if module.quiz and module.quiz.opened_at:
            begun.append((module.quiz.opened_at, _quiz_step(module, module.quiz)))
    if begun:
        return max(begun, key=lambda one: one[0])[1]
    for module in modules:
        for lesson in module.lessons:
            if lesson.state == State.NEW:
                return _lesson_step(lesson, is_start=is_start)
        if module.lessons and module.quiz and not module.quiz.attempts:
            return _quiz_step(module, module.quiz)
    return None


def _lesson_step(lesson: LessonRecord, *, is_start: bool = False) -> Step:
    return Step(f"{lesson.number} {lesson.title}", lesson.url, is_start=is_start)


def _quiz_step(module: ModuleRecord, quiz: Quiz) -> Step:
    title = _("Quiz of module %(number)s, %(title)s") % {"number": module.number, "title": module.title}
    return Step(title, quiz.url, is_quiz=True)


def _activity(person: User | AnonymousUser) -> list[Day]:
    """The last weeks, day by day in the reader's time zone."""
    today = timezone.localdate()
    first = today - timedelta(days=7 * WEEKS - 1)
    since = timezone.make_aware(datetime.combine(first, time.min))
    submitted = Attempt.objects.filter(status=AttemptStatus.SUBMITTED, is_practice=False)
    counted = {
        "answers": _by_day(_own(LessonAnswer.objects.all(), person), "created_at", since),
        "lessons": _by_day(_own(LessonState.objects.all(), person), "done_at", since),
        "quizzes": _by_day(_own(submitted.filter(sitting=Sitting.QUIZ), person), "submitted_at", since),
        "tests": _by_day(_own(submitted.exclude(sitting=Sitting.QUIZ), person), "submitted_at", since),
        "reviews": _by_day(_own(Review.objects.all(), person), "answered_at", since),
    }
    days = (first + timedelta(days=place) for place in range(7 * WEEKS))
    return [Day(day, **{what: found.get(day, 0) for what, found in counted.items()}) for day in days]


def _by_day(rows: QuerySet[Any], moment: str, since: datetime) -> Mapping[date, int]:
    counted: Iterable[tuple[date, int]] = (
        rows.filter(**{f"{moment}__gte": since})
        .order_by()
        .annotate(day=TruncDate(moment))
        .values("day")
        .annotate(count=Count("pk"))
        .values_list("day", "count")
    )
    return dict(counted)
