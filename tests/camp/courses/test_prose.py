"""Markdown becomes HTML in which every formula is MathML, every number computed, and nothing hostile left."""

import re
from html.parser import HTMLParser

import pytest

from camp.courses.blocks import Unfit
from camp.courses.prose import Prose

HOSTILE = [
    "<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "<svg onload=alert(1)>", "<style>*{display:none}</style>",
    "[x](javascript:alert(1))", "[x](JaVaScRiPt:alert(1))", "[x](data:text/html;base64,PHNjcmlwdD4=)", "[x](vbscript:x)",
    "![x](https://evil.example/x.png)", "![x](x' onerror='alert(1))", "<https://ok.example/'onmouseover='alert(1)>",
    '[x](https://ok.example "\\" onmouseover=\\"alert(1)")', "<iframe src=//evil.example>", "<form action=//evil.example>",
    "<a href='javascript:alert(1)'>x</a>", "<b style='color:red' onclick=alert(1)>x</b>", "<math><mtext><script>1</script>",
    "<base href=//evil.example>", "<meta http-equiv=refresh content=0>", "<object data=x>", "<embed src=x>", "<link rel=stylesheet>",
    "<!-- --><script>1</script>", "<![CDATA[<script>1</script>]]>", "&lt;script&gt;alert(1)&lt;/script&gt;",
    "$\\href{javascript:alert(1)}{x}$", "$\\text{<script>alert(1)</script>}$", "$<img src=x onerror=alert(1)>$",
    "`<script>alert(1)</script>`", "```\n<script>alert(1)</script>\n```", "```x\" onload=\"alert(1)\n1\n```",
    "{{ literal('<script>alert(1)</script>', 'x') }}", "{{ literal('<img src=x onerror=alert(1)>', 'x') }}",
    "| <script> |\n| --- |\n| <img src=x onerror=1> |", "# <svg onload=alert(1)>", "[x]: javascript:alert(1)\n\n[x]",
    "$\\color{red}{x}$", "$\\style{color:red}{x}$", "- <script>1</script>", "> <script>1</script>",
]  # fmt: skip
KNOWN = {
    "href",
    "id",
    "class",
    "role",
    "tabindex",
    "aria-label",
    "lang",
    "display",
    "xmlns",
    "rel",
    "scope",
    "stretchy",
    "fence",
    "form",
}


class Elements(HTMLParser):
    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.addresses: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _value in attributes}
        self.addresses += [value or "" for name, value in attributes if name in ("href", "src")]


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_is_shown_or_refused_but_never_obeyed(text: str) -> None:
    try:
        page = Elements(Prose().html(text))
    except Unfit:
        return
    assert not page.tags & {
        "script",
        "img",
        "svg",
        "style",
        "iframe",
        "form",
        "base",
        "meta",
        "object",
        "embed",
        "link",
        "b",
    }
    assert page.attributes <= KNOWN
    assert not [
        one for one in page.addresses if re.match(r"\s*(javascript|data|vbscript):", one, re.IGNORECASE)
    ]


def test_a_number_is_computed_in_text_formula_table_and_emphasis() -> None:
    prose = Prose({"w": [0.25, -0.125]})
    made = prose.html(
        "Take **{{ w[0] | 2 }}** and $x = {{ w[1] | 3 }}$.\n\n| a |\n| --- |\n| {{ w[0] | 1 }} |"
    )
    assert "<strong>0.25</strong>" in made
    assert re.search(r"<mo>−</mo><mn>0\.125</mn>", made)
    assert "<td>0.2</td>" in made


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("{{ 2 * 4 }}", "8"), ("{{ 0 - 8 }}", "−8"), ("{{ 1 / 4 }}", "0.25"), ("{{ 1 / 3 }}", "0.33"), ("{{ 1 / 3 | 4 }}", "0.3333"),
        ("{{ 4 / 2 | 2 }}", "2.00"), ("{{ 1 / 3 }} or {{ 1 / 3 + 1 / 1000 }}", "0.333 or 0.334"), ("{{ 1 / 10 ** 6 | 2 }}", "1×10⁻⁶"),
        ("{{ 4096 ** 2 }}", "16,777,216"), ("{{ 1000 }}1", None), ("{{ percent(1/8, 1) }}", "12.5&nbsp;%"),
        ("{{ literal('0.05', 'a convention') }}", "0.05"), ("{{ 10 - 1 }}. Nine", "9. Nine"), ("`{{ x }}`", "<code>{{ x }}</code>"),
        ("$e^{{{ 1 + 1 }}}$", "<msup><mi>e</mi><mrow><mn>2</mn></mrow></msup>"), ("$\\frac{{{ 1 + 0 }}}{{{ 4 / 2 }}}$", "<mfrac>"),
        ("{{ 'a' + '*b*' }}", "a*b*"),
    ],
)  # fmt: skip
def test_numbers_are_written_as_people_write_them(text: str, shown: str | None) -> None:
    if shown is None:
        with pytest.raises(Unfit):
            Prose().html(text)
    else:
        assert shown in Prose().html(text)


@pytest.mark.parametrize(
    ("text", "held"),
    [
        ("For $k$, so", "k,"), ("如 $k$，则", "k，"), ("(as $k$).", "k)."), ("“$k$”：x", "k”："), ("*$k$*, so", None),
        ("$k$ is", None), ("$k$-th", None), ("$k$（x）", None), ("$k$", None),
    ],
)  # fmt: skip
def test_a_formula_keeps_the_punctuation_that_follows_it(text: str, held: str | None) -> None:
    made = Prose().html(text)
    spans = re.findall(r'<span class="held">(.*?)</span>', made)
    assert [re.sub(r"<[^>]+>", "", one) for one in spans] == ([held] if held else [])
    assert re.sub(r"<[^>]+>", "", made).strip() == text.replace("$", "").replace("*", "")


@pytest.mark.parametrize(
    "text", ["a" * 99_000, "１" * 99_000, "_a_" * 33_000, "{{x" * 33_000, "$a$ " * 20_000, "$$ { " + r"\quad " * 15_000 + "} $$"]
)  # fmt: skip
def test_long_and_dull_texts_end(text: str) -> None:
    """Each was once read again from every letter on: the run's time limit would end it."""
    try:
        assert Prose().html(text)
    except Unfit as refused:
        assert refused.message  # noqa: PT017 (either answer will do, but soon)


def test_a_heading_keeps_the_punctuation_after_its_formula() -> None:
    assert re.sub(r"<[^>]+>", "", Prose().html("## Why $x$, and when")) == "Why x, and when\n"


@pytest.mark.parametrize(
    ("latex", "statements"),
    [
        (r"a = 1, \qquad b = 2 \quad c", 3), (r"\begin{bmatrix} 1 & 2 \quad 3 \end{bmatrix}", 1), (r"\left( a \quad b \right)", 1),
        (r"\text{if \quad so}", 1), (r"x", 1), (r"\{ a \quad b", 2),
    ],
)  # fmt: skip
def test_a_display_formula_may_stand_in_statements_one_below_the_other(latex: str, statements: int) -> None:
    assert Prose().html(f"$${latex}$$").count("<math") == statements


def test_chinese_has_no_space_before_percent() -> None:
    assert "12.5%" in Prose(language="zh-hans").inline("{{ percent(1/8, 1) }}")


@pytest.mark.parametrize(
    "text",
    [
        "At 0.5 it is",
        "$T = 0.5$",
        "| .25 |\n| --- |\n| x |",
        "**1.5**",
        "[2.5](/lab/)",
        "{{ 0.5 }}",
        "{{ -0.5 }}",
        "# 3.5",
    ],
)
def test_a_decimal_by_hand_is_refused(text: str) -> None:
    with pytest.raises(Unfit, match="computed"):
        Prose().html(text)


@pytest.mark.parametrize(
    "text",
    [
        "`0.5`",
        "```python\nx = 0.5\n```",
        "<https://arxiv.org/abs/1706.03762>",
        "{{ 1 / 2 }}",
        "3 of 4.",
        "a.b",
    ],
)
def test_code_addresses_and_computed_numbers_are_no_decimals_by_hand(text: str) -> None:
    Prose().html(text)


@pytest.mark.parametrize(
    ("text", "line", "told"),
    [
        ("One\n\nTwo 0.5", 3, "0.5"), ("One\ntwo\n{{ x }}", 3, "x"), ("One\n\n$$\n\\frac{1}\n$$", 3, "frac"), ("a\n\n$\\unknown$", 3, "unknown"),
        ("a **中文，**中文", 1, "**"), ("costs $5", 1, "$"), ("a {{ 1 ", 1, "}}"), ("{{ [1, 2] }}", 1, "one number"), ("\n\n{{ matrix([[1]]) }}", 3, "LaTeX"),
        ("{{ 1 / 3 | 99 }}", 1, "decimals"), ("\ue0001\ue001", 0, "ordinary"), ("$a & b$", 1, "&"), ("$\\frac{1}{2$", 1, "formula"),
    ],
)  # fmt: skip
def test_what_is_unfit_is_told_with_its_line(text: str, line: int, told: str) -> None:
    with pytest.raises(Unfit) as refused:
        Prose().html(text)
    assert (refused.value.line, told in refused.value.message) == (line, True)


def test_headings_get_ids_that_do_not_depend_on_the_language() -> None:
    headings: list[dict[str, str]] = []
    made = Prose().section("## Why $d$\n\nText\n\n### Then", headings)
    assert [one["id"] for one in headings] == ["section-1", "section-2"]
    assert '<h2 id="section-1">' in made
    assert "<math" in headings[0]["title"]


def test_code_and_output_are_told_apart_and_reached_by_keyboard() -> None:
    made = Prose(language="zh-hans").html("```python\nprint(1 < 2)\n```\n\n```output\nTrue\n```")
    assert '<pre lang="en" tabindex="0"><code class="language-python">print(1 &lt; 2)\n</code></pre>' in made
    assert '<div class="output">' in made


@pytest.mark.parametrize(
    "text",
    ["$" + "{" * 400 + "x" + "}" * 400 + "$", ">" * 3000 + "x", "[" * 5000, "*" * 5000, "$x^" + "{x^" * 200],
)
def test_deep_nesting_ends(text: str) -> None:
    try:
        Prose().html(text)
    except Unfit as refused:
        told = refused.message
        assert told
