"""A row of weights that sums to 1, set by bars or typed, marked bar by bar."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from django.http import QueryDict
from django.utils.html import format_html
from django.utils.safestring import SafeString

from attention_core.labels import gettext_noop as _
from attention_core.problems import Problems, echo
from camp import figures
from camp.courses.numbers import written
from camp.guessed_row import MOST_BARS
from camp.matrix_text import Unreadable, read_number, write_number
from camp.quizzes.content import Content, Words
from camp.quizzes.drawn import Value, Variant
from camp.quizzes.given_rows import as_typed
from camp.quizzes.labels import labels_at, named, shown_labels, worded_labels
from camp.quizzes.marking import Cell, Feedback, Mark, Response, Unacceptable
from camp.quizzes.question_types.base import QuestionType, decimals_shown
from camp.quizzes.weight_rows import shares

EXPECTED = _("expected %(bars)s weights that sum to 1, got %(received)s")
EXPECTED_WEIGHT = _('expected a weight from 0 to 1 as text, such as "0.5" or "1/3", got %(received)s')
TOO_LONG = _("expected a number of at most %(most)s characters, got %(received)s")
NOT_THE_SUM = _("The weights must sum to 1; these sum to %(received)s.")
MISSING = _("Give every bar a weight: %(missing)s of %(bars)s have none.")
MOST_CHARACTERS = 64
_SUM_SLACK = 0.02  # 0.33 three times, 0.17 six times: what was rounded to two decimals sums to nearly 1
_SLACK = 1e-9


class Bars(QuestionType):
    """Answered by the texts of n weights, kept as they were typed. Every right bar counts the same."""

    name: ClassVar[str] = "bars"
    label: ClassVar[str] = _("A row of weights")
    order: ClassVar[int] = 50
    has_rows: ClassVar[bool] = True
    own_keys: ClassVar[tuple[str, ...]] = ("labels",)
    scripts: ClassVar[tuple[str, ...]] = ("js/weight_bars.js",)
    response_shape: ClassVar[Mapping[str, Any]] = {"type": "array", "items": {"type": "string"}}
    response_words: ClassVar[str] = "a list of such texts, one a bar"
    public_shapes: ClassVar[Mapping[str, Any]] = {
        "labels": {"type": "array", "items": {"type": "string"}, "description": "Of bars: HTML, one a bar."}
    }
    tolerance: ClassVar[float] = 0.02  # two points of a hundred: bars are moved by points

    def as_answer(self, value: Value, where: str) -> Value:
        return [shares(value, where)]

    def word(self, variant: Variant, content: Content, language: str, html: Words) -> Mapping[str, Any]:
        count = len(variant.rows[0])
        return {"labels": worded_labels(content.own["labels"], "labels", count, language, html)}

    def validate(self, response: Any, variant: Variant) -> Response:
        if response is None or response == []:
            return None
        bars = len(variant.rows[0])
        if not isinstance(response, list) or len(response) != bars:
            received = len(response) if isinstance(response, list) else echo(response)
            raise Unacceptable.at((), EXPECTED, bars=bars, received=received)
        missing = sum(one == "" for one in response)
        if missing:
            raise Unacceptable.at((), MISSING, missing=missing, bars=bars)
        problems = Problems()
        found = [_weight(one, place, problems) for place, one in enumerate(response)]
        if len(problems):
            raise Unacceptable(problems.found)
        total = sum(map(read_number, found))
        if abs(total - 1) > _SUM_SLACK * (1 + _SLACK):
            raise Unacceptable.at((), NOT_THE_SUM, received=write_number(float(f"{total:.4g}")))
        return found

    def of_form(self, fields: QueryDict) -> Any:
        given = [text.strip() for text in fields.getlist("response")]
        return given if any(given) else None

    def mark(self, response: Response, variant: Variant) -> Mark:
        (truth,) = variant.rows
        if response is None:
            return Mark(0.0, cells=[[False] * len(truth)])
        given = [read_number(one) for one in response]
        cells = _near(given, truth, variant.tolerance)
        score = sum(cells) / len(cells)
        mistake = ""
        if score < 1:
            for one in variant.mistakes:
                if isinstance(one.value, list) and all(_near(given, one.value[0], variant.tolerance)):
                    mistake = one.key
        return Mark(score, mistake=mistake, cells=[cells])

    def feedback(self, response: Response, mark: Mark, variant: Variant) -> Feedback:
        (truth,) = variant.rows
        decimals = decimals_shown(truth, variant.tolerance)
        (marks,) = mark.cells or [[False] * len(truth)]
        cells = [
            Cell(given, written(share, decimals), is_right)
            for given, share, is_right in zip(response or [""] * len(truth), truth, marks, strict=True)
        ]
        return Feedback(
            mark,
            variant.reason,
            right=[write_number(float(f"{share:.12g}")) for share in truth],
            given=" ".join(response or []),
            mistake=next((one.reason for one in variant.mistakes if one.key == mark.mistake), ""),
            cells=[cells],
            own={"bars": [_bar(*one) for one in zip(_labels(variant), cells, truth, strict=True)]},
        )

    def public(self, variant: Variant) -> dict[str, Any]:
        return {**super().public(variant), "labels": _labels(variant)}

    def form(self, variant: Variant, given: Response, typed: QueryDict | None) -> dict[str, Any]:
        labels = _labels(variant)
        texts = (given or []) if typed is None else typed.getlist("response")
        texts = texts if len(texts) == len(labels) else [""] * len(labels)
        return {
            "bars": [
                {"label": named(label), "text": text[:MOST_CHARACTERS]}
                for label, text in zip(labels, texts, strict=True)
            ]
        }

    def told_lines(self, response: Response, variant: Variant) -> list[str]:
        given = zip(_labels(variant), response or [], strict=False)
        return [format_html("{}: {}", label, text) for label, text in given]

    def own_of_yaml(self, given: Mapping[str, Any], languages: Sequence[str]) -> dict[str, Any]:
        """Labels for each language, or one list for all."""
        return {"labels": labels_at(given, "labels", languages, 2, MOST_BARS)}


def _labels(variant: Variant) -> list[SafeString]:
    return shown_labels(variant.own.get("labels"), len(variant.rows[0]))


def _bar(label: SafeString, cell: Cell, share: float) -> dict[str, Any]:
    """A bar as it is explained: the lengths of what was given and of what is right are points of 100."""
    return {
        "label": named(label),
        "cell": cell,
        "given": _points(cell.given),
        "right": _points(repr(share)),
        "step": figures.weight_step(share),
    }


def _weight(weight: Any, place: int, problems: Problems) -> str:
    weight = as_typed(weight)
    if not isinstance(weight, str):
        problems.add((place,), EXPECTED_WEIGHT, received=echo(weight))
        return ""
    if len(weight) > MOST_CHARACTERS:
        problems.add((place,), TOO_LONG, most=MOST_CHARACTERS, received=len(weight))
        return ""
    try:
        if not 0 <= read_number(weight) <= 1:
            problems.add((place,), EXPECTED_WEIGHT, received=echo(weight))
    except Unreadable as wrong:
        problems.add((place,), wrong.template, **wrong.values)
    return weight.strip()


def _near(given: Sequence[float], wanted: Sequence[float], tolerance: float) -> list[bool]:
    return [abs(one - other) <= tolerance * (1 + _SLACK) for one, other in zip(given, wanted, strict=True)]


def _points(text: str) -> float:
    """How long its bar is drawn, of 100; nothing where nothing was given."""
    return round(100 * read_number(text), 2) if text else 0.0


question_type = Bars()
