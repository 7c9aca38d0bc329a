"""The article's mistakes, a row for each: where it is, what it says, what is true, and a proof (docs/course.md).

A row is a file `content/errata/<slug>.yaml`. It is proved in one of three ways, and a row that lacks a proof, or whose
proof agrees with the article, is refused:

- `claims` and `computed`, two expressions: what follows from the article, and what the camp computes;
- `program` and `prints`: a program of the article, and what it really prints, which a test runs again. `expected` is what
  the article lets one expect;
- `entry` and `right`: a reference as the article gives it, and the key of the right one in sources.yaml.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from attention_core.labels import gettext_noop
from camp.courses import allowance, source_yaml
from camp.courses.blocks import Unfit
from camp.courses.expressions import defined, evaluate
from camp.courses.loading import Report, Write, loads, module_slugs
from camp.courses.models import in_language
from camp.courses.prose import Prose
from camp.courses.references import CONTENT, Work, works
from camp.courses.services import LANGUAGES

FOLDER = "errata"
TOLERANCE = 0.005
VERDICTS: Mapping[str, str] = {
    "wrong": gettext_noop("wrong"),
    "short": gettext_noop("too short"),
    "unsupported": gettext_noop("unsupported"),
}
_NEEDED = ("order", "where", "verdict", "quote", "rendering", "lessons", "texts")
_PROOFS = (("claims", "computed"), ("program", "prints", "expected"), ("entry", "right"))
_KNOWN = {*_NEEDED, "let", *(key for keys in _PROOFS for key in keys)}


@dataclass(frozen=True)
class Erratum:
    """A row. `lessons` are (module, lesson) by slug; `texts` maps languages to the HTML of "truth" and "proof".

    Of the proof there is either `claims` and `computed`, or `program`, `prints` and `expected`, or `entry` and `right`.
    """

    slug: str
    order: int
    places: Mapping[str, str]
    verdict: str
    quote: str
    rendering: str
    lessons: tuple[tuple[str, str], ...]
    texts: Mapping[str, Mapping[str, str]]
    claims: Any = None
    computed: Any = None
    program: str = ""
    prints: str = ""
    expected: str = ""
    entry: Mapping[str, str] | None = None
    right: Work | None = None

    @property
    def where(self) -> str:
        return str(in_language(dict(self.places)))

    @property
    def verdict_text(self) -> str:
        return _(VERDICTS[self.verdict])

    @property
    def truth(self) -> SafeString:
        return SafeString(in_language(dict(self.texts))["truth"])

    @property
    def proof(self) -> SafeString:
        return SafeString(in_language(dict(self.texts))["proof"])


def errata(folder: Path = CONTENT) -> tuple[Erratum, ...]:
    """Every row in order, computed once for as long as its files stay as they are. Raises Unfit."""
    paths = _paths(folder)
    stamps = tuple(
        (path, path.stat().st_mtime_ns) for path in [*paths, folder / "sources.yaml"] if path.exists()
    )
    return _errata(folder, stamps)


@loads
def load_errata(folder: Path, report: Report) -> Write:
    """They are read where they are shown; loading the course makes sure that they can be."""
    modules, orders = module_slugs(folder), dict[int, str]()
    for path in _paths(folder):
        try:
            row = read_erratum(path, works(folder))
        except Unfit as wrong:
            report.fault(path, wrong.line, wrong.message)
            continue
        for module, _lesson in row.lessons:
            if module not in modules:
                report.fault(path, 1, _("modules.yaml has no module “%(slug)s”") % {"slug": module})
        if row.order in orders:
            values = {"order": row.order, "slug": orders[row.order]}
            report.fault(path, 1, _("order %(order)d is that of “%(slug)s” already") % values)
        orders[row.order] = row.slug
    return lambda: None


def read_erratum(path: Path, known: Mapping[str, Work]) -> Erratum:
    """A row from its file.

    Raises:
        Unfit: something is missing, there is not exactly one proof, or it does not contradict the article.
    """
    given = source_yaml.mapping(path.read_text(encoding="utf-8"))
    _check_keys(given)
    with allowance.shared():
        names = defined(given.get("let") or {})
        proof = _proof(given, names, known)
        names |= {key: proof[key] for key in ("claims", "computed") if key in proof}
        texts = {
            language: dict(_htmls(given["texts"][language], names, language, is_computed="computed" in proof))
            for language in LANGUAGES
        }
    return Erratum(
        slug=path.stem,
        order=given["order"],
        places=given["where"],
        verdict=given["verdict"],
        quote=given["quote"].strip(),
        rendering=given["rendering"].strip(),
        lessons=tuple(_lesson_name(one) for one in given["lessons"]),
        texts=texts,
        **proof,
    )


def contradicts(claims: Any, computed: Any) -> bool:
    """Whether two values differ: in their shape, or somewhere by more than the tolerance."""
    one, other = np.asarray(claims, dtype=float), np.asarray(computed, dtype=float)
    return one.shape != other.shape or bool(np.max(np.abs(one - other), initial=0.0) > TOLERANCE)


def differing(entry: Mapping[str, str], right: Work) -> list[str]:
    """The fields in which a reference of the article differs from the right one: neither holds the other."""

    def plain(text: str) -> str:
        return " ".join(text.casefold().split())

    pairs = {name: (plain(text), plain(str(getattr(right, name)))) for name, text in entry.items()}
    return [name for name, (one, other) in pairs.items() if one not in other and other not in one]


def _paths(folder: Path) -> list[Path]:
    return sorted((folder / FOLDER).glob("*.yaml"))


@lru_cache(maxsize=4)
def _errata(folder: Path, _stamps: tuple[tuple[Path, int], ...]) -> tuple[Erratum, ...]:
    known = works(folder)
    return tuple(sorted((read_erratum(path, known) for path in _paths(folder)), key=lambda row: row.order))


def _check_keys(given: Mapping[str, Any]) -> None:
    for key in given:
        if key not in _KNOWN:
            values = {"key": key, "known": ", ".join(sorted(_KNOWN))}
            raise Unfit(_("“%(key)s” means nothing here; expected some of %(known)s") % values)
    for key in _NEEDED:
        if key not in given:
            raise Unfit(_("expected “%(key)s”; it is missing") % {"key": key})
    if not isinstance(given["order"], int) or not isinstance(given["lessons"], list) or not given["lessons"]:
        raise Unfit(_("expected a whole number as order, and at least one lesson"))
    if given["verdict"] not in VERDICTS:
        values = {"known": ", ".join(VERDICTS), "got": given["verdict"]}
        raise Unfit(_("expected one of %(known)s; got %(got)s") % values)
    for key in ("quote", "rendering"):
        if not isinstance(given[key], str) or not given[key].strip():
            raise Unfit(_("%(key)s: expected a text; got %(got)r") % {"key": key, "got": given[key]})
    for key in ("where", "texts"):
        if not isinstance(given[key], dict) or set(given[key]) != set(LANGUAGES):
            values = {"key": key, "languages": ", ".join(LANGUAGES)}
            raise Unfit(_("%(key)s: expected a text in each of %(languages)s") % values)


def _proof(given: Mapping[str, Any], names: Mapping[str, Any], known: Mapping[str, Work]) -> dict[str, Any]:
    """The one proof there must be, as the fields of an Erratum."""
    present = [keys for keys in _PROOFS if any(key in given for key in keys)]
    if len(present) != 1 or any(key not in given for key in present[0]):
        ways = "; ".join(", ".join(keys) for keys in _PROOFS)
        raise Unfit(_("expected one proof, complete: %(ways)s") % {"ways": ways})
    if "computed" in given:
        found = {key: evaluate(str(given[key]), names) for key in ("claims", "computed")}
        agrees = not contradicts(**found)
    elif "program" in given:
        found = {key: str(given[key]).strip() for key in ("program", "prints", "expected")}
        agrees = not found["prints"] or found["prints"] == found["expected"]
    else:
        found = _reference(given, known)
        agrees = not differing(found["entry"], found["right"])
    if agrees:
        raise Unfit(_("the proof agrees with the article: there is no mistake to be shown"))
    return found


def _reference(given: Mapping[str, Any], known: Mapping[str, Work]) -> dict[str, Any]:
    entry, right = given["entry"], known.get(str(given["right"]))
    fields = ("authors", "year", "title", "where")
    if right is None:
        raise Unfit(_("sources.yaml has no work “%(key)s”") % {"key": given["right"]})
    if not isinstance(entry, dict) or not entry or not set(entry) <= set(fields):
        raise Unfit(_("entry: expected some of %(known)s") % {"known": ", ".join(fields)})
    return {"entry": {name: str(entry[name]) for name in fields if name in entry}, "right": right}


def _htmls(
    given: Any, names: Mapping[str, Any], language: str, *, is_computed: bool
) -> Iterator[tuple[str, str]]:
    if not isinstance(given, dict) or set(given) != {"truth", "proof"}:
        raise Unfit(_("texts: expected “truth” and “proof” in each language"))
    if is_computed and "{{" not in str(given["proof"]):
        raise Unfit(_("proof: expected the computed value in the text, {{ … }}"))
    prose = Prose(names, language)
    for key in ("truth", "proof"):
        yield key, prose.html(given[key])


def _lesson_name(given: Any) -> tuple[str, str]:
    module, slash, lesson = str(given).partition("/")
    if not module or not slash or not lesson:
        raise Unfit(_("lessons: expected module/lesson; got %(got)s") % {"got": given})
    return module, lesson
