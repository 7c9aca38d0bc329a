"""How numbers are written: fewest decimals that keep distinct values distinct, a true minus, never a false zero.

>>> [figure(value, 2) for value in (0.05, -0.5, 0.0, 1.0)]
['0.05', '−0.50', '0', '1']
>>> figure(1.23456e-5, 4), figure(-31415.9, 4)
('1.235×10⁻⁵', '−3.142×10⁴')
"""

import math
from collections.abc import Iterable

MINUS = "−"
MINUS_INFINITY = "−∞"
NEARLY_ZERO = "≈0"
FEWEST, MOST = 2, 4
_SIGNIFICANT = 4
_SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def decimals_for(values: Iterable[float], most: int = MOST, *, exactly: bool = False) -> int:
    """The fewest decimals, from 2 to `most`, at which values that differ still look different.

    With `exactly`, also at which no value is rounded, if there are so few.
    """
    distinct = {float(f"{value:.12g}") for value in values if math.isfinite(value)}
    for decimals in range(min(FEWEST, most), most):
        rounded = {round(value, decimals) for value in distinct}
        exact = all(abs(value - round(value, decimals)) < 1e-12 for value in distinct) if exactly else True
        if len(rounded) == len(distinct) and exact:
            return decimals
    return most


def figure(value: float, decimals: int) -> str:
    """A score, input or output: at most 4 significant digits, ×10ⁿ outside 10⁻³ … 10⁴."""
    if value == 0:
        return "0"
    if math.isinf(value):
        return MINUS_INFINITY if value < 0 else "∞"
    size = abs(value)
    if size < 1e-3 or size >= 1e4:
        return _power_of_ten(value)
    leading = math.floor(math.log10(size))
    text = f"{value:.{max(0, min(decimals, _SIGNIFICANT - 1 - leading))}f}"
    if float(text) == 0:
        return NEARLY_ZERO
    if float(value).is_integer():
        text = str(int(value))
    return _signed(text)


def weight_figure(value: float, decimals: int, *, hidden: bool = False) -> str:
    """A weight: exactly 0 only where it is hidden or 0; "≈0" where it is too small to show.

    Below 3 decimals the zero before the point goes too, for the cells are narrow there.
    """
    if hidden or value == 0:
        return "0"
    text = f"{value:.{decimals}f}"
    return NEARLY_ZERO if float(text) == 0 else text


def fixed(value: float, decimals: int, *, trimmed: bool = False) -> str:
    """With so many decimals; `trimmed`: without the zeros at their end.

    >>> fixed(-0.5, 2), fixed(-0.001, 2), fixed(1.5, 2, trimmed=True), fixed(-3.0, 2, trimmed=True)
    ('−0.50', '0.00', '1.5', '−3')
    """
    text = f"{value:.{decimals}f}"
    if float(text) == 0:
        text = text.lstrip("-")
    if trimmed and "." in text:
        text = text.rstrip("0").rstrip(".")
    return text.replace("-", MINUS)


def signed(text: str) -> str:
    """A figure of a difference: what grew says so.

    >>> signed("0.25"), signed("−0.5"), signed("0"), signed("≈0")
    ('+0.25', '−0.5', '0', '≈0')
    """
    return text if text in ("0", NEARLY_ZERO) or text.startswith(MINUS) else f"+{text}"


def short(text: str) -> str:
    """Without the zero before the point, for narrow cells.

    >>> short("0.25"), short("−0.5"), short("+0.5"), short("10.5"), short("0")
    ('.25', '−.5', '+.5', '10.5', '0')
    """
    return text.replace("0.", ".", 1) if text.startswith(("0.", f"{MINUS}0.", "+0.")) else text


def all_digits(value: float) -> str:
    """The shortest text that names this very number, for titles and for copying."""
    if math.isinf(value):
        return MINUS_INFINITY
    return _signed(repr(value).removesuffix(".0")) if value else "0"


def weight_step(weight: float) -> int:
    """The step 0 … 32 of the weight map, absolute everywhere: 32·√w."""
    return math.floor(32 * math.sqrt(min(max(weight, 0.0), 1.0)) + 0.5)


def score_step(score: float, smallest: float, largest: float) -> int:
    """The step 0 … 16 of the grey map between this matrix's extremes; the middle where it is constant."""
    if largest <= smallest:
        return 8
    return math.floor(16 * (score - smallest) / (largest - smallest) + 0.5)


def difference_step(difference: float) -> int:
    """The step 0 … 32 of the map of differences in −1 … 1: 16 + 16·sign·√|d|."""
    size = math.floor(16 * math.sqrt(min(abs(difference), 1.0)) + 0.5)
    return 16 + size if difference > 0 else 16 - size


def _power_of_ten(value: float) -> str:
    mantissa, exponent = f"{value:.{_SIGNIFICANT - 1}e}".split("e")
    digits = mantissa.rstrip("0").rstrip(".")
    return _signed(f"{digits}×10{str(int(exponent)).translate(_SUPERSCRIPTS)}")


def _signed(text: str) -> str:
    return text.replace("-", MINUS)
