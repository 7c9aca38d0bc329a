"""What a lab task found, in the one form that every viewer, table and client reads.

A task with a form of its own to show (`attention`: stages) returns a `Result` by itself; every other one makes
`Findings` and returns `findings.result(elapsed_ms=…)`. Texts are English, marked with `gettext_noop`; an application
translates them, sentences by their template.

>>> said = Sentence("%(share)s of the weight", {"share": "90 %"})
>>> Findings(says=(said,), metrics=(Metric("accuracy", "Accuracy", 0.5),)).document(elapsed_ms=2)["says"][0]["text"]
'90 % of the weight'
"""

from __future__ import annotations

import base64
import io
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

import numpy as np

from attention_core.result import Result

Array = np.ndarray[Any, Any]
# Beyond so many weights the JSON leaves them out; the NPZ file has them all.
MAX_WEIGHTS_IN_JSON = 2**16


@dataclass(frozen=True)
class Sentence:
    """A sentence with its values, so that it can be translated: `template % values`."""

    template: str
    values: Mapping[str, Any] = field(default_factory=dict)

    def document(self) -> dict[str, Any]:
        values = dict(self.values)
        return {"template": self.template, "values": values, "text": self.template % values}


def percent(share: float, decimals: int = 1) -> str:
    """A share as a value of a sentence.

    >>> percent(0.975), percent(0.5, 0)
    ('97.5 %', '50 %')
    """
    return f"{100 * share:.{decimals}f} %"


@dataclass(frozen=True)
class Metric:
    """One figure, and beside it that of the control, the nearest thing without attention that the task has.

    Attributes:
        name: in JSON.
        value, control: in `unit`; a share in [0, 1] has the unit "share" and is shown in per cent.
        better: which way is better.
    """

    name: str
    label: str
    value: float
    unit: str = ""
    control: float | None = None
    better: Literal["more", "less", "neither"] = "more"


@dataclass(frozen=True)
class Curve:
    """Lines over one axis: a loss over steps, a time over lengths.

    Attributes:
        series: (len(x),) figures by English label.
        fits: lines that were fitted or are theory, over the same x, drawn dashed.
        logarithmic: both axes.
    """

    name: str
    label: str
    x_label: str
    y_label: str
    x: Sequence[float]
    series: Mapping[str, Sequence[float]]
    fits: Mapping[str, Sequence[float]] = field(default_factory=dict)
    logarithmic: bool = False


@dataclass(frozen=True, eq=False)
class Maps:
    """Attention weights by layer and head.

    Attributes:
        weights: (layers, heads, n_q, n_k); rows sum to 1 or are all 0.
        rows, columns: the labels of queries and keys.
        row_grid, column_grid: (rows, columns) of patches where queries or keys are patches of a picture, in
            reading order, after `row_extra` or `column_extra` tokens that are no patch (a class token).
        picture: the name of the picture that the patches are cut from.
    """

    weights: Array
    rows: Sequence[str]
    columns: Sequence[str]
    row_grid: tuple[int, int] | None = None
    column_grid: tuple[int, int] | None = None
    row_extra: int = 0
    column_extra: int = 0
    picture: str = ""


@dataclass(frozen=True, eq=False)
class Picture:
    """uint8 pixels, (height, width) or (height, width, 3)."""

    name: str
    label: str
    pixels: Array


@dataclass(frozen=True)
class Table:
    """A small table. The columns' heads are English, to be translated; of the cells only what is a `Sentence` is."""

    name: str
    label: str
    columns: Sequence[str]
    rows: Sequence[Sequence[Sentence | str | float | int | None]]


@dataclass(frozen=True)
class Change:
    """The figure after one intervention: weights made uniform, shuffled, a head removed, a word deleted."""

    label: str
    value: float
    values: Mapping[str, Any] = field(default_factory=dict)  # of the label, where it is a template


@dataclass(frozen=True)
class Matters:
    """Does the attention matter here? One figure, undisturbed and after each intervention.

    Attributes:
        metric, unit: what `value` and each change are.
        value: undisturbed.
        says: what a reader may conclude and what not, in plain words.
    """

    metric: str
    value: float
    changes: Sequence[Change]
    says: Sequence[Sentence] = ()
    unit: str = ""
    better: Literal["more", "less", "neither"] = "more"


@dataclass(frozen=True, eq=False)
class Findings:
    """All that a run found. `answer` is for programs, `says` the same for people, in a sentence or two.

    Attributes:
        arrays: further arrays for the NPZ file, by name; `weights` is added from `maps`.
    """

    says: Sequence[Sentence] = ()
    answer: Mapping[str, Any] = field(default_factory=dict)
    metrics: Sequence[Metric] = ()
    curves: Sequence[Curve] = ()
    maps: Maps | None = None
    pictures: Sequence[Picture] = ()
    tables: Sequence[Table] = ()
    matters: Matters | None = None
    arrays: Mapping[str, Array] = field(default_factory=dict)

    def result(self, *, elapsed_ms: float) -> Result:
        """As a task returns it: the JSON document and the arrays."""
        arrays = dict(self.arrays)
        if self.maps is not None:
            arrays["weights"] = self.maps.weights
        return Result(self.document(elapsed_ms=elapsed_ms), arrays)

    def document(self, *, elapsed_ms: float) -> dict[str, Any]:
        """JSON without NaN and infinity; weights left out, and `truncated`, where there are very many."""
        maps = self.maps
        truncated = maps is not None and maps.weights.size > MAX_WEIGHTS_IN_JSON
        return {
            "says": [sentence.document() for sentence in self.says],
            "answer": dict(self.answer),
            "metrics": [asdict(metric) for metric in self.metrics],
            "curves": [_plain(asdict(curve)) for curve in self.curves],
            "maps": None if maps is None else _maps_document(maps, truncated=truncated),
            "pictures": [_picture_document(picture) for picture in self.pictures],
            "tables": [_plain(asdict(table)) for table in self.tables],
            "matters": None if self.matters is None else _matters_document(self.matters),
            "elapsed_ms": round(elapsed_ms, 3),
            "truncated": truncated,
        }


def _maps_document(maps: Maps, *, truncated: bool) -> dict[str, Any]:
    layers, heads, n_q, n_k = maps.weights.shape
    if (n_q, n_k) != (len(maps.rows), len(maps.columns)):
        raise ValueError(
            f"expected labels for {n_q} × {n_k} weights; got {len(maps.rows)} × {len(maps.columns)} labels"
        )
    others = {name: value for name, value in vars(maps).items() if name != "weights"}
    # Six digits are more than anything shows, and a third of the bytes.
    weights = None if truncated else np.round(maps.weights.astype(float), 6).tolist()
    return {**_plain(others), "layers": layers, "heads": heads, "weights": weights}


def _matters_document(matters: Matters) -> dict[str, Any]:
    changes = [{**asdict(one), "change": one.value - matters.value} for one in matters.changes]
    says = [sentence.document() for sentence in matters.says]
    return {**_plain(vars(matters)), "changes": changes, "says": says}


def _picture_document(picture: Picture) -> dict[str, Any]:
    height, width = picture.pixels.shape[:2]
    return {
        "name": picture.name,
        "label": picture.label,
        "width": width,
        "height": height,
        "png": base64.b64encode(as_png(picture.pixels)).decode("ascii"),
    }


def as_png(pixels: Array) -> bytes:
    """The PNG file of uint8 pixels, (height, width) or (height, width, 3)."""
    from PIL import Image

    buffer = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(pixels, dtype=np.uint8)).save(buffer, "PNG", optimize=True)
    return buffer.getvalue()


def _plain(value: Any) -> Any:
    """Lists and numbers as JSON has them."""
    if isinstance(value, Mapping):
        return {key: _plain(part) for key, part in value.items()}
    if isinstance(value, np.ndarray):
        return value.tolist()
    if isinstance(value, (list, tuple)):
        return [_plain(part) for part in value]
    return value.item() if isinstance(value, np.generic) else value
