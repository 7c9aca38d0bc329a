"""A row of scores shifted, multiplied and divided by a temperature: what of it softmax notices."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from camp import figures
from camp.given_scores import over_keys
from camp.lab.legend import legend_for
from camp.lab.stage_arrays import Array
from camp.lab.stage_tables import labels
from camp.lab.widget_settings import Number, Row
from camp.lab.widget_tables import Bar, bars, decimal, decimals
from camp.lab.widgets.base import Widget

_SAME = 5e-5  # what four decimals do not show


@dataclass(frozen=True)
class Side:
    """The row before or after: its scores as text and its weights as bars."""

    scores: list[str]
    bars: list[Bar]
    entropy: str
    effective: str


class ShiftTemperature(Widget):
    name = "shift_temperature"
    label = gettext_lazy("Shift, scale, temperature")
    order = 40
    settings = {
        "scores": Row(label=gettext_lazy("Scores"), default=[1.0, 2.0, 3.0]),
        "shift": Number(label=gettext_lazy("Shift c, added to every score"), default=0.0, low=-100, high=100),
        "factor": Number(
            label=gettext_lazy("Factor, multiplies every score"), default=1.0, low=-10, high=10, step=0.5
        ),
        "temperature": Number(
            label=gettext_lazy("Temperature T, divides every score"),
            default=1.0, low=0.1, high=10, step=0.1,
        ),
    }  # fmt: skip

    def draw(self, values: Mapping[str, Any]) -> dict[str, Any]:
        scores = np.array([values["scores"]])
        changed = values["factor"] * scores + values["shift"]
        before, after = over_keys(scores), over_keys(changed, values["temperature"])
        sides = [
            _side(scores[0], before.weights[0], before.entropy[0], before.effective[0]),
            _side(changed[0] / values["temperature"], after.weights[0], after.entropy[0], after.effective[0]),
        ]
        names = labels("k", range(scores.shape[1]))
        return {
            "before": sides[0],
            "after": sides[1],
            "rows": list(
                zip(names, sides[0].scores, sides[0].bars, sides[1].scores, sides[1].bars, strict=True)
            ),
            "formula": _formula(values),
            "legend": legend_for(np.ones((1, scores.shape[1]), dtype=bool)),
            "sentence": _sentence(before.weights[0], after.weights[0], sides, names),
        }


def _side(scores: Array, weights: Array, entropy: float, effective: float) -> Side:
    return Side(
        scores=decimals(scores),
        bars=bars(weights),
        entropy=decimal(entropy),
        effective=decimal(effective),
    )


def _formula(values: Mapping[str, Any]) -> str:
    factor, shift, temperature = (
        figures.all_digits(values[name]) for name in ("factor", "shift", "temperature")
    )
    plus = f"+ {shift}" if values["shift"] >= 0 else f"{figures.MINUS} {shift.removeprefix(figures.MINUS)}"
    return f"({factor} · s {plus}) ÷ {temperature}"


def _sentence(before: Array, after: Array, sides: list[Side], names: list[str]) -> str:
    if np.abs(after - before).max() < _SAME:
        return _("The weights are the same as before: %(weights)s.") % {
            "weights": " ".join(bar.text for bar in sides[1].bars)
        }
    places = {
        "key": names[int(after.argmax())],
        "weight": sides[1].bars[int(after.argmax())].text,
        "before": sides[0].effective,
        "after": sides[1].effective,
    }
    return (
        _(
            "The largest weight is now %(weight)s, for %(key)s; the effective number of tokens went from %(before)s to %(after)s."
        )
        % places
    )


widget = ShiftTemperature()
