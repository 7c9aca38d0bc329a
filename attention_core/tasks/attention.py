"""Lab task: attention over the learner's own matrices, with every stage."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from attention_core.backend import tf
from attention_core.explanation import Explanation
from attention_core.functions import function as function_named
from attention_core.functions import functions
from attention_core.labels import gettext_noop as _
from attention_core.many_stages import LARGEST, explain_many
from attention_core.parameters import expected_shapes
from attention_core.params import (
    BoolMatrix,
    BoolVector,
    Choice,
    Flag,
    Integer,
    Matrix,
    Number,
    ParameterSet,
    Params,
    Problems,
    TooMuchWork,
    param,
    param_fields,
)
from attention_core.problems import show_number
from attention_core.stages import explain
from attention_core.tasks.base import Report, Result, Sharing, Task

MAX_TOKENS = 1024
MAX_WIDTH = 1024
MAX_HEADS = 16
MAX_CELLS = 2**20
# Beyond this many weights the JSON result leaves weights and stages out.
MAX_CELLS_IN_JSON = 2**16
MAX_MAGNITUDE = 1e6

ROWS_AS_KEY = _("expected as many rows as key has, %(expected)s; got %(received)s")
WIDTH_AS_QUERY = _("%(function)s needs as many columns as query has, %(expected)s; got %(received)s")
HEADS_DIVIDE = _("expected a divisor of the columns of %(name)s, %(columns)s; got %(received)s")
LENGTH_AS_KEY = _("expected one value for each row of key, %(expected)s; got %(received)s")
MASK_ROWS = _("expected one row for each row of query, %(expected)s; got %(received)s")
MASK_COLUMNS = _("expected one column for each row of key, %(expected)s; got %(received)s")
NO_SCALE = _("expected no scale, because %(function)s has none; got %(received)s")
NO_PARAMETERS = _("expected no parameters, because %(function)s has none")
MISSING_PARAMETER = _("required by %(function)s, and missing")
UNKNOWN_PARAMETER = _("unknown parameter; %(function)s has %(expected)s")
PARAMETER_SHAPE = _("expected shape %(expected)s, got %(received)s")
TOO_MANY_CELLS = _("too much work: heads × query rows × key rows is %(number)s, and the limit is %(limit)s")

# The stages in the result and where an explanation has them.
_STAGES = {name: name for name in ("scores", "scaled", "masked", "weights")} | {"output": "head_output"}

_PARAMETER_NAMES = tuple(
    dict.fromkeys(name for unit in functions().values() for name in unit.parameter_shapes(1, 1, 1))
)


@dataclass(frozen=True, kw_only=True, eq=False)
class AttentionParams(Params):
    """What the learner sends. Arrays: query (n_q, d_q), key (n_k, d_k), value (n_k, d_v)."""

    function: str = param(
        Choice(tuple(functions()), {name: unit.label for name, unit in functions().items()}),
        label=_("Scoring function"),
        help=_("How the match of a query and a key becomes a number."),
        default="scaled_dot_product",
    )
    query: np.ndarray[Any, Any] = param(
        Matrix(MAX_TOKENS, MAX_WIDTH, MAX_MAGNITUDE),
        label=_("Query"),
        help=_("What each token looks for: one row a token."),
    )
    key: np.ndarray[Any, Any] = param(
        Matrix(MAX_TOKENS, MAX_WIDTH, MAX_MAGNITUDE),
        label=_("Key"),
        help=_("What each token can be found by: one row a token."),
    )
    value: np.ndarray[Any, Any] = param(
        Matrix(MAX_TOKENS, MAX_WIDTH, MAX_MAGNITUDE),
        label=_("Value"),
        help=_("What each token passes on: one row for each row of the key."),
    )
    causal: bool = param(
        Flag(),
        label=_("Causal"),
        help=_("Each query sees the keys up to its own place, counted from the end."),
        default=False,
    )
    key_padding: np.ndarray[Any, Any] | None = param(
        BoolVector(MAX_TOKENS),
        label=_("Key padding"),
        help=_("True for a real token, false for padding that no query may see."),
        default=None,
    )
    mask: np.ndarray[Any, Any] | None = param(
        BoolMatrix(MAX_TOKENS, MAX_TOKENS),
        label=_("Mask"),
        help=_("True where the query of the row may attend to the key of the column."),
        default=None,
    )
    scale: float | None = param(
        Number(-MAX_MAGNITUDE, MAX_MAGNITUDE, exclude_zero=True),
        label=_("Scale"),
        help=_("Factor on the scores, for the scaled dot product only. Without it: 1/√d_k."),
        default=None,
    )
    temperature: float = param(
        Number(1e-3, 1e3),
        label=_("Temperature"),
        help=_("The scaled scores are divided by it: below 1 sharper weights, above 1 flatter ones."),
        default=1.0,
    )
    num_heads: int = param(
        Integer(1, MAX_HEADS),
        label=_("Heads"),
        help=_("The features are split into so many heads. It must divide every width."),
        default=1,
    )
    parameters: dict[str, np.ndarray[Any, Any]] | None = param(
        ParameterSet(_PARAMETER_NAMES, MAX_WIDTH, MAX_MAGNITUDE),
        label=_("Parameters"),
        help=_("Learned weights of the general and additive scores. Without them: drawn from the seed."),
        default=None,
    )
    seed: int = param(
        Integer(0, 2**32 - 1),
        label=_("Seed"),
        help=_("From which the parameters are drawn when none are given."),
        default=0,
    )

    def check(self, problems: Problems) -> None:
        self._check_rows(problems)
        unit = function_named(self.function)
        if unit.same_width and self.query.shape[1] != self.key.shape[1]:
            widths = {"expected": self.query.shape[1], "received": self.key.shape[1]}
            problems.add(("key",), WIDTH_AS_QUERY, function=self.function, **widths)
        if self.scale is not None and not unit.takes_scale:
            problems.add(("scale",), NO_SCALE, function=self.function, received=show_number(self.scale))
        for name in ("query", "key", "value"):
            columns = getattr(self, name).shape[1]
            if columns % self.num_heads:
                texts = {"columns": columns, "name": name, "received": self.num_heads}
                problems.add(("num_heads",), HEADS_DIVIDE, **texts)
                return  # the widths of one head are not known, so nor are the parameters' shapes
        self._check_parameters(problems)

    def check_work(self) -> None:
        cells = self.num_heads * len(self.query) * len(self.key)
        if cells > MAX_CELLS:
            raise TooMuchWork(cells, MAX_CELLS, TOO_MANY_CELLS)

    def _check_rows(self, problems: Problems) -> None:
        n_q, n_k = len(self.query), len(self.key)
        if len(self.value) != n_k:
            problems.add(("value",), ROWS_AS_KEY, expected=n_k, received=len(self.value))
        if self.key_padding is not None and len(self.key_padding) != n_k:
            problems.add(("key_padding",), LENGTH_AS_KEY, expected=n_k, received=len(self.key_padding))
        if self.mask is not None and self.mask.shape[0] != n_q:
            problems.add(("mask",), MASK_ROWS, expected=n_q, received=self.mask.shape[0])
        if self.mask is not None and self.mask.shape[1] != n_k:
            problems.add(("mask",), MASK_COLUMNS, expected=n_k, received=self.mask.shape[1])

    def _check_parameters(self, problems: Problems) -> None:
        if self.parameters is None:
            return
        unit = function_named(self.function)
        given = {name: array.shape for name, array in self.parameters.items()}
        d_q, d_k = (array.shape[1] // self.num_heads for array in (self.query, self.key))
        expected = expected_shapes(unit, d_q=d_q, d_k=d_k, num_heads=self.num_heads, given=given)
        if not expected:
            problems.add(("parameters",), NO_PARAMETERS, function=self.function)
            return
        for name in given:
            if name not in expected:
                texts = {"function": self.function, "expected": ", ".join(expected)}
                problems.add(("parameters", name), UNKNOWN_PARAMETER, **texts)
        for name, shape in expected.items():
            if name not in given:
                problems.add(("parameters", name), MISSING_PARAMETER, function=self.function)
            elif given[name] != shape:
                shapes = {"expected": str(shape), "received": str(given[name])}
                problems.add(("parameters", name), PARAMETER_SHAPE, **shapes)


@dataclass(frozen=True, eq=False)
class Computed:
    """The stages of one run as float64 arrays, and how long computing them took."""

    stages: Explanation
    elapsed_ms: float


def run(params: AttentionParams, report: Report) -> Result:
    """Compute every stage; `report` may raise to cancel."""
    report(0.0, _("computing"))
    computed = compute(params)
    report(0.9, _("writing the result"))
    result = Result(as_json(params, computed), as_arrays(computed))
    report(1.0, _("done"))
    return result


def compute(params: AttentionParams) -> Computed:
    """Return every stage, computed in float64 by TensorFlow."""
    tf.executing_eagerly()  # loads TensorFlow, if this process has not yet, before the clock starts
    start = time.perf_counter()
    stages = explain(**_arguments(params))
    arrays = {name: tensor.numpy() for name, tensor in vars(stages).items() if name != "parameters"}
    elapsed_ms = (time.perf_counter() - start) * 1000
    parameters = {name: tensor.numpy() for name, tensor in stages.parameters.items()}
    return Computed(Explanation(**arrays, parameters=parameters), elapsed_ms)


def fits_others(params: AttentionParams) -> bool:
    """Whether a run is so small that starting it takes longer than computing it."""
    inputs = (params.query, params.key, params.value)
    learned = function_named(params.function).parameter_shapes(1, 1, 1)
    return not learned and sum(sum(array.shape) for array in inputs) <= LARGEST


def run_together(many: Sequence[AttentionParams]) -> list[Result]:
    """Compute every stage of many small runs in one call; the time is shared out equally."""
    tf.executing_eagerly()
    start = time.perf_counter()
    explained = explain_many([_arguments(params) for params in many])
    elapsed_ms = (time.perf_counter() - start) * 1000 / max(1, len(many))
    computed = [Computed(stages, elapsed_ms) for stages in explained]
    return [Result(as_json(params, one), as_arrays(one)) for params, one in zip(many, computed, strict=True)]


def _arguments(params: AttentionParams) -> dict[str, Any]:
    """The params as arguments of `explain`, which have the same names."""
    return {spec.name: getattr(params, spec.name) for spec in param_fields(AttentionParams)}


def as_json(params: AttentionParams, computed: Computed) -> dict[str, Any]:
    """Return the documented result: nested lists, None for a hidden score, no NaN, no infinity."""
    stages = computed.stages
    truncated = stages.weights.size > MAX_CELLS_IN_JSON
    matrices = {name: _without_single_head(getattr(stages, part)) for name, part in _STAGES.items()}
    shapes = {name: list(getattr(params, name).shape) for name in ("query", "key", "value")}
    shapes["weights"] = list(matrices["weights"].shape)
    shapes["output"] = list(stages.output.shape)
    return {
        "output": stages.output.tolist(),
        "weights": None if truncated else matrices["weights"].tolist(),
        "stages": None if truncated else {name: _as_lists(array) for name, array in matrices.items()},
        "entropy": stages.entropy.tolist(),
        "effective_tokens": stages.effective_tokens.tolist(),
        "parameters": {name: array.tolist() for name, array in stages.parameters.items()},
        "shapes": shapes,
        "elapsed_ms": round(computed.elapsed_ms, 3),
        "truncated": truncated,
    }


def as_arrays(computed: Computed) -> dict[str, np.ndarray[Any, Any]]:
    """Return the result as named arrays, all of it whatever its size: -∞ marks a hidden score."""
    stages = computed.stages
    arrays = {"output": stages.output}
    for name in ("weights", "scores", "scaled", "masked"):
        arrays[name] = _without_single_head(getattr(stages, name))
    arrays.update(entropy=stages.entropy, effective_tokens=stages.effective_tokens)
    arrays.update({f"parameters.{name}": array for name, array in stages.parameters.items()})
    return arrays


def _without_single_head(array: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    return array[0] if len(array) == 1 else array


def _as_lists(array: np.ndarray[Any, Any]) -> Any:
    hidden = np.isneginf(array)
    if not hidden.any():
        return array.tolist()
    cells = array.astype(object)
    cells[hidden] = None
    return cells.tolist()


task = Task(
    name="attention",
    title=_("Attention over your own matrices"),
    description=_(
        "Runs attention on the queries, keys and values you give and shows every step: scores, "
        "scaling, masking, weights and output."
    ),
    params=AttentionParams,
    run=run,
    queue="interactive",
    sharing=Sharing(fits=fits_others, run=run_together),
    limits={
        "max_tokens": MAX_TOKENS,
        "max_width": MAX_WIDTH,
        "max_heads": MAX_HEADS,
        "max_cells": MAX_CELLS,
        "max_cells_in_json": MAX_CELLS_IN_JSON,
        "max_magnitude": MAX_MAGNITUDE,
        "max_json_bytes": 2 * 2**20,
        "max_npz_bytes": 16 * 2**20,
        "max_npz_unpacked_bytes": 64 * 2**20,
    },
    finds=False,
    main=("query", "key", "value"),
    order=10,
)
