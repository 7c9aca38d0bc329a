"""A curve of figures as a drawing in the page: SVG whose colours come from the style sheets, its table beside it."""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext as translated  # of what the core marked

from camp.figures import figure

WIDTH, HEIGHT = 640, 320
_LEFT, _RIGHT, _TOP, _BOTTOM = 64, 16, 16, 60
_TICKS = 5
_MOST_MARKS = 24  # a line of more points is drawn without a mark on each
# Lines are told apart by their dashes and marks, not by colour alone.
STYLES = 4


@dataclass(frozen=True)
class Line:
    """`css` says how it is drawn; a fitted line stands behind the measured ones."""

    label: str
    css: str
    y: Sequence[float]
    is_fit: bool


@dataclass(frozen=True)
class Chart:
    """What a template draws: the SVG, its legend, and the figures as rows of a table."""

    label: str
    x_label: str
    y_label: str
    svg: SafeString
    lines: Sequence[Line]
    rows: Sequence[Sequence[str]]


def chart(curve: Mapping[str, Any], place: str) -> Chart:
    """The chart of a curve of `attention_core.findings`, as its document has it. `place` is its id on the page."""
    lines = [
        Line(translated(label), f"line-{number % STYLES + 1}", y, is_fit=False)
        for number, (label, y) in enumerate(curve["series"].items())
    ]
    lines += [
        Line(translated(label), f"line-fit line-fit-{number % STYLES + 1}", y, is_fit=True)
        for number, (label, y) in enumerate(curve["fits"].items())
    ]
    rows = [
        [figure(x, 4), *(figure(line.y[place], 4) for line in lines)] for place, x in enumerate(curve["x"])
    ]
    label, x_label, y_label = (
        translated(curve["label"]),
        translated(curve["x_label"]),
        translated(curve["y_label"]),
    )
    drawn = _svg(curve["x"], lines, place, label, x_label, y_label, is_logarithmic=curve["logarithmic"])
    return Chart(label, x_label, y_label, drawn, lines, rows)


def live_chart(points: Sequence[Mapping[str, float]]) -> Chart | None:
    """The figures of a run that trains, as far as it has come."""
    names = [name for name in points[-1] if name != "step"] if points else []
    if len(points) < 2 or not names:
        return None
    x = [point.get("step", place) for place, point in enumerate(points)]
    series = {name.capitalize(): [point.get(name, math.nan) for point in points] for name in names}
    curve = {
        "label": _("So far"), "x_label": _("Training step"), "y_label": "", "x": x, "series": series, "fits": {}, "logarithmic": False,
    }  # fmt: skip
    return chart(curve, "live")


def _svg(
    x: Sequence[float],
    lines: Sequence[Line],
    place: str,
    label: str,
    x_label: str,
    y_label: str,
    *,
    is_logarithmic: bool,
) -> SafeString:
    every_y = [value for line in lines for value in line.y]
    across = _axis(x, _LEFT, WIDTH - _RIGHT, is_logarithmic=is_logarithmic)
    up = _axis(every_y, HEIGHT - _BOTTOM, _TOP, is_logarithmic=is_logarithmic)
    parts = [*_grid(across, up)]
    for line in sorted(lines, key=lambda line: not line.is_fit):
        points = [
            (across.at(one), up.at(other))
            for one, other in zip(x, line.y, strict=True)
            if _is_drawn(other, up)
        ]
        path = " ".join(f"{left:.1f},{top:.1f}" for left, top in points)
        parts.append(f'<polyline class="{line.css}" points="{path}"/>')
        if not line.is_fit and len(points) <= _MOST_MARKS:
            parts += [
                f'<circle class="{line.css}" cx="{left:.1f}" cy="{top:.1f}" r="3.5"/>' for left, top in points
            ]
    parts.append(_text((_LEFT + WIDTH - _RIGHT) / 2, HEIGHT - 6, x_label, "middle"))
    parts.append(_text(_LEFT, _TOP - 4, y_label, "start"))
    spoken = escape(_said(lines))
    return SafeString(
        f'<svg class="chart" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" '
        f'aria-labelledby="chart-{place}-title chart-{place}-desc">'
        f'<title id="chart-{place}-title">{escape(label)}</title><desc id="chart-{place}-desc">{spoken}</desc>'
        f"{''.join(parts)}</svg>"
    )


def _said(lines: Sequence[Line]) -> str:
    """From where to where each line goes, for whoever hears it."""
    values = [
        _("%(line)s: from %(first)s to %(last)s")
        % {"line": line.label, "first": figure(line.y[0], 4), "last": figure(line.y[-1], 4)}
        for line in lines
        if line.y
    ]
    return _("; ").join(values)


@dataclass(frozen=True)
class _Axis:
    at: Callable[[float], float]
    ticks: Sequence[float]
    is_logarithmic: bool


def _axis(values: Iterable[float], start: float, end: float, *, is_logarithmic: bool) -> _Axis:
    """From figures to pixels, with round numbers to name."""
    found = [value for value in values if math.isfinite(value) and (value > 0 or not is_logarithmic)]
    least, most = (min(found), max(found)) if found else (1.0, 2.0)
    if is_logarithmic:
        low, high = math.log10(least), math.log10(most)
        room = (high - low or 1) * 0.04
        low, high = low - room, high + room
        ticks = [
            10.0**power * step for power in range(math.floor(low), math.ceil(high) + 1) for step in (1, 2, 5)
        ]
        ticks = [tick for tick in ticks if low <= math.log10(tick) <= high]
        while len(ticks) > _TICKS + 2:
            ticks = ticks[::2]
        return _Axis(
            lambda value: start + (math.log10(value) - low) / (high - low) * (end - start), ticks, True
        )
    if least == most:
        least, most = least - 0.5, most + 0.5
    if 0 < least < (most - least):
        least = 0.0
    step = _round_step((most - least) / _TICKS)
    low, high = math.floor(least / step) * step, math.ceil(most / step - 1e-9) * step
    ticks = [low + step * number for number in range(round((high - low) / step) + 1)]
    return _Axis(lambda value: start + (value - low) / (high - low) * (end - start), ticks, False)


def _round_step(wanted: float) -> float:
    power = 10 ** math.floor(math.log10(wanted))
    return float(next(step * power for step in (1, 2, 5, 10) if step * power >= wanted * 0.999))


def _is_drawn(value: float, axis: _Axis) -> bool:
    return math.isfinite(value) and (value > 0 or not axis.is_logarithmic)


def _grid(across: _Axis, up: _Axis) -> list[str]:
    parts = []
    for tick in up.ticks:
        y = up.at(tick)
        parts.append(f'<path class="rule" d="M{_LEFT} {y:.1f}H{WIDTH - _RIGHT}"/>')
        parts.append(_text(_LEFT - 8, y + 4, _tick(tick), "end"))
    for tick in across.ticks:
        x = across.at(tick)
        parts.append(f'<path class="rule" d="M{x:.1f} {_TOP}V{HEIGHT - _BOTTOM}"/>')
        parts.append(_text(x, HEIGHT - _BOTTOM + 22, _tick(tick), "middle"))
    return parts


def _tick(value: float) -> str:
    """A round number without the zeros that its neighbours would need."""
    text = figure(round(value, 10), 4)
    return text.rstrip("0").rstrip(".") if "." in text and "×" not in text else text


def _text(x: float, y: float, words: str, anchor: str) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(words)}</text>'
