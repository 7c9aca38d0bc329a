"""What a task found (`attention_core.findings`), in the words and figures that a page shows."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from django.utils.translation import gettext as _
from django.utils.translation import gettext as translated  # of what the core marked

from camp.figures import MINUS, figure, signed
from camp.lab.charts import Chart, chart

MOST_ROWS = 16  # of the keys that a row's table names
_SHARE = "share"
_BETTER = {"more": 1, "less": -1, "neither": 0}
_MOST_COUNTED = 10**9  # a count is written in full
_NEGATIVE = re.compile(r"-[\d.]+")
_PER_CENT = re.compile(r"([-−]?[\d.]+) %")


@dataclass(frozen=True)
class Shown:
    """The parts of a page, in their order; an empty one is not drawn."""

    says: list[str]
    metrics: list[dict[str, str]]
    charts: list[Chart]
    maps: dict[str, Any] | None
    pictures: list[dict[str, Any]]
    tables: list[dict[str, Any]]
    matters: dict[str, Any] | None


def shown(document: Mapping[str, Any], asked: Mapping[str, str]) -> Shown:
    """`asked` chooses the row of weights whose figures are listed: layer, head (0: the mean) and query."""
    return Shown(
        says=[_said(one) for one in document["says"]],
        metrics=[_metric(one) for one in document["metrics"]],
        charts=[chart(curve, f"{number}") for number, curve in enumerate(document["curves"], start=1)],
        maps=_maps(document["maps"], asked) if document["maps"] else None,
        pictures=[{**one, "label": translated(one["label"])} for one in document["pictures"]],
        tables=[_table(one) for one in document["tables"]],
        matters=_matters(document["matters"]) if document["matters"] else None,
    )


def picture_of(document: Mapping[str, Any], name: str) -> str | None:
    """The PNG file of one of its pictures, in base64."""
    return next((one["png"] for one in document["pictures"] if one["name"] == name), None)


def with_unit(value: float, unit: str) -> str:
    """A figure as people read it.

    >>> with_unit(0.975, "share"), with_unit(3.25, "dB")
    ('97.5 %', '3.250 dB')
    """
    if unit == _SHARE:
        return _("%(percent)s %%") % {"percent": figure(100 * value, 1)}
    if not unit and float(value).is_integer() and abs(value) < _MOST_COUNTED:
        return figure(value, 4) if abs(value) < 10_000 else f"{int(value):,}".replace(",", "\u202f")
    return f"{figure(value, 4)} {translated(unit)}" if unit else figure(value, 4)


def _said(sentence: Mapping[str, Any]) -> str:
    return str(
        translated(sentence["template"]) % {name: _value(value) for name, value in sentence["values"].items()}
    )


def _value(value: Any) -> Any:
    """A value of a sentence, its minus and its per cent as the pages spell them."""
    if isinstance(value, str) and _NEGATIVE.match(value):
        value = MINUS + value[1:]
    found = _PER_CENT.fullmatch(value) if isinstance(value, str) else None
    return _("%(percent)s %%") % {"percent": found[1]} if found else value


def _metric(metric: Mapping[str, Any]) -> dict[str, str]:
    control, unit = metric["control"], metric["unit"]
    return {
        "label": translated(metric["label"]),
        "value": with_unit(metric["value"], unit),
        "control": "" if control is None else with_unit(control, unit),
    }


def _cell(cell: Any) -> str:
    if isinstance(cell, Mapping):
        return _said(cell)
    if isinstance(cell, bool) or cell is None:
        return "" if cell is None else str(cell)
    return figure(float(cell), 4) if isinstance(cell, (int, float)) else str(cell)


def _table(table: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "label": translated(table["label"]),
        "columns": [translated(one) for one in table["columns"]],
        "rows": [[_cell(cell) for cell in row] for row in table["rows"]],
        "is_long": len(table["rows"]) > MOST_ROWS,
    }


def _matters(matters: Mapping[str, Any]) -> dict[str, Any]:
    unit = matters["unit"]
    rows = [
        {
            "label": translated(one["label"]) % one["values"],
            "value": with_unit(one["value"], unit),
            "change": _change(one["change"], unit),
            "is_worse": one["change"] * _BETTER[matters["better"]] < 0,
        }
        for one in matters["changes"]
    ]
    return {
        "metric": translated(matters["metric"]),
        "value": with_unit(matters["value"], unit),
        "rows": rows,
        "says": [_said(one) for one in matters["says"]],
    }


def _change(value: float, unit: str) -> str:
    if unit == _SHARE:
        return _("%(points)s points") % {"points": signed(figure(100 * value, 1))}
    return signed(with_unit(value, unit))


def _maps(maps: Mapping[str, Any], asked: Mapping[str, str]) -> dict[str, Any]:
    layers, heads, rows = maps["layers"], maps["heads"], len(maps["rows"])
    chosen = {
        "layer": _within(asked.get("layer"), layers, layers),
        "head": _within(asked.get("head"), heads, 0),
        "query": _within(
            asked.get("query"), rows, _middle(maps) if maps["row_grid"] and not maps["row_extra"] else 1
        ),
    }
    plain = {name: value for name, value in maps.items() if name != "weights"}
    listed = None
    if maps["weights"] is not None:
        layer = np.asarray(maps["weights"][chosen["layer"] - 1], dtype=float)
        weights = (layer[chosen["head"] - 1] if chosen["head"] else layer.mean(axis=0))[chosen["query"] - 1]
        order = [key for key in np.argsort(-weights, kind="stable")[:MOST_ROWS] if weights[key] > 0]
        listed = [(maps["columns"][key], with_unit(float(weights[key]), _SHARE)) for key in order]
    return {
        **plain,
        "json": json.dumps(plain, ensure_ascii=False),
        "chosen": chosen,
        "row_numbers": list(enumerate(maps["rows"], start=1)),
        "layer_numbers": range(1, layers + 1),
        "head_numbers": range(1, heads + 1),
        "listed": listed,
    }


def _middle(maps: Mapping[str, Any]) -> int:
    """The query, from 1, whose patch is in the middle of the picture."""
    rows, columns = maps["row_grid"]
    return int(maps["row_extra"] + (rows // 2) * columns + columns // 2 + 1)


def _within(text: str | None, most: int, otherwise: int) -> int:
    """A number from 1 to `most` (0 where that is the usual) out of an address."""
    number = int(text) if text and text.isascii() and text.isdecimal() and len(text) < 6 else otherwise
    return number if 0 < number <= most else otherwise
