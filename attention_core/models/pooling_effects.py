"""What becomes of a text classifier's answers when its weights are replaced, or words are deleted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from attention_core.labelled_texts import PADDING, Token, Vocabulary, tokens_of, without
from attention_core.models.pooling import Pooling

Array = np.ndarray[Any, Any]
SHUFFLES = 5
# A word must stand in so many sentences before it is said to be looked at often.
FEWEST = 3


def uniform(numbers: Array) -> Array:
    """(texts, n) equal weights over the tokens of each text."""
    real = numbers != PADDING
    return real / np.maximum(1, real.sum(axis=1, keepdims=True))


def shuffled(weights: Array, numbers: Array, chance: np.random.Generator) -> Array:
    """(texts, n) the weights of each text, dealt out anew among its tokens."""
    real = numbers != PADDING
    order = np.argsort(np.where(real, chance.random(numbers.shape), 2.0), axis=1)
    return np.where(real, np.take_along_axis(weights, order, axis=1), 0.0)


@dataclass(frozen=True)
class Deletion:
    """`count` words deleted from each text: what is left of the answers.

    Attributes:
        probability, probability_random: mean probability of the label answered for the whole text, after the most
            attended words or random ones are deleted.
        accuracy, accuracy_random: the share of right answers.
    """

    count: int
    probability: float
    probability_random: float
    accuracy: float
    accuracy_random: float


def deletions(
    model: Pooling, vocabulary: Vocabulary, texts: Sequence[str], labels: Array, *, most: int, seed: int
) -> tuple[float, list[Deletion]]:
    """The mean probability of the answers to the whole texts, and what 1 … `most` deletions do."""
    chance = np.random.Generator(np.random.PCG64([seed, 2]))
    numbers = vocabulary.numbers(texts)
    whole = model.probabilities(numbers)
    answers = whole.argmax(axis=1)
    weights = model.weights(numbers)
    attended, at_random = [], []
    for text, row in zip(texts, weights, strict=True):
        tokens = tokens_of(text)
        attended.append(_apart(tokens, np.argsort(-row[: len(tokens)], kind="stable"), most))
        at_random.append(_apart(tokens, chance.permutation(len(tokens)), most))
    found = []
    for count in range(1, most + 1):
        after = [
            model.probabilities(
                vocabulary.numbers(
                    [without(text, one[:count]) for text, one in zip(texts, chosen, strict=True)]
                )
            )
            for chosen in (attended, at_random)
        ]
        of_answer = [float(part[np.arange(len(answers)), answers].mean()) for part in after]
        right = [float((part.argmax(axis=1) == labels).mean()) for part in after]
        found.append(Deletion(count, *of_answer, *right))
    return float(whole.max(axis=1).mean()), found


def _apart(tokens: Sequence[Token], order: Array, most: int) -> list[Token]:
    """The first `most` tokens in this order that share no character; of pairs and of single characters alike."""
    chosen: list[Token] = []
    for place in order:
        token = tokens[place]
        if all(token.end <= other.start or other.end <= token.start for other in chosen):
            chosen.append(token)
        if len(chosen) == most:
            break
    return chosen


def one_less(model: Pooling, vocabulary: Vocabulary, text: str, label: int) -> Array:
    """(tokens) the probability of a label without each token of a text."""
    texts = [without(text, [token]) for token in tokens_of(text)]
    return model.probabilities(vocabulary.numbers(texts))[:, label]


def bright_but_idle(
    model: Pooling, vocabulary: Vocabulary, texts: Sequence[str], *, bright: float = 0.1, idle: float = 0.01
) -> int:
    """In how many texts a token with at least `bright` of the weight can be deleted at a cost below `idle`.

    The cost is what the answer's probability falls by.
    """
    numbers = vocabulary.numbers(texts)
    whole, weights = model.probabilities(numbers), model.weights(numbers)
    owners, shortened = [], []
    for owner, text in enumerate(texts):
        for token, weight in zip(tokens_of(text), weights[owner], strict=False):
            if weight >= bright:
                owners.append(owner)
                shortened.append(without(text, [token]))
    if not owners:
        return 0
    answers = whole.argmax(axis=1)[owners]
    after = model.probabilities(vocabulary.numbers(shortened))[np.arange(len(owners)), answers]
    fell = whole.max(axis=1)[owners] - after
    return len({owner for owner, cost in zip(owners, fell, strict=True) if cost < idle})


@dataclass(frozen=True)
class LookedAt:
    """A word and how it was looked at in many texts.

    Attributes:
        texts: how many have it.
        weight: its mean weight there.
        times: how many times an equal share of its text that is.
        label: the number of the label that the word alone would get.
    """

    word: str
    texts: int
    weight: float
    times: float
    label: int


def looked_at_most(model: Pooling, vocabulary: Vocabulary, numbers: Array, most: int) -> list[LookedAt]:
    """The known words with the largest weights, measured in equal shares."""
    weights = model.weights(numbers)
    shares = weights * (numbers != PADDING).sum(axis=1, keepdims=True)
    counts = np.bincount(numbers.ravel(), minlength=vocabulary.size)
    sums = [np.bincount(numbers.ravel(), one.ravel(), minlength=vocabulary.size) for one in (weights, shares)]
    mean_weight, mean_share = (one / np.maximum(1, counts) for one in sums)
    alone = model.probabilities(np.arange(vocabulary.size)[:, None]).argmax(axis=1)
    in_texts = np.array(
        [0, 0, *((numbers == number).any(axis=1).sum() for number in range(2, vocabulary.size))]
    )
    known = [number for number in range(2, vocabulary.size) if in_texts[number] >= FEWEST]
    ranked = sorted(known, key=lambda number: (-mean_share[number], number))[:most]
    return [
        LookedAt(
            vocabulary.words[number - 2],
            int(in_texts[number]),
            float(mean_weight[number]),
            float(mean_share[number]),
            int(alone[number]),
        )
        for number in ranked
    ]
