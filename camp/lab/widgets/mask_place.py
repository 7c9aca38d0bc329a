"""A key that must not be seen: what it gets, by where and how it is hidden."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from attention_core.labels import gettext_noop
from camp import figures
from camp.given_scores import over_keys
from camp.lab.legend import legend_for
from camp.lab.stage_arrays import Array
from camp.lab.stage_tables import labels
from camp.lab.widget_settings import Choice, Row
from camp.lab.widget_tables import Bar, bars, decimal, decimals
from camp.lab.widgets.base import Widget
from camp.matrix_text import Unreadable, write_number

ALLOWED_DIFFERS = gettext_noop("There are %(scores)s scores; expected as many ones and zeros, not %(got)s.")
NO_ONE_OR_ZERO = gettext_noop(
    "Write 1 for a key that may be seen and 0 for one that must not; this is %(received)s."
)
_BILLION = 1e9


class MaskPlace(Widget):
    name = "mask_place"
    label = gettext_lazy("A key that must not be seen")
    order = 45
    settings = {
        "scores": Row(label=gettext_lazy("Scores"), default=[2.0, 1.0, 0.1]),
        "allowed": Row(
            label=gettext_lazy("May be seen"),
            default=[1.0, 1.0, 0.0],
            help=gettext_lazy("1 for a key that may be seen, 0 for one that must not."),
        ),
        "how": Choice(
            label=gettext_lazy("It is hidden by"),
            default="infinity",
            options={
                "infinity": gettext_lazy("score −∞, before softmax, by this camp's core"),
                "weight": gettext_lazy("weight 0, after softmax"),
                "score": gettext_lazy("score 0, before softmax"),
                "single": gettext_lazy("adding −10⁹, in single precision"),
                "half": gettext_lazy("adding −10⁹, in half precision"),
            },
        ),
    }

    def draw(self, values: Mapping[str, Any]) -> dict[str, Any]:
        scores, allowed = np.array(values["scores"]), _allowed(values)
        seen = _seen_scores(scores, allowed, values["how"])
        weights = _weights(seen, allowed, values["how"])
        names = labels("k", range(len(scores)))
        return {
            "rows": list(zip(names, decimals(scores), decimals(seen), _bars(weights), allowed, strict=True)),
            "total": _written(weights.sum()),
            "legend": legend_for(np.ones((1, len(scores)), dtype=bool)),
            "sentence": _sentence(weights, allowed, names, values["how"]),
        }


def _allowed(values: Mapping[str, Any]) -> Array:
    """Raises Unreadable."""
    given, scores = values["allowed"], values["scores"]
    wrong = next((one for one in given if one not in (0, 1)), None)
    if wrong is not None:
        raise Unreadable(NO_ONE_OR_ZERO, {"received": write_number(wrong)})
    if len(given) != len(scores):
        raise Unreadable(ALLOWED_DIFFERS, {"scores": len(scores), "got": len(given)})
    return np.array(given, dtype=bool)


def _seen_scores(scores: Array, allowed: Array, how: str) -> Array:
    """What softmax is given."""
    if how == "score":
        return np.where(allowed, scores, 0.0)
    if how == "infinity":
        return np.where(allowed, scores, -np.inf)
    if how == "weight":
        return scores
    kind = np.float32 if how == "single" else np.float16
    with np.errstate(over="ignore"):  # −10⁹ is −∞ in half precision
        found: Array = (scores.astype(kind) + np.where(allowed, 0, -_BILLION).astype(kind)).astype(np.float64)
    return found


def _weights(seen: Array, allowed: Array, how: str) -> Array:
    """As a program of that kind computes them; NaN where it divides nothing by nothing."""
    finite = np.isfinite(seen)
    if how == "half" and (np.isposinf(seen).any() or not finite.any()):
        return np.full(len(seen), np.nan)
    weights = over_keys([np.where(finite, seen, 0.0)], allowed=[finite]).weights[0]
    return np.where(allowed, weights, 0.0) if how == "weight" else weights


def _bars(weights: Array) -> list[Bar]:
    return [
        Bar("NaN", 0.0, "w0") if np.isnan(weight) else bar
        for weight, bar in zip(weights, bars(np.nan_to_num(weights)), strict=True)
    ]


def _written(total: float) -> str:
    return "NaN" if np.isnan(total) else decimal(total)


def _sentence(weights: Array, allowed: Array, names: list[str], how: str) -> str:
    comma = pgettext("between the members of a list", ", ")
    hidden = [
        f"{name} {'NaN' if np.isnan(weight) else figures.weight_figure(float(weight), figures.MOST)}"
        for name, weight, may in zip(names, weights, allowed, strict=True)
        if not may
    ]
    parts = [_("The weights sum to %(sum)s.") % {"sum": _written(weights.sum())}]
    if hidden:
        parts.append(_("What must not be seen gets: %(weights)s.") % {"weights": comma.join(hidden)})
    else:
        parts.append(_("Nothing is hidden."))
    return " ".join(parts)


widget = MaskPlace()
