"""Weights in small, as a picture in the page: one square a pair, in the colours of every other picture of weights.

Its colours are classes (static/css/steps.css), so it follows the theme; what a mask hides is hatched. It has no figures and
no words: beside a title it is decoration.
"""

from collections import defaultdict
from functools import cache

import numpy as np
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from attention_core import catalogue
from attention_core.params import parse_params
from camp import figures
from camp.lab.presets import PRESETS
from camp.lab.stage_arrays import Array, StageArrays, from_reference

# Of a cell with the gap behind it, and between two heads, in the picture's own units.
_CELL, _BETWEEN = 8, 4
_MOST_PIXELS, _MOST_A_CELL = 44, 14


@cache
def of_preset(slug: str) -> SafeString:
    """The weights that a preset gives; computed once, for presets do not change."""
    params = parse_params(catalogue.task("attention").params, dict(PRESETS[slug].params))
    return thumbnail(from_reference(params))


def thumbnail(stages: StageArrays) -> SafeString:
    """The weights of all heads beside each other, at most 44 px wide and high."""
    assert stages.weights is not None
    assert stages.allowed is not None
    heads, queries, keys = stages.weights.shape
    wide, high = heads * (keys * _CELL + _BETWEEN) - _BETWEEN, queries * _CELL
    pixels = min(_MOST_A_CELL / _CELL, _MOST_PIXELS / max(wide, high))
    return format_html(
        '<svg class="thumb" viewBox="0 0 {} {}" width="{}" height="{}" aria-hidden="true">{}</svg>',
        wide - 1,
        high - 1,
        round(wide * pixels),
        round(high * pixels),
        mark_safe(_paths(stages.weights, stages.allowed)),  # noqa: S308  numbers alone
    )


def _paths(weights: Array, allowed: Array) -> str:
    """One path a colour, however many cells have it."""
    squares = defaultdict(list)
    side = _CELL - 1
    for head, query, key in np.ndindex(weights.shape):
        x, y = head * (weights.shape[2] * _CELL + _BETWEEN) + key * _CELL, query * _CELL
        if allowed[query, key]:
            step = figures.weight_step(float(weights[head, query, key]))
            squares[f"sw w{step}"].append(f"M{x} {y}h{side}v{side}h-{side}z")
        else:
            squares["hatched"].append(f"M{x} {y + side}l{side}-{side}")
    return "".join(f'<path class="{css}" d="{"".join(places)}"/>' for css, places in squares.items())
