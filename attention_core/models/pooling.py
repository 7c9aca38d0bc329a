"""A text classifier: embeddings, one vector pooled from them by attention or as their mean, one linear layer.

e_j    = embedding[token j]
pooled = attend(query, e, e)      one learned query; or the mean of all e_j, which are equal weights
logits = pooled · output + bias
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from attention_core.attention import attend
from attention_core.backend import tf
from attention_core.functions import function as function_named
from attention_core.labelled_texts import PADDING, UNKNOWN

Array = np.ndarray[Any, Any]

WIDTH = 16
BATCH = 32
LEARNING_RATE = 0.01
# So often a token is read as unknown in training, that the model learns to live with words it has never met.
UNKNOWN_SHARE = 0.05
MEAN = "mean"
_MOMENTS, _TINY = (0.9, 0.999), 1e-8
_POINTS = 40  # of a learning curve


@dataclass(frozen=True, eq=False)
class Pooling:
    """A trained classifier.

    Attributes:
        function: a scoring function's name, or "mean".
        arrays: embedding (tokens, d), output (d, labels), bias (labels); with attention also query (1, d) and the
            function's parameters.
    """

    function: str
    arrays: Mapping[str, Array]

    def weights(self, numbers: Array) -> Array:
        """(texts, n) the weights of the tokens, 0 for padding."""
        real = numbers != PADDING
        if self.function == MEAN:
            return real / np.maximum(1, real.sum(axis=1, keepdims=True))
        return np.asarray(_attended(self.function, self.arrays, numbers)[1])[:, 0]

    def probabilities(self, numbers: Array, weights: Array | None = None) -> Array:
        """(texts, labels); with other weights, (texts, n), where they are given."""
        weights = self.weights(numbers) if weights is None else weights
        pooled = np.einsum("tn,tnd->td", weights, self.arrays["embedding"][numbers])
        logits = pooled @ self.arrays["output"] + self.arrays["bias"]
        powers = np.exp(logits - logits.max(axis=1, keepdims=True))
        return powers / powers.sum(axis=1, keepdims=True)


@dataclass(frozen=True, eq=False)
class Trained:
    """A classifier and how it came to be: loss and held-out accuracy at some of the steps."""

    model: Pooling
    steps: Array
    loss: Array
    accuracy: Array


def initial(function: str, tokens: int, labels: int, seed: int) -> dict[str, Array]:
    """Untrained arrays, float32. What both poolings have starts from the same numbers."""
    chance = np.random.Generator(np.random.PCG64(seed))
    arrays = {
        "embedding": chance.normal(0, 0.1, (tokens, WIDTH)),
        "output": chance.normal(0, WIDTH**-0.5, (WIDTH, labels)),
        "bias": np.zeros(labels),
    }
    if function != MEAN:
        arrays["query"] = chance.normal(0, 0.1, (1, WIDTH))
        shapes = function_named(function).parameter_shapes(WIDTH, WIDTH, WIDTH)
        for name, shape in shapes.items():
            arrays[name] = chance.normal(0, shape[0] ** -0.5, shape)
    return {name: array.astype(np.float32) for name, array in arrays.items()}


def train(
    function: str,
    numbers: Array,
    labels: Array,
    held_out: tuple[Array, Array],
    *,
    sizes: tuple[int, int],
    steps: int,
    seed: int,
    after_step: Callable[[int, float, float | None], None],
) -> Trained:
    """Train with Adam on cross-entropy, the same batches for the same seed whatever the pooling.

    Args:
        function: a scoring function's name, or "mean".
        numbers, labels: (texts, n) and (texts).
        held_out: the same of texts that are only looked at.
        sizes: tokens in the vocabulary, labels.
        after_step: told step, loss and the last held-out accuracy, None before it is first measured; it may raise to stop.
    """
    arrays = initial(function, *sizes, seed)
    variables = {name: tf.Variable(array) for name, array in arrays.items()}
    step_of = _step(function, variables)
    chance = np.random.Generator(np.random.PCG64([seed, 1]))
    every, order = max(1, steps // _POINTS), np.zeros(0, dtype=int)
    accuracy: float | None = None
    curve: list[tuple[int, float, float]] = []
    losses: list[float] = []
    for step in range(1, steps + 1):
        if len(order) < min(BATCH, len(numbers)):
            order = np.concatenate([order, chance.permutation(len(numbers))])
        chosen, order = order[:BATCH], order[BATCH:]
        batch = numbers[chosen]
        forgotten = (chance.random(batch.shape) < UNKNOWN_SHARE) & (batch != PADDING)
        losses.append(
            float(step_of(np.where(forgotten, np.int32(UNKNOWN), batch), labels[chosen], np.float32(step)))
        )
        if step % every == 0 or step == steps:
            model = Pooling(function, {name: variable.numpy() for name, variable in variables.items()})
            accuracy = accuracy_of(model.probabilities(held_out[0]), held_out[1])
            curve.append((step, float(np.mean(losses)), accuracy))
            losses = []
        after_step(step, losses[-1] if losses else curve[-1][1], accuracy)
    model = Pooling(function, {name: variable.numpy() for name, variable in variables.items()})
    columns = [np.array(column) for column in zip(*curve, strict=True)]
    return Trained(model, *columns)


def accuracy_of(probabilities: Array, labels: Array) -> float:
    """The share of texts whose most probable label is right."""
    return float(np.mean(probabilities.argmax(axis=1) == labels))


def _attended(function: str, arrays: Mapping[str, Any], numbers: Any) -> Any:
    """(texts, 1, d) what the query took from the tokens, and (texts, 1, n) with which weights."""
    embedded = tf.gather(arrays["embedding"], numbers)
    parameters = {name: arrays[name] for name in function_named(function).parameter_shapes(1, 1, 1)}
    return attend(
        arrays["query"],
        embedded,
        embedded,
        function=function,
        key_padding=numbers != PADDING,
        parameters=parameters or None,
        return_weights=True,
    )


def _logits(function: str, variables: Mapping[str, Any], numbers: Any) -> Any:
    if function == MEAN:
        real = tf.cast(numbers != PADDING, tf.float32)[..., None]
        embedded = tf.gather(variables["embedding"], numbers) * real
        pooled = tf.reduce_sum(embedded, axis=1) / tf.maximum(1.0, tf.reduce_sum(real, axis=1))
    else:
        pooled = _attended(function, variables, numbers)[0][:, 0]
    return tf.matmul(pooled, variables["output"]) + variables["bias"]


def _step(function: str, variables: Mapping[str, Any]) -> Callable[[Array, Array, Any], Any]:
    """One step of Adam (Kingma, Ba 2014, arXiv 1412.6980) from numbers, labels and the step's number to the loss."""
    moments = {name: [tf.Variable(tf.zeros_like(one)) for _ in range(2)] for name, one in variables.items()}

    def step(numbers: Any, labels: Any, count: Any) -> Any:
        with tf.GradientTape() as tape:
            logits = _logits(function, variables, numbers)
            loss = tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(labels, logits))
        gradients = tape.gradient(loss, dict(variables))
        for name, variable in variables.items():
            gradient = tf.convert_to_tensor(gradients[name])
            first, second = moments[name]
            first.assign(_MOMENTS[0] * first + (1 - _MOMENTS[0]) * gradient)
            second.assign(_MOMENTS[1] * second + (1 - _MOMENTS[1]) * gradient**2)
            upward = first / (1 - _MOMENTS[0] ** count)
            width = tf.sqrt(second / (1 - _MOMENTS[1] ** count)) + _TINY
            variable.assign_sub(LEARNING_RATE * upward / width)
        return loss

    signature = [
        tf.TensorSpec([None, None], tf.int32),
        tf.TensorSpec([None], tf.int32),
        tf.TensorSpec([], tf.float32),
    ]
    # Nothing in it branches on a tensor, and looking for that takes seconds.
    return tf.function(step, input_signature=signature, autograph=False)
