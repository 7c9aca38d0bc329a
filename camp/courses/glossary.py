"""The words of the course in both languages, from content/glossary.csv, and the order in which each language has them."""

import csv
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from functools import lru_cache
from itertools import groupby
from pathlib import Path

from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from attention_core.problems import shorten
from camp.courses.blocks import Unfit
from camp.courses.references import CONTENT

FILE = "glossary.csv"
_COLUMNS = ("id", "en", "zh", "definition_en", "definition_zh", "translation_note")
_ID = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_PAGE_IDS = ("main",)
# GB 2312 has its common characters by pinyin; these are the first of each letter.
_FIRST_OF_LETTER = dict(
    zip("ABCDEFGHJKLMNOPQRSTWXYZ", "啊芭擦搭蛾发噶哈击喀垃妈拿哦啪期然撒塌挖昔压匝", strict=True)
)
_LAST_BY_PINYIN = "座".encode("gb2312")
# A character that stands elsewhere there (as rare, or by another reading), and one that is read as it is here.
_READ_AS = str.maketrans({"熵": "商", "行": "航"})


@dataclass(frozen=True)
class Term:
    """`names` and `definitions` map languages to texts; `note`, in English, is on the Chinese name."""

    id: str
    names: Mapping[str, str]
    definitions: Mapping[str, str]
    note: str

    @property
    def address(self) -> str:
        return f"{reverse('glossary')}#{self.id}"

    @property
    def name(self) -> str:
        """In the language in use, as the two below."""
        return self.names[_language()]

    @property
    def definition(self) -> str:
        return self.definitions[_language()]

    @property
    def twin(self) -> tuple[str, str]:
        """What it is called in the other language, and which that is."""
        return next((self.names[code], code) for code in self.names if code != _language())


def terms(folder: Path = CONTENT) -> Mapping[str, Term]:
    """Every term by its id; none where the folder has no glossary.

    Raises:
        Unfit: the file is not as docs/course.md says, with the line.
    """
    path = folder / FILE
    return _terms(path, path.stat().st_mtime_ns) if path.exists() else {}


def term(name: str) -> Term:
    """The term of that id.

    Raises:
        Unfit: there is none; says which ids are near.
    """
    known = terms()
    if name in known:
        return known[name]
    near = get_close_matches(name, known, n=3, cutoff=0.5)
    if near:
        problem = _("the glossary has no “%(name)s”; near it: %(near)s")
        raise Unfit(problem % {"name": shorten(name), "near": ", ".join(near)})
    raise Unfit(_("the glossary has no “%(name)s”") % {"name": shorten(name)})


def by_letter(language: str) -> Sequence[tuple[str, Sequence[Term]]]:
    """All terms as a dictionary of that language has them, under the letters with which they begin."""
    ordered = sorted(terms().values(), key=lambda one: _place(one.names[language]))
    return [
        (letter, list(some)) for letter, some in groupby(ordered, lambda one: letter_of(one.names[language]))
    ]


def letter_of(name: str) -> str:
    """The letter under which a name stands: of a Chinese one, that of its pinyin. “#” where that is not known."""
    first = name[0].translate(_READ_AS)
    if first.isascii():
        return first.upper() if first.isalpha() else "#"
    code = first.encode("gb2312", "replace")
    starts = [letter for letter, sign in _FIRST_OF_LETTER.items() if sign.encode("gb2312") <= code]
    return starts[-1] if starts and code <= _LAST_BY_PINYIN else "#"


def _place(name: str) -> tuple[str, bytes]:
    return letter_of(name), name.casefold().translate(_READ_AS).encode("gb18030")


def _language() -> str:
    return "zh-hans" if (get_language() or "").startswith("zh") else "en"


@lru_cache(maxsize=8)
def _terms(path: Path, _changed: int) -> Mapping[str, Term]:
    found: dict[str, Term] = {}
    for line, row in _rows(path):
        one = _term(row, line)
        if one.id in found:
            raise Unfit(_("the id “%(id)s” stands twice") % {"id": one.id}, line)
        found[one.id] = one
    return found


def _rows(path: Path) -> Iterator[tuple[int, dict[str, str]]]:
    """The rows by the names of their columns, each with the line on which it ends."""
    try:
        with path.open(encoding="utf-8", newline="") as file:
            reader = csv.DictReader(file, strict=True)
            if tuple(reader.fieldnames or ()) != _COLUMNS:
                problem = _("expected the columns %(wanted)s; got %(got)s")
                got = ", ".join(reader.fieldnames or ())
                raise Unfit(problem % {"wanted": ", ".join(_COLUMNS), "got": got}, 1)
            for row in reader:
                yield reader.line_num, row
    except (csv.Error, UnicodeDecodeError) as error:
        raise Unfit(_("not a CSV file in UTF-8: %(error)s") % {"error": error}, 1) from error


def _term(row: Mapping[str, str], line: int) -> Term:
    if set(row) != set(_COLUMNS) or None in row.values():
        raise Unfit(_("expected %(count)d columns") % {"count": len(_COLUMNS)}, line)
    given = {column: text.strip() for column, text in row.items()}
    if not _ID.fullmatch(given["id"]) or given["id"] in _PAGE_IDS:
        problem = _("id: expected small letters, digits and -, and none that the page uses; got “%(got)s”")
        raise Unfit(problem % {"got": shorten(given["id"])}, line)
    for column in _COLUMNS[1:5]:
        if not given[column]:
            raise Unfit(_("%(id)s lacks “%(missing)s”") % {"id": given["id"], "missing": column}, line)
    return Term(
        id=given["id"],
        names={"en": given["en"], "zh-hans": given["zh"]},
        definitions={"en": given["definition_en"], "zh-hans": given["definition_zh"]},
        note=given["translation_note"],
    )
