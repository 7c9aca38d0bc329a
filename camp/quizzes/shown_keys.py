"""Names for what is shown in an order that tells nothing: an author's own keys, such as a, b, c, would tell it."""

import hashlib
from collections.abc import Sequence
from typing import TypeVar

import numpy as np
from django.utils.translation import gettext as _

from camp.courses.blocks import Unfit

_BYTES = 3
T = TypeVar("T")


def shown_keys(keys: Sequence[str], random: np.random.Generator) -> dict[str, str]:
    """A name for each key: the same for the same drawing, and of no meaning.

    Raises:
        Unfit: two got the same, once in a million drawings.
    """
    salt = random.bytes(16)
    found = {key: hashlib.blake2s(key.encode(), key=salt, digest_size=_BYTES).hexdigest() for key in keys}
    if len(set(found.values())) < len(found):
        raise Unfit(_("two entries got the same name"))
    return found


def shuffled(entries: Sequence[T], random: np.random.Generator) -> list[T]:
    """The same in an order by chance."""
    return [entries[int(place)] for place in random.permutation(len(entries))]


def chosen_pairs(values: Sequence[str]) -> dict[str, str]:
    """What a form of selects sent, each as “entry=choice”: the choice of each entry, "" where none was made."""
    return {entry: choice for entry, _equals, choice in (value.partition("=") for value in values)}
