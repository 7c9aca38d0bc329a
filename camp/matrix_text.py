"""Matrices as people type and paste them: rows of numbers, spreadsheets, Python, NumPy, MATLAB, Chinese keyboards.

>>> read_numbers("0.1, 1/3\\n50%  −2")
[[0.1, 0.3333333333333333], [0.5, -2.0]]
>>> read_numbers("array([[1., 2.],\\n       [3., 4.]], dtype=float32)")
[[1.0, 2.0], [3.0, 4.0]]
"""

import math
import re
import unicodedata
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from attention_core.labels import gettext_noop as _
from attention_core.problems import shorten, show_number

NOT_A_NUMBER = _('"%(received)s" is not a number. Write 0.3, -2 or 1/3.')
NOT_FINITE = _("%(received)s here; use finite numbers.")
NOT_A_FLAG = _(
    '"%(received)s" is neither 1 nor 0. Write 1 or true for what may be seen, 0 or false for what is hidden.'
)
EMPTY_CELL = _("There is no number between two separators.")
EMPTY = _("There is no number here. Write 0.3, -2 or 1/3.")
RAGGED = _("Row %(row)s has %(count)s numbers, row 1 has %(first)s.")
RAGGED_BY_ONE = _("Row %(row)s has 1 number, row 1 has %(first)s.")
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
BRACKETS = _("The brackets do not match.")
NO_NUMBERS = _("There are no numbers here. Write one row a token.")

Cells = list[list[str]]
Value = TypeVar("Value")


class Unreadable(ValueError):
    """What could not be read: a template with its values, and the place counted from 1 where there is one."""

    def __init__(
        self, template: str, values: dict[str, Any], row: int | None = None, column: int | None = None
    ) -> None:
        super().__init__(template, values, row, column)
        self.template, self.values, self.row, self.column = template, values, row, column

    def __str__(self) -> str:
        return self.template % self.values


def read_numbers(text: str) -> list[list[float]]:
    """The rows of numbers in `text`.

    Raises:
        Unreadable: the first thing that is no matrix of numbers.
    """
    return _read(text, read_number)


def read_flags(text: str) -> list[list[bool]]:
    """The rows of true (1) and false (0) in `text`. Raises Unreadable."""
    return _read(text, _read_flag)


def write_matrix(rows: Sequence[Sequence[float | bool]]) -> str:
    """The rows as one would type them, so that reading them gives the same numbers."""
    return "\n".join(" ".join(write_number(value) for value in row) for row in rows)


def write_number(value: float | bool) -> str:
    """The shortest text that reads back as the same number; 1 and 0 for true and false."""
    return str(int(value)) if isinstance(value, bool) else show_number(value)


def plain(text: str) -> str:
    """`text` in ASCII digits and signs: ½ and 1½ become numbers, full-width and Chinese signs their plain form."""
    text = _VULGAR.sub(_vulgar_as_decimal, text)
    # A Chinese comma never is a decimal one, which the space says to whoever splits.
    text = unicodedata.normalize("NFKC", re.sub("[，、]", ", ", text))
    text = re.sub(r"(?<=\d)。(?=\d)", ".", text)
    return _UNSEEN.sub("", text).translate(_SIGNS)


def read_number(text: str) -> float:
    """A decimal number, `a/b` or a percentage. Raises Unreadable."""
    text = plain(text).strip()
    if not text:
        raise Unreadable(EMPTY, {})
    match = _FRACTION.fullmatch(text)
    if match and float(match[2]) != 0:
        return float(match[1]) / float(match[2])
    percent = text.endswith("%")
    digits = text.removesuffix("%").rstrip()
    if _DECIMAL.fullmatch(digits):
        number = float(digits) / 100 if percent else float(digits)
        if math.isfinite(number):
            return number
        raise Unreadable(NOT_FINITE, {"received": shorten(text)})
    if _NOT_FINITE.fullmatch(digits):
        raise Unreadable(NOT_FINITE, {"received": "NaN" if "nan" in digits.lower() else shorten(text)})
    raise Unreadable(NOT_A_NUMBER, {"received": shorten(text)})


_VULGAR = re.compile(r"([-−+]?)(\d*)([¼-¾⅐-⅞])")
_UNSEEN = re.compile("[\u200b-\u200f\u202a-\u202e\u2060\ufeff\u00ad]")
_SIGNS = str.maketrans({"−": "-", "–": "-", "﹣": "-", "⁄": "/", "÷": "/", "\r": "\n", "\u00a0": " "})
_DECIMAL = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?", re.ASCII)
_DECIMAL_COMMA = re.compile(r"^([-+]?\d+),(\d+(?:[eE][-+]?\d+)?\s*%?)$", re.ASCII)
_FRACTION = re.compile(r"([-+]?\d+(?:\.\d+)?)\s*/\s*([-+]?\d+(?:\.\d+)?)", re.ASCII)
_NOT_FINITE = re.compile(r"[-+]?(?:nan|inf|infinity|∞)", re.IGNORECASE)
_WRAPPER = re.compile(
    r"<?(?:np\.|numpy\.|torch\.|tf\.|jnp\.)?(?:array|tensor|Tensor|constant|asarray|Variable)\s*[(:]"
)
_KEYWORD = re.compile(
    r"\b(?:dtype|shape|device|requires_grad|grad_fn|numpy)\s*=\s*(?:\([^)]{0,200}\)|'[^']*'|[\w.<>]*)"
)
_TRUE, _FALSE = {"1", "true", "t", "yes", "真", "是"}, {"0", "false", "f", "no", "假", "否"}


def _vulgar_as_decimal(match: re.Match[str]) -> str:
    whole = int(match[2]) if match[2] else 0
    return f" {match[1]}{whole + unicodedata.numeric(match[3])!r}"


def _read_flag(text: str) -> bool:
    word = text.strip().lower().removesuffix(".")
    if word in _TRUE:
        return True
    if word in _FALSE:
        return False
    raise Unreadable(NOT_A_FLAG, {"received": shorten(text.strip())})


def _read(text: str, read_cell: Callable[[str], Value]) -> list[list[Value]]:
    cells = split_cells(text)
    rows = []
    for number, row in enumerate(cells, start=1):
        if len(row) != len(cells[0]):
            counts = {"row": number, "count": len(row), "first": len(cells[0])}
            raise Unreadable(RAGGED_BY_ONE if len(row) == 1 else RAGGED, counts, row=number)
        rows.append([_read_at(cell, read_cell, number, column) for column, cell in enumerate(row, start=1)])
    return rows


def _read_at(cell: str, read_cell: Callable[[str], Value], row: int, column: int) -> Value:
    if not cell.strip():
        raise Unreadable(EMPTY_CELL, {}, row, column)
    try:
        return read_cell(cell)
    except Unreadable as error:
        raise Unreadable(error.template, error.values, row, column) from None


def split_cells(text: str) -> Cells:
    """The texts of the cells, row by row. Raises Unreadable."""
    text = plain(text).strip()
    if "..." in text or "…" in text:
        raise Unreadable(SHORTENED, {})
    text = _KEYWORD.sub("", _WRAPPER.sub("", text))
    if "[" in text or text.startswith("("):
        rows = _bracketed(text)
    elif "\t" in text:
        rows = [_decimal_commas(line.split("\t")) for line in _lines(text)]
    else:
        rows = _plain_rows(text)
    if not rows or not any(rows):
        raise Unreadable(NO_NUMBERS, {})
    return rows


def _lines(text: str) -> list[str]:
    return [line for line in text.split("\n") if line.strip()]


def _plain_rows(text: str) -> Cells:
    lines = _lines(text)
    if len(lines) == 1 and ";" in text and re.search(r"[^\s;]\s+[^\s;]", text):
        lines = [part for part in text.split(";") if part.strip()]  # 1 2; 3 4
    lines = [line.rstrip("; ") for line in lines]
    if len(lines) == 1 and ";" in lines[0]:
        return _rows_or_decimals(lines[0])
    if any(";" in line for line in lines):
        return [_decimal_commas(line.split(";")) for line in lines]
    return [_by_commas_or_spaces(line) for line in lines]


def _rows_or_decimals(line: str) -> Cells:
    """One line of commas and semicolons without blanks: 0,5;1 is a row, 1,0,0;0,1,0 are rows, 1,0;0,1 could be both."""
    parts = line.split(";")
    commas = [part.strip().strip(",").count(",") for part in parts]
    if all(count == 1 for count in commas):
        raise Unreadable(ROWS_OR_DECIMALS, {"received": shorten(line)})
    if all(count > 1 for count in commas):
        return [_by_commas_or_spaces(part.strip()) for part in parts]
    return [_decimal_commas(parts)]


def _decimal_commas(cells: list[str]) -> list[str]:
    """Where commas separate nothing, "0,5" is a number."""
    return [_DECIMAL_COMMA.sub(r"\1.\2", cell.strip()) for cell in cells]


def _by_commas_or_spaces(line: str) -> list[str]:
    # By splitting: an expression such as \s*/ takes quadratic time on a long run of blanks.
    line = "/".join(part.strip() for part in line.split("/"))
    *before, last = line.split("%")
    line = "%".join([*(part.rstrip() for part in before), last]).strip()
    if "," not in line:
        return line.split()
    parts = line.removesuffix(",").split(",")
    return [cell for part in parts for cell in (part.split() or [""])]


def _bracketed(text: str) -> Cells:
    """Rows of Python and NumPy (one bracket each) or of MATLAB (one bracket, semicolons or lines)."""
    text = text.replace("(", "[").replace(")", "]").replace("{", "[").replace("}", "]").strip(" ,;>\n")
    # A wrapper such as "array(" lost its opening bracket above, so a closing one may be left over.
    while text.count("]") > text.count("[") and text.endswith("]"):
        text = text[:-1].rstrip(" ,;>\n")
    depth = _depth(text)
    if depth > 2:
        raise Unreadable(TOO_DEEP, {"depth": depth})
    innermost = re.findall(r"\[([^\[\]]*)\]", text)
    outside = re.sub(r"\[[^\[\]]*\]", "", text)
    if re.search(r"[^\s\[\],;]", outside):
        raise Unreadable(NOT_A_NUMBER, {"received": shorten(outside.strip(" ,;[]\n"))})
    if depth == 2 or len(innermost) > 1:
        return [_by_commas_or_spaces(row.replace("\n", " ")) for row in innermost]
    return _one_bracket(innermost[0])


def _one_bracket(inside: str) -> Cells:
    if ";" in inside:
        return [_by_commas_or_spaces(row) for row in inside.split(";") if row.strip()]
    cells = _by_commas_or_spaces(inside.replace("\n", " "))
    if len(cells) > 1:
        raise Unreadable(FLAT, {"count": len(cells)})
    return [cells]


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
