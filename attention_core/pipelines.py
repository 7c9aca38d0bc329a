"""The attention pipeline and the fifteen ways in which people compute it wrongly, stage by stage, in float64 NumPy.

A pipeline is the right one with one of its steps done otherwise, so every stage before that step is right, and what comes
after follows from what went wrong. Marking (`attention_core.diagnosis`) compares a learner's stages with all of them.

Source: the outline of the course, "Fifteen wrong pipelines"; the right one is Vaswani et al. 2017, equation 1.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from attention_core.labels import gettext_noop as _

Array = np.ndarray[Any, Any]
# In the order of the computation. `masked` has −∞ where attending is not allowed.
STAGES = ("scores", "scaled", "masked", "weights", "output")


class Unfit(ValueError):
    """These shapes or numbers do not go through this pipeline."""


@dataclass(frozen=True)
class Shapes:
    """What a step may want to know of a call: (n_q, n_k) of a head, and d_k of a head."""

    n_q: int
    n_k: int
    d_k: int


def _split(array: Array, heads: int) -> Array:
    """(n, d) → (h, n, d / h), features in order."""
    return np.stack(np.split(array, heads, axis=-1))


def _join(head_output: Array) -> Array:
    return np.concatenate(list(head_output), axis=-1)


def _scores(query: Array, key: Array) -> Array:
    return query @ np.swapaxes(key, -1, -2)


def _scale(scores: Array, shapes: Shapes) -> Array:
    return scores / np.sqrt(shapes.d_k)


def _visible(shapes: Shapes) -> Array:
    return np.tri(shapes.n_q, shapes.n_k, k=shapes.n_k - shapes.n_q, dtype=bool)


def _mask(scaled: Array, shapes: Shapes) -> Array:
    return np.where(_visible(shapes), scaled, -np.inf)


def softmax(masked: Array, axis: int | tuple[int, ...] = -1) -> Array:
    """exp(x) / Σ exp(x) over `axis`; −∞ gives 0. At least one cell of each sum is finite."""
    powers = np.exp(masked - masked.max(axis=axis, keepdims=True))
    found: Array = powers / powers.sum(axis=axis, keepdims=True)
    return found


def _normalise(masked: Array, shapes: Shapes, is_causal: bool) -> Array:
    return softmax(masked)


def _mix(weights: Array, value: Array) -> Array:
    return weights @ value


# --- Steps done otherwise --------------------------------------------------------------------------


def _swapped_scores(query: Array, key: Array) -> Array:
    if query.shape != key.shape:
        raise Unfit("expected as many queries as keys")
    return key @ np.swapaxes(query, -1, -2)


def _untransposed_scores(query: Array, key: Array) -> Array:
    if key.shape[-1] != key.shape[-2]:
        raise Unfit("expected a square key matrix")
    return query @ key


def _unscaled(scores: Array, shapes: Shapes) -> Array:
    return scores


def _shares(masked: Array, shapes: Shapes, is_causal: bool) -> Array:
    seen = np.where(np.isneginf(masked), 0.0, masked)
    total = seen.sum(axis=-1, keepdims=True)
    if (np.abs(total) < 1e-9).any():
        raise Unfit("a row of scores sums to 0")
    shares: Array = seen / total
    return shares


def _divided(masked: Array, shapes: Shapes, is_causal: bool) -> Array:
    return softmax(masked) / np.sqrt(shapes.d_k)


def _hidden_after(masked: Array, shapes: Shapes, is_causal: bool) -> Array:
    weights = softmax(masked)
    return np.where(_visible(shapes), weights, 0.0) if is_causal else weights


def _twice(weights: Array, value: Array) -> Array:
    if weights.shape[-1] != weights.shape[-2]:
        raise Unfit("expected as many queries as keys")
    return weights @ (weights @ value)


def _diagonal(weights: Array, value: Array) -> Array:
    if weights.shape[-1] != weights.shape[-2]:
        raise Unfit("expected as many queries as keys")
    return np.diagonal(weights, axis1=-2, axis2=-1)[..., None] * value


def _reshaped(array: Array, heads: int) -> Array:
    return array.reshape(heads, array.shape[0], -1)


def _reshaped_back(head_output: Array) -> Array:
    return head_output.reshape(head_output.shape[1], -1)


# --- Pipelines -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Pipeline:
    """One way to compute attention.

    Attributes:
        name: in the field's terms, such as `no_scale`; `right` is the right one.
        departs: the first of `STAGES` that is not the right one's; "" for the right one.
        says: what was done, in English, marked for translation, to be said to who did it.
        concept: the misconception's number in the course's list.
        needs: "causal" or "heads" where without them nothing would differ.
    """

    name: str
    departs: str = ""
    says: str = ""
    concept: str = ""
    needs: str = ""
    steps: Mapping[str, Callable[..., Array]] = field(default_factory=dict)

    def stages(
        self, query: Any, key: Any, value: Any, *, causal: bool = False, num_heads: int = 1
    ) -> dict[str, Array]:
        """Every stage of softmax(QKᵀ/√d_k)V, or of what is done in its place.

        Args:
            query: (n_q, d), key: (n_k, d), value: (n_k, d_v); d and d_v can be cut into `num_heads` parts.

        Returns:
            scores, scaled, masked and weights (n_q, n_k), with a head axis before them where there are several heads;
            output (n_q, d_v).

        Raises:
            Unfit: the shapes or numbers do not go through this pipeline, or it would not differ from the right one.
        """
        if (self.needs == "causal" and not causal) or (self.needs == "heads" and num_heads == 1):
            raise Unfit(f"{self.name} differs from the right pipeline only with {self.needs}")
        step = {**_RIGHT_STEPS, **self.steps}
        q, k, v = (step["split"](np.asarray(one, dtype=np.float64), num_heads) for one in (query, key, value))
        shapes = Shapes(q.shape[-2], k.shape[-2], k.shape[-1])
        scores = step["score"](q, k)
        if scores.shape[-2:] != (shapes.n_q, shapes.n_k):
            raise Unfit("the scores have another shape")
        scaled = step["scale"](scores, shapes)
        masked = step["mask"](scaled, shapes) if causal else scaled
        weights = step["normalise"](masked, shapes, causal)
        output = step["join"](step["mix"](weights, v))
        found = {"scores": scores, "scaled": scaled, "masked": masked, "weights": weights}
        return {name: one[0] if num_heads == 1 else one for name, one in found.items()} | {"output": output}


_RIGHT_STEPS: Mapping[str, Callable[..., Array]] = {
    "split": _split, "score": _scores, "scale": _scale, "mask": _mask, "normalise": _normalise, "mix": _mix,
    "join": _join,
}  # fmt: skip

RIGHT = Pipeline("right")
WRONG: tuple[Pipeline, ...] = (
    Pipeline(
        "no_scale", "scaled", _("The scores were not divided by √dₖ."), "C3", steps={"scale": _unscaled}
    ),
    Pipeline(
        "scale_dk", "scaled", _("The scores were divided by dₖ instead of √dₖ."), "C4",
        steps={"scale": lambda scores, shapes: scores / shapes.d_k},
    ),
    Pipeline(
        "scale_sqrt_n", "scaled", _("The scores were divided by √n, from the number of keys, instead of √dₖ."), "C4",
        steps={"scale": lambda scores, shapes: scores / np.sqrt(shapes.n_k)},
    ),
    Pipeline(
        "scale_after", "scaled", _("The division by √dₖ came after softmax; it belongs before."), "C5",
        steps={"scale": _unscaled, "normalise": _divided},
    ),
    Pipeline(
        "axis_queries", "weights", _("Softmax ran over the queries: the columns sum to 1 instead of the rows."), "C6",
        steps={"normalise": lambda masked, shapes, is_causal: softmax(masked, -2)},
    ),
    Pipeline(
        "axis_all", "weights", _("One softmax ran over all cells; each row needs its own."), "C6",
        steps={"normalise": lambda masked, shapes, is_causal: softmax(masked, (-2, -1))},
    ),
    Pipeline(
        "linear_norm", "weights", _("Each score was divided by the sum of its row; softmax takes e to their power first."),
        "C7", steps={"normalise": _shares},
    ),
    Pipeline(
        "qk_swapped", "scores", _("Queries and keys changed places: KQᵀ instead of QKᵀ."), "N36",
        steps={"score": _swapped_scores},
    ),
    Pipeline("v_twice", "output", _("The weights were applied twice: W(WV)."), "C10", steps={"mix": _twice}),
    Pipeline(
        "elementwise", "output",
        _("Each value was multiplied by one weight and nothing was summed: W_ii·v_i instead of W·V."), "C10",
        steps={"mix": _diagonal},
    ),
    Pipeline(
        "mask_after", "masked", _("The mask came after softmax: the rows no longer sum to 1."), "C17", "causal",
        steps={"mask": _unscaled, "normalise": _hidden_after},
    ),
    Pipeline(
        "mask_score_zero", "masked", _("Forbidden scores were set to 0 instead of −∞, and still get weight."), "C17",
        "causal", steps={"mask": lambda scaled, shapes: np.where(_visible(shapes), scaled, 0.0)},
    ),
    Pipeline(
        "causal_plus_one", "masked", _("The causal mask lets each token see the next one: j ≤ i + 1."), "C18", "causal",
        steps={"mask": lambda scaled, shapes: np.where(
            np.tri(shapes.n_q, shapes.n_k, k=shapes.n_k - shapes.n_q + 1, dtype=bool), scaled, -np.inf)},
    ),
    Pipeline(
        "head_reshape", "scores", _("Heads were cut by reshape to (h, n, dₖ), which cuts up the tokens, not the features."),
        "C22", "heads", steps={"split": _reshaped, "join": _reshaped_back},
    ),
    Pipeline(
        "k_not_transposed", "scores", _("K was not transposed: QK instead of QKᵀ."), "C2",
        steps={"score": _untransposed_scores},
    ),
)  # fmt: skip
BY_NAME: Mapping[str, Pipeline] = {one.name: one for one in (RIGHT, *WRONG)}


def runs(
    query: Any, key: Any, value: Any, *, causal: bool = False, num_heads: int = 1
) -> dict[str, dict[str, Array]]:
    """The stages of every pipeline that these inputs go through, by name, the right one first.

    Raises:
        ValueError: the right pipeline itself cannot be run, for the shapes do not fit.
    """
    found = {"right": RIGHT.stages(query, key, value, causal=causal, num_heads=num_heads)}
    for one in WRONG:
        try:
            found[one.name] = one.stages(query, key, value, causal=causal, num_heads=num_heads)
        except Unfit:
            continue
    return found


def differ(one: Mapping[str, Array], other: Mapping[str, Array], stages: tuple[str, ...], by: float) -> bool:
    """Whether two runs differ by at least `by` in some cell of these stages."""
    for name in stages:
        with np.errstate(invalid="ignore"):  # −∞ − −∞ where both are hidden
            apart = np.abs(one[name] - other[name])
        if (np.where(np.isnan(apart), 0.0, apart) >= by).any():
            return True
    return False


def apart(found: Mapping[str, Mapping[str, Array]], stages: tuple[str, ...], by: float) -> bool:
    """Whether any two of these runs can be told from each other by these stages."""
    names = list(found)
    return all(
        differ(found[one], found[other], stages, by)
        for place, one in enumerate(names)
        for other in names[:place]
    )
