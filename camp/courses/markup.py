"""Which Markdown there is, and which HTML may come of it."""

import html
import re
from collections.abc import MutableMapping, Sequence
from typing import Any

import nh3
from django.utils.translation import gettext as _
from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markdown_it.utils import OptionsDict
from mdit_py_plugins.dollarmath import dollarmath_plugin

FORMULAS = ("math_inline", "math_inline_double", "math_block")
WITH_NUMBERS = ("text", *FORMULAS)

_MATHML = [
    "math",
    "mrow",
    "mi",
    "mn",
    "mo",
    "mtext",
    "mspace",
    "mfrac",
    "msqrt",
    "mroot",
    "msub",
    "msup",
    "msubsup",
    "munder",
    "mover",
    "munderover",
    "mtable",
    "mtr",
    "mtd",
    "mstyle",
    "mpadded",
    "mphantom",
    "menclose",
]
_TEXT = [
    "p",
    "br",
    "hr",
    "h2",
    "h3",
    "h4",
    "em",
    "strong",
    "code",
    "pre",
    "ul",
    "ol",
    "li",
    "blockquote",
    "a",
    "table",
    "thead",
    "tbody",
    "tr",
    "th",
    "td",
    "div",
    "span",
    "figure",
    "figcaption",
]
_ATTRIBUTES: dict[str, set[str]] = {
    "*": set(),  # nh3 would let title and lang pass everywhere
    "a": {"href", "class"},
    "h2": {"id"},
    "h3": {"id"},
    "h4": {"id"},
    "ol": {"start"},
    "div": {"class", "role", "tabindex", "aria-label"},
    "p": {"class"},
    "pre": {"class", "tabindex", "lang"},
    "code": {"class", "lang"},
    "td": {"class"},
    "th": {"class", "scope"},
    "math": {"display", "xmlns", "aria-hidden"},
    "span": {"class"},
    "mi": {"mathvariant"},
    "mo": {
        "stretchy",
        "fence",
        "form",
        "separator",
        "lspace",
        "rspace",
        "minsize",
        "maxsize",
        "movablelimits",
        "accent",
    },
    "mn": {"mathvariant"},
    "mstyle": {"displaystyle", "scriptlevel"},
    "mspace": {"width", "linebreak"},
    "mfrac": {"linethickness"},
    "mtable": {"columnalign", "displaystyle"},
    "mtd": {"columnalign"},
    "mover": {"accent"},
    "munder": {"accentunder"},
    "mpadded": {"width", "height", "depth", "lspace", "voffset"},
    "menclose": {"notation"},
}


def clean(made: str) -> str:
    """Only the elements and attributes above: no style, no script, no picture from elsewhere."""
    return nh3.clean(
        made,
        tags={*_TEXT, *_MATHML},
        attributes=_ATTRIBUTES,
        url_schemes={"https", "http", "mailto"},
        link_rel="noopener",
    )


def _reader() -> MarkdownIt:
    made = (
        MarkdownIt("commonmark", {"html": False})
        .enable("table")
        .disable(["image", "html_block", "html_inline"])
    )
    made.use(dollarmath_plugin, allow_labels=False, allow_space=False, allow_digits=True, double_inline=True)
    for name in FORMULAS:
        made.add_render_rule(name, _formula)
    for name in ("fence", "code_block"):
        made.add_render_rule(name, _code)
    made.add_render_rule("table_open", _table_open)
    made.add_render_rule("table_close", _table_close)
    for name in ("th_open", "td_open"):
        made.add_render_rule(name, _cell_open)
    return made


_Tokens = Sequence[Token]
# What follows a formula at once and may not begin a line: browsers break between a formula and any text.
_HELD = re.compile(r"[^\s\w<(\[{（【《“‘—-]+")


def _formula(
    self: RendererHTML, tokens: _Tokens, place: int, options: OptionsDict, env: MutableMapping[str, Any]
) -> str:
    """What stands in the token is MathML by now. A wide one is scrolled: static/js/scroll_stops.js."""
    content = tokens[place].content
    if tokens[place].type != "math_inline":
        return f'<div class="math-block">{content}</div>\n'
    signs = tokens[place].meta.setdefault(
        "held", _taken(tokens[place + 1 : place + 2])
    )  # a heading is rendered twice
    return f'<span class="held">{content}{html.escape(signs)}</span>' if signs else content


def _taken(following: _Tokens) -> str:
    """Take the punctuation with which the text after a formula begins."""
    held = _HELD.match(following[0].content) if following and following[0].type == "text" else None
    if held is None:
        return ""
    following[0].content = following[0].content[held.end() :]
    return held[0]


def _code(
    self: RendererHTML, tokens: _Tokens, place: int, options: OptionsDict, env: MutableMapping[str, Any]
) -> str:
    """Code is English in every language; it may be wider than the page and is then scrolled by keyboard too."""
    language = "".join(sign for sign in tokens[place].info.split(" ")[0] if sign.isalnum() or sign in "-+")
    text = html.escape(tokens[place].content)
    inner = f'<pre lang="en" tabindex="0"><code class="language-{language or "text"}">{text}</code></pre>'
    if language == "output":
        return f'<div class="output"><p class="output-name">{html.escape(_("Output"))}</p>{inner}</div>\n'
    return inner + "\n"


def _table_open(
    self: RendererHTML, tokens: _Tokens, place: int, options: OptionsDict, env: MutableMapping[str, Any]
) -> str:
    label = html.escape(_("Table"))
    return f'<div class="table-scroll" role="group" tabindex="0" aria-label="{label}"><table>\n'


def _table_close(
    self: RendererHTML, tokens: _Tokens, place: int, options: OptionsDict, env: MutableMapping[str, Any]
) -> str:
    return "</table></div>\n"


def _cell_open(
    self: RendererHTML, tokens: _Tokens, place: int, options: OptionsDict, env: MutableMapping[str, Any]
) -> str:
    """Alignment as a class: the policy allows no style. A heading of formulas alone is also said in plain letters."""
    token = tokens[place]
    if token.tag == "th" and not tokens[place + 1].content.strip():
        token.tag = tokens[place + 2].tag = "td"  # a corner heads nothing
    side = str(token.attrGet("style") or "").removeprefix("text-align:")
    scope = ' scope="col"' if token.tag == "th" else ""
    opened = f"<{token.tag}{scope}" + (f' class="{side}">' if side in ("left", "center", "right") else ">")
    return opened + (_said_heading(tokens[place + 1]) if token.tag == "th" else "")


def _said_heading(cell: Token) -> str:
    """What is spoken with each cell below: of MathML some readers, and those who check pages, hear nothing there."""
    children = cell.children or []
    if not children or any(child.type != "math_inline" for child in children if child.content.strip()):
        return ""
    words = "".join(html.unescape(re.sub(r"<[^>]*>", "", child.content)) for child in children)
    for child in children:
        child.content = child.content.replace("<math ", '<math aria-hidden="true" ')
    return f'<span class="unseen">{html.escape(words)}</span>'


BLOCKS = _reader()
INLINE = _reader()
