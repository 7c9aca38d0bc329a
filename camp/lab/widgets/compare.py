"""Five scoring functions on one query and the same keys, side by side."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from attention_core import catalogue, reference
from attention_core.functions.base import ScoringFunction
from attention_core.labels import gettext_noop
from camp import figures
from camp.lab.legend import legend_for
from camp.lab.stage_arrays import Array
from camp.lab.stage_tables import Row, Table, greys_of, labels
from camp.lab.widget_settings import Matrix
from camp.lab.widget_tables import decimals, score_cells, weight_cells
from camp.lab.widgets.base import Widget
from camp.matrix_text import Unreadable

WIDTHS_DIFFER = gettext_noop("The query has %(query)s numbers, the keys have %(key)s; they must be as many.")
_TIE = 1e-9  # differences of weights that are only rounding


@dataclass(frozen=True)
class Column:
    """One function: its scores and weights over the keys, and the keys that win."""

    function: ScoringFunction
    table: Table
    winners: tuple[str, ...]
    lead: float

    @property
    def label(self) -> str:
        return _(self.function.label)

    @property
    def is_tie(self) -> bool:
        return len(self.winners) > 1

    @property
    def winner(self) -> str:
        return ", ".join(self.winners)


class Compare(Widget):
    name = "compare"
    label = gettext_lazy("Five scoring functions side by side")
    order = 10
    settings = {
        "query": Matrix(
            label=gettext_lazy("Query"),
            default=[[1.0, 2.0]],
            help=gettext_lazy("One row, for example 1 2."),
            most_rows=1,
        ),
        "key": Matrix(
            label=gettext_lazy("Keys"),
            default=[[2.0, 1.0], [4.0, 2.0], [0.0, 3.0]],
            help=gettext_lazy("A row for each key, parted by semicolons."),
        ),
    }

    def draw(self, values: Mapping[str, Any]) -> dict[str, Any]:
        query, key = np.array(values["query"]), np.array(values["key"])
        if query.shape[1] != key.shape[1]:
            raise Unreadable(WIDTHS_DIFFER, {"query": query.shape[1], "key": key.shape[1]})
        columns = [_column(function, query, key) for function in catalogue.functions().values()]
        return {
            "columns": columns,
            "legend": legend_for(np.ones((1, len(key)), dtype=bool)),
            "sentence": _sentence(columns),
        }


def parameters_for(name: str, width: int) -> dict[str, Array] | None:
    """Simple enough to check by hand: W swaps the features' order; the additive ones let everything through."""
    one = np.eye(width)
    if name == "general":
        return {"weight": one[::-1]}
    if name == "additive":
        return {"query_weight": one, "key_weight": one, "vector": np.ones(width)}
    return None


def _column(function: ScoringFunction, query: Array, key: Array) -> Column:
    stages = reference.explain(
        query, key, np.zeros((len(key), 1)), function=function.name,
        parameters=parameters_for(function.name, key.shape[1]),
    )  # fmt: skip
    scores, weights = stages.scaled[0, 0], stages.weights[0, 0]
    names = labels("k", range(len(key)))
    order = np.sort(weights)[::-1]
    rows = [
        Row(_("score"), score_cells(scores, scores.min(), scores.max(), decimals(scores))),
        Row(_("weight"), weight_cells(weights, figures.MOST), total="1"),
    ]
    table = Table(
        function.name, names, rows, column_kind="k", has_totals=True, has_colour=True,
        greys=greys_of(float(scores.min()), float(scores.max())),
    )  # fmt: skip
    winners = tuple(name for name, weight in zip(names, weights, strict=True) if order[0] - weight <= _TIE)
    lead = float(order[0] - order[1]) if len(order) > 1 else 1.0
    return Column(function, table, winners, lead)


def _sentence(columns: list[Column]) -> str:
    by_winner: dict[str, list[str]] = {}
    for column in columns:
        by_winner.setdefault(column.winner, []).append(column.label)
    parts = [
        _("%(key)s has the largest weight by: %(functions)s.")
        % {"key": winner, "functions": pgettext("between the members of a list", ", ").join(functions)}
        for winner, functions in by_winner.items()
    ]
    closest = min(columns, key=lambda column: column.lead)
    parts.append(
        _("The closest race is that of %(function)s: %(lead)s between its two largest weights.")
        % {"function": closest.label, "lead": figures.weight_figure(closest.lead, 4)}
    )
    return " ".join(parts)


widget = Compare()
