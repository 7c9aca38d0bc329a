"""A row of bars that one guesses before the truth is shown: whole points that sum to 100."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from attention_core import agreement
from attention_core.labels import gettext_noop as _
from attention_core.problems import echo
from camp.quizzes.marking import Response, Unacceptable

POINTS = 100
MOST_BARS = 12
NOT_A_LIST = _("expected %(bars)s whole numbers that sum to 100, got %(received)s")
NOT_WHOLE = _("expected a whole number from 0 to 100, got %(received)s")
NOT_THE_SUM = _("The points must sum to 100; these sum to %(received)s.")


@dataclass(frozen=True)
class Comparison:
    """A guess beside the truth. `rank` is None where a row is constant; gaps are truth − guess, in shares of 1."""

    agreement: float
    equal_shares: float
    rank: float | None
    largest: int
    gaps: Sequence[float]

    @property
    def largest_gap(self) -> float:
        return self.gaps[self.largest]


def equal_shares(bars: int) -> list[int]:
    """Points as equal as whole numbers can be; what is left goes to the first.

    >>> equal_shares(3)
    [34, 33, 33]
    """
    return [POINTS // bars + (place < POINTS % bars) for place in range(bars)]


def validate(response: object, bars: int) -> Response:
    """The points, as whole numbers. Raises Unacceptable."""
    if not isinstance(response, list) or len(response) != bars:
        received = len(response) if isinstance(response, list) else echo(response)
        raise Unacceptable.at((), NOT_A_LIST, bars=bars, received=received)
    points = [_points(one, place) for place, one in enumerate(response)]
    if sum(points) != POINTS:
        raise Unacceptable.at((), NOT_THE_SUM, received=sum(points))
    return points


def compare(guess: Sequence[float], truth: Sequence[float]) -> Comparison:
    """Both are (n,), the guess in points and the truth in shares."""
    # Points cannot always be shared equally; a guess that is as equal as they allow means all equal.
    if list(guess) == equal_shares(len(truth)):
        guess = [POINTS / len(truth)] * len(truth)
    points = [value / POINTS for value in guess]
    return Comparison(
        agreement=agreement.agreement(guess, truth),
        equal_shares=agreement.agreement([1.0] * len(truth), truth),
        rank=agreement.spearman(guess, truth),
        largest=agreement.largest_gap(guess, truth)[0],
        gaps=[float(share - point) for share, point in zip(truth, points, strict=True)],
    )


def difference_step(gap: float) -> int:
    """The step 0 … 32 of the map of differences: 16 + 16·sign·√|d|."""
    return 16 + int(math.copysign(math.floor(16 * math.sqrt(min(abs(gap), 1.0)) + 0.5), gap))


def _points(value: object, place: int) -> int:
    if isinstance(value, str) and value.strip().isascii() and value.strip().isdecimal() and len(value) < 8:
        value = int(value)
    if type(value) is not int or not 0 <= value <= POINTS:
        raise Unacceptable.at((place,), NOT_WHOLE, received=echo(value))
    return value
