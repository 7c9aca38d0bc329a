"""A row of bars that one guesses before the truth is shown: whole points that sum to 100."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from attention_core import agreement
from attention_core.labels import gettext_noop as _
from attention_core.problems import Pointer, Problem, echo
from camp import figures

POINTS = 100
MOST_BARS = 12
NOT_A_LIST = _("expected %(bars)s whole numbers that sum to 100, got %(received)s")
NOT_WHOLE = _("expected a whole number from 0 to 100, got %(received)s")
NOT_THE_SUM = _("The points must sum to 100; these sum to %(received)s.")


class NoGuess(ValueError):
    """What was given is no guess; `problem` says where and why."""

    def __init__(self, pointer: Pointer, template: str, **values: Any) -> None:
        super().__init__(template)
        self.problem = Problem(pointer, template, values)


@dataclass(frozen=True)
class Comparison:
    """A guess beside the truth. `rank` is None where a row is constant."""

    agreement: float
    equal_shares: float
    rank: float | None


def equal_shares(bars: int) -> list[int]:
    """Points as equal as whole numbers can be; what is left goes to the first.

    >>> equal_shares(3)
    [34, 33, 33]
    """
    return [POINTS // bars + (place < POINTS % bars) for place in range(bars)]


def read(response: object, bars: int) -> list[int]:
    """The points, as whole numbers. Raises NoGuess."""
    if not isinstance(response, list) or len(response) != bars:
        received = len(response) if isinstance(response, list) else echo(response)
        raise NoGuess((), NOT_A_LIST, bars=bars, received=received)
    points = [_points(one, place) for place, one in enumerate(response)]
    if sum(points) != POINTS:
        raise NoGuess((), NOT_THE_SUM, received=sum(points))
    return points


def compare(guess: Sequence[float], truth: Sequence[float]) -> Comparison:
    """Both are (n,), the guess in points and the truth in shares."""
    # Points cannot always be shared equally; a guess that is as equal as they allow means all equal.
    if list(guess) == equal_shares(len(truth)):
        guess = [POINTS / len(truth)] * len(truth)
    return Comparison(
        agreement=agreement.agreement(guess, truth),
        equal_shares=agreement.agreement([1.0] * len(truth), truth),
        rank=agreement.spearman(guess, truth),
    )


def shown(labels: Sequence[str], guess: Sequence[int], truth: Sequence[float]) -> dict[str, Any]:
    """What templates/quizzes/_bars_truth.html draws: the guess in points, the truth beside it, how far they agree."""
    compared = compare(guess, truth)
    decimals = figures.decimals_for(truth) - 2  # in points of 100, as the guess was given
    # Of the figures that stand beside them, so that whoever subtracts gets the same.
    gaps = [round(100 * share, decimals) - point for point, share in zip(guess, truth, strict=True)]
    largest = max(range(len(gaps)), key=lambda place: abs(gaps[place]))
    bars = [
        {
            "label": label,
            "guess": point,
            "truth": round(100 * share, 3),
            "truth_shown": figures.weight_figure(100 * share, decimals),
            "step": figures.weight_step(share),
            "gap": _signed(gap, decimals),
            "gap_step": figures.difference_step(gap / POINTS),
        }
        for label, point, share, gap in zip(labels, guess, truth, gaps, strict=True)
    ]
    return {
        "bars": bars,
        "agreement": f"{compared.agreement:.3f}",
        "equal_agreement": f"{compared.equal_shares:.3f}",
        "rank": None if compared.rank is None else _minus(f"{compared.rank:.2f}"),
        "gap_label": labels[largest],
        "gap": _signed(gaps[largest], decimals),
    }


def _signed(gap: float, decimals: int) -> str:
    text = f"{gap:+.{decimals}f}"
    return "0" if float(text) == 0 else _minus(text)


def _minus(text: str) -> str:
    return text.replace("-", figures.MINUS)


def _points(value: object, place: int) -> int:
    if isinstance(value, str) and value.strip().isascii() and value.strip().isdecimal() and len(value) < 8:
        value = int(value)
    if type(value) is not int or not 0 <= value <= POINTS:
        raise NoGuess((place,), NOT_WHOLE, received=echo(value))
    return value
