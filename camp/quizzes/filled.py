"""Texts that are no Markdown, such as code, with what is computed in them as plain characters.

>>> from camp.courses.prose import Prose
>>> filled("x = {{ d - 3 }}  # {{ d / 3 | 2 }}", {"d": 2}, Prose())
'x = -1  # 0.67'
"""

import re
from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from camp.courses.blocks import Unfit, Writer

_COMPUTED = re.compile(r"\{\{(.*?)(?:\|\s*(\d{1,2})\s*)?\}\}")


def filled(text: str, names: Mapping[str, Any], writer: Writer) -> str:
    """The text with each `{{ expression }}`, or `{{ expression | decimals }}`, as one types its value in Python.

    Raises:
        Unfit: a value is neither a number nor a text, or braces are left over.
    """
    found = _COMPUTED.sub(lambda one: _said(one, names, writer), text)
    if "{{" in _COMPUTED.sub("", text) or "}}" in _COMPUTED.sub("", text):
        raise Unfit(_("{{ without }}, or }} without {{"))
    return found


def _said(one: re.Match[str], names: Mapping[str, Any], writer: Writer) -> str:
    value = writer.value(one[1], names)
    if isinstance(value, str):
        return value
    if isinstance(value, float):
        return f"{value:.12g}" if one[2] is None else f"{value:.{one[2]}f}"
    if isinstance(value, int):
        return str(value)
    problem = _("“%(source)s”: expected one number or a text; got %(got)s")
    raise Unfit(problem % {"source": one[0], "got": type(value).__name__})
