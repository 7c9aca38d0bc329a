"""Reads of the course: what is published, and how far a person is."""

from collections.abc import Mapping

from django.conf import settings
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db.models import Count, Q, QuerySet
from django.db.models.fields.json import KeyTextTransform, KeyTransform
from django.http import HttpRequest
from django.utils.translation import get_language

from camp.accounts.models import User
from camp.courses.models import Lesson, LessonState, Module

OTHER = KeyTransform(
    settings.LANGUAGE_CODE, "published__documents"
)  # the document in the camp's own language


def modules() -> QuerySet[Module]:
    """Every module in order, also those whose lessons are still to come."""
    return Module.objects.all()


def modules_offered() -> tuple[int, int]:
    """How many modules have lessons already, and how many there will be."""
    found = Module.objects.aggregate(
        here=Count("pk", filter=Q(pk__in=Lesson.objects.filter(published__isnull=False).values("module"))),
        all=Count("pk"),
    )
    return found["here"], found["all"]


def lessons() -> QuerySet[Lesson]:
    """Published lessons in the order of the course."""
    found = Lesson.objects.filter(published__isnull=False).select_related("module", "published")
    return found.order_by("module__number", "order", "slug")


def lessons_by_title() -> QuerySet[Lesson]:
    """Published lessons in the order of the course, with the fields `own_title` and `other_title`.

    The first is in the reader's language, the second in the camp's own. Of a document only what is named is read: the
    whole is a page of text.
    """
    own = KeyTransform(get_language() or settings.LANGUAGE_CODE, "published__documents")
    return (
        Lesson.objects.filter(published__isnull=False)
        .order_by("module__number", "order", "slug")
        .annotate(own_title=KeyTextTransform("title", own), other_title=KeyTextTransform("title", OTHER))
    )


def lessons_of(module: Module) -> QuerySet[Lesson]:
    return lessons().filter(module=module)


def lesson(module_slug: str, slug: str) -> Lesson | None:
    """The published lesson of that address."""
    return lessons().filter(module__slug=module_slug, slug=slug).first()


def lesson_of_task(task: str) -> Lesson | None:
    """The published lesson about a task of the lab, which is called as the task is."""
    return lessons().filter(slug=task.replace("_", "-")).first()


def neighbours(lesson: Lesson) -> tuple[Lesson | None, Lesson | None]:
    """The lessons before and after it, over the borders of modules."""
    order = list(lessons().values_list("pk", flat=True))
    place = order.index(lesson.pk)
    wanted = {
        pk for pk in (order[place - 1] if place else None, *order[place + 1 : place + 2]) if pk is not None
    }
    found = {one.pk: one for one in lessons().filter(pk__in=wanted)}
    return (found.get(order[place - 1]) if place else None), next(
        (found[pk] for pk in order[place + 1 : place + 2]), None
    )


def visitor(request: HttpRequest) -> User | None:
    """The account or guest behind the request, if it is one already."""
    return request.user if isinstance(request.user, User) else None


def state_of(owner: User | None, lesson: Lesson) -> LessonState | None:
    return LessonState.objects.filter(owner=owner, lesson=lesson).first() if owner else None


def states_of(owner: User | None) -> Mapping[int, LessonState]:
    """How far the person is with each lesson, by the lesson's id."""
    return {one.lesson_id: one for one in LessonState.objects.filter(owner=owner)} if owner else {}


def last_editor(lesson: Lesson) -> str:
    """Who changed it last in the console, by the console's history; empty when that is not known."""
    kind = ContentType.objects.get_for_model(Lesson)
    entries = LogEntry.objects.filter(content_type=kind, object_id=str(lesson.pk), action_flag=CHANGE)
    entry = entries.select_related("user").order_by("-action_time").first()
    if entry is not None:
        return entry.user.get_username()
    version = lesson.published
    return version.created_by.get_username() if version and version.created_by else ""
