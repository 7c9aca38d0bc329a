"""Lab task: multi-head attention over the learner's own matrix, from the projections to the output, every stage."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from attention_core.backend import tf
from attention_core.explanation import Explanation
from attention_core.findings import Change, Findings, Maps, Matters, Metric, Sentence, Table, percent
from attention_core.labels import gettext_noop as _
from attention_core.models.looks import spread
from attention_core.multi_head import multi_head
from attention_core.params import (
    BoolMatrix,
    BoolVector,
    Flag,
    Integer,
    Matrix,
    ParameterSet,
    Params,
    Problems,
    TooMuchWork,
    param,
)
from attention_core.projections import Projections, seeded_projections
from attention_core.stages import explain
from attention_core.tasks.base import Goal, Report, Result, Task

Array = np.ndarray[Any, Any]

MAX_TOKENS = 256
MAX_WIDTH = 256
MAX_HEADS = 16
MAX_CELLS = 2**19
MAX_MAGNITUDE = 1e3
# Beyond so many numbers in all stages, or in all matrices, the JSON leaves them out; the NPZ file has them all.
MAX_CELLS_IN_JSON = 2**16
DRAWS = 8
OTHERS = 8
NEARLY_AS_WELL = 0.05

HEADS_DIVIDE = _("expected a divisor of the columns of %(name)s, %(columns)s; got %(received)s")
LENGTH_OF = _("expected one value for each row of %(name)s, %(expected)s; got %(received)s")
ROWS_OF = _("expected one row for each row of %(name)s, %(expected)s; got %(received)s")
COLUMNS_OF = _("expected one column for each row of %(name)s, %(expected)s; got %(received)s")
ALL_FOUR = _("required where any of W_Q, W_K, W_V and W_O is given, and missing")
TOO_MANY_CELLS = _("too much work: heads × rows × rows attended to is %(number)s, and the limit is %(limit)s")
MATRIX_SHAPE = _("expected shape %(expected)s, got %(received)s")

# As lessons write them, and as the core names them.
_MATRICES = {"W_Q": "query", "W_K": "key", "W_V": "value", "W_O": "output"}
_BIASES = {"b_Q": "query_bias", "b_K": "key_bias", "b_V": "value_bias", "b_O": "output_bias"}
_NAMES = _MATRICES | _BIASES

# "the cat sat because it slept": made by hand, so that "it" and "cat" are alike.
EXAMPLE = [[1, 0, 0, 0], [0, 2, 0, 1], [0, 0, 2, 0], [1, 0, 0, 1], [0, 2, 0, 0], [0, 0, 2, 1]]


@dataclass(frozen=True, kw_only=True, eq=False)
class MultiHeadAttentionParams(Params):
    """What the learner sends. Arrays: tokens (n, d), memory (m, d_memory); W_Q (d, h · d_k) and so on."""

    tokens: Array = param(
        Matrix(MAX_TOKENS, MAX_WIDTH, MAX_MAGNITUDE),
        label=_("Tokens X"),
        help=_(
            "One row a token. Queries are made from it, and keys and values too where there is no memory."
        ),
    )
    memory: Array | None = param(
        Matrix(MAX_TOKENS, MAX_WIDTH, MAX_MAGNITUDE),
        label=_("Memory Y"),
        help=_("Another sequence, one row a token: keys and values are then made from it (cross-attention)."),
        default=None,
    )
    num_heads: int = param(
        Integer(1, MAX_HEADS),
        label=_("Heads"),
        help=_("The features of the projected tokens are split into so many heads."),
        default=2,
    )
    causal: bool = param(
        Flag(),
        label=_("Causal"),
        help=_("Each query sees the keys up to its own place, counted from the end."),
        default=False,
    )
    key_padding: Array | None = param(
        BoolVector(MAX_TOKENS),
        label=_("Key padding"),
        help=_("True for a real token, false for padding that no query may see."),
        default=None,
    )
    mask: Array | None = param(
        BoolMatrix(MAX_TOKENS, MAX_TOKENS),
        label=_("Mask"),
        help=_("True where the query of the row may attend to the key of the column."),
        default=None,
    )
    projections: dict[str, Array] | None = param(
        ParameterSet(tuple(_NAMES), MAX_WIDTH, MAX_MAGNITUDE, max_dimensions=2),
        label=_("Projections"),
        help=_(
            "W_Q, W_K, W_V and W_O, and b_Q, b_K, b_V and b_O where there are biases. Without: drawn from the seed."
        ),
        default=None,
    )
    seed: int = param(
        Integer(0, 2**32 - 1),
        label=_("Seed"),
        help=_("From which the projections are drawn when none are given, and the shuffled weights."),
        default=0,
    )

    @property
    def attended(self) -> Array:
        """What keys and values are made from."""
        return self.tokens if self.memory is None else self.memory

    def check(self, problems: Problems) -> None:
        name, n, m = "tokens" if self.memory is None else "memory", len(self.tokens), len(self.attended)
        if self.key_padding is not None and len(self.key_padding) != m:
            problems.add(("key_padding",), LENGTH_OF, name=name, expected=m, received=len(self.key_padding))
        if self.mask is not None and self.mask.shape[0] != n:
            problems.add(("mask",), ROWS_OF, name="tokens", expected=n, received=self.mask.shape[0])
        if self.mask is not None and self.mask.shape[1] != m:
            problems.add(("mask",), COLUMNS_OF, name=name, expected=m, received=self.mask.shape[1])
        if self.projections is None:
            self._check_heads("tokens", self.tokens.shape[1], problems)
        else:
            self._check_projections(self.projections, problems)

    def check_work(self) -> None:
        cells = self.num_heads * len(self.tokens) * len(self.attended)
        if cells > MAX_CELLS:
            raise TooMuchWork(cells, MAX_CELLS, TOO_MANY_CELLS)

    def _check_heads(self, name: str, columns: int, problems: Problems) -> None:
        if columns % self.num_heads:
            problems.add(("num_heads",), HEADS_DIVIDE, name=name, columns=columns, received=self.num_heads)

    def _check_projections(self, given: Mapping[str, Array], problems: Problems) -> None:
        missing = [name for name in _MATRICES if name not in given]
        flat = [name for name in _MATRICES if name in given and given[name].ndim != 2]
        for name in missing:
            problems.add(("projections", name), ALL_FOUR)
        for name in flat:
            self._expect(name, given, "(?, ?)", problems)
        if missing or flat:
            return
        d, d_attended = self.tokens.shape[1], self.attended.shape[1]
        keys, values = given["W_Q"].shape[1], given["W_V"].shape[1]
        rows = {"W_Q": d, "W_K": d_attended, "W_V": d_attended, "W_O": values}
        columns = {"W_Q": keys, "W_K": keys, "W_V": values, "W_O": given["W_O"].shape[1]}
        for name in _MATRICES:
            if given[name].shape != (rows[name], columns[name]):
                self._expect(name, given, f"({rows[name]}, {columns[name]})", problems)
        for name, matrix in zip(_BIASES, _MATRICES, strict=True):
            if name in given and given[name].shape != given[matrix].shape[1:]:
                self._expect(name, given, f"({given[matrix].shape[1]},)", problems)
        # Told once: what divides neither would be told twice at one place.
        self._check_heads(*(("W_Q", keys) if keys % self.num_heads else ("W_V", values)), problems)

    def _expect(self, name: str, given: Mapping[str, Array], expected: str, problems: Problems) -> None:
        problems.add(("projections", name), MATRIX_SHAPE, expected=expected, received=str(given[name].shape))


@dataclass(frozen=True, eq=False)
class Computed:
    """Every stage of one run, float64, h heads.

    Attributes:
        projections: W_Q, W_K, W_V, W_O and the biases.
        query, key, value: (h, n, d_k), (h, m, d_k), (h, m, d_v): projected and split.
        stages: of the attention within the heads: `output` is their outputs side by side.
        output: (n, d_out), that times W_O.
    """

    projections: Projections
    query: Array
    key: Array
    value: Array
    stages: Explanation
    output: Array


@dataclass(frozen=True)
class Disturbed:
    """How much the output changes, as a share of its norm: ‖changed − output‖ / ‖output‖.

    Attributes:
        heads: without each head.
        uniform, shuffled: the weights made so among the keys that a query may see.
        top: the key with the most weight, from 0, and the change when it is hidden; None where there is but one.
        others: the mean change when another key is hidden, and of how many.
    """

    heads: tuple[float, ...]
    uniform: float
    shuffled: float
    top: tuple[int, float] | None
    others: tuple[float, int] | None


def run(params: MultiHeadAttentionParams, report: Report) -> Result:
    """Compute every stage and disturb the attention; `report` may raise to cancel."""
    report(0.0, _("computing"))
    tf.executing_eagerly()  # loads TensorFlow, if this process has not yet, before the clock starts
    start = time.perf_counter()
    computed = compute(params)
    disturbed = disturb(params, computed, report)
    report(0.9, _("writing the result"))
    findings = as_findings(params, computed, disturbed)
    result = findings.result(elapsed_ms=(time.perf_counter() - start) * 1000)
    report(1.0, _("done"))
    return result


def compute(params: MultiHeadAttentionParams) -> Computed:
    """Return every stage, computed in float64 by the core's own attention."""
    used = _projections(params)
    named = dict(used)
    projected = {
        part: rows @ named[part] + named.get(f"{part}_bias", 0.0)
        for part, rows in (("query", params.tokens), ("key", params.attended), ("value", params.attended))
    }
    stages = explain(
        **projected,
        num_heads=params.num_heads,
        causal=params.causal,
        key_padding=params.key_padding,
        mask=params.mask,
    )
    arrays = {name: np.asarray(tensor) for name, tensor in vars(stages).items() if name != "parameters"}
    output = arrays["output"] @ named["output"] + named.get("output_bias", 0.0)
    heads = {part: np.stack(np.split(array, params.num_heads, axis=1)) for part, array in projected.items()}
    return Computed(projections=used, stages=Explanation(**arrays, parameters={}), output=output, **heads)


def _projections(params: MultiHeadAttentionParams) -> Projections:
    if params.projections is None:
        d, d_attended = params.tokens.shape[1], params.attended.shape[1]
        return seeded_projections(d, d_attended, d_attended, d_model=d, seed=params.seed)
    return Projections(**{_NAMES[name]: array for name, array in params.projections.items()})


def disturb(params: MultiHeadAttentionParams, computed: Computed, report: Report) -> Disturbed:
    """Return how much the output changes without each head, with other weights and without a key."""
    m = len(params.attended)
    norm = float(np.linalg.norm(computed.output)) or 1.0
    generator = np.random.Generator(np.random.PCG64([params.seed, 1]))  # not the numbers of the projections

    def changed(
        *, attended: Array | None = None, projections: Projections | None = None, **options: Any
    ) -> float:
        report(0.5, _("disturbing the attention"))
        given = {"key_padding": params.key_padding} | options
        output = multi_head(
            params.tokens,
            params.attended if attended is None else attended,
            params.attended,
            num_heads=params.num_heads,
            projections=computed.projections if projections is None else projections,
            causal=params.causal,
            mask=params.mask,
            **given,
        )
        return float(np.linalg.norm(np.asarray(output) - computed.output)) / norm

    heads = tuple(changed(head_gate=gate) for gate in 1.0 - np.eye(params.num_heads))
    # Queries of 0 give every key the score 0.
    nought = {name: np.zeros_like(array) for name, array in computed.projections if name.startswith("query")}
    uniform = changed(projections=Projections(**{**dict(computed.projections), **nought}))
    # Keys of other rows with the values as they were: the weights go to other values, and what is hidden stays so.
    shuffled = [changed(attended=params.attended[generator.permutation(m)]) for _draw in range(DRAWS)]
    visible = np.ones(m, dtype=bool) if params.key_padding is None else params.key_padding
    received = computed.stages.weights.mean(axis=(0, 1))
    seen = np.flatnonzero(visible & (received > 0))
    top = others = None
    if len(seen) > 1:
        place = int(seen[received[seen].argmax()])
        rest = seen[seen != place]
        rest = rest if len(rest) <= OTHERS else generator.choice(rest, OTHERS, replace=False)
        without = {
            one: changed(key_padding=visible & (np.arange(m) != one)) for one in (place, *rest.tolist())
        }
        top = (place, without.pop(place))
        others = (float(np.mean(list(without.values()))), len(without))
    return Disturbed(heads, uniform, float(np.mean(shuffled)), top, others)


def as_findings(params: MultiHeadAttentionParams, computed: Computed, disturbed: Disturbed) -> Findings:
    """Everything in the common form; heads counted from 1."""
    stages = _stages(computed)
    matrices = {
        name: dict(computed.projections)[part] for name, part in _NAMES.items() if _has(computed, part)
    }
    rows = [f"x{place + 1}" for place in range(len(params.tokens))]
    columns = rows if params.memory is None else [f"y{place + 1}" for place in range(len(params.attended))]
    weights = computed.stages.weights
    return Findings(
        says=_says(params, computed),
        answer={
            "output": computed.output.tolist(),
            "stages": _within(stages, {name: _as_lists(array) for name, array in stages.items()}),
            "projections": _within(matrices, {name: array.tolist() for name, array in matrices.items()}),
            "shapes": {name: list(array.shape) for name, array in (stages | matrices).items()},
            "entropy": computed.stages.entropy.tolist(),
            "effective_tokens": computed.stages.effective_tokens.tolist(),
            "parameter_count": _count(computed),
            "change_without_head": list(disturbed.heads),
        },
        metrics=[
            Metric(
                "parameters",
                _("Parameters of W_Q, W_K, W_V and W_O, biases included"),
                _count(computed),
                better="neither",
            ),
            Metric("d_k", _("Features of a key in one head, d_k"), computed.key.shape[-1], better="neither"),
            Metric(
                "effective_of_heads",
                _("Tokens that a row of one head attends to, effectively"),
                float(computed.stages.effective_tokens.mean()),
                better="neither",
            ),
            Metric(
                "effective_of_mean",
                _("The same of the mean of the heads' maps"),
                float(spread(weights.mean(axis=0))[1]) if weights.any() else 0.0,
                better="neither",
            ),
        ],
        maps=Maps(weights[None], rows, columns),
        tables=[_heads_table(computed, disturbed)],
        matters=_matters(params, disturbed, columns),
        arrays={name: array for name, array in (stages | matrices).items() if name != "weights"},
    )


def _stages(computed: Computed) -> dict[str, Array]:
    of_heads = {name: getattr(computed.stages, name) for name in ("scores", "scaled", "masked", "weights")}
    return {
        "Q": computed.query,
        "K": computed.key,
        "V": computed.value,
        **of_heads,
        "head_outputs": computed.stages.head_output,
        "concatenated": computed.stages.output,
        "output": computed.output,
    }


def _has(computed: Computed, part: str) -> bool:
    return getattr(computed.projections, part) is not None


def _count(computed: Computed) -> int:
    return sum(int(array.size) for _name, array in computed.projections)


def _within(arrays: Mapping[str, Array], lists: dict[str, Any]) -> dict[str, Any] | None:
    """The lists, or None where they are too many numbers for JSON."""
    return lists if sum(array.size for array in arrays.values()) <= MAX_CELLS_IN_JSON else None


def _as_lists(array: Array) -> Any:
    hidden = np.isneginf(array)
    if not hidden.any():
        return array.tolist()
    cells = array.astype(object)
    cells[hidden] = None
    return cells.tolist()


def _says(params: MultiHeadAttentionParams, computed: Computed) -> list[Sentence]:
    heads, n, d_k = computed.query.shape
    shape = {"heads": heads, "n": n, "m": computed.key.shape[1], "d_k": d_k, "d_v": computed.value.shape[2]}
    kind = (
        _(
            "Self-attention: %(heads)s heads, each with %(d_k)s features of the queries and keys of all %(n)s tokens."
        )
        if params.memory is None
        else _(
            "Cross-attention: %(heads)s heads, each with %(d_k)s features of the %(n)s queries from X and of the %(m)s "
            "keys from Y."
        )
    )
    return [
        Sentence(kind, shape),
        Sentence(
            _(
                "Each head has weights of its own, %(n)s × %(m)s; the outputs, %(d_v)s features a head, are put side by "
                "side and mixed by W_O."
            ),
            shape,
        ),
        Sentence(
            _("%(count)s parameters in all: as many as one head with all the features would have."),
            {"count": _count(computed)},
        ),
    ]


def _heads_table(computed: Computed, disturbed: Disturbed) -> Table:
    weights = computed.stages.weights
    rows: list[list[str | float | int | None]] = [
        [
            head + 1,
            round(float(computed.stages.entropy[head].mean()), 4),
            round(float(computed.stages.effective_tokens[head].mean()), 4),
            round(float(weights[head].max(initial=0.0)), 4),
            round(disturbed.heads[head], 4),
        ]
        for head in range(len(weights))
    ]
    columns = [
        _("Head"),
        _("Entropy"),
        _("Effective tokens"),
        _("Largest weight"),
        _("Change of the output without it"),
    ]
    return Table("heads", _("The heads"), columns, rows)


def _matters(params: MultiHeadAttentionParams, disturbed: Disturbed, columns: list[str]) -> Matters:
    changes = [
        Change(_("Uniform weights over the keys that may be seen"), disturbed.uniform),
        Change(_("Shuffled weights, mean of %(draws)s draws"), disturbed.shuffled, {"draws": DRAWS}),
        *(
            Change(_("Head %(head)s removed"), change, {"head": head})
            for head, change in enumerate(disturbed.heads, start=1)
        ),
    ]
    says = [
        Sentence(
            _(
                "Uniform weights change the output by %(uniform)s of its norm; without head %(head)s, which matters "
                "most, it changes by %(most)s."
            ),
            {
                "uniform": percent(disturbed.uniform, 0),
                "head": int(np.argmax(disturbed.heads)) + 1,
                "most": percent(max(disturbed.heads), 0),
            },
        )
    ]
    if disturbed.uniform < NEARLY_AS_WELL:
        says.append(
            Sentence(_("Uniform weights do nearly as well: here a plain average says almost the same."))
        )
    if disturbed.top is not None and disturbed.others is not None:
        (place, change), (other, count) = disturbed.top, disturbed.others
        key = columns[place]
        changes += [
            Change(_("%(key)s hidden, the key with the most weight"), change, {"key": key}),
            Change(_("Another key hidden, mean of %(count)s"), other, {"count": count}),
        ]
        values = {"key": key, "change": percent(change, 0), "other": percent(other, 0)}
        says.append(
            Sentence(
                _(
                    "With %(key)s hidden, the key with the most weight, the output changes by %(change)s, with another "
                    "one by %(other)s on average. How much a key changes depends on its value too: a bright cell is a "
                    "weight, not a reason."
                ),
                values,
            )
        )
    says.append(
        Sentence(
            _("These projections were drawn, not learned: which head matters says nothing of your data.")
        )
        if params.projections is None
        else Sentence(
            _(
                "Nothing was trained here: a large change says that the numbers depend on it, not that they get better."
            )
        )
    )
    return Matters(
        metric=_("Change of the output, as a share of its norm"),
        value=0.0,
        changes=changes,
        says=says,
        unit="share",
        better="neither",
    )


TRIAL_TOKENS, TRIAL_WIDTH, TRIAL_HEADS = 8, 32, 4


def trial(seed: int, report: Report) -> Mapping[str, float]:
    """The figures of one seed: tokens of independent unit-normal features, projections drawn."""
    tokens = np.random.Generator(np.random.PCG64(seed)).normal(size=(TRIAL_TOKENS, TRIAL_WIDTH))
    params = MultiHeadAttentionParams(tokens=tokens, num_heads=TRIAL_HEADS, seed=seed)
    computed = compute(params)
    disturbed = disturb(params, computed, report)
    assert disturbed.top is not None
    assert disturbed.others is not None
    return {
        "head_removed": float(np.mean(disturbed.heads)),
        "uniform": disturbed.uniform,
        "shuffled": disturbed.shuffled,
        "top_hidden": disturbed.top[1],
        "other_hidden": disturbed.others[0],
        "effective_of_heads": float(computed.stages.effective_tokens.mean()),
        "effective_of_mean": float(spread(computed.stages.weights.mean(axis=0))[1]),
    }


task = Task(
    name="multi_head_attention",
    title=_("Multi-head attention over your own matrix"),
    description=_(
        "Projects your tokens, splits them into heads and shows every stage: queries, keys and values of each head, "
        "scores, weights, the heads' outputs, and what W_O makes of them."
    ),
    params=MultiHeadAttentionParams,
    run=run,
    queue="training",
    limits={
        "max_tokens": MAX_TOKENS,
        "max_width": MAX_WIDTH,
        "max_heads": MAX_HEADS,
        "max_cells": MAX_CELLS,
        "max_cells_in_json": MAX_CELLS_IN_JSON,
        "max_magnitude": MAX_MAGNITUDE,
    },
    main=("tokens", "memory"),
    example={"tokens": EXAMPLE},
    trial=trial,
    goals={
        "head_removed": Goal(_("Change of the output without one head of four, in the mean"), unit="share"),
        "uniform": Goal(_("Change of the output with uniform weights"), unit="share"),
        "shuffled": Goal(_("Change of the output with shuffled weights"), unit="share"),
        "top_hidden": Goal(_("Change of the output without the key with the most weight"), unit="share"),
        "other_hidden": Goal(_("Change of the output without another key, in the mean"), unit="share"),
        "effective_of_heads": Goal(_("Tokens of eight that a row of one head attends to, effectively")),
        "effective_of_mean": Goal(_("The same of the mean of the four heads' maps")),
    },
    order=20,
)
