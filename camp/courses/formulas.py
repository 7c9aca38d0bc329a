"""LaTeX to MathML, on the server: a page needs no script for its formulas.

>>> mathml("x^2")
'<math xmlns="http://www.w3.org/1998/Math/MathML" display="inline"><mrow><msup><mi>x</mi><mn>2</mn></msup></mrow></math>'
"""

import html
import re
from functools import lru_cache
from xml.etree.ElementTree import Element, tostring

from django.utils.translation import gettext as _
from latex2mathml.converter import convert_to_element

from camp.courses.allowance import FORMULA_CHARACTER, take
from camp.courses.blocks import Unfit

MOST_CHARACTERS = 2_000
_MOST_BRACES = 60
_CHILDREN = {
    "mfrac": 2, "msub": 2, "msup": 2, "msubsup": 3, "munder": 2, "mover": 2, "munderover": 3, "mroot": 2,
}  # fmt: skip
_CLOSED_BY = {"{": "}", r"\begin": r"\end", r"\left": r"\right"}
_PAIRED = re.compile(r"\\[a-zA-Z]+|\\.|[{}]", re.DOTALL)


def mathml(latex: str, *, is_block: bool = False) -> str:
    """The formula as MathML.

    Raises:
        Unfit: it cannot be made, or only with a piece missing.
        camp.courses.allowance.Exceeded: too much has been asked for already.
    """
    take(len(latex) * FORMULA_CHARACTER)
    return _mathml(latex, is_block=is_block)


@lru_cache(maxsize=1_000)
def _mathml(latex: str, *, is_block: bool) -> str:
    if len(latex) > MOST_CHARACTERS or latex.count("{") > _MOST_BRACES * 4:
        raise Unfit(_("expected a formula of at most %(most)d characters") % {"most": MOST_CHARACTERS})
    braces = re.findall(r"(?<!\\)(?:\\\\)*([{}])", latex)
    if braces.count("{") != braces.count("}"):
        raise _refused(latex, _("its braces { } do not pair"))
    try:
        root = convert_to_element(latex, display="block" if is_block else "inline")
    except RecursionError as error:
        raise _refused(latex, _("it is nested too deeply")) from error
    except Exception as error:  # its errors have no common base, and some are Python's own
        raise _refused(latex, type(error).__name__) from error
    for element in root.iter():
        element.text = html.unescape(element.text) if element.text else element.text
        if element.tag == "mo" and element.text in ("|", "‖") and element.get("stretchy") != "true":
            # A bar grows only after \left and \right. Which side it is on no one says, so it takes no room for either.
            element.attrib.update(stretchy="false", lspace="0", rspace="0")
        fault = _fault(element)
        if fault:
            raise _refused(latex, fault)
    return tostring(root, encoding="unicode", short_empty_elements=False)


def parts(latex: str) -> list[str]:
    r"""A display formula's statements, which \quad and \qquad set apart: on a phone they stand one below the other.

    >>> parts(r"a = 1, \qquad b = \text{x \quad y}")
    ['a = 1,', 'b = \\text{x \\quad y}']
    """
    found: list[list[str]] = [[]]
    opened = dict.fromkeys(_CLOSED_BY.values(), 0)  # braces, environments and fences that wait to be closed
    for piece in re.split(r"(\\q?quad(?![a-zA-Z]))", latex):
        if piece.startswith(("\\quad", "\\qquad")) and not any(opened.values()):
            found.append([])
            continue
        found[-1].append(piece)
        for sign in _PAIRED.findall(piece):
            if sign in _CLOSED_BY:
                opened[_CLOSED_BY[sign]] += 1
            elif sign in opened:
                opened[sign] -= 1
    statements = ["".join(pieces).strip() for pieces in found]
    return [one for one in statements if one] or [latex]


def _fault(element: Element) -> str:
    wanted = _CHILDREN.get(element.tag)
    if wanted is not None and len(element) != wanted:
        return _("a fraction, root, index or exponent lacks a part")
    if element.text and "\\" in element.text and element.tag != "mtext":
        return _("the command %(command)s is not known") % {"command": element.text.strip()}
    if element.tag != "mtext" and element.text in ("&", "#"):
        return _("%(sign)s stands outside of a matrix") % {"sign": element.text}
    return ""


def _refused(latex: str, problem: str) -> Unfit:
    return Unfit(_("the formula “%(formula)s”: %(problem)s") % {"formula": latex.strip(), "problem": problem})
