"""Short texts beside what is asked: of bars, of a grid's rows and columns. One list for all languages, or one for each."""

import re
from collections.abc import Mapping, Sequence
from html import unescape
from typing import Any

from django.utils.html import format_html, strip_tags
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from camp.courses.blocks import Unfit
from camp.quizzes.content import Choice, Words, only_known, text_at

_FORMULA = re.compile(r"<math\b.*?</math>", re.DOTALL)
Labels = list[str] | dict[str, list[str]]


def labels_at(given: Mapping[str, Any], key: str, languages: Sequence[str], fewest: int, most: int) -> Labels:
    """What stands under `key`, as it is kept. Raises Unfit."""
    labels = given.get(key)
    if not isinstance(labels, dict):
        return _texts(labels, key, fewest, most)
    only_known(labels, languages, f"{key}.")
    return {one: _texts(labels.get(one), f"{key}.{one}", fewest, most) for one in languages}


def worded_labels(labels: Labels, key: str, count: int, language: str, html: Words) -> list[str]:
    """The labels in one language, as HTML; there must be `count`. Raises Unfit."""
    texts = labels if isinstance(labels, list) else labels[language]
    if len(texts) != count:
        problem = _("%(key)s: expected %(count)d texts; got %(got)d")
        raise Unfit(problem % {"key": key, "count": count, "got": len(texts)})
    return [html(Choice("", {language: {"text": text}}), "text") for text in texts]


def shown_labels(worded: Sequence[str] | None, count: int) -> list[SafeString]:
    """They passed nh3 when they were made; a variant that has not been worded has none."""
    return [SafeString(label) for label in worded or [""] * count]


def spoken(text: str) -> str:
    """Of HTML that is a formula alone: its letters, for of MathML not every reader makes a name; else nothing."""
    return "" if strip_tags(_FORMULA.sub("", text)).strip() else unescape(strip_tags(text))


def named(label: SafeString) -> SafeString:
    """The label where it names something, a bar, a row or a column of a table: a formula alone also has its letters."""
    letters = spoken(label)
    if not letters:
        return label
    return format_html('<span aria-hidden="true">{}</span><span class="unseen">{}</span>', label, letters)


def _texts(given: Any, where: str, fewest: int, most: int) -> list[str]:
    if not isinstance(given, list) or not fewest <= len(given) <= most:
        problem = _("%(key)s: expected a list of %(fewest)d to %(most)d texts; got %(got)r")
        raise Unfit(problem % {"key": where, "fewest": fewest, "most": most, "got": given})
    return [text_at({where: text}, where) for text in given]
