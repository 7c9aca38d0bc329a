"""Training of the small vision Transformer: Adam on all parameters as one vector, the same for a seed."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from attention_core.backend import tf
from attention_core.models.vision import Sizes, first_parameters, forward

Array = np.ndarray[Any, Any]

HIGHEST_RATE = 4e-3
SLOW_START = 0.1  # the share of the steps in which the rate rises
DECAY = 0.05  # of matrices, as in AdamW
SMOOTHING = 0.05  # of the labels
MOMENT, SECOND_MOMENT, EPSILON = 0.9, 0.98, 1e-8


class Training:
    """One model on its way: `step` after `step`, then `parameters`."""

    def __init__(self, sizes: Sizes, *, seed: int, steps: int) -> None:
        self.sizes = sizes
        self._steps = steps
        self._done = 0
        self._shapes = sizes.shapes()
        first = first_parameters(sizes, seed)
        flat = np.concatenate([first[name].ravel() for name in self._shapes])
        decayed = [
            np.full(math.prod(s), float(len(s) == 2 and n != "position")) for n, s in self._shapes.items()
        ]
        self._decay = tf.constant(np.concatenate(decayed) * DECAY, tf.float32)
        self._flat = tf.constant(flat)
        self._moments = (tf.zeros_like(self._flat), tf.zeros_like(self._flat))
        # Nothing here needs Python's own "if" and "for" translated, which takes longer than all the rest of tracing.
        self._graph = tf.function(self._updated, autograph=False)
        self._answers = tf.function(
            lambda flat, pictures: forward(sizes, self._unpacked(flat), pictures)[0], autograph=False
        )

    def step(self, pictures: Array, labels: Array) -> tuple[float, float]:
        """Learn from one batch; its loss and the share of right answers before."""
        self._done += 1
        correction = math.sqrt(1 - SECOND_MOMENT**self._done) / (1 - MOMENT**self._done)
        self._flat, *moments, loss, right = self._graph(
            self._flat,
            *self._moments,
            tf.constant(pictures),
            tf.constant(labels),
            tf.constant(self._rate(), tf.float32),
            tf.constant(correction, tf.float32),
        )
        self._moments = tuple(moments)
        return float(loss), float(right)

    def accuracy(self, pictures: Array, labels: Array) -> float:
        """The share of right answers so far."""
        answers = self._answers(self._flat, tf.constant(pictures)).numpy().argmax(axis=-1)
        return float(np.mean(answers == labels))

    def parameters(self) -> dict[str, Array]:
        """What was learned so far."""
        return {name: tensor.numpy() for name, tensor in self._unpacked(self._flat).items()}

    def _rate(self) -> float:
        rising = max(1, round(SLOW_START * self._steps))
        if self._done <= rising:
            return HIGHEST_RATE * self._done / rising
        return HIGHEST_RATE * (1 + math.cos(math.pi * (self._done - rising) / (self._steps - rising + 1))) / 2

    def _unpacked(self, flat: Any) -> dict[str, Any]:
        parts = tf.split(flat, [math.prod(shape) for shape in self._shapes.values()])
        return {n: tf.reshape(part, s) for part, (n, s) in zip(parts, self._shapes.items(), strict=True)}

    def _updated(
        self, flat: Any, moment: Any, second: Any, pictures: Any, labels: Any, rate: Any, correction: Any
    ) -> tuple[Any, ...]:
        with tf.GradientTape() as tape:
            tape.watch(flat)
            logits, _weights = forward(self.sizes, self._unpacked(flat), pictures)
            wanted = tf.one_hot(labels, self.sizes.classes)
            wanted = wanted * (1 - SMOOTHING) + SMOOTHING / self.sizes.classes
            loss = tf.reduce_mean(tf.nn.softmax_cross_entropy_with_logits(wanted, logits))
        gradient = tape.gradient(loss, flat)
        moment = MOMENT * moment + (1 - MOMENT) * gradient
        second = SECOND_MOMENT * second + (1 - SECOND_MOMENT) * gradient**2
        flat = flat - rate * (correction * moment / (tf.sqrt(second) + EPSILON) + self._decay * flat)
        right = tf.reduce_mean(
            tf.cast(tf.argmax(logits, axis=-1, output_type=labels.dtype) == labels, tf.float32)
        )
        return flat, moment, second, loss, right
