"""Weights of three scores as the temperature rises: from one winner to equal shares."""

import math

import numpy as np
from django.utils.translation import gettext as _

from camp import figures
from camp.courses.diagrams._svg import WIDTH, curve, dot, line, svg, words
from camp.courses.drawing import Drawing
from camp.given_scores import Array, over_keys

SCORES = (1.0, 2.0, 3.0)
SHOWN = (0.5, 1.0, 2.0)
_LOWEST, _HIGHEST = 0.1, 10.0
_LEFT, _RIGHT, _TOP, _BOTTOM = 40, WIDTH - 34, 30, 240
_STYLES = ("d-line d-weight d-dotted", "d-line d-weight d-dashed", "d-line d-weight")


def weights_at(temperature: float) -> Array:
    row: Array = over_keys([SCORES], temperature).weights[0]
    return row


def draw() -> Drawing:
    title = _("Weights of the scores 1, 2, 3 at temperatures from 0.1 to 10")
    at = "; ".join(
        f"T = {temperature:g}: "
        + ", ".join(figures.weight_figure(float(weight), 4) for weight in weights_at(temperature))
        for temperature in (_LOWEST, *SHOWN, _HIGHEST)
    )
    text = _(
        "At a low temperature k3, whose score is largest, takes nearly all; as it rises the three weights "
        "approach the equal share 1/3 and never cross. Weights of k1, k2, k3 at %(weights)s."
    ) % {"weights": at}
    parts = [*_axes(), *_curves()]
    return Drawing(svg("temperature-curve", 282, title, text, parts), title, text)


def _x(temperature: float) -> float:
    return _LEFT + (_RIGHT - _LEFT) * math.log(temperature / _LOWEST) / math.log(_HIGHEST / _LOWEST)


def _y(weight: float) -> float:
    return _BOTTOM - (_BOTTOM - _TOP) * weight


def _axes() -> list[str]:
    parts = [words(0, 14, _("weight"), "d-note"), words(_RIGHT, 274, _("temperature T"), "d-note", "end")]
    for weight in (0, 0.25, 0.5, 0.75, 1):
        parts += [
            line(_LEFT, _y(weight), _RIGHT, _y(weight), "d-rule"),
            words(_LEFT - 8, _y(weight) + 4, f"{weight:g}", "d-tick", "end"),
        ]
    share = 1 / len(SCORES)
    parts += [
        line(_LEFT, _y(share), _RIGHT, _y(share), "d-equal"),
        words(_LEFT + 4, _y(share) - 6, _("equal share 1/3"), "d-note"),
    ]
    for temperature in (_LOWEST, *SHOWN, _HIGHEST):
        parts.append(words(_x(temperature), _BOTTOM + 16, f"{temperature:g}", "d-tick", "middle"))
    return parts


def _curves() -> list[str]:
    temperatures = np.geomspace(_LOWEST, _HIGHEST, 81)
    rows = np.array([weights_at(float(temperature)) for temperature in temperatures])
    parts = [
        curve(
            [(_x(float(t)), _y(float(weight))) for t, weight in zip(temperatures, column, strict=True)],
            style,
        )
        for column, style in zip(rows.T, _STYLES, strict=True)
    ]
    # The names keep apart where the curves meet.
    ends = [_y(float(weight)) for weight in rows[-1]]
    for index, (end, shift) in enumerate(zip(ends, (10, 4, -2), strict=True)):
        parts.append(words(_RIGHT + 6, end + shift, f"k{index + 1}", "d-key"))
    for temperature in SHOWN:
        for index, weight in enumerate(map(float, weights_at(temperature))):
            parts.append(dot(_x(temperature), _y(weight), "d-dot d-weight"))
            # Near the floor figures would stand on each other; the twin in words has them all.
            if index == 2 or temperature == 1:
                down = 15 if index == 0 else -7
                parts.append(
                    words(
                        _x(temperature) + (5 if index != 1 else -5), _y(weight) + down, f"{weight:.2f}", "d-figure",
                        "end" if index == 1 else "start",
                    )
                )  # fmt: skip
    return parts
