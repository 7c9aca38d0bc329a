"""Writes to the course: drafts and versions of lessons, and how far each person is."""

import hashlib
import json
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.db.models import Max
from django.utils import timezone

import attention_core
from camp.accounts.models import User
from camp.accounts.services import moves_rows, owner_locked
from camp.courses import allowance
from camp.courses.blocks import Unfit
from camp.courses.document import Document, document_of, twin_faults
from camp.courses.models import Lesson, LessonState, LessonVersion, Origin
from camp.courses.pieces import Source, read_source

Sources = Mapping[str, str]
RECIPE = (
    2  # one more when the same text is made into something else, so that `loadcourse` makes versions anew
)
LANGUAGES = tuple(code for code, _name in settings.LANGUAGES)


# What is made of published lessons, and has to follow them. Apps above register here, which the course cannot know.
_followers: list[Callable[[Lesson], None]] = []


def follows_publishing(follower: Callable[[Lesson], None]) -> Callable[[Lesson], None]:
    """Decorator: called with a lesson in the transaction that publishes it."""
    _followers.append(follower)
    return follower


class Refused(Exception):
    """A lesson's texts cannot be published. `faults`: each with the language of its text."""

    def __init__(self, faults: list[tuple[str, Unfit]]) -> None:
        super().__init__("; ".join(f"{language}:{fault.line}: {fault.message}" for language, fault in faults))
        self.faults = faults


@dataclass(frozen=True)
class Made:
    """The texts of a lesson, and what they became in each language."""

    sources: Sources
    documents: Mapping[str, Document]


def digest_of(sources: Sources) -> str:
    """The name of these texts, in whatever order the languages come."""
    named = json.dumps([RECIPE, sorted(sources.items())], ensure_ascii=False)
    return hashlib.sha256(named.encode()).hexdigest()


def documents_of(sources: Sources, known_sources: Collection[str] | None) -> dict[str, Document]:
    """The documents of every language.

    Raises:
        Refused: with every fault that can be told at once, at most one a language and one a difference of twins.
    """
    read: dict[str, Source] = {}
    made: dict[str, Document] = {}
    faults: list[tuple[str, Unfit]] = []
    for language in LANGUAGES:
        try:
            with allowance.shared():
                read[language] = read_source(sources.get(language, ""))
                made[language] = document_of(read[language], language, known_sources)
        except Unfit as wrong:
            faults.append((language, wrong))
    if len(read) > 1:
        faults += twin_faults(read)
    if faults:
        raise Refused(faults)
    return made


def lesson_make(sources: Sources, known_sources: Collection[str] | None = None) -> Made:
    """Read and compute everything. It may take a second, so no transaction is to be open: learners could not save.

    Raises:
        Refused: as `documents_of`.
    """
    sources = {language: sources.get(language, "") for language in LANGUAGES}
    return Made(sources, documents_of(sources, known_sources))


@transaction.atomic
def lesson_publish(
    *, lesson: Lesson, made: Made, by: User | None, origin: Origin = Origin.EDITED
) -> LessonVersion:
    """Make these texts what learners read: a new version, unless the published one was made of the very same."""
    lesson = Lesson.objects.select_for_update(no_key=True).get(pk=lesson.pk)
    digest = digest_of(made.sources)
    version = lesson.published
    if version is None or version.digest != digest or version.origin != origin:
        last = lesson.versions.aggregate(last=Max("number"))["last"] or 0
        version = LessonVersion(
            lesson=lesson, number=last + 1, origin=origin, digest=digest, sources=made.sources,
            documents=made.documents, core_version=attention_core.__version__, created_by=by,
        )  # fmt: skip
        version.full_clean()
        version.save()
    lesson.published, lesson.sources = version, dict(made.sources)
    lesson.order = documents_order(version)
    if origin == Origin.SHIPPED:
        lesson.shipped_digest, lesson.edited_at = digest, None
    else:
        lesson.edited_at = None if digest == lesson.shipped_digest else timezone.now()
    lesson.save()
    for follower in _followers:
        follower(lesson)
    return version


def has_draft(lesson: Lesson) -> bool:
    """Whether its texts differ from what learners read."""
    return lesson.published is None or digest_of(lesson.sources) != lesson.published.digest


def documents_order(version: LessonVersion) -> int:
    """Twins share it, so any language tells."""
    return int(next(iter(version.documents.values()))["order"])


def lesson_draft_save(*, lesson: Lesson, sources: Sources) -> Lesson:
    """Keep texts as they are being edited; learners go on reading what is published."""
    sources = {language: sources.get(language, "") for language in LANGUAGES}
    if sources != lesson.sources:
        lesson.sources = sources
        lesson.edited_at = None if digest_of(sources) == lesson.shipped_digest else timezone.now()
        lesson.save(update_fields=["sources", "edited_at"])
    return lesson


@transaction.atomic
def lesson_seen(*, owner: User, lesson: Lesson) -> LessonState:
    """They opened it, now.

    Raises:
        camp.accounts.services.OwnerGone: nobody to keep it for; so do the two below.
    """
    owner = owner_locked(owner)
    state, is_new = LessonState.objects.get_or_create(owner=owner, lesson=lesson)
    if not is_new:
        state.save(update_fields=["seen_at"])
    return state


@transaction.atomic
def place_set(*, owner: User, lesson: Lesson, place: str) -> LessonState:
    """The heading or block they saw last."""
    state, _is_new = LessonState.objects.update_or_create(
        owner=owner_locked(owner), lesson=lesson, defaults={"place": place}
    )
    return state


@transaction.atomic
def lesson_done(*, owner: User, lesson: Lesson) -> LessonState:
    """They are through with it; the first time counts."""
    state = lesson_seen(owner=owner, lesson=lesson)
    if state.done_at is None:
        state.done_at = timezone.now()
        state.save(update_fields=["done_at", "seen_at"])
    return state


@moves_rows
def _states_move(guest: User, account: User) -> None:
    """Where both have been in a lesson, it was begun when the first began, and the later place holds."""
    own = {state.lesson_id: state for state in LessonState.objects.filter(owner=account)}
    for state in LessonState.objects.filter(owner=guest):
        kept = own.get(state.lesson_id)
        if kept is None:
            LessonState.objects.filter(pk=state.pk).update(owner=account)
            continue
        LessonState.objects.filter(pk=kept.pk).update(
            place=state.place if state.place and state.seen_at > kept.seen_at else kept.place,
            started_at=min(state.started_at, kept.started_at),
            seen_at=max(state.seen_at, kept.seen_at),
            done_at=_first(state.done_at, kept.done_at),
        )


def _first(*moments: datetime | None) -> datetime | None:
    return min((moment for moment in moments if moment is not None), default=None)
