"""Markdown with formulas and computed numbers, to HTML that holds nothing else.

>>> Prose({"d": 64}, "en").inline("Divide by **{{ sqrt(d) }}**.")
'Divide by <strong>8</strong>.'

`{{ expression | decimals }}` becomes a sign that no text contains, then Markdown is read, then each sign is written as
its number: so a number can never be taken for Markdown, and in a formula it is LaTeX. What comes out passes nh3, which
knows the few elements there are.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from types import MappingProxyType
from typing import Any

from django.utils import translation
from django.utils.translation import gettext as _
from markdown_it import MarkdownIt
from markdown_it.token import Token

from attention_core.problems import shorten
from camp.courses import allowance, markup
from camp.courses.blocks import Unfit
from camp.courses.decimals import undeclared
from camp.courses.expressions import evaluate, is_bare_number
from camp.courses.formulas import mathml, parts
from camp.courses.numbers import MOST_DECIMALS, fewest, latex, written
from camp.courses.term_links import point_terms

Names = Mapping[str, Any]
NO_NAMES: Names = MappingProxyType({})
MOST_CHARACTERS = 8_000  # of one text: the reader's time grows with the square of some
_MOST_CELLS = 4_000  # of a table: short rows are filled up to the width of the first
_MOST_QUOTES = 4  # > one in another: each line goes through all of them
_OPEN, _CLOSE = "\ue000", "\ue001"
_COMPUTED = re.compile(r"\{\{(?!\{)((?:(?!\{\{|\}\}).)*)\}\}", re.DOTALL)
_MOST_DIGITS = 4
_DECIMALS = re.compile(r"(.*)\|\s*(\d+)\s*", re.DOTALL)
_SIGN = re.compile(f"{_OPEN}(\\d+){_CLOSE}")
_PERCENT = re.compile(r"([-−]?[\d.,]+) %")
_QUOTES = re.compile(r"[ \t]*(?:>[ \t]*)+")


@dataclass
class _Computed:
    """One `{{ … }}`: `source` as it stands, `line` where, and its value once something needs it."""

    source: str
    expression: str
    decimals: int | None
    line: int
    value: Any = None


@dataclass
class _Text:
    """A text on its way: what its signs stand for, and the headings that were met."""

    computed: list[_Computed] = field(default_factory=list)
    decimals: int = 2
    headings: list[dict[str, str]] | None = None

    def line(self, line: int) -> int:
        """The line as it was written: a `{{ }}` over several lines has become a sign on one."""
        for one in self.computed:
            if one.line < line:
                line += one.source.count("\n")
        return line


class Prose:
    """Turns the texts of one lesson, or one question, into HTML.

    Args:
        names: what expressions may use besides the functions (a lesson's `let`, a question's draw).
        language: of the texts: "en" or "zh-hans".
    """

    def __init__(self, names: Names = NO_NAMES, language: str = "en") -> None:
        self.names, self.language = dict(names), language
        self.current = ""  # the text that is being turned, by which a fault in it can be found in its file

    def html(self, text: str, names: Names | None = None) -> str:
        """Paragraphs, lists, tables and so on.

        Raises:
            Unfit: with the line within the text.
        """
        return self._made(text, names, _Text(), markup.BLOCKS)

    def section(self, text: str, headings: list[dict[str, str]]) -> str:
        """As `html`, but headings get ids, and are added to `headings` as {"id", "title"}."""
        return self._made(text, None, _Text(headings=headings), markup.BLOCKS)

    def inline(self, text: str, names: Names | None = None) -> str:
        """A line without paragraphs around it."""
        return self._made(text, names, _Text(), markup.INLINE)

    def value(self, expression: str, names: Names | None = None) -> Any:
        """The value of an expression. Raises Unfit."""
        return evaluate(str(expression), {**self.names, **(names or {})})

    def _made(self, text: str, names: Names | None, way: _Text, reader: MarkdownIt) -> str:
        if not isinstance(text, str):
            raise Unfit(_("expected a text; got %(got)r") % {"got": text})
        self.current = text
        _check_size(text)
        with allowance.shared(), translation.override(self.language):
            try:
                allowance.read(len(text))
                signed = _COMPUTED.sub(lambda found: _taken_out(found, way), text)
                tokens = (
                    reader.parse(signed, {}) if reader is markup.BLOCKS else reader.parseInline(signed, {})
                )
            except RecursionError as error:
                raise Unfit(_("this is nested too deeply")) from error
            except allowance.Exceeded as error:
                raise Unfit(str(error)) from error
            _point_terms(tokens, way)
            has_dollar = r"\$" in text
            for token, line in _leaves(tokens):
                _check(token, way.line(line), has_dollar=has_dollar)
                self._compute(token, way, names)
            way.decimals = fewest(one.value for one in way.computed if _is_free(one))
            for token, line in _leaves(tokens):
                self._write(token, way.line(line), way)
            _number_headings(tokens, way, reader)
            return markup.clean(reader.renderer.render(tokens, reader.options, {}))

    def _compute(self, token: Token, way: _Text, names: Names | None) -> None:
        if token.type not in markup.WITH_NUMBERS:
            return
        for number in _SIGN.findall(token.content):
            one = way.computed[int(number)]
            try:
                if is_bare_number(one.expression):
                    problem = _('“%(number)s” is not computed; declare it: literal("…", "why")')
                    raise Unfit(problem % {"number": one.expression.strip()})
                one.value = self.value(one.expression, names)
            except Unfit as wrong:
                raise Unfit(wrong.message, one.line) from wrong

    def _write(self, token: Token, line: int, way: _Text) -> None:
        """Replace the signs in a leaf, and make what it holds."""
        is_formula = token.type in markup.FORMULAS
        if token.type in markup.WITH_NUMBERS:
            token.content = _SIGN.sub(lambda found: self._figure(way, found, is_formula), token.content)
        else:
            token.content = _SIGN.sub(lambda found: way.computed[int(found[1])].source, token.content)
        if is_formula:
            try:
                if token.type == "math_inline":
                    token.content = mathml(token.content.strip())
                else:
                    token.content = "".join(mathml(part, is_block=True) for part in parts(token.content))
            except (Unfit, allowance.Exceeded) as wrong:
                raise Unfit(str(wrong), line) from wrong

    def _figure(self, way: _Text, found: re.Match[str], is_formula: bool) -> str:
        one = way.computed[int(found[1])]
        text = _said(one, way.decimals)
        if is_formula:
            return latex(text)
        if "\\" in text:
            raise Unfit(
                _("“%(source)s” gives LaTeX, which belongs between $ and $") % {"source": one.source},
                one.line,
            )
        if _PERCENT.fullmatch(text):
            return text.replace(" ", "" if self.language.startswith("zh") else "\u00a0")
        return text


def _check_size(text: str) -> None:
    """Raises Unfit where a text is longer, or wider, than its reader gets through soon."""
    if len(text) > MOST_CHARACTERS:
        problem = _("expected a text of at most %(most)d characters; got %(got)d")
        raise Unfit(problem % {"most": MOST_CHARACTERS, "got": len(text)})
    if _OPEN in text or _CLOSE in text:
        raise Unfit(_("expected a text of ordinary characters"))
    lines = text.split("\n")
    for number, line in enumerate(lines, start=1):
        cells, quotes = line.count("|") * len(lines), _QUOTES.match(line)
        if cells > _MOST_CELLS:
            problem = _("expected tables of at most %(most)d cells, columns times lines; got %(got)d")
            raise Unfit(problem % {"most": _MOST_CELLS, "got": cells}, number)
        if quotes and quotes[0].count(">") > _MOST_QUOTES:
            problem = _("expected at most %(most)d signs “>” before a line; got %(got)d")
            raise Unfit(problem % {"most": _MOST_QUOTES, "got": quotes[0].count(">")}, number)


def _taken_out(found: re.Match[str], way: _Text) -> str:
    asked = _DECIMALS.fullmatch(found[1])
    expression, decimals = (asked[1], asked[2]) if asked else (found[1], None)
    line = found.string.count("\n", 0, found.start()) + 1
    if decimals is not None and (len(decimals) > _MOST_DIGITS or int(decimals) > MOST_DECIMALS):
        problem = _("expected at most %(most)d decimals; got %(got)s")
        raise Unfit(problem % {"most": MOST_DECIMALS, "got": shorten(decimals)}, line)
    way.computed.append(_Computed(found[0], expression, None if decimals is None else int(decimals), line))
    return f"{_OPEN}{len(way.computed) - 1}{_CLOSE}"


def _point_terms(tokens: Sequence[Token], way: _Text) -> None:
    try:
        point_terms(tokens)
    except Unfit as wrong:
        raise Unfit(wrong.message, way.line(wrong.line)) from wrong


def _is_free(one: _Computed) -> bool:
    """Whether its decimals are ours to choose."""
    return one.decimals is None and isinstance(one.value, float)


def _said(one: _Computed, decimals: int) -> str:
    if isinstance(one.value, str):
        return one.value
    if isinstance(one.value, (bool, int, float)):
        if one.decimals is None and isinstance(one.value, float) and written(one.value, None).find(".") >= 0:
            return written(one.value, decimals)
        return written(one.value, one.decimals)
    problem = _("“%(source)s”: expected one number or a text; got %(got)s")
    raise Unfit(problem % {"source": one.source, "got": type(one.value).__name__}, one.line)


def _leaves(tokens: Sequence[Token]) -> Iterator[tuple[Token, int]]:
    """Every token that holds text, with its line."""
    line = 1
    for token in tokens:
        line = token.map[0] + 1 if token.map else line
        if token.children is None:
            if token.content:
                yield token, line
            continue
        here = line
        for child in token.children:
            here += child.type in ("softbreak", "hardbreak")
            if child.content:
                yield child, here


def _check(token: Token, line: int, *, has_dollar: bool) -> None:
    if token.type not in markup.WITH_NUMBERS:
        return
    found = undeclared(token.content)
    if found:
        problem = _(
            'the number %(number)s is neither computed, {{ … }}, nor declared, {{ literal("…", "why") }}'
        )
        raise Unfit(problem % {"number": found[0]}, line)
    if token.type != "text":
        return
    if "**" in token.content:
        raise Unfit(_("** here opens or closes nothing: put a space, or move the punctuation out"), line)
    if "$" in token.content and not has_dollar:
        raise Unfit(_("$ here opens no formula: write \\$ for the sign itself"), line)
    if "{{" in token.content or "}}" in token.content:
        raise Unfit(_("{{ without }}, or }} without {{"), line)


def _number_headings(tokens: Sequence[Token], way: _Text, reader: MarkdownIt) -> None:
    if way.headings is None:
        return
    for token, following in pairwise(tokens):
        if token.type == "heading_open":
            place = f"section-{len(way.headings) + 1}"
            token.attrSet("id", place)
            title = reader.renderer.render([following], reader.options, {})
            way.headings.append({"id": place, "title": markup.clean(title), "level": token.tag})
