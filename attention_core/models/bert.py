"""BERT's encoder: embeddings, then layers of multi-head attention and a feed-forward network, each with a residual."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from attention_core import checks
from attention_core.backend import tf
from attention_core.call import as_numbers
from attention_core.models.weights import Weights
from attention_core.multi_head import multi_head
from attention_core.projections import NAMES, Projections
from attention_core.sizes import static_shape

Array = np.ndarray[Any, Any]


@dataclass(frozen=True, eq=False)
class Encoded:
    """What the encoder made of a batch of token sequences.

    Attributes:
        hidden: (batch, n, width), the last layer's output.
        attention: (batch, layers, heads, n, n), the weights: row i is what token i attends to.
    """

    hidden: Any
    attention: Any


class BertEncoder:
    """A trained BERT encoder.

    hidden₀ = norm(word[ids] + position[0 … n - 1] + type[0]), and for each layer

        attended = norm(hidden + multi_head(hidden))
        hidden   = norm(attended + W₂ · gelu(W₁ · attended))

    with norm(x) = γ · (x - mean) / √(variance + ε) + β over the features, and the exact gelu, not its approximation.

    Args:
        weights: by the names of the original implementation. They say how many layers there are and how wide
            they are, but not how many heads.
        num_heads: of each layer.
        epsilon: ε of the norms.

    Raises:
        ValueError: an array is missing or has the wrong shape, or num_heads does not divide the width.

    References:
        Devlin, Chang, Lee, Toutanova 2018, BERT, arXiv 1810.04805; Hendrycks, Gimpel 2016, Gaussian Error Linear
        Units, arXiv 1606.08415; Ba, Kiros, Hinton 2016, Layer Normalization, arXiv 1607.06450.
    """

    def __init__(self, weights: Weights, *, num_heads: int, epsilon: float = 1e-12) -> None:
        checks.check_count("num_heads", num_heads)
        self.num_tokens, self.width = weights.shape("embeddings.word_embeddings.weight")
        self.max_length = weights.shape("embeddings.position_embeddings.weight")[0]
        self.num_heads = num_heads
        self._epsilon = epsilon
        if self.width % num_heads:
            raise ValueError(f"num_heads: expected a divisor of the width {self.width}, got {num_heads}")
        self._word = tf.constant(
            weights.take("embeddings.word_embeddings.weight", (self.num_tokens, self.width))
        )
        self._position = tf.constant(
            # The types tell a first sentence from a second one; here there is only a first, of type 0.
            weights.take("embeddings.position_embeddings.weight", (self.max_length, self.width))
            + weights.take("embeddings.token_type_embeddings.weight", (2, self.width))[0]
        )
        self._norm = _Norm.read(weights, "embeddings.LayerNorm", self.width)
        self._layers = _read_layers(weights, self.width)
        self.num_layers = len(self._layers)
        # One graph for every batch and length: a new shape costs no new trace, which would take longer than the call.
        self._graph = tf.function(
            self._forward,
            input_signature=[
                tf.TensorSpec([None, None], tf.int32),
                tf.TensorSpec([None, None], tf.bool),
                tf.TensorSpec([None, self.num_layers, num_heads], self._word.dtype),
                tf.TensorSpec([None, self.num_layers, None], tf.int32),
            ],
            autograph=False,
        )

    def encode(
        self, ids: Any, *, key_padding: Any = None, head_gate: Any = None, keys_from: Any = None
    ) -> Encoded:
        """Return the hidden states of the last layer and the attention of every head.

        Args:
            ids: (batch, n) whole numbers, each the row of a token in the word embeddings.
            key_padding: (batch, n) booleans, true = real token; default: all are. What stands at a padded place
                in the answer means nothing.
            head_gate: (layers, heads) factors on the heads' outputs before W_O: 1 as trained, 0 removes the head;
                default: all 1. Or (batch, layers, heads), own ones for each sequence.
            keys_from: (batch, layers, n) places: the key that stands at place j in a layer is made from the token at
                place keys_from[…, j], while the value stays that of token j. A permutation shuffles the weights
                over the values; the same place everywhere makes all keys alike, and so the weights uniform. Default:
                0 … n - 1, each key from its own token.

        Raises:
            ValueError: a shape or number is wrong, or the maps of the batch exceed the weights limit.
        """
        ids = np.asarray(ids)
        self._check_ids(ids)
        checks.check_weights_fit((ids.shape[0], self.num_layers, self.num_heads, ids.shape[1], ids.shape[1]))
        if key_padding is None:
            key_padding = np.ones(ids.shape, dtype=bool)
        key_padding = np.asarray(key_padding)
        checks.check_mask_dtype("key_padding", key_padding.dtype.name)
        if key_padding.shape != ids.shape:
            raise ValueError(
                f"key_padding: expected shape {checks.show_shape(ids.shape)} as of ids, "
                f"got {checks.show_shape(key_padding.shape)}"
            )
        gate = self._as_gate(head_gate, len(ids))
        places = self._as_places(keys_from, ids.shape)
        hidden, attention = self._graph(tf.constant(ids, tf.int32), tf.constant(key_padding), gate, places)
        return Encoded(hidden, attention)

    @property
    def num_traces(self) -> int:
        """How many graphs were made so far."""
        return int(self._graph.experimental_get_tracing_count())

    def _check_ids(self, ids: Array) -> None:
        if ids.ndim != 2 or ids.dtype.kind not in "iu":
            raise ValueError(
                f"ids: expected whole numbers of shape (batch, n), "
                f"got {ids.dtype} of shape {checks.show_shape(ids.shape)}"
            )
        if ids.shape[1] > self.max_length:
            raise ValueError(f"ids: expected at most {self.max_length} tokens, got {ids.shape[1]}")
        wrong = ids[(ids < 0) | (ids >= self.num_tokens)]
        if wrong.size:
            raise ValueError(f"ids: expected numbers in 0 … {self.num_tokens - 1}, got {wrong[0]}")

    def _as_gate(self, head_gate: Any, batch: int) -> Any:
        shape = (self.num_layers, self.num_heads)
        if head_gate is None:
            return tf.ones((1, *shape), self._word.dtype)
        gate = as_numbers("head_gate", head_gate, self._word.dtype)
        if static_shape(gate) not in (shape, (batch, *shape)):
            raise ValueError(
                f"head_gate: expected shape {checks.show_shape(shape)}, (layers, heads); "
                f"got {checks.show_shape(static_shape(gate))}"
            )
        return tf.reshape(gate, (-1, *shape))

    def _as_places(self, keys_from: Any, shape: tuple[int, ...]) -> Any:
        batch, n = shape
        if keys_from is None:
            own = np.arange(n, dtype=np.int32)
            return tf.constant(np.broadcast_to(own, (batch, self.num_layers, n)))
        places = np.asarray(keys_from)
        expected = (batch, self.num_layers, n)
        if places.dtype.kind not in "iu" or places.shape != expected:
            raise ValueError(
                f"keys_from: expected whole numbers of shape {checks.show_shape(expected)}, "
                f"(batch, layers, n); got {places.dtype} of shape {checks.show_shape(places.shape)}"
            )
        wrong = places[(places < 0) | (places >= n)]
        if wrong.size:
            raise ValueError(f"keys_from: expected places in 0 … {n - 1}, got {wrong[0]}")
        return tf.constant(places, tf.int32)

    def _forward(self, ids: Any, key_padding: Any, head_gate: Any, keys_from: Any) -> tuple[Any, Any]:
        embedded = tf.gather(self._word, ids) + self._position[: tf.shape(ids)[1]]
        hidden = self._norm.of(embedded, self._epsilon)
        attention = []
        for number, layer in enumerate(self._layers):
            attended, weights = multi_head(
                hidden,
                tf.gather(hidden, keys_from[:, number], batch_dims=1),
                hidden,
                num_heads=self.num_heads,
                projections=layer.projections,
                key_padding=key_padding,
                head_gate=head_gate[:, number],
                return_weights=True,
            )
            attended = layer.attended_norm.of(hidden + attended, self._epsilon)
            hidden = layer.output_norm.of(attended + layer.feed_forward(attended), self._epsilon)
            attention.append(weights)
        return hidden, tf.stack(attention, axis=1)


def gelu(tensor: Any) -> Any:
    """Return x · Φ(x), Φ the distribution function of the standard normal distribution.

    Not `tf.nn.gelu`, which rounds √2 to float32 also for float64.

    >>> print(gelu(tf.constant([-1.0, 0.0, 1.0])).numpy().round(4))
    [-0.1587  0.      0.8413]
    """
    return tensor * (1 + tf.math.erf(tensor * tf.constant(math.sqrt(0.5), tensor.dtype))) / 2


@dataclass(frozen=True, eq=False)
class _Norm:
    """Layer normalisation over the features."""

    scale: Any
    shift: Any

    @classmethod
    def read(cls, weights: Weights, name: str, width: int) -> _Norm:
        return cls(*(tf.constant(weights.take(f"{name}.{part}", (width,))) for part in ("weight", "bias")))

    def of(self, tensor: Any, epsilon: float) -> Any:
        mean, variance = tf.nn.moments(tensor, axes=[-1], keepdims=True)
        return tf.nn.batch_normalization(tensor, mean, variance, self.shift, self.scale, epsilon)


@dataclass(frozen=True, eq=False)
class _Layer:
    projections: Projections
    attended_norm: _Norm
    inner: Any
    inner_bias: Any
    outer: Any
    outer_bias: Any
    output_norm: _Norm

    @classmethod
    def read(cls, weights: Weights, name: str, width: int) -> _Layer:
        inner_width = weights.shape(f"{name}.intermediate.dense.bias")[0]
        projections: dict[str, Any] = {}
        for part in NAMES:
            place = "output.dense" if part == "output" else f"self.{part}"
            matrix, bias = _read_linear(weights, f"{name}.attention.{place}", width, width)
            projections |= {part: matrix, f"{part}_bias": bias}
        inner, inner_bias = _read_linear(weights, f"{name}.intermediate.dense", width, inner_width)
        outer, outer_bias = _read_linear(weights, f"{name}.output.dense", inner_width, width)
        return cls(
            projections=Projections(**projections),
            attended_norm=_Norm.read(weights, f"{name}.attention.output.LayerNorm", width),
            inner=inner,
            inner_bias=inner_bias,
            outer=outer,
            outer_bias=outer_bias,
            output_norm=_Norm.read(weights, f"{name}.output.LayerNorm", width),
        )

    def feed_forward(self, tensor: Any) -> Any:
        inner = gelu(tf.tensordot(tensor, self.inner, axes=1) + self.inner_bias)
        return tf.tensordot(inner, self.outer, axes=1) + self.outer_bias


def _read_layers(weights: Weights, width: int) -> list[_Layer]:
    layers: list[_Layer] = []
    while f"encoder.layer.{len(layers)}.output.dense.weight" in weights:
        layers.append(_Layer.read(weights, f"encoder.layer.{len(layers)}", width))
    if not layers:
        raise ValueError("weights: expected encoder.layer.0 … with at least one layer, got none")
    return layers


def _read_linear(weights: Weights, name: str, rows: int, columns: int) -> tuple[Any, Any]:
    """Return (matrix, bias) for x · matrix + bias; the file has the matrix the other way round."""
    matrix = weights.take(f"{name}.weight", (columns, rows))
    return tf.constant(np.ascontiguousarray(matrix.T)), tf.constant(weights.take(f"{name}.bias", (columns,)))
