"""The table of what was tried: its columns, a run as a row of words and figures, and as a line of CSV."""

import csv
import io
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from attention_core import catalogue
from camp import figures
from camp.lab.models import Job, RunFigures
from camp.lab.stage_words import factor_words

COLUMNS = {
    "time": gettext_lazy("Run"),
    "function": gettext_lazy("Function"),
    "scale": gettext_lazy("Scale"),
    "temperature": gettext_lazy("Temperature"),
    "mask": gettext_lazy("Mask"),
    "heads": gettext_lazy("Heads"),
    "size": gettext_lazy("Size, n_q × n_k × d_k"),
    "entropy": gettext_lazy("Entropy, bits"),
    "tokens": gettext_lazy("Effective tokens"),
    "largest": gettext_lazy("Largest weight"),
    "agreement": gettext_lazy("Agreement of the guess"),
}
NOTHING = "–"
_OUTCOMES = ("entropy_bits", "effective_tokens", "largest_weight", "agreement")
_SETTINGS = (
    "function", "scale", "temperature", "causal", "padding", "drawn", "heads", "n_q", "n_k", "d_k",
)  # fmt: skip
CSV_HEAD = ("run", "name", "created_at", *_SETTINGS, *_OUTCOMES)
# A spreadsheet takes a text that begins so for a formula.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True)
class Cell:
    """`full` has all digits of a figure; empty for words."""

    name: str
    text: str
    full: str = ""

    @property
    def title(self) -> str:
        return str(COLUMNS[self.name])


def cells(row: RunFigures) -> list[Cell]:
    """All columns but the first."""
    return [
        Cell("function", _(catalogue.function(row.function).label)),
        Cell("scale", _scale(row), "" if row.scale is None else figures.all_digits(row.scale)),
        Cell("temperature", figures.all_digits(row.temperature)),
        Cell("mask", _mask(row)),
        Cell("heads", str(row.heads)),
        Cell("size", f"{row.n_q} × {row.n_k} × {row.d_k}"),
        _figure("entropy", row.entropy_bits, 3),
        _figure("tokens", row.effective_tokens, 2),
        _figure("largest", row.largest_weight, 4),
        _figure("agreement", row.agreement, 3),
    ]


def csv_lines(runs: Iterable[Job]) -> bytes:
    """A line each, with all digits; what there is none of is empty."""
    text = io.StringIO()
    lines = csv.writer(text)
    for run in runs:
        own = f"'{run.own_name}" if run.own_name.startswith(_FORMULA) else run.own_name
        found: list[Any] = [getattr(run.figures, name) for name in (*_SETTINGS, *_OUTCOMES)]
        lines.writerow([run.pk, own, run.created_at.isoformat(), *map(_written, found)])
    return text.getvalue().encode()


def csv_head() -> bytes:
    """The first line, behind a mark by which spreadsheets know UTF-8: names may be Chinese."""
    return ("\ufeff" + ",".join(CSV_HEAD) + "\r\n").encode()


def _written(value: Any) -> str:
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)


def _figure(name: str, value: float | None, decimals: int) -> Cell:
    if value is None:
        return Cell(name, NOTHING)
    return Cell(name, figures.figure(value, decimals), figures.all_digits(value))


def _scale(row: RunFigures) -> str:
    if row.scale is None:
        return NOTHING
    return factor_words(row.d_k // row.heads, row.scale if row.has_own_scale else None)


def _mask(row: RunFigures) -> str:
    words = ((row.causal, _("causal")), (row.padding, _("padding")), (row.drawn, _("drawn")))
    return _(", ").join(word for is_so, word in words if is_so) or _("none")
