"""What becomes of a vision Transformer's answers when its attention is changed or its patches are hidden."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from attention_core.backend import tf
from attention_core.models.vision import UNCHANGED, Change, Sizes, as_patches, forward, rollout

Array = np.ndarray[Any, Any]

DRAWS = 3  # how often what is drawn at random is drawn


@dataclass(frozen=True, eq=False)
class Model:
    """A trained model."""

    sizes: Sizes
    parameters: Mapping[str, Array]

    @cached_property
    def _tensors(self) -> dict[str, Any]:
        """Made once: a model is asked some twenty times."""
        return {name: tf.constant(array) for name, array in self.parameters.items()}

    def probabilities(self, pictures: Array, change: Change = UNCHANGED) -> Array:
        """(m, classes)."""
        return self.seen(pictures, change)[0]

    def seen(self, pictures: Array, change: Change = UNCHANGED) -> tuple[Array, Array | None]:
        """Probabilities (m, classes) and weights (m, layers, heads, tokens, tokens); the control has none."""
        logits, weights = forward(self.sizes, self._tensors, tf.constant(pictures), change)
        return tf.nn.softmax(logits).numpy(), None if weights is None else weights.numpy()


@dataclass(frozen=True, eq=False)
class Changed:
    """Shares of right answers.

    Attributes:
        right, control_right: (m) booleans, undisturbed, of the model and of the control.
        answers: (m) of the model, undisturbed.
        uniform, shuffled: with equal weights; with weights given to other tokens, the mean of a few draws.
        heads: (layers, heads), with this head removed.
        no_heads: with all heads removed.
        hidden: how many patches are hidden in each of the last three.
        most, random, ink: with those hidden that have the most rollout, those drawn at random, those with most ink.
    """

    right: Array
    control_right: Array
    answers: Array
    uniform: float
    shuffled: float
    heads: Array
    no_heads: float
    hidden: int
    most: float
    random: float
    ink: float

    @property
    def accuracy(self) -> float:
        return float(self.right.mean())

    @property
    def control(self) -> float:
        return float(self.control_right.mean())


def changed(
    model: Model, control: Model, pictures: Array, labels: Array, *, seed: int, told: Callable[[float], None]
) -> Changed:
    """Every change on all pictures; `told` hears the share that is done."""
    sizes = model.sizes
    generator = np.random.Generator(np.random.PCG64(seed))
    count, patches = len(pictures), sizes.grid**2
    hidden = patches // 4
    done, runs = 0, 5 + sizes.num_layers * sizes.num_heads + 2 * DRAWS

    def accuracy(change: Change) -> float:
        nonlocal done
        told(done / runs)
        done += 1
        return float(np.mean(model.probabilities(pictures, change).argmax(axis=1) == labels))

    def without(ranks: Array) -> float:
        """The patches that rank first hidden from all tokens; the class token stays."""
        kept = ranks.argsort(axis=1).argsort(axis=1) < patches - hidden
        return accuracy(Change(kept=np.concatenate([np.ones((count, 1), bool), kept], axis=1)))

    probabilities, weights = model.seen(pictures)
    assert weights is not None
    answers = probabilities.argmax(axis=1)
    all_heads = np.ones((sizes.num_layers, sizes.num_heads), np.float32)
    heads = np.empty(all_heads.shape)
    for place in np.ndindex(heads.shape):
        gate = all_heads.copy()
        gate[place] = 0
        heads[place] = accuracy(Change(head_gate=gate))
    every = np.tile(np.arange(sizes.num_tokens), (count, 1))
    shuffled = [accuracy(Change("shuffled", order=generator.permuted(every, axis=1))) for _ in range(DRAWS)]
    random = [without(generator.random((count, patches))) for _ in range(DRAWS)]
    return Changed(
        right=answers == labels,
        control_right=control.probabilities(pictures).argmax(axis=1) == labels,
        answers=answers,
        uniform=accuracy(Change("uniform")),
        shuffled=float(np.mean(shuffled)),
        heads=heads,
        no_heads=accuracy(Change(head_gate=0 * all_heads)),
        hidden=hidden,
        most=without(rollout(weights)[:, 0, 1:]),
        random=float(np.mean(random)),
        ink=without(as_patches(pictures, sizes.patch).sum(axis=-1)),
    )
