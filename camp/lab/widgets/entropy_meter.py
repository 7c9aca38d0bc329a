"""How many tokens a row of weights amounts to: its entropy, and the exponential of it."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from camp.given_scores import over_keys
from camp.lab.legend import legend_for
from camp.lab.stage_tables import labels
from camp.lab.widget_settings import Row
from camp.lab.widget_tables import bars, decimal, decimals
from camp.lab.widgets.base import Widget


class EntropyMeter(Widget):
    name = "entropy_meter"
    label = gettext_lazy("How focused is this row?")
    order = 50
    settings = {
        "scores": Row(
            label=gettext_lazy("Scores of one query"), default=[0.05, 0.1, 0.15, 0.2, 0.25], most=12
        ),
    }

    def draw(self, values: Mapping[str, Any]) -> dict[str, Any]:
        scores = np.array([values["scores"]])
        shares = over_keys(scores)
        weights, count = shares.weights[0], scores.shape[1]
        entropy, effective = float(shares.entropy[0]), float(shares.effective[0])
        # 0·ln 0 is 0 in the limit.
        terms = -weights * np.log(np.where(weights > 0, weights, 1.0))
        places = {
            "entropy": decimal(entropy),
            "effective": decimal(effective),
            "count": count,
        }
        return {
            "rows": list(
                zip(
                    labels("k", range(count)),
                    decimals(scores[0]),
                    bars(weights),
                    [decimal(abs(term)) for term in terms],
                    strict=True,
                )
            ),
            "meter": round(100 * (effective - 1) / (count - 1), 2),
            "most": decimal(np.log(count)),
            **places,
            "legend": legend_for(np.ones((1, count), dtype=bool)),
            "sentence": _(
                "Entropy %(entropy)s nats: this row amounts to %(effective)s of %(count)s tokens with equal shares."
            )
            % places,
        }


widget = EntropyMeter()
