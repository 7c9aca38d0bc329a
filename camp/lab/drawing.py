"""A run's weights as a picture that stands alone: an SVG file with plain colours, without script or reference.

Parts are drawn at their own origin and then set below or beside each other, so that none knows where it stands.
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from xml.etree import ElementTree as ET

from django.utils.translation import gettext as _

from camp.lab.colours import Colours, colours, font
from camp.lab.legend import Legend
from camp.lab.picture import Picture, Stage
from camp.lab.stage_tables import Cell, Row, Table

_MARGIN, _GAP, _ROOM = 24, 28, 520
_LINE = 1.5
_HEAD = 24  # height of the row of column labels
# Least width and height of a cell and size of its figure, by how many stand beside or below each other.
_LARGE = ((6, 56, 44, 13), (8, 48, 40, 13), (12, 40, 36, 12), (16, 32, 32, 11))
_SMALL = ((8, 36, 26, 11), (16, 30, 24, 10))
# XML has no place for other characters, not even escaped; a name that somebody typed may have them.
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_WORD = re.compile("[\u2e80-\uffef]|[^ \u2e80-\uffef]+ ?| ")  # Chinese breaks between any two characters


@dataclass(frozen=True)
class Part:
    element: ET.Element
    width: float
    height: float


def svg(picture: Picture, stage: Stage, title: str, lines: Sequence[str], theme: str = "light") -> bytes:
    """The weights of the head that `picture` shows (`stage`), below what led to them and came of them.

    `title` and `lines` stand above: what the run is called, and with which settings it was computed.
    """
    palette = colours(theme)
    weights = _weights(stage, palette)
    beside = _beside([*_scores(picture, palette), *_output(picture, palette)])
    room = max(_ROOM, round(weights.width), round(beside.width))
    parts = [_heading(title, lines, room, palette), weights]
    if picture.legend:
        parts.append(_legend(picture.legend, min(room, 584), palette))
    return _sheet(_below([*parts, beside]), title, picture.summary, palette)


def _sheet(content: Part, title: str, summary: str, palette: Colours) -> bytes:
    width, height = (round(size) + 2 * _MARGIN for size in (content.width, content.height))
    root = ET.Element(
        "svg",
        {
            "xmlns": "http://www.w3.org/2000/svg",
            "width": str(width),
            "height": str(height),
            "viewBox": f"0 0 {width} {height}",
            "role": "img",
            "font-family": font().replace('"', "'"),
        },
    )
    ET.SubElement(root, "title").text = _clean(title)
    ET.SubElement(root, "desc").text = _clean(summary)
    _hatch(ET.SubElement(root, "defs"), palette)
    _rect(root, 0, 0, width, height, palette.tokens["surface"])
    _place(root, content, _MARGIN, _MARGIN)
    return ET.tostring(root, encoding="utf-8", xml_declaration=True)


def _hatch(defs: ET.Element, palette: Colours) -> None:
    """As on the pages: a line each 8 px, from the lower left to the upper right."""
    pattern = ET.SubElement(
        defs,
        "pattern",
        {
            "id": "hatch",
            "width": "8",
            "height": "8",
            "patternUnits": "userSpaceOnUse",
            "patternTransform": "rotate(45)",
        },
    )
    _rect(pattern, 0, 0, 8, 8, palette.tokens["mask-ground"])
    _rect(pattern, 0, 0, 1, 8, palette.tokens["mask-line"])


def _heading(title: str, lines: Sequence[str], room: int, palette: Colours) -> Part:
    group, y = ET.Element("g"), 0.0
    for words, size, colour in [(title, 18, "text"), *((line, 13, "muted") for line in lines if line)]:
        for line in _broken(words, size, room):
            _text(group, 0, y + size, line, size, palette.tokens[colour], bold=size == 18)
            y += size * _LINE
    return Part(group, room, y)


def _weights(stage: Stage, palette: Colours) -> Part:
    assert stage.table
    return _table(stage.table, palette, _LARGE, palette.tokens["accent"])


def _scores(picture: Picture, palette: Colours) -> list[Part]:
    """The scores as softmax met them, with what their greys stand for."""
    last = [stage.table for stage in picture.before if stage.table][-1:]
    tables = [(table, _table(table, palette, _SMALL, palette.tokens["text"])) for table in last]
    return [
        _below([part, _greys(table.greys, palette)], gap=8) if table.greys else part for table, part in tables
    ]


def _output(picture: Picture, palette: Colours) -> list[Part]:
    """What the weights make of the values: the head's own, where there are several."""
    first = [stage.table for stage in picture.after if stage.table][:1]
    return [_table(table, palette, _SMALL, palette.tokens["text"]) for table in first]


def _table(table: Table, palette: Colours, sizes: Sequence[tuple[int, int, int, int]], ink: str) -> Part:
    """Caption, labels and cells; as on the pages only pairs of queries and keys have colours."""
    width, _height, size = _rung(len(table.columns), sizes)
    _width, height, _size = _rung(len(table.rows), sizes)
    texts = zip(table.columns, *([cell.text for cell in row.cells] for row in table.rows), strict=True)
    widths = [max(width, *(_wide(text, size) + 6 for text in column)) for column in texts]
    side = max(28.0, *(_wide(row.label, 13) + 8 for row in table.rows))
    if any(row.is_empty for row in table.rows):
        side = max(side, _wide(_("no key"), 10) + 8)
    group = ET.Element("g", {"data-table": table.name})
    _text(group, 0, 14, table.caption, 14, ink, bold=True)
    top = 14 * _LINE + _HEAD
    muted = palette.tokens["muted"]
    colour = palette.tokens[table.column_kind] if table.column_kind else muted
    starts = [side + sum(widths[:place]) + 2 * place for place in range(len(widths))]
    for start, width, label in zip(starts, widths, table.columns, strict=True):
        _text(group, start + width / 2, top - 8, label, 12, colour, "middle", bold=bool(table.column_kind))
    end = side + sum(widths) + 2 * len(widths)
    if table.has_totals:
        _text(group, end + 16, top - 8, _("sum"), 12, muted, "middle")
    for place, row in enumerate(table.rows):
        y = top + (height + 2) * place
        _label(group, row, table, side - 6, y + height / 2, palette)
        for start, width, cell in zip(starts, widths, row.cells, strict=True):
            _cell(group, cell, (start, y, width, height), size, table.has_colour, palette)
        if table.has_totals:
            _text(group, end + 16, y + height / 2 + 4, row.total, 12, muted, "middle")
    whole = max(end + (32 if table.has_totals else 0), _wide(table.caption, 14))
    return Part(group, whole, top + (height + 2) * len(table.rows))


def _label(group: ET.Element, row: Row, table: Table, x: float, y: float, palette: Colours) -> None:
    colour = palette.tokens[table.row_kind] if table.row_kind else palette.tokens["text"]
    _text(group, x, y if row.is_empty else y + 4, row.label, 13, colour, "end", bold=True)
    if row.is_empty:
        _text(group, x, y + 12, _("no key"), 10, palette.tokens["muted"], "end")


def _cell(
    group: ET.Element,
    cell: Cell,
    box: tuple[float, float, float, float],
    size: int,
    has_colour: bool,
    palette: Colours,
) -> None:
    """All digits, or why it is hidden, are its title, which a reader of the file sees on pointing at it."""
    x, y, width, height = box
    one = ET.SubElement(group, "g", {"class": "cell"})
    if cell.why or cell.full:
        ET.SubElement(one, "title").text = _clean(cell.why or cell.full)
    ink, tokens = palette.tokens["text"], palette.tokens
    if cell.why:
        _rect(one, x, y, width, height, "url(#hatch)", tokens["border"])
        plate = _wide(cell.text, size) + 4
        _rect(
            one,
            x + (width - plate) / 2,
            y + height / 2 - size * 0.7,
            plate,
            size * 1.4,
            tokens["mask-ground"],
        )
        ink = tokens["mask-text"]
    elif cell.css in palette.fills:
        _rect(one, x, y, width, height, palette.fills[cell.css])
        ink = palette.inks[cell.css]
    elif not has_colour and not cell.css:
        _rect(one, x, y, width, height, tokens["sunken"])
    else:
        ink = tokens["muted"]  # a column of other heads
    _text(one, x + width / 2, y + height / 2 + size * 0.36, cell.text, size, ink, "middle")


def _legend(legend: Legend, room: int, palette: Colours) -> Part:
    """The scale of the weights with its ticks, the equal share, and what the hatch stands for."""
    group, tokens = ET.Element("g"), palette.tokens
    length, left, top = room - 40, 20, 44 if legend.equal else 26

    def at(percent: float) -> float:
        return left + percent / 100 * length

    _text(group, 0, 14, _("Weight"), 14, tokens["text"], bold=True)
    for step, start, wide in legend.steps:
        _rect(group, at(start), top, wide / 100 * length, 12, palette.fills[f"w{step}"])
    frame = _rect(group, left, top, length, 12, "none", tokens["control"])
    frame.set("class", "scale")
    for tick in legend.ticks:
        _line(group, at(tick.at), top + 12, top + 17, tokens["control"])
        _text(group, at(tick.at), top + 30, tick.text, 12, tokens["muted"], "middle")
    if legend.equal:
        x, anchor = at(legend.equal.at), "end" if legend.equal.is_right else "start"
        _line(group, x, top - 6, top + 17, tokens["text"], "2 2")
        _text(group, x, top - 9, legend.equal.text, 12, tokens["text"], anchor)
    _rect(group, 0, top + 44, 20, 20, "url(#hatch)", tokens["control"])
    _text(group, 28, top + 58, _("hidden by a mask: exactly 0"), 13, tokens["muted"])
    return Part(group, room, top + 64)


def _greys(greys: tuple[str, str], palette: Colours) -> Part:
    """What the lightest and the darkest grey of a table of scores stand for."""
    group, muted = ET.Element("g"), palette.tokens["muted"]
    least = _("Score: least %(score)s") % {"score": greys[0]}
    greatest = _("greatest %(score)s") % {"score": greys[1]}
    left = _wide(least, 12) + 8
    _text(group, 0, 12, least, 12, muted)
    for step in range(17):
        _rect(group, left + 4 * step, 2, 4.2, 12, palette.fills[f"s{step}"])
    _rect(group, left, 2, 68, 12, "none", palette.tokens["control"])
    _text(group, left + 76, 12, greatest, 12, muted)
    return Part(group, left + 76 + _wide(greatest, 12), 16)


def _below(parts: Iterable[Part], gap: float = _GAP) -> Part:
    group, width, y = ET.Element("g"), 0.0, 0.0
    for part in parts:
        _place(group, part, 0, y)
        width, y = max(width, part.width), y + part.height + gap
    return Part(group, width, y - gap)


def _beside(parts: Iterable[Part], gap: float = 48) -> Part:
    group, height, x = ET.Element("g"), 0.0, 0.0
    for part in parts:
        _place(group, part, x, 0)
        height, x = max(height, part.height), x + part.width + gap
    return Part(group, x - gap, height)


def _place(group: ET.Element, part: Part, x: float, y: float) -> None:
    part.element.set("transform", f"translate({x:g} {y:g})")
    group.append(part.element)


def _rect(
    group: ET.Element, x: float, y: float, width: float, height: float, fill: str, edge: str = ""
) -> ET.Element:
    shape = {"x": x, "y": y, "width": width, "height": height}
    found = ET.SubElement(group, "rect", {name: f"{round(size, 2):g}" for name, size in shape.items()})
    found.set("fill", fill)
    if edge:
        found.set("stroke", edge)
    return found


def _line(group: ET.Element, x: float, top: float, end: float, colour: str, dashes: str = "") -> None:
    place = {"x1": x, "x2": x, "y1": top, "y2": end}
    found = ET.SubElement(group, "line", {name: f"{round(at, 2):g}" for name, at in place.items()})
    found.set("stroke", colour)
    if dashes:
        found.set("stroke-dasharray", dashes)


def _text(
    group: ET.Element,
    x: float,
    y: float,
    words: str,
    size: int,
    colour: str,
    anchor: str = "start",
    *,
    bold: bool = False,
) -> None:
    found = ET.SubElement(group, "text", {"x": f"{round(x, 2):g}", "y": f"{round(y, 2):g}"})
    found.set("font-size", str(size))
    found.set("fill", colour)
    if anchor != "start":
        found.set("text-anchor", anchor)
    if bold:
        found.set("font-weight", "600")
    found.text = _clean(words)


def _clean(words: str) -> str:
    return _NOT_XML.sub("", str(words))


def _rung(count: int, sizes: Sequence[tuple[int, int, int, int]]) -> tuple[float, float, int]:
    """Width, height and size of figures of cells of which `count` stand in a line."""
    _most, width, height, size = next((one for one in sizes if count <= one[0]), sizes[-1])
    return width, height, size


def _wide(words: str, size: int) -> float:
    """About how wide the words are, rather too wide: which font a reader has is not known here."""
    return size * sum(1.0 if unicodedata.east_asian_width(one) in "WF" else 0.62 for one in words)


def _broken(words: str, size: int, room: float) -> list[str]:
    """The words in lines that fit; one word that is too long breaks anywhere."""
    lines = [""]
    for word in _WORD.findall(words):
        for piece in [word] if _wide(word, size) <= room else word:
            if lines[-1] and _wide((lines[-1] + piece).rstrip(), size) > room:
                lines.append("")
            lines[-1] += piece
    return [line.rstrip() for line in lines]
