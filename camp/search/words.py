"""The words of a text, as they are indexed and as they are asked for.

Chinese is written without spaces, so each two neighbouring characters are a word, and each one too. Words of letters are
folded: width, case, accents and a plural's s do not matter; nor do the signs in names of code and of formulas.

>>> [word.text for word in indexed("Masks 掩码")]
['mask', '掩', '掩码', '码']
>>> asked("缩放点积"), asked("Scaled_dot_product"), asked("d_k") == asked("dₖ")
(['缩放', '放点', '点积'], ['scaled', 'dot', 'product'], True)
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

MOST_LETTERS = 64
_HAN = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_RUNS = re.compile(rf"(?P<han>[{_HAN}]+)|[^\W{_HAN}]+")
_NO_PLURAL = ("ss", "us", "is")
_SHORTEST_PLURAL = 4


@dataclass(frozen=True)
class Word:
    """A word and where it stands in its text."""

    text: str
    start: int
    end: int


def indexed(text: str) -> Iterator[Word]:
    """Every word by which a text is to be found, in order; the same one as often as it stands there."""
    for run in _RUNS.finditer(text):
        start, end = run.span()
        if run["han"]:
            for place in range(start, end):
                yield Word(text[place], place, place + 1)
                if place + 1 < end:
                    yield Word(text[place : place + 2], place, place + 2)
        else:
            yield from _names(run[0], start)


def asked(query: str) -> list[str]:
    """The words that a query asks for, each once. Of Chinese, pairs; a character only where it stands alone."""
    found: dict[str, None] = {}
    for run in _RUNS.finditer(query):
        if run["han"]:
            pairs = [run[0][place : place + 2] for place in range(len(run[0]) - 1)]
            found.update(dict.fromkeys(pairs or [run[0]]))
        else:
            found.update(dict.fromkeys(word.text for word in _names(run[0], 0)))
    return list(found)


def _names(run: str, start: int) -> Iterator[Word]:
    """`scaled_dot_product` is three words; `d_k`, whose parts alone say nothing, is one."""
    parts = [(part[0], part.start()) for part in re.finditer(r"[^_]+", run)]
    if len(parts) > 1 and any(len(part) == 1 for part, _place in parts):
        parts = [(run, 0)]
    for part, place in parts:
        word = fold(part.replace("_", ""))
        if word:
            yield Word(word[:MOST_LETTERS], start + place, start + place + len(part))


def fold(word: str) -> str:
    """Without what differs between spellings of one word."""
    plain = unicodedata.normalize("NFKD", word).casefold()
    plain = "".join(sign for sign in plain if not unicodedata.combining(sign))
    if len(plain) < _SHORTEST_PLURAL or not plain.endswith("s") or plain.endswith(_NO_PLURAL):
        return plain
    return f"{plain[:-3]}y" if plain.endswith("ies") and len(plain) > _SHORTEST_PLURAL else plain[:-1]
