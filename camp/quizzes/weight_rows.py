"""Rows of weights as those who write questions compute them: shares that are not below 0 and sum to 1."""

from typing import Any

import numpy as np
from django.utils.translation import gettext as _

from camp import guessed_row
from camp.courses.blocks import Unfit

_ROUNDING = 1e-6


def shares(value: Any, where: str, count: int | None = None) -> list[float]:
    """A row of weights (n,), which may come as the only row of a matrix; `count`: how many there must be.

    Raises:
        Unfit: it is none; `where` names what is wrong.
    """
    try:
        row = np.asarray(value, dtype=float)
    except (TypeError, ValueError) as error:
        problem = _("%(key)s: expected a row of weights; got %(got)s")
        raise Unfit(problem % {"key": where, "got": type(value).__name__}) from error
    row = row[0] if row.ndim == 2 and len(row) == 1 else row
    if row.ndim != 1 or not 2 <= len(row) <= guessed_row.MOST_BARS or (count or len(row)) != len(row):
        expected = str(count or f"2–{guessed_row.MOST_BARS}")
        problem = _("%(key)s: expected a row of %(count)s weights; got the shape %(got)s")
        raise Unfit(problem % {"key": where, "count": expected, "got": row.shape})
    if not np.isfinite(row).all() or (row < 0).any() or abs(row.sum() - 1) > _ROUNDING:
        problem = _("%(key)s: expected weights not below 0 that sum to 1; got %(got)s")
        raise Unfit(problem % {"key": where, "got": row.tolist()})
    return [float(share) for share in row]
