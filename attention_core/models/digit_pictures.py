"""Scikit-learn's 1,797 handwritten digits, parted once for all by a seed, and a learner's drawing made one of them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]

SIDE = 8
CLASSES = 10
NUM_DIGITS = 1797
NUM_HELD_OUT = NUM_DIGITS // 5
# Ink of a pixel: how many of the 4 × 4 dots were set that it was made from.
MOST_INK = 16
# Of a drawing, in 0 … 1: paper brighter than this is light; what differs from it by less is no ink.
LIGHT = 0.5
FAINTEST = 0.2


@dataclass(frozen=True, eq=False)
class Digits:
    """Pictures (m, 8, 8) with ink 0 … 1, and the digits (m) that they show."""

    pictures: Array
    labels: Array


@cache
def all_digits() -> Digits:
    """All of them, as the package has them."""
    from sklearn.datasets import load_digits

    data = load_digits()
    pictures = np.asarray(data.images, np.float32) / MOST_INK
    labels = np.asarray(data.target, np.int32)
    for array in (pictures, labels):
        array.setflags(write=False)
    return Digits(pictures, labels)


def parted(seed: int) -> tuple[Digits, Digits]:
    """The digits to learn from and the fifth that is held out; the seed says which."""
    digits = all_digits()
    order = np.random.Generator(np.random.PCG64(seed)).permutation(NUM_DIGITS)
    held_out, learned = order[:NUM_HELD_OUT], order[NUM_HELD_OUT:]
    return (
        Digits(digits.pictures[learned], digits.labels[learned]),
        Digits(digits.pictures[held_out], digits.labels[held_out]),
    )


def shifted(pictures: Array, generator: np.random.Generator) -> Array:
    """Each picture moved by -1, 0 or 1 pixels down and to the right; what moves in is blank."""
    wide = np.pad(pictures, ((0, 0), (1, 1), (1, 1)))
    down, right = generator.integers(0, 3, (2, len(pictures)))
    rows = down[:, None, None] + np.arange(SIDE)[:, None]
    columns = right[:, None, None] + np.arange(SIDE)
    moved: Array = wide[np.arange(len(pictures))[:, None, None], rows, columns]
    return moved


def ink_of(pixels: Array) -> Array:
    """How far each pixel of a drawing, uint8 (height, width, 3), is from its paper, 0 … 1.

    Its border is paper: on light paper ink is what is darker, on dark paper what is lighter.
    """
    grey = pixels.astype(np.float32) @ np.array([0.299, 0.587, 0.114], np.float32) / 255
    paper = np.median(np.concatenate([grey[0], grey[-1], grey[:, 0], grey[:, -1]]))
    ink: Array = np.clip(paper - grey if paper > LIGHT else grey - paper, 0, 1)
    return ink


def has_ink(pixels: Array) -> bool:
    """Whether something is drawn on a drawing."""
    return bool(ink_of(pixels).max() > FAINTEST)


def from_drawing(pixels: Array) -> Array:
    """A drawing with ink as a picture (8, 8) like those of the data: cut to its ink, put in the middle, shrunk."""
    from PIL import Image

    ink = ink_of(pixels)
    ink /= ink.max()
    drawn = ink > FAINTEST
    rows, columns = np.flatnonzero(drawn.any(axis=1)), np.flatnonzero(drawn.any(axis=0))
    ink = ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    height, width = ink.shape
    side = max(ink.shape)
    square = np.zeros((side, side), np.float32)
    above, before = (side - height) // 2, (side - width) // 2
    square[above : above + height, before : before + width] = ink
    small = np.asarray(Image.fromarray(square).resize((SIDE, SIDE), Image.Resampling.BOX))
    return (small / small.max()).astype(np.float32)
