"""Writes of the index: it follows what is published, and `loadcourse` mends it wherever it does not."""

import hashlib
import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from django.db import transaction

from camp.courses import glossary
from camp.courses.loading import Report, Write, loads
from camp.courses.models import Lesson, LessonVersion
from camp.courses.services import follows_publishing
from camp.search.models import Entry, Posting
from camp.search.plain_text import plain, sections
from camp.search.words import indexed

RECIPE = 1  # one more when the same course is indexed differently, so that `loadcourse` makes the index anew
_TITLE, _HEADING, _OF_LESSON = 12, 6, 1
_MOST_OF_TEXT = 4
_LONGEST_TITLE = 255
_ROWS_AT_ONCE = 500


@follows_publishing
@transaction.atomic
def lesson_index(lesson: Lesson) -> None:
    """Index what learners read of it now; nothing where it is not published."""
    Entry.objects.filter(lesson=lesson).delete()
    if lesson.published is not None:
        _write(_of_lesson(lesson, lesson.published))


@transaction.atomic
def glossary_index() -> None:
    Entry.objects.exclude(term="").delete()
    _write(_of_glossary())


@loads
def _load_index(folder: Path, report: Report) -> Write:
    """A lesson may have been withdrawn, and the glossary is a file: of a folder without one the index has no terms."""
    has_glossary = (folder / glossary.FILE).exists()

    def write() -> None:
        index_mend(with_glossary=has_glossary)

    return write


def index_mend(*, with_glossary: bool = True) -> int:
    """Index whatever the index does not have as it is published; how many lessons that were, the glossary as one."""
    current = {
        _version_name(lesson.published): lesson
        for lesson in Lesson.objects.filter(published__isnull=False).select_related("published")
        if lesson.published is not None
    }
    known = set(Entry.objects.values_list("made_of", flat=True).distinct())
    Entry.objects.exclude(made_of__in=[*current, _glossary_name()]).delete()
    missing = [lesson for name, lesson in current.items() if name not in known]
    for lesson in missing:
        lesson_index(lesson)
    if with_glossary and glossary.terms() and _glossary_name() not in known:
        glossary_index()
        return len(missing) + 1
    return len(missing)


def _version_name(version: LessonVersion) -> str:
    return f"{RECIPE} lesson {version.pk}"


def _glossary_name() -> str:
    listed = "\n".join(map(repr, glossary.terms().values()))
    return f"{RECIPE} glossary {hashlib.sha256(listed.encode()).hexdigest()}"


def _of_lesson(lesson: Lesson, version: LessonVersion) -> Iterator[tuple[Entry, Mapping[str, int]]]:
    for language, document in version.documents.items():
        title = plain(document["title"])[:_LONGEST_TITLE]
        for section in sections(document, language):
            heading, text = " ".join(section.heading.split())[:_LONGEST_TITLE], section.text
            entry = Entry(
                language=language, lesson=lesson, place=section.place, title=title, heading=heading, text=text,
                made_of=_version_name(version),
            )  # fmt: skip
            yield (
                entry,
                _weights((title, _OF_LESSON if section.place else _TITLE), (heading, _HEADING), text=text),
            )


def _of_glossary() -> Iterator[tuple[Entry, Mapping[str, int]]]:
    """In each language under both names, for a reader may know either."""
    name = _glossary_name()
    for term in glossary.terms().values():
        for language, title in term.names.items():
            twin = next(other for code, other in term.names.items() if code != language)
            text = term.definitions[language]
            entry = Entry(
                language=language,
                term=term.id,
                place=term.id,
                title=title,
                heading=twin,
                text=text,
                made_of=name,
            )
            yield entry, _weights((title, _TITLE), (twin, _TITLE), text=text)


def _weights(*titles: tuple[str, int], text: str) -> dict[str, int]:
    """What each word weighs; in a text a word that returns weighs more, but soon no more than that."""
    found: dict[str, int] = {}
    for title, weight in titles:
        for word in {one.text for one in indexed(title)}:
            found[word] = found.get(word, 0) + weight
    for word, times in Counter(one.text for one in indexed(text)).items():
        found[word] = found.get(word, 0) + min(1 + int(math.log2(times)), _MOST_OF_TEXT)
    return found


def _write(made: Iterable[tuple[Entry, Mapping[str, int]]]) -> None:
    found = list(made)
    Entry.objects.bulk_create([entry for entry, _weights in found], batch_size=_ROWS_AT_ONCE)
    postings = (
        Posting(word=word, entry=entry, weight=weight)
        for entry, weights in found
        for word, weight in weights.items()
    )
    Posting.objects.bulk_create(postings, batch_size=_ROWS_AT_ONCE)
