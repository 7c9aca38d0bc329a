"""What the functions of expressions are given: read, refused in the language in use, and paid for by its size.

A function that is added to `camp.courses.computations` takes what it was given through these.
"""

import math
from collections.abc import Iterable
from typing import Any

import numpy as np
from django.utils.translation import gettext as _

from camp.courses.allowance import ITEM, MULTIPLICATIONS, take
from camp.courses.numbers import MOST_DECIMALS

Array = np.ndarray[Any, Any]
MOST_CELLS = 2**14
_MOST_AXES = 4
_MOST_MULTIPLICATIONS = 2**20


class Refusal(ValueError):
    """A function does not take what it was given; the message is in the language in use."""


def array(rows: Any) -> Array:
    """A float64 array of numbers.

    Raises:
        Refusal: no numbers, ragged rows, too many cells or axes.
    """
    return _array(rows, axes=0)


def _array(rows: Any, axes: int) -> Array:
    """`axes` stand around it already; they are counted on the way down, for empty lists may nest without any cell."""
    if isinstance(rows, (bool, int, float)):
        return np.asarray(float(rows))
    if not isinstance(rows, (list, tuple, np.ndarray)):
        raise Refusal(_("expected numbers; got %(got)s") % {"got": kind_of(rows)})
    axes += rows.ndim if isinstance(rows, np.ndarray) else 1
    if axes > _MOST_AXES:
        raise Refusal(_("expected at most %(most)d axes; got more") % {"most": _MOST_AXES})
    if isinstance(rows, np.ndarray):
        take(rows.size)
        return rows.astype(np.float64)
    take(len(rows) * ITEM)
    parts = [_array(row, axes) for row in rows]
    shapes = list(dict.fromkeys(part.shape for part in parts))
    if len(shapes) > 1:
        shown = ", ".join(str(list(shape)) for shape in shapes[:4])
        raise Refusal(_("expected rows of one length; got the shapes %(got)s") % {"got": shown})
    check_cells(sum(part.size for part in parts))
    return np.stack(parts) if parts else np.zeros(0)


def check_cells(count: int) -> None:
    """Pay for so many cells of a result. Raises Refusal where that is more than one may have."""
    if count > MOST_CELLS:
        raise Refusal(_("expected at most %(most)d cells; got %(got)d") % {"most": MOST_CELLS, "got": count})
    take(count)


def check_shapes(one: tuple[int, ...], other: tuple[int, ...]) -> tuple[int, ...]:
    """The shape to which NumPy broadcasts both, whose cells are paid for. Raises Refusal."""
    try:
        shape = np.broadcast_shapes(one, other)
    except ValueError as error:
        problem = _("the shapes %(one)s and %(other)s do not fit together")
        raise Refusal(problem % {"one": list(one), "other": list(other)}) from error
    check_cells(math.prod(shape))
    return shape


def check_product(multiplications: int) -> None:
    if multiplications > _MOST_MULTIPLICATIONS:
        problem = _("expected at most %(most)d multiplications; got %(got)d")
        raise Refusal(problem % {"most": _MOST_MULTIPLICATIONS, "got": multiplications})
    take(multiplications // MULTIPLICATIONS)


def kind_of(value: Any) -> str:
    """What somebody wrote, in few words."""
    if isinstance(value, np.ndarray):
        return _("an array of the shape %(shape)s") % {"shape": list(value.shape)}
    if isinstance(value, str):
        return _("the text “%(text)s”") % {"text": value[:40]}
    if isinstance(value, (list, tuple)):
        return _("a list of %(count)d") % {"count": len(value)}
    if isinstance(value, dict):
        return _("stages or parameters by name")
    return str(value)[:40]


def one_of(known: Iterable[str], got: Any) -> str:
    return _("expected one of %(known)s; got %(got)s") % {"known": ", ".join(known), "got": kind_of(got)}


def read_rows(name: str, given: Any) -> Array:
    """Rows of numbers: a matrix."""
    found = array(given)
    if found.ndim != 2:
        problem = _("%(name)s: expected rows of numbers; got %(got)s")
        raise Refusal(problem % {"name": name, "got": kind_of(found)})
    return found


def read_number(x: Any) -> float:
    found = array(x)
    if found.ndim:
        raise Refusal(_("expected one number; got %(got)s") % {"got": kind_of(found)})
    return float(found)


def read_whole(number: Any) -> int:
    found = math.nan if isinstance(number, (bool, str)) else read_number(number)
    if not math.isfinite(found) or found != int(found):
        raise Refusal(_("expected a whole number; got %(got)s") % {"got": kind_of(number)})
    return int(found)


def read_places(decimals: Any) -> int:
    places = read_whole(decimals)
    if not 0 <= places <= MOST_DECIMALS:
        problem = _("expected decimals from 0 to %(most)d; got %(got)d")
        raise Refusal(problem % {"most": MOST_DECIMALS, "got": places})
    return places


def read_axis(axis: Any) -> int | None:
    return None if axis is None else read_whole(axis)


def read_sizes(sizes: tuple[Any, ...]) -> tuple[int, ...]:
    given = sizes[0] if len(sizes) == 1 and isinstance(sizes[0], (list, tuple)) else sizes
    found = tuple(read_whole(size) for size in given)
    if any(size < 0 for size in found) or len(found) > _MOST_AXES:
        problem = _("expected sizes from 0 on, on at most %(most)d axes; got %(got)s")
        raise Refusal(problem % {"most": _MOST_AXES, "got": list(found)})
    check_cells(math.prod(found))
    return found


def read_word(text: Any) -> str:
    if not isinstance(text, str):
        raise Refusal(_("expected a text in quotes; got %(got)s") % {"got": kind_of(text)})
    return text


def read_parameters(given: Any) -> dict[str, Array] | None:
    if given is None:
        return None
    if not isinstance(given, dict):
        raise Refusal(_('parameters: expected {"weight": rows}; got %(got)s') % {"got": kind_of(given)})
    return {read_word(name): array(rows) for name, rows in given.items()}
