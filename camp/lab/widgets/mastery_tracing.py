"""How the estimate of mastery moves with every answer: Bayesian knowledge tracing, with its four probabilities."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from django.utils.translation import gettext_lazy, ngettext

from attention_core.labels import gettext_noop
from camp import figures
from camp.lab.widget_settings import Number, Row
from camp.lab.widgets.base import Widget
from camp.learning.bkt import MASTERED, Bkt, mastery_after
from camp.matrix_text import Unreadable, write_number

ONLY_RIGHT_OR_WRONG = gettext_noop("Write 1 for a right answer and 0 for a wrong one; this is %(received)s.")


@dataclass(frozen=True)
class Step:
    """One answer: its place in the picture in per cent, from the left and from the top, and its numbers as text."""

    number: int
    is_right: bool
    left: float
    top: float
    before: str
    after: str
    next_right: str


class MasteryTracing(Widget):
    name = "mastery_tracing"
    label = gettext_lazy("Mastery after each answer")
    order = 70
    settings = {
        "answers": Row(
            label=gettext_lazy("Answers in order: 1 right, 0 wrong"),
            default=[1.0, 1.0, 0.0, 1.0, 1.0], least=1, most=12,
        ),
        "known": Number(
            label=gettext_lazy("Known before the first answer"), default=0.2, low=0, high=1, step=0.05
        ),
        "learn": Number(label=gettext_lazy("Learnt after an answer"), default=0.15, low=0, high=1, step=0.05),
        "slip": Number(
            label=gettext_lazy("Slip: wrong although known"), default=0.1, low=0.05, high=0.45, step=0.05
        ),
        "guess": Number(
            label=gettext_lazy("Guess: right although not known"), default=0.2, low=0.05, high=0.45, step=0.05
        ),
    }  # fmt: skip

    def draw(self, values: Mapping[str, Any]) -> dict[str, Any]:
        answers = _answers(values["answers"])
        model = Bkt(values["known"], values["learn"], values["slip"], values["guess"])
        masteries = [model.known_first, *mastery_after(answers, model)]
        steps = [
            Step(
                number=number,
                is_right=is_right,
                left=_left(number, len(answers)),
                top=_top(after),
                before=_share(before),
                after=_share(after),
                next_right=_share(model.next_right(after)),
            )
            for number, (is_right, before, after) in enumerate(
                zip(answers, masteries[:-1], masteries[1:], strict=True), start=1
            )
        ]
        places = [(_left(number, len(answers)), _top(one)) for number, one in enumerate(masteries)]
        return {
            "steps": steps,
            "first": {"top": _top(masteries[0]), "text": _share(masteries[0])},
            "told": " → ".join(step.after for step in steps),
            "lines": [(*one, *other) for one, other in pairwise(places)],
            "threshold": {"top": _top(MASTERED), "text": figures.all_digits(MASTERED)},
            "sentence": _sentence(steps, masteries[-1]),
        }


def _answers(given: Sequence[float]) -> list[bool]:
    for one in given:
        if one not in (0, 1):
            raise Unreadable(ONLY_RIGHT_OR_WRONG, {"received": write_number(one)})
    return [one == 1 for one in given]


def _share(probability: float) -> str:
    return figures.weight_figure(probability, figures.MOST)


def _left(number: int, count: int) -> float:
    """The start is at the left end, the last answer a little before the right one."""
    return round(2 + 94 * number / count, 3)


def _top(mastery: float) -> float:
    return round(100 - 100 * mastery, 3)


def _sentence(steps: Sequence[Step], last: float) -> str:
    places = {
        "count": len(steps),
        "mastery": steps[-1].after,
        "next": steps[-1].next_right,
        "line": figures.all_digits(MASTERED),
    }
    if last >= MASTERED:
        found = ngettext(
            "After %(count)d answer the mastery is %(mastery)s, past the line of %(line)s: the concept counts as mastered. "
            "The next answer will be right with probability %(next)s.",
            "After %(count)d answers the mastery is %(mastery)s, past the line of %(line)s: the concept counts as mastered. "
            "The next answer will be right with probability %(next)s.",
            len(steps),
        )
    else:
        found = ngettext(
            "After %(count)d answer the mastery is %(mastery)s, below the line of %(line)s. "
            "The next answer will be right with probability %(next)s.",
            "After %(count)d answers the mastery is %(mastery)s, below the line of %(line)s. "
            "The next answer will be right with probability %(next)s.",
            len(steps),
        )
    return found % places


widget = MasteryTracing()
