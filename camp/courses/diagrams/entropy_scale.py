"""Four rows of weights on the scale of effective tokens, from one to all five."""

import numpy as np
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from camp.courses.diagrams._svg import LEGEND, WIDTH, four, legend, line, rect, svg, weight_cell, words
from camp.courses.drawing import Drawing
from camp.given_scores import Shares, over_keys

ROWS = (
    (gettext_lazy("equal scores"), (0.0, 0.0, 0.0, 0.0, 0.0)),
    (gettext_lazy("the article's row 5"), (0.05, 0.1, 0.15, 0.2, 0.25)),
    (gettext_lazy("scores 2, 1, 0, 0, 0"), (2.0, 1.0, 0.0, 0.0, 0.0)),
    (gettext_lazy("scores 8, 0, 0, 0, 0"), (8.0, 0.0, 0.0, 0.0, 0.0)),
)
_TOKENS, _CELL, _HIGH, _PANEL, _TOP = 5, 68, 30, 100, 4


def shares_of(scores: tuple[float, ...]) -> Shares:
    return over_keys([scores])


def draw() -> Drawing:
    title = _("How many tokens a row amounts to")
    parts, told = [], []
    for index, (label, scores) in enumerate(ROWS):
        shares = shares_of(scores)
        entropy, effective = four(shares.entropy[0]), four(shares.effective[0])
        parts += _row(_TOP + index * _PANEL, str(label), shares)
        told.append(
            _("%(label)s: entropy %(entropy)s nats, %(effective)s of 5 tokens")
            % {"label": label, "entropy": entropy, "effective": effective}
        )
    text = _("Each row of five weights with its place on the scale from 1 to 5 tokens. %(rows)s.") % {
        "rows": "; ".join(told)
    }
    bottom = _TOP + len(ROWS) * _PANEL
    parts += legend(bottom)
    return Drawing(svg("entropy-scale", bottom + LEGEND + 4, title, text, parts), title, text)


def _row(top: float, label: str, shares: Shares) -> list[str]:
    weights, effective = shares.weights[0], float(shares.effective[0])
    parts = [
        words(0, top + 12, label, "d-strong"),
        words(
            WIDTH - 2, top + 12, f"H = {four(shares.entropy[0])}, eᴴ = {four(effective)}", "d-figure", "end"
        ),
    ]
    step = (WIDTH - _CELL) / (_TOKENS - 1)
    parts += [
        weight_cell(index * step, top + 20, _CELL, _HIGH, float(weight), _figure(float(weight)))
        for index, weight in enumerate(weights)
    ]
    left, right, y = 8.0, WIDTH - 8.0, top + 64
    at = left + (right - left) * (effective - 1) / (_TOKENS - 1)
    parts.append(line(left, y, right, y, "d-axis"))
    for count in range(1, _TOKENS + 1):
        x = left + (right - left) * (count - 1) / (_TOKENS - 1)
        parts += [line(x, y - 3, x, y + 3, "d-axis"), words(x, y + 17, str(count), "d-tick", "middle")]
    parts.append(rect(at - 3, y - 11, 6, 15, "d-mark", 2))
    return parts


def _figure(weight: float) -> str:
    return f"{np.round(weight, 4):.4f}"
