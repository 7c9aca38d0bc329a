"""A prediction as an answer of a lesson: the points of a guessed row, or what is wrong with them."""

from camp import guessed_row
from camp.quizzes.marking import Response, Unacceptable


def validate(response: object, bars: int) -> Response:
    """The points, as whole numbers. Raises Unacceptable."""
    try:
        return guessed_row.read(response, bars)
    except guessed_row.NoGuess as wrong:
        raise Unacceptable([wrong.problem]) from wrong
