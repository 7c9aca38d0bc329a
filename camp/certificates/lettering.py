"""Letters in the PDF: Latin ones in a font that is embedded, Chinese ones in one that every reader of PDF knows by name.

No font of ours has all of Unicode, and a certificate with a box in its owner's name is none: what cannot be shown is
refused when the certificate is asked for.
"""

from collections.abc import Iterator
from functools import cache
from itertools import groupby

from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfbase.ttfonts import TTFont

LATIN, LATIN_BOLD, CHINESE = "Vera", "VeraBd", "STSong-Light"  # the first two come with reportlab


@cache
def _register() -> None:
    for name in (LATIN, LATIN_BOLD):
        pdfmetrics.registerFont(TTFont(name, f"{name}.ttf"))
    pdfmetrics.registerFont(UnicodeCIDFont(CHINESE))


def _is_latin(letter: str) -> bool:
    _register()
    return ord(letter) in pdfmetrics.getFont(LATIN).face.charToGlyph


def _is_chinese(letter: str) -> bool:
    """Whether it is a Chinese character of the national standard, or its punctuation."""
    try:
        return len(letter.encode("gb2312")) == 2
    except UnicodeEncodeError:
        try:
            return "\u3400" <= letter <= "\u9fff" and len(letter.encode("gbk")) == 2
        except UnicodeEncodeError:
            return False


def strange_to_pdf(text: str) -> str:
    """The letters of the text that no font shows, each once."""
    return "".join(dict.fromkeys(one for one in text if not (_is_latin(one) or _is_chinese(one))))


def runs_of(text: str, *, bold: bool = False) -> Iterator[tuple[str, str]]:
    """The text in pieces, each with the font that shows it."""
    latin = LATIN_BOLD if bold else LATIN
    for font, letters in groupby(text, key=lambda one: latin if _is_latin(one) else CHINESE):
        yield font, "".join(letters)


def width_of(text: str, size: float, *, bold: bool = False) -> float:
    """In points."""
    return float(sum(pdfmetrics.stringWidth(piece, font, size) for font, piece in runs_of(text, bold=bold)))
