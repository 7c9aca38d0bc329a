"""Parts of drawings: shapes with classes of static/css/diagrams.css, texts escaped.

Drawings are 360 units wide and about as wide on a phone, so that their words stay legible there.
"""

import math
from collections.abc import Iterable

from django.utils.html import escape
from django.utils.translation import gettext as _

from camp import figures

WIDTH = 360
LEGEND = 44  # how high the scale of the weights is
_STEPS = 33


def svg(name: str, height: float, title: str, text: str, parts: Iterable[str]) -> str:
    """The whole drawing, named by its title and its twin in words."""
    return (
        f'<svg class="diagram" viewBox="0 0 {WIDTH} {height:g}" role="img" '
        f'aria-labelledby="{name}-title {name}-desc">'
        f'<title id="{name}-title">{escape(title)}</title><desc id="{name}-desc">{escape(text)}</desc>'
        f"{''.join(parts)}</svg>"
    )


def words(x: float, y: float, text: str, css: str = "", anchor: str = "start") -> str:
    return f'<text class="{css}" x="{x:.4g}" y="{y:.4g}" text-anchor="{anchor}">{escape(text)}</text>'


def rect(x: float, y: float, width: float, height: float, css: str, radius: float = 2) -> str:
    return f'<rect class="{css}" x="{x:.5g}" y="{y:.5g}" width="{width:.5g}" height="{height:.5g}" rx="{radius:g}"/>'


def line(x1: float, y1: float, x2: float, y2: float, css: str) -> str:
    return f'<line class="{css}" x1="{x1:.5g}" y1="{y1:.5g}" x2="{x2:.5g}" y2="{y2:.5g}"/>'


def curve(points: Iterable[tuple[float, float]], css: str) -> str:
    return f'<polyline class="{css}" points="{" ".join(f"{x:.2f},{y:.2f}" for x, y in points)}"/>'


def dot(x: float, y: float, css: str, radius: float = 3.5) -> str:
    return f'<circle class="{css}" cx="{x:.5g}" cy="{y:.5g}" r="{radius:g}"/>'


def weight_cell(x: float, y: float, width: float, height: float, weight: float, text: str) -> str:
    """A cell in the colours of weights, its figure in the colour that stands on them."""
    return (
        f'<g class="w{figures.weight_step(weight)}">{rect(x, y, width, height, "d-cell")}'
        f"{words(x + width / 2, y + height / 2 + 4, text, 'd-figure d-on-cell', 'middle')}</g>"
    )


def score_cell(x: float, y: float, width: float, height: float, step: int, text: str) -> str:
    """The same for a score, whose step of grey is given."""
    return (
        f'<g class="s{step}">{rect(x, y, width, height, "d-cell")}'
        f"{words(x + width / 2, y + height / 2 + 4, text, 'd-figure d-on-cell', 'middle')}</g>"
    )


def legend(top: float) -> list[str]:
    """The scale of the weights, which stands by every weight that is drawn as a colour."""
    wide = (WIDTH - 16) / _STEPS
    parts = [words(8, top + 10, _("Weight"), "d-note")]
    parts += [
        f'<g class="w{step}">{rect(8 + step * wide, top + 16, wide + 0.3, 10, "d-step", 0)}</g>'
        for step in range(_STEPS)
    ]
    for tick in (0, 0.01, 0.05, 0.25, 0.5, 1):
        x = 8 + (WIDTH - 16) * math.sqrt(tick)
        parts += [
            line(x, top + 26, x, top + 30, "d-axis"),
            words(x, top + 42, f"{tick:g}", "d-tick", "middle"),
        ]
    return parts


def four(value: float) -> str:
    """To four decimals, whole numbers without."""
    rounded = round(float(value), 9)
    text = f"{rounded:.0f}" if rounded.is_integer() else f"{rounded:.4f}"
    return text.replace("-", figures.MINUS)


def two(value: float) -> str:
    """To two decimals, whole numbers without."""
    rounded = round(float(value), 9)
    text = f"{rounded:.0f}" if rounded.is_integer() else f"{rounded:.2f}"
    return text.replace("-", figures.MINUS)
