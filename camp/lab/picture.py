"""All stages of one attention call as the one structure that previews, results and the home page draw."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from attention_core import catalogue
from attention_core.functions.base import ScoringFunction
from camp.lab import stage_words
from camp.lab.legend import Legend, legend_for
from camp.lab.stage_arrays import Array, StageArrays
from camp.lab.stage_tables import Table, factor_tables, input_table, score_table, spread_table, weight_table
from camp.lab.window import Window

_ORDER = ("scores", "scale", "mask", "softmax", "output", "join")


@dataclass(frozen=True)
class Stage:
    """One step. `table` is None where the step changes nothing."""

    name: str
    sentence: str
    table: Table | None = None

    @property
    def title(self) -> str:
        return str(stage_words.TITLES[self.name])

    @property
    def number(self) -> int:
        """Its place in the computation; 0 for the spread, a remark on the weights."""
        return _ORDER.index(self.name) + 1 if self.name in _ORDER else 0

    @property
    def is_idle(self) -> bool:
        return self.table is None

    @property
    def formula(self) -> str:
        """The template with the step's formula."""
        return f"lab/formulas/_{self.name}.html"


@dataclass(frozen=True)
class Picture:
    """`inputs` and `parameters` are what went in; `before` the grey steps, `after` what follows the weights."""

    window: Window
    function: ScoringFunction
    inputs: Sequence[Table]
    parameters: Sequence[Table]
    before: Sequence[Stage]
    weights: Stage | None
    after: Sequence[Stage]
    legend: Legend | None
    summary: str
    is_truncated: bool
    head_words: str = ""
    factors: Sequence[tuple[Table, str]] = ()
    has_own_factor: bool = False

    @property
    def steps(self) -> list[Stage]:
        """The steps of the computation one after another, without remarks."""
        return [stage for stage in (*self.before, self.weights, *self.after) if stage and stage.number]

    @property
    def score_formula(self) -> str:
        """MathML of one score before any scaling."""
        return (catalogue.function("dot_product") if self.function.takes_scale else self.function).mathml

    @property
    def has_plain_products(self) -> bool:
        """Whether the scores are QKᵀ."""
        return self.function.name in ("dot_product", "scaled_dot_product")

    @property
    def divides_by_root(self) -> bool:
        """Whether the scores are divided by √d_k: the function does so, and no other factor was given."""
        return self.function.takes_scale and not self.has_own_factor


def picture(stages: StageArrays, window: Window) -> Picture:
    """Everything a page draws of `stages` within `window`."""
    truncated = stages.weights is None
    allowed = stages.allowed
    return Picture(
        window=window,
        function=catalogue.function(stages.params.function),
        inputs=_inputs(stages, window),
        parameters=_parameters(stages, window),
        before=[] if truncated else _before_softmax(stages, window),
        weights=None if truncated else _softmax(stages, window),
        after=_after_softmax(stages, window),
        legend=None if allowed is None else legend_for(allowed),
        summary="" if truncated else stage_words.weights_summary(stages, window.head),
        is_truncated=truncated,
        head_words=_head_words(stages, window),
        factors=[] if truncated else _factors(stages, window),
        has_own_factor=stages.params.scale is not None,
    )


def _head_words(stages: StageArrays, window: Window) -> str:
    """Which columns are the shown head's, in words; nothing with a single head."""
    if window.heads == 1:
        return ""
    params = stages.params
    places: dict[str, Any] = {"head": window.head}
    for name, array in (("q", params.query), ("k", params.key), ("v", params.value)):
        own = columns_of_head(array, window)
        places[name] = f"{own.start + 1}–{own.stop}" if len(own) > 1 else str(own.stop)
    return (
        _("Head %(head)s works on these columns: Q %(q)s, K %(k)s, V %(v)s. The others are dimmed.") % places
    )


def window_of(stages: StageArrays, asked: dict[str, str]) -> Window:
    params = stages.params
    return Window.read(asked, heads=params.num_heads, queries=len(params.query), keys=len(params.key))


def _inputs(stages: StageArrays, window: Window) -> list[Table]:
    params = stages.params
    return [
        input_table(name, letter, array, rows, columns_of_head(array, window))
        for name, letter, array, rows in (
            ("Q", "q", params.query, window.rows),
            ("K", "k", params.key, window.columns),
            ("V", "v", params.value, window.columns),
        )
    ]


def columns_of_head(array: Array, window: Window) -> range:
    """The columns, from 0, that the head shown works on: heads share the features out among them, in order."""
    width = array.shape[1] // window.heads
    return range((window.head - 1) * width, window.head * width)


def _factors(stages: StageArrays, window: Window) -> list[tuple[Table, str]]:
    captions = stage_words.factor_captions(stages.params.function)
    return list(zip(factor_tables(stages, window), captions, strict=True))


def _parameters(stages: StageArrays, window: Window) -> list[Table]:
    tables = []
    for name, array in stages.parameters.items():
        one = array[window.head - 1] if stages.params.num_heads > 1 else array
        rows = one.reshape(1, -1) if one.ndim == 1 else one
        shown = range(min(len(rows), window.size))
        tables.append(input_table(name, "", rows, shown))
    return tables


def _before_softmax(stages: StageArrays, window: Window) -> list[Stage]:
    assert stages.scores is not None
    assert stages.scaled is not None
    assert stages.masked is not None
    params, allowed = stages.params, stages.allowed
    function = catalogue.function(params.function)
    described = catalogue.function("dot_product") if function.takes_scale else function
    scaled = masked = None
    if not stage_words.scaling(params).is_idle:
        scaled = score_table("scaled", stages.scaled, window, stages)
    if allowed is not None and not allowed.all():
        masked = score_table("masked", stages.masked, window, stages)
    return [
        Stage("scores", _(described.description), score_table("scores", stages.scores, window, stages)),
        Stage("scale", stage_words.scaling_sentence(params), scaled),
        Stage("mask", stage_words.mask_sentence(stages), masked),
    ]


def _softmax(stages: StageArrays, window: Window) -> Stage:
    words = _("Each row of scores becomes shares of one whole: larger score, larger share, never zero.")
    if stages.allowed is not None and not stages.allowed.all():
        words = _(
            "Each row of scores becomes shares of one whole: larger score, larger share; 0 only where hidden."
        )
    return Stage("softmax", words, weight_table("weights", stages, window))


def _after_softmax(stages: StageArrays, window: Window) -> list[Stage]:
    average = _("Each row is the average of the values, weighted by that row of weights.")
    joined = input_table("joined", "q", stages.output, window.rows)
    if stages.head_output is None:
        return [Stage("output", average, joined)]
    of_head = stages.head_output[window.head - 1]
    found = [Stage("output", average, input_table("output", "q", of_head, window.rows))]
    if stages.params.num_heads > 1:
        found.append(Stage("join", stage_words.join_sentence(stages.params), joined))
    spread = _("How many keys each row amounts to: exp of its entropy in nats.")
    columns = (_("entropy"), _("effective tokens"))
    return [*found, Stage("spread", spread, spread_table("spread", stages, window, columns))]
