"""Labelled texts made ready for a small model: tokens, a vocabulary, numbers, and what is held out.

>>> [token.text for token in tokens_of("The soup was SALTY.")]
['the', 'soup', 'was', 'salty']
>>> [token.text for token in tokens_of("汤很咸。")]
['汤', '汤很', '很', '很咸', '咸']
"""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

Array = np.ndarray[Any, Any]
FOLDER = Path(__file__).parent / "data"
LANGUAGES = ("en", "zh-hans")
# What of a text comes after so many tokens is not read.
MAX_TOKENS = 200
PADDING, UNKNOWN = 0, 1
HELD_OUT_SHARE = 0.2

# Chinese and Japanese are written without spaces; every other script is taken to have them.
_UNSPACED = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_RUNS = re.compile(rf"([{_UNSPACED}]+)|((?:(?![{_UNSPACED}])[^\W_])+(?:['’](?:(?![{_UNSPACED}])[^\W_])+)*)")


class Token(NamedTuple):
    """A token as the model reads it, and its place in the text: text[start:end]."""

    text: str
    start: int
    end: int


def tokens_of(text: str) -> tuple[Token, ...]:
    """The first tokens of a text: words in lower case; where no spaces are written, characters and pairs of them.

    A Chinese word has mostly two characters, so most words are among the pairs; the single characters are there for
    words that training has not met. A word list would need a dictionary, and would cut some sentences wrongly.
    """
    found: list[Token] = []
    for run in _RUNS.finditer(text):
        start, end = run.span()
        if run[1] is None:
            found.append(Token(run[0].lower().replace("’", "'"), start, end))
        else:
            for place in range(start, min(end, start + MAX_TOKENS)):
                found.append(Token(text[place], place, place + 1))
                if place + 1 < end:
                    found.append(Token(text[place : place + 2], place, place + 2))
        if len(found) >= MAX_TOKENS:
            break
    return tuple(found[:MAX_TOKENS])


def without(text: str, tokens: Iterable[Token]) -> str:
    """The text with a space in place of these tokens."""
    characters = list(text)
    for token in tokens:
        characters[token.start : token.end] = " " * (token.end - token.start)
    return "".join(characters)


@dataclass(frozen=True)
class Vocabulary:
    """Tokens by number; 0 is padding, 1 every token that is not among them."""

    words: tuple[str, ...]

    @property
    def size(self) -> int:
        return len(self.words) + 2

    def numbers(self, texts: Sequence[str]) -> Array:
        """(texts, most tokens) numbers, padded at the end; at least one column."""
        index = {word: number for number, word in enumerate(self.words, start=2)}
        rows = [[index.get(token.text, UNKNOWN) for token in tokens_of(text)] for text in texts]
        numbers = np.full((len(rows), max([1, *map(len, rows)])), PADDING, dtype=np.int32)
        for row, found in zip(numbers, rows, strict=True):
            row[: len(found)] = found
        return numbers


def vocabulary_of(texts: Sequence[str], most: int) -> Vocabulary:
    """The tokens that at least two texts have, the most frequent first, ties in the order of the alphabet."""
    counts = Counter(word for text in texts for word in {token.text for token in tokens_of(text)})
    ranked = sorted((-count, word) for word, count in counts.items() if count > 1)
    return Vocabulary(tuple(word for _count, word in ranked[:most]))


@dataclass(frozen=True, eq=False)
class Sentences:
    """Labelled texts, divided.

    Attributes:
        labels: the names; the numbers below are places in it.
        train, held_out: texts.
        train_labels, held_out_labels: numbers.
        kinds: of the held-out texts, "" where nothing is known.
    """

    labels: tuple[str, ...]
    train: tuple[str, ...]
    train_labels: Array
    held_out: tuple[str, ...]
    held_out_labels: Array
    kinds: tuple[str, ...]


@cache
def built_in(language: str) -> Sentences:
    """The short reviews of the repository (data/make_reviews.py says what they are)."""
    with (FOLDER / f"reviews.{language}.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    labels = tuple(dict.fromkeys(row["label"] for row in rows))
    parts = [[row for row in rows if row["split"] == split] for split in ("train", "held-out")]
    train, held_out = ([row["text"] for row in part] for part in parts)
    numbers = [np.array([labels.index(row["label"]) for row in part], dtype=np.int32) for part in parts]
    kinds = tuple(row["kind"] for row in parts[1])
    return Sentences(labels, tuple(train), numbers[0], tuple(held_out), numbers[1], kinds)


def distinct(rows: Sequence[tuple[str, str]]) -> dict[str, list[str]]:
    """The texts of each label, in their order, every text once: the first label given to it counts."""
    labels: dict[str, str] = {}
    for text, label in rows:
        labels.setdefault(text, label)
    by_label: dict[str, list[str]] = {}
    for text, label in labels.items():
        by_label.setdefault(label, []).append(text)
    return by_label


def divided(rows: Sequence[tuple[str, str]], seed: int) -> Sentences:
    """A fifth of every label's texts held out, drawn by the seed; no text is on both sides.

    Every label needs two different texts.
    """
    by_label = distinct(rows)
    chance = np.random.Generator(np.random.PCG64(seed))
    train: list[tuple[str, int]] = []
    held_out: list[tuple[str, int]] = []
    for number, texts in enumerate(by_label.values()):
        order = chance.permutation(len(texts))
        cut = max(1, round(HELD_OUT_SHARE * len(texts)))
        held_out += [(texts[place], number) for place in order[:cut]]
        train += [(texts[place], number) for place in order[cut:]]
    return Sentences(
        labels=tuple(by_label),
        train=tuple(text for text, _number in train),
        train_labels=np.array([number for _text, number in train], dtype=np.int32),
        held_out=tuple(text for text, _number in held_out),
        held_out_labels=np.array([number for _text, number in held_out], dtype=np.int32),
        kinds=("",) * len(held_out),
    )
