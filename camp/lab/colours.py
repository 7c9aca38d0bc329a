"""The colours of the pages as plain hex, for pictures that leave them. The style sheets alone say what they are."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from django.conf import settings

THEMES = ("light", "dark")
_PAIR = r"light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\)"
_TOKEN = re.compile(rf"--([\w-]+): {_PAIR};")
_STEP = re.compile(
    r"\.(\w+) \{ --cell: color-mix\(in srgb, var\(--([\w-]+)\) (\d+)%, var\(--([\w-]+)\)\);"
    rf" --cell-text: {_PAIR}; \}}"
)
_FONT = re.compile(r"--font: ([^;]+);")


@dataclass(frozen=True)
class Colours:
    """`tokens` by name; `fills` and `inks` (of the figures on them) by the class of a cell: w0 … w32, s0 … s16."""

    tokens: Mapping[str, str]
    fills: Mapping[str, str]
    inks: Mapping[str, str]


@cache
def colours(theme: str) -> Colours:
    """All colours of one of THEMES."""
    place = THEMES.index(theme)
    tokens = {name: pair[place] for name, *pair in _TOKEN.findall(_sheet("tokens"))}
    fills, inks = {}, {}
    for css, near, percent, far, *ink in _STEP.findall(_sheet("steps")):
        fills[css] = mixed(tokens[near], tokens[far], int(percent) / 100)
        inks[css] = ink[place]
    return Colours(tokens, fills, inks)


@cache
def font() -> str:
    """The stack of families that the pages use, with those for Chinese."""
    found = _FONT.search(_sheet("tokens"))
    assert found
    return re.sub(r"\s+", " ", found[1])


def mixed(near: str, far: str, share: float) -> str:
    """`share` of one colour and the rest of the other, as CSS mixes them in sRGB.

    >>> mixed("#ffffff", "#000000", 0.25)
    '#404040'
    """
    pairs = zip(bytes.fromhex(near[1:]), bytes.fromhex(far[1:]), strict=True)
    return "#" + "".join(f"{int(one * share + other * (1 - share) + 0.5):02x}" for one, other in pairs)


def _sheet(name: str) -> str:
    return (settings.BASE_DIR / "static" / "css" / f"{name}.css").read_text("utf-8")
