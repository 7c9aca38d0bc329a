"""Five ways from one query and one key to one number."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from django.utils.translation import gettext as _

from attention_core import catalogue, reference
from camp.courses.diagrams._svg import WIDTH, four, line, rect, svg, words
from camp.courses.drawing import Drawing

QUERY, KEY = [1.0, 2.0], [2.0, 1.0]
_ROW, _TOP, _MIDDLE, _HEIGHT = 66, 44, 30, 26
# What stands between query and key: (text, whether it is learned, width).
Shape = tuple[str, bool, float]
_BETWEEN: Mapping[str, Sequence[Shape]] = {
    "dot_product": (("·", False, 24),),
    "scaled_dot_product": (("·", False, 24), ("÷ √d", False, 52)),
    "cosine": (("·", False, 24), ("÷ ‖q‖‖k‖", False, 76)),
    "general": (("W", True, 30),),
    "additive": (("+", False, 24), ("tanh", False, 46), ("v", True, 26)),
}


def draw() -> Drawing:
    parts = [
        words(0, 16, _("q = (1, 2), k = (2, 1)"), "d-note"),
        rect(WIDTH - 118, 4, 16, 16, "d-learned"),
        words(WIDTH - 98, 16, _("is learned"), "d-note"),
    ]
    told = []
    for index, (name, shapes) in enumerate(_BETWEEN.items()):
        score, label = four(score_by(name)), _(catalogue.function(name).label)
        told.append(_("%(function)s: %(score)s") % {"function": label, "score": score})
        parts += _row(_TOP + index * _ROW, label, shapes, score, learns=name == "additive")
    title = _("One query, one key, five scores")
    text = " ".join(
        [
            _(
                "Dot product multiplies q and k and adds up; scaled divides that by √d, cosine by both lengths. "
                "General puts a learned matrix W between them. Additive multiplies each by a learned matrix, adds "
                "them, and makes one number of tanh by a learned vector v."
            ),
            _("For q = (1, 2) and k = (2, 1), with W swapping the features and the additive matrices "
              "letting all through: %(scores)s.") % {"scores": "; ".join(told)},
        ]
    )  # fmt: skip
    height = _TOP + len(_BETWEEN) * _ROW
    return Drawing(svg("scoring-formulas", height, title, text, parts), title, text)


def score_by(name: str) -> float:
    """The score of QUERY and KEY, with parameters that one can follow by hand."""
    one = np.eye(2)
    parameters: dict[str, dict[str, Any]] = {
        "general": {"weight": one[::-1]},
        "additive": {"query_weight": one, "key_weight": one, "vector": np.ones(2)},
    }
    stages = reference.explain(
        [QUERY], [KEY], [[0.0]], function=name, parameters=parameters.get(name)
    )  # fmt: skip
    return float(stages.scaled[0, 0, 0])


def _row(top: float, label: str, shapes: Sequence[Shape], score: str, *, learns: bool) -> list[str]:
    middle = top + _MIDDLE
    parts = [line(0, top - 8, WIDTH, top - 8, "d-rule"), words(0, top + 8, label, "d-strong")]
    x = 0.0
    for text, css, width in _order(shapes, learns=learns):
        parts += _box(x, middle, width, text, css)
        x += width + 4
    parts.append(line(x + 4, middle + 6, WIDTH - 64, middle + 6, "d-arrow"))
    parts.append(words(WIDTH - 4, middle + 11, score, "d-value", "end"))
    return parts


def _order(shapes: Sequence[Shape], *, learns: bool) -> Iterator[tuple[str, str, float]]:
    """(text, class, width) from left to right; with `learns` each vector first meets a matrix of its own."""
    between = [(text, "d-learned" if learned else "d-plain", width) for text, learned, width in shapes]
    if learns:
        yield "Wq", "d-learned", 34
    yield "q", "d-q", 26
    yield between[0]
    if learns:
        yield "Wk", "d-learned", 34
    yield "k", "d-k", 26
    yield from between[1:]


def _box(x: float, middle: float, width: float, text: str, css: str) -> list[str]:
    written = words(x + width / 2, middle + 11, text, f"d-symbol {css}-text", "middle")
    if css == "d-learned" and len(text) == 2:
        written = written.replace(text, f'{text[0]}<tspan class="d-sub" dy="3">{text[1]}</tspan>')
    return [rect(x, middle - _HEIGHT / 2 + 6, width, _HEIGHT, css, 4), written]
