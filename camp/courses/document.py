"""What a lesson's text becomes: a document of plain JSON, kept in a version and drawn at each look.

{"title", "order", "minutes", "concepts", "question" (HTML), "goals" (HTML, a list), "sources" (keys),
 "parts": [{"html": …} | {"block": name, "fields": …}], "headings": [{"id", "title" (HTML), "level"}]}
"""

import re
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from django.utils import translation
from django.utils.translation import gettext as _

from camp.courses import allowance
from camp.courses.blocks import Unfit
from camp.courses.expressions import defined
from camp.courses.pieces import Piece, Source, line_of, read_source
from camp.courses.prose import Prose

Document = dict[str, Any]
# What a lesson's page calls its own parts, and what it makes of a block's id; a test holds this to the page.
_PAGE_IDS = frozenset({"find", "main", "goals", "sources", "unsent", "sent-later"})
_DERIVED = re.compile(r"section-\d+|.+-(prompt|title|help|hints|error|response|picture|says|bar-\d+)")
_SHARED = ("order", "minutes", "concepts", "sources", "let")


def document(text: str, language: str, known_sources: Collection[str] | None = None) -> Document:
    """The document of a lesson's text in one language.

    Args:
        known_sources: the keys that `sources` may name; None: any.

    Raises:
        Unfit: something in it is not as docs/course.md says, with the line.
    """
    with allowance.shared():
        return document_of(read_source(text), language, known_sources)


def document_of(source: Source, language: str, known_sources: Collection[str] | None = None) -> Document:
    """The same for a text that is read already; all that it computes draws on one allowance."""
    with allowance.shared():
        return _document(source, language, known_sources)


def _document(source: Source, language: str, known_sources: Collection[str] | None) -> Document:
    front = source.front
    for key in front["sources"]:
        if known_sources is not None and key not in known_sources:
            raise Unfit(
                _("sources.yaml has no “%(key)s”") % {"key": key}, line_of(source.front_text, key, start=2)
            )
    prose, made = _front(source, language)
    headings: list[dict[str, str]] = []
    parts = []
    ids: dict[str, int] = {}
    shown = {piece.argument for piece in source.pieces if piece.argument}
    for piece in source.pieces:
        if piece.name:
            parts.append({"block": piece.name, "fields": _read(piece, prose, language, ids, shown)})
        else:
            parts.append({"html": _section(piece, prose, headings)})
    return {**made, "parts": parts, "headings": headings}


def twin_faults(sources: Mapping[str, Source]) -> list[tuple[str, Unfit]]:
    """Where the languages of a lesson differ in what is not words, each with the language whose text differs."""
    (first, model), *others = sources.items()
    faults = []
    for language, source in others:
        for key in _SHARED:
            wanted, got = model.front.get(key), source.front.get(key)
            if wanted != got:
                problem = _("%(key)s: expected as in “%(language)s”, %(wanted)s; got %(got)s")
                values = {"key": key, "language": first, "wanted": wanted, "got": got}
                faults.append(
                    (language, Unfit(problem % values, line_of(source.front_text, f"{key}:", start=2)))
                )
        fault = _block_fault(
            first, [one for one in model.pieces if one.name], [one for one in source.pieces if one.name]
        )
        if fault:
            faults.append((language, fault))
    return faults


def _block_fault(first: str, wanted: Sequence[Piece], got: Sequence[Piece]) -> Unfit | None:
    for one, other in zip(wanted, got, strict=False):
        if one.name != other.name:
            problem = _("expected the block “%(wanted)s” as in “%(language)s”, line %(line)d; got “%(got)s”")
            values = {"wanted": one.name, "language": first, "line": one.line, "got": other.name}
            return Unfit(problem % values, other.line)
        if _neutral(one) != _neutral(other):
            problem = _(
                "the block “%(name)s” differs from “%(language)s”, line %(line)d, in more than its words"
            )
            return Unfit(problem % {"name": one.name, "language": first, "line": one.line}, other.line)
    if len(wanted) != len(got):
        problem = _("expected %(wanted)d blocks as in “%(language)s”; got %(got)d")
        return Unfit(problem % {"wanted": len(wanted), "language": first, "got": len(got)}, 1)
    return None


def _neutral(piece: Piece) -> Any:
    try:
        return piece.kind.neutral(piece.argument, piece.fields)
    except (Unfit, LookupError, TypeError, AttributeError, ValueError):
        return None  # it is refused for itself, by `read`


def _front(source: Source, language: str) -> tuple[Prose, Document]:
    """The names that the lesson defines, and what stands above its text."""
    front = source.front
    try:
        prose = Prose(defined(front.get("let") or {}), language)
    except Unfit as wrong:
        raise Unfit(
            wrong.message, line_of(source.front_text, wrong.message.split(":")[0] + ":", start=2)
        ) from wrong
    try:
        made = {
            "title": front["title"],
            "order": front["order"],
            "minutes": front["minutes"],
            "concepts": front["concepts"],
            "question": prose.inline(front["question"]),
            "goals": [prose.inline(goal) for goal in front["goals"]],
            "sources": front["sources"],
        }
    except Unfit as wrong:
        raise Unfit(wrong.message, line_of(source.front_text, prose.current, start=2)) from wrong
    return prose, made


def _section(piece: Piece, prose: Prose, headings: list[dict[str, str]]) -> str:
    try:
        return prose.section(piece.body, headings)
    except Unfit as wrong:
        raise Unfit(wrong.message, piece.line + max(wrong.line, 1) - 1) from wrong


def is_of_page(name: str, shown: Collection[str] = ()) -> bool:
    """Whether a block called so would meet a part of its page. `shown`: the drawings and widgets of the lesson."""
    return (
        name in _PAGE_IDS
        or _DERIVED.fullmatch(name) is not None
        or any(name == one or name.startswith(f"{one}-") for one in shown)
    )


def _read(piece: Piece, prose: Prose, language: str, ids: dict[str, int], shown: Collection[str]) -> Any:
    name = piece.fields.get("id")
    if isinstance(name, str) and is_of_page(name, shown):
        problem = _("the page of the lesson uses the id “%(id)s” itself; take another")
        raise Unfit(problem % {"id": name}, piece.line)
    if isinstance(name, str) and ids.setdefault(name, piece.line) != piece.line:
        problem = _("the id “%(id)s” stands twice, first on line %(line)d")
        raise Unfit(problem % {"id": name, "line": ids[name]}, piece.line)
    prose.current = ""
    try:
        with translation.override(language):
            return piece.kind.read(piece.argument, piece.fields, prose)
    except Unfit as wrong:
        if not prose.current or wrong.line == 0:
            line = line_of(piece.body, prose.current, start=piece.body_line) if prose.current else piece.line
        else:
            line = line_of(piece.body, prose.current, start=piece.body_line) + wrong.line - 1
        raise Unfit(wrong.message, line) from wrong
