"""How computed numbers are written in lessons and questions: in text with a true minus, in formulas as LaTeX.

>>> written(0.665240, 4), written(-8.0), written(268435456), written(0.00003, 2)
('0.6652', '−8', '268,435,456', '3×10⁻⁵')
>>> latex(written(-0.5, 2)), latex("18.1 %"), latex(written(268435456))
('-0.50', '18.1\\\\,\\\\%', '268{,}435{,}456')
"""

import math
import re
from collections.abc import Iterable

from camp.figures import FEWEST, MINUS, MINUS_INFINITY, decimals_for, figure

MOST_DECIMALS = 12
_GROUPED_FROM = 10_000
_LARGEST_IN_FULL = 10**15
_DIGITS = str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789")
_POWER = re.compile(r"×10([⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+)")
_PERCENT = re.compile(r"([-−]?[\d.,]+) %")


def written(value: float, decimals: int | None = None) -> str:
    """The number for a text. Without `decimals` a whole number has none, another as few as `fewest` finds."""
    if isinstance(value, bool):
        return str(int(value))
    if not math.isfinite(value):
        return "NaN" if math.isnan(value) else MINUS_INFINITY if value < 0 else "∞"
    value = _without_noise(value)
    if decimals is None or isinstance(value, int):
        if value == int(value) and abs(value) < _LARGEST_IN_FULL:
            return _grouped(int(value))
        decimals = fewest([value]) if decimals is None else decimals
    text = f"{value:.{decimals}f}"
    if value and float(text) == 0:
        return figure(value, FEWEST)  # never a false zero
    if abs(value) >= _LARGEST_IN_FULL:
        return figure(value, decimals)
    if float(text) == 0:
        text = text.replace("-", "")
    whole, point, rest = text.partition(".")
    return (
        (_grouped(int(whole)) if abs(int(whole)) >= _GROUPED_FROM else whole.replace("-", MINUS))
        + point
        + rest
    )


def fewest(values: Iterable[float]) -> int:
    """The decimals at which those of the values that are not whole still look different."""
    return decimals_for(value for value in values if math.isfinite(value) and value != int(value))


def latex(text: str) -> str:
    """A written number as LaTeX; other LaTeX passes as it is."""
    if _PERCENT.fullmatch(text):
        text = text.replace(" %", r"\,\%")
    if re.fullmatch(rf"{MINUS}?\d[\d,]*(\.\d+)?", text):
        text = text.replace(",", "{,}")
    text = _POWER.sub(lambda found: rf" \times 10^{{{found[1].translate(_DIGITS)}}}", text)
    return text.replace(MINUS, "-").replace("∞", r"\infty ")


def _without_noise(value: float) -> float:
    """What differs from a whole number only by the rounding of float64 is that number."""
    if isinstance(value, int):
        return value
    nearest = round(value)
    return (
        float(nearest)
        if abs(value - nearest) < 1e-12 * max(1.0, abs(value)) and (nearest or value == 0)
        else value
    )


def _grouped(value: int) -> str:
    text = f"{value:,}" if abs(value) >= _GROUPED_FROM else str(value)
    return text.replace("-", MINUS)
