"""Where a text has the words that were asked for: a stretch of it, with them marked."""

from collections.abc import Collection, Sequence

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from camp.search.words import Word, indexed

_LENGTH = {"zh-hans": 90}
_USUAL_LENGTH = 200
_LEAD = 0.25  # of the stretch, before the first word


def marked(text: str, words: Collection[str]) -> SafeString:
    """The whole text, each of the words in it marked."""
    return _marked(text, _spans(_met(text, words), 0, len(text)))


def excerpt(text: str, words: Collection[str], language: str) -> SafeString:
    """The stretch in which most of the words stand; the beginning where none does."""
    length = _LENGTH.get(language, _USUAL_LENGTH)
    met = _met(text, words)
    start, end = _stretch(text, met, length)
    cut = _marked(text[start:end], _spans(met, start, end))
    return format_html("{}{}{}", "…" if start else "", cut, "…" if end < len(text) else "")


def _met(text: str, words: Collection[str]) -> list[Word]:
    return [word for word in indexed(text) if word.text in words]


def _stretch(text: str, met: Sequence[Word], length: int) -> tuple[int, int]:
    def worth(place: int) -> int:
        within = (word for word in met[place:] if word.start < met[place].start + length * (1 - _LEAD))
        return len({word.text for word in within})

    if not met or len(text) <= length:
        return 0, _word_end(text, length)
    first = met[max(range(min(len(met), 200)), key=lambda place: (worth(place), -place))]
    start = max(0, first.start - int(length * _LEAD))
    if start:  # at a word's beginning, where the language has spaces
        space = text.rfind(" ", start, first.start)
        start = text.find(" ", start, first.start) + 1 if space >= 0 else start
    return start, _word_end(text, start + length)


def _word_end(text: str, end: int) -> int:
    if end >= len(text):
        return len(text)
    space = text.rfind(" ", end - 20, end)
    return space if space > 0 else end


def _spans(met: Sequence[Word], start: int, end: int) -> list[tuple[int, int]]:
    """From `start` on, neighbours and pairs that overlap as one."""
    spans: list[tuple[int, int]] = []
    for word in met:
        if not start <= word.start < word.end <= end:
            continue
        first, last = word.start - start, word.end - start
        if spans and first <= spans[-1][1]:
            spans[-1] = (spans[-1][0], max(last, spans[-1][1]))
        else:
            spans.append((first, last))
    return spans


def _marked(text: str, spans: Sequence[tuple[int, int]]) -> SafeString:
    ends = [0, *(end for _start, end in spans)]
    pieces = [(text[end:first], text[first:last]) for end, (first, last) in zip(ends, spans, strict=False)]
    return format_html("{}{}", format_html_join("", "{}<mark>{}</mark>", pieces), text[ends[-1] :])
