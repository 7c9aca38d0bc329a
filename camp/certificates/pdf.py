"""A certificate as one A4 page."""

import io
from collections.abc import Sequence
from typing import Any

from django.utils import formats
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from reportlab.lib.colors import HexColor
from reportlab.lib.pagesizes import A4, landscape
from reportlab.pdfgen.canvas import Canvas

from attention_core.reference import explain
from camp.certificates.lettering import runs_of, width_of
from camp.certificates.models import Certificate
from camp.quizzes.marking import percent

_WIDTH, _HEIGHT = landscape(A4)
_INK, _MUTED, _ACCENT = HexColor("#1b1a22"), HexColor("#5c5a66"), HexColor("#6b2fb3")
_MARGIN = 56.0
_MOST_LINES = 12  # in one column


def certificate_pdf(certificate: Certificate, address: str) -> bytes:
    """The page in the language in use; `address` is where anybody can verify it."""
    kept = io.BytesIO()
    # `invariant`: the same certificate is the same file, byte for byte.
    page = Canvas(kept, pagesize=(_WIDTH, _HEIGHT), invariant=1)
    page.setTitle(_("Certificate %(code)s") % {"code": certificate.shown_code})
    page.setAuthor(_("Attention Training Camp"))
    _weights(page)
    _write(page, _("Attention Training Camp"), 14, _HEIGHT - 76, colour=_MUTED)
    _write(page, _("Certificate of completion"), 30, _HEIGHT - 118, bold=True)
    _write(page, certificate.name, _fitting(certificate.name, 26), _HEIGHT - 170, bold=True, colour=_ACCENT)
    _write(
        page,
        _("has completed these modules: every lesson, and at least 80 % of the quiz."),
        12,
        _HEIGHT - 198,
    )
    _modules(page, certificate.modules, _HEIGHT - 234)
    issued = formats.date_format(certificate.issued_at, "DATE_FORMAT")
    _write(
        page,
        _("Issued on %(date)s. Code %(code)s") % {"date": issued, "code": certificate.shown_code},
        11,
        84,
    )
    _write(page, _("Anybody can verify it: %(address)s") % {"address": address}, 11, 66)
    _write(page, _("Quizzes are taken alone and without supervision."), 9, 48, colour=_MUTED)
    page.showPage()
    page.save()
    return kept.getvalue()


def _write(
    page: Canvas,
    text: str,
    size: float,
    y: float,
    *,
    x: float = _MARGIN,
    bold: bool = False,
    colour: Any = _INK,
) -> None:
    page.setFillColor(colour)
    for font, piece in runs_of(text, bold=bold):
        page.setFont(font, size)
        page.drawString(x, y, piece)
        x += page.stringWidth(piece, font, size)


def _fitting(text: str, size: float) -> float:
    """The size, or a smaller one in which the text keeps to the page."""
    room = _WIDTH - 2 * _MARGIN - 150
    return min(size, size * room / max(width_of(text, size, bold=True), 1))


def _modules(page: Canvas, modules: Sequence[dict[str, Any]], top: float) -> None:
    language = get_language() or "en"
    for place, one in enumerate(modules):
        column, line = divmod(place, _MOST_LINES)
        x, y = _MARGIN + column * 380, top - line * 18
        title = one["titles"].get(language, one["titles"]["en"])
        _write(page, f"{one['number']}", 12, y, x=x, bold=True)
        _write(page, title, 12, y, x=x + 26)
        if one["score"] is not None:
            words = _("quiz %(percent)s %%") % {"percent": percent(one["score"])}
            _write(page, words, 12, y, x=x + 290, colour=_MUTED)


def _weights(page: Canvas) -> None:
    """In the corner the weights of the article's five tokens under a causal mask, as the core computes them."""
    five = [[token / 10] for token in range(1, 6)]
    weights = explain(five, five, five, causal=True).weights[0]
    side = 20
    for row, cells in enumerate(weights):
        for column, weight in enumerate(cells):
            page.setFillColor(_ACCENT, alpha=float(weight))
            x, y = _WIDTH - _MARGIN - (5 - column) * side, _HEIGHT - 64 - (row + 1) * side
            page.rect(x, y, side - 2, side - 2, stroke=0, fill=1)
    page.setFillAlpha(1)
