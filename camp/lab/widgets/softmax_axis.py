"""The same scores with softmax over keys, over queries or over all cells."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from camp.given_scores import over_all, over_keys, over_queries
from camp.lab.legend import legend_for
from camp.lab.stage_arrays import Array
from camp.lab.widget_settings import Choice, Matrix
from camp.lab.widget_tables import decimal, score_matrix, summed_weight_matrix
from camp.lab.widgets.base import Widget


class SoftmaxAxis(Widget):
    name = "softmax_axis"
    label = gettext_lazy("Softmax over which axis?")
    order = 30
    settings = {
        "scores": Matrix(
            label=gettext_lazy("Scores"),
            default=[[2.0, 0.0], [0.0, 0.0], [1.0, 3.0]],
            help=gettext_lazy("A row for each query, parted by semicolons."),
        ),
        "over": Choice(
            label=gettext_lazy("Softmax runs"),
            default="keys",
            options={
                "keys": gettext_lazy("over keys (each row)"),
                "queries": gettext_lazy("over queries (each column)"),
                "all": gettext_lazy("over all cells"),
            },
        ),
    }

    def draw(self, values: Mapping[str, Any]) -> dict[str, Any]:
        scores = np.array(values["scores"])
        weights = _weights(scores, values["over"])
        return {
            "before": score_matrix("scores", scores),
            "after": summed_weight_matrix("weights", weights, _("sum")),
            "legend": legend_for(np.ones(scores.shape, dtype=bool)),
            "sentence": _sentence(weights, values["over"]),
        }


def _weights(scores: Array, over: str) -> Array:
    if over == "queries":
        return over_queries(scores)
    return over_all(scores) if over == "all" else over_keys(scores).weights


def _sentence(weights: Array, over: str) -> str:
    comma = pgettext("between the members of a list", ", ")
    rows = comma.join(decimal(total) for total in weights.sum(axis=1))
    columns = comma.join(decimal(total) for total in weights.sum(axis=0))
    sentences = {
        "keys": _(
            "Over keys, as attention does it: every row sums to 1, so every query shares out one whole. "
            "The columns sum to %(columns)s."
        ),
        "queries": _(
            "Over queries: every column sums to 1, and the rows sum to %(rows)s. The outputs are then no averages."
        ),
        "all": _("Over all cells: the whole table sums to 1, and the rows sum to %(rows)s."),
    }
    return sentences[over] % {"rows": rows, "columns": columns}


widget = SoftmaxAxis()
