"""A small vision Transformer: a picture cut into patches, which are tokens, and a class token that answers for all.

References:
    Dosovitskiy et al. 2021, An Image is Worth 16x16 Words, arXiv 2010.11929, section 3.1; rollout: Abnar, Zuidema
    2020, Quantifying Attention Flow in Transformers, arXiv 2005.00928, section 3.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from attention_core.backend import tf
from attention_core.multi_head import multi_head
from attention_core.projections import NAMES, Projections

Array = np.ndarray[Any, Any]
EPSILON = 1e-6


@dataclass(frozen=True)
class Sizes:
    """What a model is made of.

    Attributes:
        side: of the square picture, in pixels; patch, the side of a patch, divides it.
        width: of a token.
        inner: of the feed-forward part.
        mixing: how tokens hear of each other; "mean" is the control without attention: each gets the mean value.
    """

    side: int = 8
    patch: int = 2
    width: int = 48
    num_layers: int = 2
    num_heads: int = 4
    inner: int = 96
    classes: int = 10
    mixing: Literal["attention", "mean"] = "attention"

    @property
    def grid(self) -> int:
        """Patches along a side."""
        return self.side // self.patch

    @property
    def num_tokens(self) -> int:
        """The patches and the class token, which comes first."""
        return self.grid**2 + 1

    def shapes(self) -> dict[str, tuple[int, ...]]:
        """The shape of every parameter by name."""
        width, inner = self.width, self.inner
        shapes: dict[str, tuple[int, ...]] = {
            "patch": (self.patch**2, width),
            "patch_bias": (width,),
            "class": (width,),
            "position": (self.num_tokens, width),
        }
        for layer in range(self.num_layers):
            of_layer: dict[str, tuple[int, ...]] = {"norm_scale": (width,), "norm_shift": (width,)}
            for name in NAMES:
                if self.mixing == "attention" or name in ("value", "output"):
                    of_layer |= {name: (width, width), f"{name}_bias": (width,)}
            of_layer |= {"inner_norm_scale": (width,), "inner_norm_shift": (width,)}
            of_layer |= {"inner": (width, inner), "inner_bias": (inner,)}
            of_layer |= {"outer": (inner, width), "outer_bias": (width,)}
            shapes |= {f"{layer}.{name}": shape for name, shape in of_layer.items()}
        shapes |= {"norm_scale": (width,), "norm_shift": (width,)}
        return shapes | {"answer": (width, self.classes), "answer_bias": (self.classes,)}


@dataclass(frozen=True, eq=False)
class Change:
    """What is done to a trained model's attention, to see whether it matters.

    Attributes:
        weights: "uniform": every token has the same weight in each row; "shuffled": weights go to other tokens.
        order: for "shuffled", (batch, tokens), which token's weights each token gets, the same in all rows.
        head_gate: (layers, heads) factors on the heads' outputs; 0 removes a head.
        kept: (batch, tokens) booleans; tokens that are false are seen by none.
    """

    weights: Literal["own", "uniform", "shuffled"] = "own"
    order: Any = None
    head_gate: Any = None
    kept: Any = None


UNCHANGED = Change()


def as_patches(pictures: Any, patch: int) -> Any:
    """(batch, side, side) → (batch, patches, patch²): patches in reading order, their pixels too.

    >>> as_patches(np.arange(16.0).reshape(1, 4, 4), 2)[0, 1].tolist()
    [2.0, 3.0, 6.0, 7.0]
    """
    side = pictures.shape[-1]
    grid = side // patch
    cut = (-1, grid, patch, grid, patch)
    if isinstance(pictures, np.ndarray):
        return pictures.reshape(cut).transpose(0, 1, 3, 2, 4).reshape(-1, grid**2, patch**2)
    return tf.reshape(tf.transpose(tf.reshape(pictures, cut), [0, 1, 3, 2, 4]), [-1, grid**2, patch**2])


def first_parameters(sizes: Sizes, seed: int) -> dict[str, Array]:
    """Parameters to start training from: Glorot's normal rule, and twice it for the patches, which are mostly blank."""
    generator = np.random.Generator(np.random.PCG64(seed))
    parameters = {}
    for name, shape in sizes.shapes().items():
        if name in ("class", "position"):
            array = generator.normal(0, 0.02 if name == "class" else 0.2, shape)
        elif len(shape) == 2:
            array = generator.normal(0, math.sqrt(2 / sum(shape)), shape) * (2 if name == "patch" else 1)
        else:
            array = np.full(shape, 1.0 if name.endswith("scale") else 0.0)
        parameters[name] = array.astype(np.float32)
    return parameters


def forward(
    sizes: Sizes, parameters: Mapping[str, Any], pictures: Any, change: Change = UNCHANGED
) -> tuple[Any, Any]:
    """Return (logits (batch, classes), weights (batch, layers, heads, tokens, tokens)) of pictures (batch, side, side).

    The control has no weights: None.
    """
    patches = as_patches(pictures, sizes.patch) @ parameters["patch"] + parameters["patch_bias"]
    first = tf.broadcast_to(parameters["class"], [tf.shape(patches)[0], 1, sizes.width])
    hidden = tf.concat([first, patches], axis=1) + parameters["position"]
    all_weights = []
    for number in range(sizes.num_layers):
        prefix = f"{number}."
        layer = {name.removeprefix(prefix): p for name, p in parameters.items() if name.startswith(prefix)}
        normed = _normed(hidden, layer["norm_scale"], layer["norm_shift"])
        if sizes.mixing == "mean":
            hidden += mean_mixing(normed, layer)
        else:
            mixed, weights = _attended(sizes, layer, normed, number, change)
            hidden += mixed
            all_weights.append(weights)
        normed = _normed(hidden, layer["inner_norm_scale"], layer["inner_norm_shift"])
        inner = tf.nn.relu(normed @ layer["inner"] + layer["inner_bias"])
        hidden += inner @ layer["outer"] + layer["outer_bias"]
    answering = _normed(hidden[:, 0], parameters["norm_scale"], parameters["norm_shift"])
    logits = answering @ parameters["answer"] + parameters["answer_bias"]
    return logits, tf.stack(all_weights, axis=1) if all_weights else None


def mean_mixing(tokens: Any, layer: Mapping[str, Any]) -> Any:
    """The mean of all tokens' values, the same for every token: what attention with equal weights gives."""
    mean = tf.reduce_mean(tokens, axis=-2, keepdims=True) @ layer["value"] + layer["value_bias"]
    return mean @ layer["output"] + layer["output_bias"]


def rollout(weights: Array) -> Array:
    """How much of each token's first self reaches each token in the end, (…, tokens, tokens), rows sum to 1.

    Heads are averaged, the residual connection counts as much as the attention, and layers are multiplied. What the
    feed-forward parts and the values do is left out: it is a picture of the routes, not of what went along them.

    Args:
        weights: (…, layers, heads, tokens, tokens).
    """
    routes = (weights.mean(axis=-3) + np.eye(weights.shape[-1])) / 2
    reached = routes[..., 0, :, :]
    for layer in range(1, routes.shape[-3]):
        reached = routes[..., layer, :, :] @ reached
    return np.asarray(reached)


def _attended(
    sizes: Sizes, layer: Mapping[str, Any], tokens: Any, number: int, change: Change
) -> tuple[Any, Any]:
    arrays = {name: layer[name] for part in NAMES for name in (part, f"{part}_bias")}
    key = tokens
    if change.weights == "uniform":  # queries of zeros score every key alike
        arrays |= {name: tf.zeros_like(arrays[name]) for name in ("query", "query_bias")}
    elif change.weights == "shuffled":
        key = tf.gather(tokens, change.order, batch_dims=1)
    output, weights = multi_head(
        tokens,
        key,
        tokens,
        num_heads=sizes.num_heads,
        projections=Projections(**arrays),
        head_gate=None if change.head_gate is None else change.head_gate[number],
        key_padding=change.kept,
        return_weights=True,
    )
    return output, weights


def _normed(tensor: Any, scale: Any, shift: Any) -> Any:
    mean, variance = tf.nn.moments(tensor, axes=[-1], keepdims=True)
    return tf.nn.batch_normalization(tensor, mean, variance, shift, scale, EPSILON)
