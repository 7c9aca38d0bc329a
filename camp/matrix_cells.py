"""From text as it is pasted to the texts of a matrix's cells and the labels around them.

static/js/matrix_text.js is this and `matrix_text` for the browser; tests/data/pasted_matrices.json holds both to the
same answers.
"""

import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import takewhile
from typing import Any

from attention_core.labels import gettext_noop as _
from attention_core.problems import shorten

NOT_A_NUMBER = _('"%(received)s" is not a number. Write 0.3, -2 or 1/3.')
SHORTENED = _('This array was shortened with "…". Print it in full.')
FLAT = _(
    "One token with %(count)s features (1 × %(count)s), or %(count)s tokens (%(count)s × 1)? "
    "Write [[…]] for one token, or one number a line for %(count)s tokens."
)
TOO_DEEP = _("These brackets are %(depth)s deep; a matrix has rows and numbers, two.")
ROWS_OR_DECIMALS = _(
    "Is the comma in %(received)s a decimal one? Write 1.0 0.1 for one row of two numbers, "
    "or 1 0; 0 1 for two rows."
)
THOUSANDS = _("Is the comma in %(received)s a decimal one? Write %(point)s or %(whole)s.")
BRACKETS = _("The brackets do not match.")
NO_NUMBERS = _("There are no numbers here. Write one row a token.")

Rows = list[list[str]]


class Unreadable(ValueError):
    """What could not be read: a template with its values, and the place counted from 1 where there is one.

    The place is one in the matrix: labels around it are not counted.
    """

    def __init__(
        self, template: str, values: dict[str, Any], row: int | None = None, column: int | None = None
    ) -> None:
        super().__init__(template, values, row, column)
        self.template, self.values, self.row, self.column = template, values, row, column

    def __str__(self) -> str:
        return self.template % self.values


@dataclass(frozen=True)
class Cells:
    """The texts of the cells, row by row, and the labels that were taken off: all of an edge's or none."""

    rows: Rows
    row_labels: tuple[str, ...] = ()
    column_labels: tuple[str, ...] = ()


def plain(text: str) -> str:
    """`text` in ASCII digits and signs: ½ and 1½ become numbers, full-width and Chinese signs their plain form."""
    text = _VULGAR.sub(_vulgar_as_decimal, text)
    text = _RAISED.sub(r"^\g<0>", text)  # 10² is not 102
    # A Chinese comma never is a decimal one, which the space says to whoever splits.
    text = unicodedata.normalize("NFKC", re.sub("[，、､]", ", ", text))
    text = re.sub("(?<=[0-9])。(?=[0-9])", ".", text)
    text = _UNSEEN.sub("", text).translate(_SIGNS)
    return _TIMES_TEN.sub("e", text)


def split_cells(text: str, is_value: Callable[[str], bool]) -> Cells:
    """The cells of `text`, without the labels around them. Raises Unreadable.

    Args:
        is_value: whether a cell's text can be read; a label is a word that cannot.
    """
    text, quoted = _unquoted(_unwrapped(plain(text)))
    try:
        return _split(text, quoted, is_value)
    except Unreadable as error:
        values = {name: _echo(_restore(value, quoted)) for name, value in error.values.items()}
        raise Unreadable(error.template, values, error.row, error.column) from None


def _split(text: str, quoted: list[str], is_value: Callable[[str], bool]) -> Cells:
    if _SHORT.search(text):
        raise Unreadable(SHORTENED, {})
    if "\\begin{" in text:
        return Cells(_restored(_latex(text), quoted))
    if "[" in text or (text.lstrip()[:1] in ("(", "{") and "\t" not in text):
        return Cells(_restored(_bracketed(text), quoted))
    text, is_series = _SERIES.subn("", text)
    rows = _restored(_trimmed(_table(text)), quoted)
    cells = _without_labels(rows, is_value, has_index=is_series > 0)
    if not any(cells.rows):
        raise Unreadable(NO_NUMBERS, {})
    return _with_decimal_points(cells)


# --- Signs and wrappings ------------------------------------------------------------------------------

# Begins at a sign or where digits begin: tried at every digit of a long run, it would take quadratic time.
_VULGAR = re.compile("([-−+]|(?<![0-9０-９]))([0-9０-９]*)([¼-¾⅐-⅞])")
_RAISED = re.compile("[⁺⁻]?[⁰¹²³⁴-⁹]+")
_UNSEEN = re.compile("[\u200b-\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff\u00ad\ue000\ue001]")
_SIGNS = str.maketrans(
    {
        **dict.fromkeys("−–—‐‑‒", "-"),
        **dict.fromkeys("⁄∕÷", "/"),
        **dict.fromkeys("\r\v\f\x85\u2028\u2029", "\n"),
        **dict.fromkeys("“”„", '"'),
        **dict.fromkeys("‘’", "'"),
        **dict.fromkeys("【〔", "["),
        **dict.fromkeys("】〕", "]"),
        "\u00a0": " ",
    }
)
_TIMES_TEN = re.compile(r"(?<=[0-9.])[ ]*[×*][ ]*10\^(?=[-+]?[0-9])")
_SHORT = re.compile(r"\.\.\.|[…⋯⋮⋱]|(?<!\S)\.\.(?!\S)")
_ASSIGNED = re.compile(r"\A\s*[A-Za-z_]\w*\s*(?:=|<-)(?!=)", re.ASCII)
_WRAPPER = re.compile(
    r"<?\b(?:np\.|numpy\.|torch\.|tf\.|jnp\.)?(?:[Aa]rray|[Tt]ensor|constant|asarray|matrix|Variable)\s*[(:]"
    r"|<tf\.Variable '[^'\n]{0,200}'|Parameter containing:",
    re.ASCII,
)
_KEYWORD = re.compile(
    r"\b(?:dtype|shape|size|device|requires_grad|grad_fn|numpy|weak_type)\s*=\s*"
    r"(?:\([^)]{0,200}\)|'[^'\n]{0,200}'|[\w.<>]*)",
    re.ASCII,
)
_SCALAR = re.compile(r"\b(?:np\.|numpy\.)?(?:float|int|uint)(?:8|16|32|64)?\(([^()]{0,60})\)", re.ASCII)
_FOOTER = re.compile(r"^\[\d+ rows x \d+ columns\][^\S\n]*$", re.MULTILINE | re.ASCII)
_SERIES = re.compile(r"\n(?:Name: [^\n]*, )?(?:Length: \d+, )?dtype: \w+\s*\Z", re.ASCII)
_IN_R = re.compile(r"\[(?:,\d+|\d+,)\]", re.ASCII)
_QUOTED = re.compile(r"""(?<![^\s,;|&(\[])(?:"([^"\n]*)"|'([^'\n]*)')(?![^\s,;|&)\]])""")
_KEPT = re.compile("\ue000(\\d+)\ue001")


def _vulgar_as_decimal(match: re.Match[str]) -> str:
    whole = float(match[2] or 0)  # infinite where too large, which is refused with words later
    return f" {match[1]}{whole + unicodedata.numeric(match[3])!r}"


def _unwrapped(text: str) -> str:
    """`text` without what programs print around an array's numbers."""
    text = _FOOTER.sub("", _ASSIGNED.sub("", text))
    if "[,1]" in text:
        text = _IN_R.sub(" ", text)
    bare = _KEYWORD.sub("", _WRAPPER.sub("", _SCALAR.sub(r"\1", text)))
    if bare != text and "[" not in bare and bare.lstrip()[:1] != "(":
        bare = bare.rstrip(" ,;)>\n")  # tensor(0.5)
    return bare


def _unquoted(text: str) -> tuple[str, list[str]]:
    """`text` with each quoted cell put aside, and these: what is within quotes separates nothing."""
    kept: list[str] = []

    def put_aside(match: re.Match[str]) -> str:
        kept.append(match[1] if match[2] is None else match[2])
        return f"\ue000{len(kept) - 1}\ue001"

    return _QUOTED.sub(put_aside, text), kept


def _restored(rows: Rows, quoted: list[str]) -> Rows:
    if not any(rows):
        raise Unreadable(NO_NUMBERS, {})
    return [[_restore(cell, quoted) for cell in row] for row in rows] if quoted else rows


def _echo(value: Any) -> Any:
    return shorten(value) if isinstance(value, str) else value


def _restore(cell: Any, quoted: list[str]) -> Any:
    return _KEPT.sub(lambda match: quoted[int(match[1])].strip(), cell) if isinstance(cell, str) else cell


# --- Brackets and LaTeX -------------------------------------------------------------------------------


def _bracketed(text: str) -> Rows:
    """Rows of Python and NumPy (one bracket each) or of MATLAB (one bracket, semicolons)."""
    text = text.translate(str.maketrans("(){}", "[][]")).strip(" ,;>\n\t")
    # A wrapper such as "array(" lost its opening bracket above, so a closing one may be left over.
    surplus, end = text.count("]") - text.count("["), len(text)
    while surplus > 0 and end and text[end - 1] == "]":
        surplus, end = surplus - 1, end - 1
        while end and text[end - 1] in " ,;>\n\t":
            end -= 1
    text = text[:end]
    depth = _depth(text)
    if depth > 2:
        raise Unreadable(TOO_DEEP, {"depth": depth})
    innermost = re.findall(r"\[([^\[\]]*)\]", text)
    outside = re.sub(r"\[[^\[\]]*\]", "", text)
    if re.search(r"[^\s\[\],;]", outside):
        left = outside.strip(" ,;[]\n\t")
        raise Unreadable(BRACKETS if left[:1] in "-+.0123456789" else NOT_A_NUMBER, {"received": left})
    if depth == 2 or len(innermost) > 1:
        return [_one_row(row) for row in innermost]
    return _one_bracket(innermost[0])


def _one_bracket(inside: str) -> Rows:
    if ";" in inside:
        return [_one_row(row) for row in inside.split(";") if row.strip()]
    cells = _one_row(inside)
    if len(cells) > 1:
        raise Unreadable(FLAT, {"count": len(cells)})
    return [cells]


def _one_row(inside: str) -> list[str]:
    return _by_commas_or_spaces(inside.replace("\n", " ").strip().removesuffix(","))


def _depth(text: str) -> int:
    depth = deepest = 0
    for char in text:
        depth += (char == "[") - (char == "]")
        deepest = max(deepest, depth)
        if depth < 0:
            break
    if depth != 0:
        raise Unreadable(BRACKETS, {})
    return deepest


def _latex(text: str) -> Rows:
    """The rows of the first \\begin{…matrix}."""
    inside = text[text.index("\\begin{") :].partition("}")[2]
    inside = inside.partition("\\end{")[0]
    inside = re.sub(r"\A\s*\{[^{}]*\}", "", inside)  # the columns of an array
    inside = re.sub(r"\\[dt]?frac\{([^{}]{0,60})\}\{([^{}]{0,60})\}", r"\1/\2", inside)
    return [[cell.strip() for cell in row.split("&")] for row in inside.split("\\\\") if row.strip()]


# --- Lines --------------------------------------------------------------------------------------------

_RULE = re.compile("[-+=:| ]*")


def _table(text: str) -> Rows:
    lines = [line.strip(" ") for line in text.split("\n") if line.strip()]
    if "|" in text and all("|" in line or line[0] == "+" for line in lines):
        drawn = [line.removeprefix("|").removesuffix("|") for line in lines if not _RULE.fullmatch(line)]
        return [[cell.strip() for cell in line.split("|")] for line in drawn]
    if "\t" in text:
        return [[cell.strip() for cell in line.split("\t")] for line in lines]
    return _plain_rows(lines)


def _plain_rows(lines: list[str]) -> Rows:
    if len(lines) == 1 and ";" in lines[0] and re.search(r"[^\s;]\s+[^\s;]", lines[0]):
        lines = [part for part in lines[0].split(";") if part.strip()]  # 1 2; 3 4
    lines = [line.rstrip("; ") for line in lines]
    if len(lines) == 1 and ";" in lines[0]:
        return _rows_or_decimals(lines[0])
    if any(";" in line for line in lines):
        return [[cell.strip() for cell in line.split(";")] for line in lines]
    return [_by_commas_or_spaces(line) for line in lines]


def _rows_or_decimals(line: str) -> Rows:
    """One line of commas and semicolons without blanks: 0,5;1 is a row, 1,0,0;0,1,0 are rows, 1,0;0,1 could be both."""
    parts = line.split(";")
    commas = [part.strip().strip(",").count(",") for part in parts]
    if all(count == 1 for count in commas):
        raise Unreadable(ROWS_OR_DECIMALS, {"received": line})
    if all(count > 1 for count in commas):
        return [_by_commas_or_spaces(part.strip()) for part in parts]
    return [[part.strip() for part in parts]]


def _by_commas_or_spaces(line: str) -> list[str]:
    # By splitting: an expression such as \s*/ takes quadratic time on a long run of blanks.
    line = "/".join(part.strip() for part in line.split("/"))
    *before, last = line.split("%")
    line = "%".join([*(part.rstrip() for part in before), last]).strip()
    if "," not in line:
        return line.split()
    parts = [part.strip() for part in line.split(",")]
    return [cell for part in parts for cell in ([part] if _WORD.match(part) else part.split() or [""])]


def _trimmed(rows: Rows) -> Rows:
    """Without the empty rows, and without the columns at either edge that are empty in every row."""
    rows = [row for row in rows if any(row)]
    if not rows:
        return []
    shortest = min(len(row) for row in rows)
    rows = [row[: max(shortest, len(row) - _empty(row[::-1]))] for row in rows]  # 1,2, above 3,4
    before = min(_empty(row) for row in rows)
    after = min(_empty(row[::-1]) for row in rows)
    return [row[before : len(row) - after] for row in rows]


def _empty(row: Sequence[str]) -> int:
    return sum(1 for _cell in takewhile(lambda cell: not cell, row))


# --- Labels and decimal commas ------------------------------------------------------------------------

_WORD = re.compile(r"[^\W\d](?![.,]\d)")
_NO_LABEL = re.compile(r"nan|inf|infinity|none|null|na|n/a|true|false", re.IGNORECASE)
_DECIMAL_COMMA = re.compile(r"([-+]?\d+),(\d+(?:[eE][-+]?\d+)?\s*%?)", re.ASCII)
_COULD_BE_THOUSANDS = re.compile(r"[-+]?[1-9]\d{0,2},\d{3}\s*%?", re.ASCII)
_POINT = re.compile(r"[-+]?\d*\.\d*(?:[eE][-+]?\d+)?\s*%?", re.ASCII)


def _without_labels(rows: Rows, is_value: Callable[[str], bool], has_index: bool) -> Cells:
    """Takes off a first row and a first column of words, or of pandas' running numbers."""

    def is_label(text: str) -> bool:
        return bool(_WORD.match(text) and not _NO_LABEL.fullmatch(text)) and not is_value(text)

    first, rest = rows[0], rows[1:]
    header = _header(first, rest, is_label)
    if header is None:
        rest = rows
        has_index = has_index or all(len(row) > 1 and is_label(row[0]) for row in rest)
    else:
        if len(rest) > 1 and len(rest[0]) == 1 and is_label(rest[0][0]) and len(rest[1]) == len(header) + 1:
            rest = rest[1:]  # the line on which pandas prints the name of its index
        has_index = len(rest[0]) == len(header) + 1
        if not has_index and len(header) > 1 and all(is_label(row[0]) for row in rest):
            header, has_index = header[1:], True
    if not has_index:
        return Cells(rest, (), tuple(header or ()))
    labels = tuple(row[0].removesuffix(":") if row else "" for row in rest)
    return Cells([row[1:] for row in rest], labels, tuple(header or ()))


def _header(first: list[str], rest: Rows, is_label: Callable[[str], bool]) -> list[str] | None:
    """The column labels that the first row is, if it is one; the corner above an index left off."""
    names = first[1:] if first[0] == "" else first
    if not rest or not names:
        return None
    beneath = [row for row in rest if len(row) > 1 or len(names) == 1]
    fits = beneath and len(beneath[0]) in (len(names), len(names) + 1)
    if fits and all(is_label(name) for name in names):
        return names
    width = len(names) + 1
    if _is_counted(names) and all(len(row) == width for row in rest) and _is_counted(row[0] for row in rest):
        return names
    return None


def _is_counted(texts: Iterator[str] | list[str]) -> bool:
    return all(text == str(number) for number, text in enumerate(texts))


def _with_decimal_points(cells: Cells) -> Cells:
    """Where commas separate nothing, "0,5" is a number: in a table by tabs or semicolons, or within quotes."""
    commas = [
        (cell, row, column)
        for row, texts in enumerate(cells.rows, start=1)
        for column, cell in enumerate(texts, start=1)
        if "," in cell and _DECIMAL_COMMA.fullmatch(cell)
    ]
    if not commas or any(_POINT.fullmatch(cell) for row in cells.rows for cell in row):
        return cells
    cell, row, column = commas[0]
    if all(_COULD_BE_THOUSANDS.fullmatch(cell) for cell, _row, _column in commas):
        values = {"received": cell, "point": cell.replace(",", "."), "whole": cell.replace(",", "")}
        raise Unreadable(THOUSANDS, values, row, column)
    rows = [
        [_DECIMAL_COMMA.sub(r"\1.\2", text) if _DECIMAL_COMMA.fullmatch(text) else text for text in texts]
        for texts in cells.rows
    ]
    return Cells(rows, cells.row_labels, cells.column_labels)
