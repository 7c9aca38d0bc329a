"""`[query](glossary:query)` in a text: a link to the term's place in the glossary, which the page opens beside it."""

import re
from collections.abc import Sequence

from markdown_it.token import Token

from camp.courses.blocks import Unfit
from camp.courses.glossary import Term, term, terms

_SCHEME = "glossary:"
_LINK = re.compile(
    r'<a\b[^>]*?href="[^"#]*#([a-z0-9-]+)"[^>]*?class="term"|<a\b[^>]*?class="term"[^>]*?href="[^"#]*#([a-z0-9-]+)"'
)


def point_terms(tokens: Sequence[Token]) -> None:
    """Lead such links to the glossary.

    Raises:
        Unfit: it has no such term, with the line in the text as it was read.
    """
    line = 1
    for token in tokens:
        line = token.map[0] + 1 if token.map else line
        here = line
        for child in token.children or ():
            here += child.type in ("softbreak", "hardbreak")
            address = str(child.attrGet("href") or "")
            if child.type == "link_open" and address.startswith(_SCHEME):
                try:
                    found = term(address.removeprefix(_SCHEME))
                except Unfit as wrong:
                    raise Unfit(wrong.message, here) from wrong
                child.attrSet("href", found.address)
                child.attrSet("class", "term")


def terms_in(html: str) -> list[Term]:
    """The terms that a page's HTML links to, each once; a term that the glossary has lost since is left out."""
    known = terms()
    named = dict.fromkeys(first or second for first, second in _LINK.findall(html))
    return [known[name] for name in named if name in known]
