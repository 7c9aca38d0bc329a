"""How far the embedding of a sentence moves when its attention is disturbed, or a token is left out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from attention_core.models.minilm import NUM_HEADS, NUM_LAYERS, MiniLM, sentence_embedding

Array = np.ndarray[Any, Any]
Head = tuple[int, int]

ALL_HEADS = tuple((layer, head) for layer in range(NUM_LAYERS) for head in range(NUM_HEADS))
# In texts of so many tokens each head and each token is removed alone; in longer ones some of them are.
ALL_UP_TO = 48
OTHERS = 8
DRAWS = 8
# What one call computes at once: enough to be quick, and little enough to be cancelled soon and to fit in memory.
_TOKENS_AT_ONCE = 1280
_WEIGHTS_AT_ONCE = 2**22


def nothing(passes: int) -> None:
    """Nobody counts the passes."""


def without(heads: Iterable[Head]) -> Array:
    """Return the gate (layers, heads) that removes these heads, each (layer, head) from 0.

    >>> int(without([(0, 3), (5, 11)]).sum())
    70
    """
    gate = np.ones((NUM_LAYERS, NUM_HEADS))
    for head in heads:
        gate[head] = 0
    return gate


def moved(embedding: Array, others: Array) -> Array:
    """Return 1 − cosine of embeddings of length 1 with another one: 0 where they point the same way.

    >>> moved(np.array([1.0, 0.0]), np.array([[1.0, 0.0], [0.0, 1.0]])).tolist()
    [0.0, 1.0]

    Shapes: embedding (d), others (…, d) → (…).
    """
    cosine = np.asarray(others, np.float64) @ np.asarray(embedding, np.float64)
    return np.maximum(0.0, 1 - cosine)


@dataclass(frozen=True, eq=False)
class Disturbed:
    """One text through the model, again and again.

    Attributes:
        model: the model.
        ids: of the text's tokens, n of them.
        on_passes: hears after each call how many passes it made; may raise to cancel.
    """

    model: MiniLM
    ids: Sequence[int]
    on_passes: Callable[[int], None] = nothing

    def gated(self, gates: Array) -> Array:
        """The embeddings (count, 384) under each of the gates (count, layers, heads)."""
        return self._embeddings(np.tile(self.ids, (len(gates), 1)), gates, None)

    def uniform(self) -> Array:
        """The embedding when every weight of every head is 1 / n."""
        places = np.zeros((1, NUM_LAYERS, len(self.ids)), np.int32)
        return self._embeddings(np.array([self.ids]), None, places)[0]

    def shuffled(self, generator: np.random.Generator, draws: int) -> Array:
        """The embeddings (draws, 384) when each layer's weights go to the values in a drawn order."""
        n = len(self.ids)
        places = np.array([[generator.permutation(n) for _ in range(NUM_LAYERS)] for _ in range(draws)])
        return self._embeddings(np.tile(self.ids, (draws, 1)), None, places)

    def deleted(self, places: Sequence[int]) -> Array:
        """The embeddings (count, 384) of the text without the token at each of the places."""
        rows = [[*self.ids[:place], *self.ids[place + 1 :]] for place in places]
        return self._embeddings(np.array(rows), None, None)

    def _embeddings(self, ids: Array, gates: Array | None, places: Array | None) -> Array:
        count, n = ids.shape
        at_once = min(_TOKENS_AT_ONCE // n, _WEIGHTS_AT_ONCE // (len(ALL_HEADS) * n * n))
        found = []
        for start in range(0, count, max(1, at_once)):
            part = slice(start, start + max(1, at_once))
            encoded = self.model.encoder.encode(
                ids[part],
                head_gate=None if gates is None else gates[part],
                keys_from=None if places is None else places[part],
            )
            embedded = sentence_embedding(encoded.hidden, np.ones(ids[part].shape, dtype=bool))
            found.append(embedded.numpy())
            self.on_passes(len(found[-1]))
        return np.concatenate(found)


@dataclass(frozen=True, eq=False)
class Study:
    """How far the embedding of one text of n tokens moves under each disturbance; NaN where it was not measured.

    Attributes:
        embedding: undisturbed, of length 1.
        received: (n) the weight that each token gets, undisturbed, in the mean over layers, heads and queries.
        uniform, shuffled, none: all weights 1 / n; shuffled, the mean of the draws; all 72 heads removed.
        layers: (layers), all heads of one layer removed.
        heads: (layers, heads), that head alone removed.
        tokens: (n), that token left out; never [CLS] and [SEP].
    """

    embedding: Array
    received: Array
    uniform: float
    shuffled: float
    none: float
    layers: Array
    heads: Array
    tokens: Array


def num_passes(n: int) -> int:
    """How many times a study of n tokens runs the model, at most."""
    heads, deleted = (len(ALL_HEADS), n - 2) if n <= ALL_UP_TO else (NUM_HEADS, 1 + OTHERS)
    return 2 + NUM_LAYERS + heads + 1 + DRAWS + deleted


def study(disturbed: Disturbed, attention: Array, generator: np.random.Generator) -> Study:
    """Disturb the attention of one text in every way that is known here.

    Args:
        attention: (layers, heads, n, n) of the text, undisturbed.
        generator: draws the shuffles, and the tokens left out of a long text.
    """
    n = len(disturbed.ids)
    received = attention.astype(np.float64).mean(axis=(0, 1, 2))
    whole = [[(layer, head) for head in range(NUM_HEADS)] for layer in range(NUM_LAYERS)]
    gates = [without(()), without(ALL_HEADS), *map(without, whole)]
    embedding, none, *layers = disturbed.gated(np.array(gates))
    by_layer = moved(embedding, np.array(layers))
    heads = np.full((NUM_LAYERS, NUM_HEADS), np.nan)
    # In a long text each head alone would take a minute: those of the layer that matters most must do.
    alone = ALL_HEADS if n <= ALL_UP_TO else whole[int(by_layer.argmax())]
    changes = moved(embedding, disturbed.gated(np.array([without([head]) for head in alone])))
    for head, change in zip(alone, changes, strict=True):
        heads[head] = change
    uniform = moved(embedding, disturbed.uniform())
    shuffled = moved(embedding, disturbed.shuffled(generator, DRAWS)).mean()
    tokens = np.full(n, np.nan)
    places = _left_out(received, generator)
    if n > 3:  # a text of one token would be empty without it
        tokens[places] = moved(embedding, disturbed.deleted(places))
    return Study(
        embedding=embedding,
        received=received,
        uniform=float(uniform),
        shuffled=float(shuffled),
        none=float(moved(embedding, none)),
        layers=by_layer,
        heads=heads,
        tokens=tokens,
    )


def most_weighted(received: Array) -> int:
    """Return the place of the token with the most weight, [CLS] and [SEP] aside."""
    return 1 + int(received[1:-1].argmax())


def _left_out(received: Array, generator: np.random.Generator) -> list[int]:
    n, top = len(received), most_weighted(received)
    others = [place for place in range(1, n - 1) if place != top]
    if n > ALL_UP_TO:
        others = sorted(generator.choice(others, OTHERS, replace=False).tolist())
    return [top, *others]
