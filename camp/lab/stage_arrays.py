"""Every stage of one attention call as arrays, whether a worker computed it or this process did for a preview."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from attention_core import catalogue, reference

Array = np.ndarray[Any, Any]
# What this process computes by itself: heads × queries × keys, and the widest matrix.
PREVIEW_CELLS = 4096
PREVIEW_WIDTH = 64


@dataclass(frozen=True, eq=False)
class StageArrays:
    """Scores, scaled, masked and weights are (h, n_q, n_k), head_output (h, n_q, d_v / h): None where the
    result was too large to keep them. Masked scores are −∞. `params` are the parsed params.
    """

    params: Any
    scores: Array | None
    scaled: Array | None
    masked: Array | None
    weights: Array | None
    head_output: Array | None
    output: Array
    entropy: Array
    effective_tokens: Array
    parameters: Mapping[str, Array]

    @property
    def allowed(self) -> Array | None:
        """(n_q, n_k): whether the query may look at the key."""
        return None if self.masked is None else np.isfinite(self.masked[0])


def is_small(params: Any) -> bool:
    """Whether a preview may be computed while somebody waits for a page."""
    cells = params.num_heads * len(params.query) * len(params.key)
    widest = max(array.shape[1] for array in (params.query, params.key, params.value))
    return bool(cells <= PREVIEW_CELLS and widest <= PREVIEW_WIDTH)


def from_reference(params: Any) -> StageArrays:
    """Computed here, in NumPy, by the core's reference."""
    arguments = {name: value for name, value in vars(params).items() if name not in ("query", "key", "value")}
    stages = reference.explain(params.query, params.key, params.value, **arguments)
    return StageArrays(params=params, **vars(stages))


def from_result(params: Any, result: Mapping[str, Any]) -> StageArrays:
    """Read from the document that a worker wrote."""
    stages = result["stages"] or {}

    def by_head(name: str) -> Array | None:
        return with_head_axis(stages[name]) if name in stages else None

    masked = by_head("masked")
    return StageArrays(
        params=params,
        scores=by_head("scores"),
        scaled=by_head("scaled"),
        masked=None if masked is None else np.where(np.isnan(masked), -np.inf, masked),
        weights=by_head("weights"),
        head_output=by_head("output"),
        output=np.array(result["output"], dtype=float),
        entropy=np.array(result["entropy"], dtype=float),
        effective_tokens=np.array(result["effective_tokens"], dtype=float),
        parameters={name: np.array(array) for name, array in result["parameters"].items()},
    )


def disagreement(stages: StageArrays) -> float | None:
    """The largest difference between a worker's weights or output and the reference; None if too large to ask."""
    if stages.weights is None or not is_small(stages.params):
        return None
    here = from_reference(stages.params)
    pairs = ((stages.weights, here.weights), (stages.output, here.output))
    scale = max(1.0, float(np.abs(here.output).max(initial=0.0)))
    return (
        max(float(np.abs(theirs - ours).max(initial=0.0)) for theirs, ours in pairs if ours is not None)
        / scale
    )


def score_factors(stages: StageArrays, head: int) -> tuple[Array, Array]:
    """What a score is made of, for one head (from 0): a row of the left, (n_q, d), meets a row of the right, (n_k, d).

    They meet in a dot product; with `additive`, whose queries and keys are projected first, in vᵀ tanh(left + right).
    """
    params = stages.params
    query, key = (
        np.split(array, params.num_heads, axis=1)[head].astype(float) for array in (params.query, params.key)
    )
    own = {name: array[head] if params.num_heads > 1 else array for name, array in stages.parameters.items()}
    match params.function:
        case "general":
            return query @ own["weight"], key
        case "additive":
            return query @ own["query_weight"], key @ own["key_weight"]
        case "cosine":
            return reference.directions(query), reference.directions(key)
        case _:
            return query, key


def uses_parameters(function: str) -> bool:
    return bool(catalogue.function(function).parameter_shapes(1, 1, 1))


def with_head_axis(rows: Any) -> Array:
    """(h, n_q, n_k) of what a result keeps as (n_q, n_k) when it has one head."""
    array = np.array(rows, dtype=float)  # a hidden score is null there, which becomes NaN here
    return array if array.ndim == 3 else array[None]
