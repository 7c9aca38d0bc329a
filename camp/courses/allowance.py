"""What one text of the course may ask of the machine: counted before it is done, so that every text ends soon.

A lesson in one language, the check of a question, or one drawing of it has one allowance, on which all of its
expressions, formulas and Markdown draw. The prices below are in steps of about a tenth of a microsecond. As a result's
cells are paid for before it is made, the allowance bounds the memory of all results together too.

>>> with shared():
...     take(STEPS + 1)
Traceback (most recent call last):
    ...
camp.courses.allowance.Exceeded: this computes too much: at most 4000000 steps, of which it would need 1 more
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

from django.utils.translation import gettext as _

STEPS = 4_000_000
# Of Markdown, each time it is read: its reader is not ours, so its steps cannot be counted.
CHARACTERS = 40_000

# Prices.
NODE = 700  # of YAML
EXPRESSION = 500
PART = 20
CALL = 200
ITEM = 20  # of a list, looked at by Python; a cell of an array is one step
WRITTEN_CELL = 100  # of a matrix as LaTeX
FORMULA_CHARACTER = 200
MULTIPLICATIONS = 8  # of a matrix product, for one step


class Exceeded(ValueError):
    """More than is left."""


@dataclass
class _Left:
    steps: int = STEPS
    characters: int = CHARACTERS


_left: ContextVar[_Left | None] = ContextVar("course_allowance", default=None)


@contextmanager
def shared() -> Iterator[None]:
    """All that is computed and read within draws on one allowance; within another `shared`, on that one's."""
    if _left.get() is not None:
        yield
        return
    token = _left.set(_Left())
    try:
        yield
    finally:
        _left.reset(token)


def take(steps: int) -> None:
    """Pay for what comes next.

    Raises:
        Exceeded: it is more than is left.
    """
    left = _left.get()
    if left is None:
        return
    if steps > left.steps:
        problem = _("this computes too much: at most %(most)d steps, of which it would need %(more)d more")
        raise Exceeded(problem % {"most": STEPS, "more": steps - left.steps})
    left.steps -= steps


def read(characters: int) -> None:
    """Pay for Markdown that is read next. Raises Exceeded."""
    left = _left.get()
    if left is None:
        return
    if characters > left.characters:
        problem = _("the texts are too long: at most %(most)d characters in all; these are %(more)d more")
        raise Exceeded(problem % {"most": CHARACTERS, "more": characters - left.characters})
    left.characters -= characters
