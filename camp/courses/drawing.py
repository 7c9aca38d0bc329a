"""A drawing of a lesson: `camp/courses/diagrams/<name>.py` has a function `draw() -> Drawing`.

It is drawn at each look, in the language of the reader, so its words are marked with gettext as usual.

    def draw() -> Drawing:
        return Drawing(svg=…, title=_("Softmax along the keys"), text=_("Three rows of two cells; …"))
"""

import re
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pkgutil import iter_modules

from django.utils.functional import Promise

_FORBIDDEN = re.compile(
    r"<script|<style|<image|<foreignObject|\s(?:style|on\w+|href|xlink:href)\s*=", re.IGNORECASE
)


@dataclass(frozen=True)
class Drawing:
    """`svg` has a viewBox, role="img" and aria-labelledby that names its <title> and <desc> by ids which begin with
    the diagram's name; colours come from CSS classes alone (tokens.css), for both themes and a policy without inline
    styles. `text` is its twin in words: all that the picture says.
    """

    svg: str
    title: str | Promise
    text: str | Promise

    def faults(self) -> list[str]:
        """What is not as it should be; a test asks every diagram."""
        found = [f"has {match.group().strip()!r}" for match in _FORBIDDEN.finditer(self.svg)]
        needed = ("<svg", "viewBox=", 'role="img"', "aria-labelledby=", "<title", "<desc")
        return found + [f"lacks {part}" for part in needed if part not in self.svg]


@cache
def names() -> frozenset[str]:
    """Every diagram there is, as lessons write them: with hyphens."""
    import camp.courses.diagrams as folder

    found = (one.name for one in iter_modules(folder.__path__))
    return frozenset(name.replace("_", "-") for name in found if not name.startswith("_"))


def drawing(name: str) -> Drawing:
    """The drawing of that name, in the language in use. Raises KeyError."""
    if name not in names():
        raise KeyError(name)
    drawn: Drawing = import_module(f"camp.courses.diagrams.{name.replace('-', '_')}").draw()
    return drawn
