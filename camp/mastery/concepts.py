"""The concepts of the course: their codes, which lessons and questions name, and what they are called.

Names stand in camp/courses/content/concepts.yaml, in every language.
"""

import re
from collections.abc import Iterable, Mapping
from functools import cache

import yaml

from camp.courses.models import in_language
from camp.courses.references import CONTENT

_CODE = re.compile(r"([CN])(\d{1,3})")


@cache
def names() -> Mapping[str, Mapping[str, str]]:
    """Language to name, by code."""
    found: dict[str, dict[str, str]] = yaml.safe_load((CONTENT / "concepts.yaml").read_text(encoding="utf-8"))
    return found


def name_of(concept: str) -> str:
    """In the language in use; of a concept that an instructor has made up, its code."""
    known = names().get(concept)
    return str(in_language(dict(known))) if known else concept


def in_order(found: Iterable[str]) -> list[str]:
    """C1, C2, … C10, … N31, …, then whatever else there is by its letters."""

    def place(concept: str) -> tuple[bool, str, int, str]:
        code = _CODE.fullmatch(concept)
        return (code is None, code[1] if code else "", int(code[2]) if code else 0, concept)

    return sorted(found, key=place)
