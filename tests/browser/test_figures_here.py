"""The browser writes numbers as the server does."""

import math
import random
import struct
from collections.abc import Callable

from playwright.sync_api import Page

from camp import figures

WRITE = """async numbers => {
  const f = await import("/static/js/figures.js");
  return numbers.map(([value, decimals]) => [
    f.figure(value, decimals), f.weightFigure(value % 1, decimals), f.allDigits(value), f.short(f.figure(value, decimals)),
    f.weightStep(value), f.scoreStep(value % 1, -2, 3),
  ]);
}"""
DECIMALS = """async rows => {
  const f = await import("/static/js/figures.js");
  return rows.map(row => [f.decimalsFor(row), f.decimalsFor(row, 3), f.decimalsFor(row, 4, true)]);
}"""


def test_every_figure_is_the_servers(open_page: Callable[..., Page]) -> None:
    draw = random.Random(3)
    # What lies between two roundings, on either side of a power of ten, and any number at all.
    values = [
        0.0,
        -0.0,
        0.5,
        0.125,
        0.375,
        -0.0625,
        2.5,
        10000.5,
        12345.0,
        12355.0,
        1e-3,
        9999.5,
        1e16,
        1e-5,
        1.0,
    ]
    values += [draw.randint(-4096, 4096) / 2 ** draw.randint(0, 12) for _ in range(400)]
    values += [draw.gauss(0, 1) * 10 ** draw.randint(-9, 9) for _ in range(400)]
    values += [round(draw.gauss(0, 5), draw.randint(0, 5)) for _ in range(400)]
    bits = [struct.unpack("<d", draw.randbytes(8))[0] for _ in range(400)]
    values += [value for value in bits if abs(value) < 1e300]
    numbers = [(value, draw.randint(2, 4)) for value in values]
    for (value, decimals), written in zip(numbers, open_page("/lab/").evaluate(WRITE, numbers), strict=True):
        text = figures.figure(value, decimals)
        assert written == [
            text,
            figures.weight_figure(math.fmod(value, 1), decimals),
            figures.all_digits(value),
            figures.short(text),
            figures.weight_step(value),
            figures.score_step(math.fmod(value, 1), -2, 3),
        ], (value, decimals)


def test_as_many_decimals_are_shown_as_the_server_shows(open_page: Callable[..., Page]) -> None:
    draw = random.Random(5)
    rows = [[round(draw.random(), draw.randint(1, 6)) for _ in range(draw.randint(1, 5))] for _ in range(300)]
    found = open_page("/lab/").evaluate(DECIMALS, rows)
    for row, decimals in zip(rows, found, strict=True):
        assert decimals == [
            figures.decimals_for(row),
            figures.decimals_for(row, 3),
            figures.decimals_for(row, exactly=True),
        ], row
