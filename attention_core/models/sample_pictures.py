"""Pictures that a task can offer: two photographs that come with scikit-learn, and a drawn one.

The photographs are china.jpg by danielbuechele and flower.jpg by vultilion, both under the licence CC BY 2.0; here
they are cut and shrunk.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np

from attention_core.labels import gettext_noop as _

Array = np.ndarray[Any, Any]

SIDE = 96
LABELS = {"roofs": _("Roofs (photograph)"), "flower": _("Flower (photograph)"), "drawn": _("Drawn pattern")}
# The file, and what is cut from it: left, upper, right, lower.
_PHOTOGRAPHS = {"roofs": ("china.jpg", (90, 60, 330, 300)), "flower": ("flower.jpg", (160, 75, 448, 363))}


@cache
def sample_picture(name: str) -> Array:
    """Return uint8 (SIDE, SIDE, 3), read-only.

    >>> sample_picture("drawn").shape
    (96, 96, 3)
    """
    pixels = _photograph(*_PHOTOGRAPHS[name]) if name in _PHOTOGRAPHS else _drawn()
    pixels.setflags(write=False)
    return pixels


def _photograph(file: str, cut: tuple[int, int, int, int]) -> Array:
    from PIL import Image
    from sklearn.datasets import load_sample_image

    picture = Image.fromarray(load_sample_image(file)).crop(cut)
    return np.array(picture.resize((SIDE, SIDE), Image.Resampling.LANCZOS))


def _drawn() -> Array:
    """A disc with upright stripes before slanting waves, and a strip of a chessboard: much of it repeats."""
    y, x = np.mgrid[:SIDE, :SIDE]
    disc = np.hypot(y - 48, x - 60) < 26
    grey = np.where(disc, 0.85, 0.25 + 0.12 * np.sin(2 * np.pi * (x + y) / 12))
    grey = np.where(disc & (np.sin(2 * np.pi * x / 9) > 0.2), 0.45, grey)
    grey = np.where(x < 24, np.where((y // 8 + x // 8) % 2, 0.75, 0.15), grey)
    return np.round(255 * grey[..., None] * np.array([1.0, 0.9, 0.75])).astype(np.uint8)
