"""Ready-made inputs for the attention task, each with the question it answers."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext

from attention_core.labels import gettext_noop as _

ARTICLE = [[0.1], [0.2], [0.3], [0.4], [0.5]]
# Three words of one sentence; "it" looks for the first feature, which "cat" has most of.
WORDS = (_("cat"), _("sat"), _("it"))
WORD_QUERIES = [[0.0, 1.0], [1.0, 1.0], [2.0, 0.0]]
WORD_KEYS = [[1.0, 0.0], [0.0, 1.0], [0.5, 0.0]]
WORD_VALUES = [[1.0, 0.0], [0.0, 1.0], [0.0, 0.0]]
_STEPS = [[1.0, 0.0], [0.0, 1.0], [1.0, 1.0], [0.5, -0.5]]
_TWO_SENSES = [
    [1.0, 0.0, 0.0, 2.0],
    [0.0, 1.0, 2.0, 0.0],
    [1.0, 1.0, 0.0, 1.0],
    [0.0, 2.0, 1.0, 0.0],
]
# The course's own matrices: named as in its outline.
_THREE = {
    "query": [[1.0, 1.0, 1.0, 0.0], [0.0, 0.0, 0.0, 2.0], [0.0, 1.0, 0.0, 2.0]],
    "key": [[0.0, 0.0, 0.0, 1.0], [0.0, 2.0, 0.0, 1.0], [1.0, 2.0, 1.0, 0.0]],
    "value": [[1.0, 0.0], [0.0, 3.0], [2.0, 1.0]],
}
_SQUARE = {
    "query": [[1.0, 2.0], [1.0, 0.0]],
    "key": [[1.0, 0.0], [1.0, 2.0]],
    "value": [[0.0], [10.0]],
}
_IDENTITY = [[1.0, 0.0], [0.0, 1.0]]
# Sixteen features of size 1: neighbouring scores are four apart, and one apart once divided by √16.
_WIDE = {
    "query": [[1.0] * (16 - less) + [-1.0] * less for less in (0, 4, 8)],
    "key": [[1.0] * (16 - less) + [-1.0] * less for less in (4, 6, 8)],
    "value": [[1.0], [2.0], [3.0]],
}


@dataclass(frozen=True)
class Preset:
    """`title`, `question` and `rows` (the words that the rows stand for, if any) are English, marked for
    translation; `params` as a client would send them.
    """

    slug: str
    title: str
    question: str
    params: Mapping[str, Any]
    rows: tuple[str, ...] = ()

    @property
    def row_labels(self) -> str:
        """The words of the rows, translated, for the matrix editor."""
        return "|".join(gettext(row) for row in self.rows)


def _same(rows: list[list[float]], **settings: Any) -> dict[str, Any]:
    return {"query": rows, "key": rows, "value": rows, **settings}


_ALL = (
    Preset(
        "article",
        _("The article's example"),
        _(
            "Five tokens of one feature, out of the article that the course corrects: "
            "why are the weights so nearly equal?"
        ),
        _same(ARTICLE),
    ),
    Preset(
        "one-token",
        _("The same numbers as one token"),
        _("One token of five features: whom can it look at?"),
        _same([[0.1, 0.2, 0.3, 0.4, 0.5]]),
    ),
    Preset(
        "cat-sat-it",
        _("cat, sat, it"),
        _("What does “it” look at?"),
        {"query": WORD_QUERIES, "key": WORD_KEYS, "value": WORD_VALUES},
        rows=WORDS,
    ),
    Preset(
        "order",
        _("The keys in another order"),
        _("Does order matter?"),
        {
            "query": WORD_QUERIES,
            "key": [WORD_KEYS[2], WORD_KEYS[0], WORD_KEYS[1]],
            "value": [WORD_VALUES[2], WORD_VALUES[0], WORD_VALUES[1]],
        },
    ),
    Preset(
        "causal",
        _("Causal mask"),
        _("What changes when no token sees what comes after it?"),
        _same(ARTICLE, causal=True),
    ),
    Preset(
        "decoder-step",
        _("A decoder step"),
        _("Two new queries, four keys: who may see whom?"),
        {"query": _STEPS[2:], "key": _STEPS, "value": _STEPS, "causal": True},
    ),
    Preset(
        "padding",
        _("Padding and an empty row"),
        _("What comes out of a row that may look at nothing?"),
        _same(
            _STEPS,
            key_padding=[True, True, True, False],
            mask=[[False] * 4, [True] * 4, [True, False, True, True], [True] * 4],
        ),
    ),
    Preset(
        "two-heads",
        _("Two heads"),
        _("Can one token look at two things at once?"),
        _same(_TWO_SENSES, num_heads=2),
    ),
    Preset(
        "sharp",
        _("Low temperature"),
        _("When does attention pick a single token?"),
        {"query": WORD_QUERIES, "key": WORD_KEYS, "value": WORD_VALUES, "temperature": 0.1},
        rows=WORDS,
    ),
    Preset(
        "flat",
        _("High temperature"),
        _("When does attention become a plain average?"),
        {"query": WORD_QUERIES, "key": WORD_KEYS, "value": WORD_VALUES, "temperature": 10.0},
        rows=WORDS,
    ),
    Preset(
        "additive",
        _("Additive score"),
        _("What does a small network find alike?"),
        {"query": WORD_QUERIES, "key": WORD_KEYS, "value": WORD_VALUES, "function": "additive", "seed": 7},
        rows=WORDS,
    ),
    Preset(
        "general",
        _("General score"),
        _("What if a matrix decides which features meet?"),
        {
            "query": WORD_QUERIES,
            "key": WORD_KEYS,
            "value": WORD_VALUES,
            "function": "general",
            "parameters": {"weight": [[0.0, 1.0], [1.0, 0.0]]},
        },
        rows=WORDS,
    ),
    Preset(
        "cosine",
        _("Cosine score"),
        _("What if only the direction counts, not the length?"),
        _same([[1.0, 1.0], [10.0, 10.0], [-1.0, 1.0]], function="cosine"),
    ),
    Preset(
        "t3",
        _("Three tokens, by hand"),
        _("Can you compute every step with e and e² alone?"),
        _THREE,
    ),
    Preset(
        "sq",
        _("A square key matrix"),
        _("What happens when K is not transposed, and no error says so?"),
        _SQUARE,
    ),
    Preset(
        "i2",
        _("Two tokens, identity"),
        _("How much does a token look at itself when each matches only itself?"),
        {"query": _IDENTITY, "key": _IDENTITY, "value": [[1.0, 2.0], [3.0, 4.0]]},
    ),
    Preset(
        "uniform",
        _("Uniform weights"),
        _("What does a token get when it asks for nothing?"),
        {"query": [[0.0, 0.0]] * 3, "key": WORD_KEYS, "value": WORD_VALUES},
    ),
    Preset(
        "one-hot",
        _("One-hot weights"),
        _("When is attention a plain look-up?"),
        {
            "query": [[0.0, 60.0, 0.0], [0.0, 0.0, 60.0], [60.0, 0.0, 0.0]],
            "key": [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]],
            "value": [[1.0], [2.0], [3.0]],
        },
    ),
    Preset(
        "large-scaled",
        _("Large scores, divided by √d_k"),
        _("Do sixteen features still leave something for every key?"),
        _WIDE,
    ),
    Preset(
        "large-unscaled",
        _("Large scores, not divided"),
        _("What happens to the same rows without √d_k?"),
        {**_WIDE, "scale": 1.0},
    ),
)
PRESETS: Mapping[str, Preset] = {preset.slug: preset for preset in _ALL}
FIRST = _ALL[0]


@dataclass(frozen=True)
class Group:
    """Presets that stand under one heading; `title` is English, marked for translation."""

    title: str
    slugs: tuple[str, ...]

    @property
    def presets(self) -> list[Preset]:
        return [PRESETS[slug] for slug in self.slugs]


GROUPS = (
    Group(_("First steps"), ("article", "one-token", "cat-sat-it", "order", "t3", "sq", "i2")),
    Group(_("Masks"), ("causal", "decoder-step", "padding")),
    Group(_("Sharp or flat"), ("sharp", "flat", "uniform", "one-hot", "large-scaled", "large-unscaled")),
    Group(_("Functions and heads"), ("additive", "general", "cosine", "two-heads")),
)
