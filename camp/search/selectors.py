"""Search: the entries that have all the words asked for, or the most of them; the likeliest first."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Count, Q, QuerySet, Sum
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.safestring import SafeString

from camp.search.excerpts import excerpt, marked
from camp.search.models import Entry, Posting
from camp.search.words import asked

MOST_CHARACTERS = 200
MOST_SHOWN = 20  # in each language
_MOST_OF_LESSON = 3
_LOOKED_AT = 200
# What is added where the query stands there word for word, or is all that stands there.
_IS_TITLE, _IN_TITLE, _IN_HEADING, _IN_TEXT = 40, 12, 8, 3


class TooLong(ValueError):
    """A query of more than MOST_CHARACTERS."""


class NoWords(ValueError):
    """A query without a letter, a digit or a Chinese character."""


@dataclass(frozen=True)
class Result:
    """One place of the course. `entry.lesson` is None for a term of the glossary."""

    entry: Entry
    words: Sequence[str]

    @property
    def address(self) -> str:
        if self.entry.lesson is None:
            return f"{reverse('glossary')}#{self.entry.term}"
        page = self.entry.lesson.get_absolute_url()
        return f"{page}#{self.entry.place}" if self.entry.place else page

    @cached_property
    def title(self) -> SafeString:
        """As `heading` and `excerpt`, HTML with what was asked for marked."""
        return marked(self.entry.title, self.words)

    @cached_property
    def heading(self) -> SafeString:
        return marked(self.entry.heading, self.words)

    @cached_property
    def excerpt(self) -> SafeString:
        return excerpt(self.entry.text, self.words, self.entry.language)


@dataclass(frozen=True)
class Found:
    """`own` in the reader's language, `others` in the other; `is_partial`: no place has all the words."""

    own: Sequence[Result]
    others: Sequence[Result]
    is_partial: bool
    is_more: bool


def search(query: str, language: str) -> Found:
    """What the course has on a query.

    Raises:
        TooLong, NoWords: there is nothing to ask for.
    """
    if len(query) > MOST_CHARACTERS:
        raise TooLong
    words = asked(query)
    if not words:
        raise NoWords
    scores, most = _scores(words)
    entries = Entry.objects.filter(pk__in=scores).select_related("lesson__module", "lesson__published")
    ranked = sorted(entries, key=lambda one: (-scores[one.pk] - _bonus(one, query), one.pk))
    own = _spread([one for one in ranked if one.language == language])
    places = {(one.lesson_id, one.place) for one in own}
    others = _spread(
        [one for one in ranked if one.language != language and (one.lesson_id, one.place) not in places]
    )
    return Found(
        own=[Result(one, words) for one in own[:MOST_SHOWN]],
        others=[Result(one, words) for one in others[:MOST_SHOWN]],
        is_partial=0 < most < len(words),
        is_more=len(own) > MOST_SHOWN or len(others) > MOST_SHOWN,
    )


def _published() -> QuerySet[Posting]:
    return Posting.objects.filter(Q(entry__lesson=None) | Q(entry__lesson__published__isnull=False))


def _scores(words: Sequence[str]) -> tuple[dict[int, int], int]:
    """By entry, of those that have the most of the words, and how many these have."""
    rows = _published().filter(word__in=words).order_by().values_list("entry")
    found = rows.annotate(matched=Count("pk"), score=Sum("weight")).order_by("-matched", "-score", "entry")
    best = list(found[:_LOOKED_AT])
    most = best[0][1] if best else 0
    return {entry: score for entry, matched, score in best if matched == most}, most


def _bonus(entry: Entry, query: str) -> int:
    said = " ".join(query.casefold().split())
    title, heading = entry.title.casefold(), entry.heading.casefold()
    names = (title, heading) if entry.lesson_id is None else (title,)
    found = _IS_TITLE if said in names and not (entry.lesson_id and entry.place) else 0
    if any(said in name for name in names) and not (entry.lesson_id and entry.place):
        found += _IN_TITLE
    if said in heading:
        found += _IN_HEADING
    return found + (_IN_TEXT if said in entry.text.casefold() else 0)


def _spread(ranked: Sequence[Entry]) -> list[Entry]:
    """At most a few places of one lesson, so that it does not hide the others."""
    counts: dict[int | None, int] = {}
    kept = []
    for one in ranked:
        counts[one.lesson_id] = counts.get(one.lesson_id, 0) + 1
        if one.lesson_id is None or counts[one.lesson_id] <= _MOST_OF_LESSON:
            kept.append(one)
    return kept
