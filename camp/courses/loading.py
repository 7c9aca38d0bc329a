"""From the camp's files to the database: repeatable, all or nothing, and an instructor's edit is kept.

An app that has content of its own in the folder adds its loader:

    @loads
    def load_questions(folder: Path, report: Report) -> Write: ...

which reads and computes while nothing is locked, for learners go on saving meanwhile, and gives what writes the outcome.
Both go by digests so that a second run changes nothing, and report each fault instead of raising it.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.db.models import F
from django.utils.translation import gettext as _

from camp.courses import glossary, source_yaml
from camp.courses.blocks import Unfit
from camp.courses.models import Lesson, Module, Origin
from camp.courses.references import CONTENT, works
from camp.courses.selectors import last_editor
from camp.courses.services import LANGUAGES, Made, Refused, digest_of, lesson_make, lesson_publish

_OUT_OF_THE_WAY = 10_000
_SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_RESERVED = ("quiz",)
_LOCK = 7_240_613  # of PostgreSQL, for this one purpose


@dataclass
class Report:
    """What a run found, in words. `faults` are lines "file:line: what"."""

    new: list[str] = field(default_factory=list)
    updated: list[str] = field(default_factory=list)
    withdrawn: list[str] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)
    unchanged: int = 0
    faults: list[str] = field(default_factory=list)

    def fault(self, path: Path | str, line: int, message: str) -> None:
        shown = (
            path.relative_to(settings.BASE_DIR)
            if isinstance(path, Path) and path.is_relative_to(settings.BASE_DIR)
            else path
        )
        self.faults.append(f"{shown}:{line}: {message}")

    @property
    def has_changes(self) -> bool:
        return bool(self.new or self.updated or self.withdrawn)

    def lines(self) -> Iterator[str]:
        """The report for a terminal."""
        for word, names in (("new", self.new), ("updated", self.updated), ("withdrawn", self.withdrawn)):
            if names:
                yield f"{word}: {', '.join(names)}"
        yield f"unchanged: {self.unchanged}"
        yield from self.kept


class LoadRefused(Exception):
    """Some files are not as they should be; nothing was changed. `report.faults` has them all."""

    def __init__(self, report: Report) -> None:
        super().__init__("\n".join(report.faults))
        self.report = report


Write = Callable[[], None]
Loader = Callable[[Path, Report], Write]
_loaders: list[Loader] = []


def loads(loader: Loader) -> Loader:
    """Decorator: called with the content's folder; what it gives is called in one transaction, after that of lessons."""
    _loaders.append(loader)
    return loader


def course_load(folder: Path = CONTENT) -> Report:
    """Load modules, lessons, and what other apps have in the folder.

    Raises:
        LoadRefused: with every fault there is.
    """
    report = Report()
    writes = [loader(folder, report) for loader in (_load_modules, _load_lessons, *_loaders)]
    if report.faults:
        raise LoadRefused(report)
    with transaction.atomic():
        if connection.vendor == "postgresql":  # SQLite lets one writer in at a time anyway
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
        for write in writes:
            write()
        if report.faults:
            raise LoadRefused(report)
    return report


def module_slugs(folder: Path) -> set[str]:
    """Of the modules that there are, or will be once the folder is loaded."""
    try:
        listed = _listed(folder)
    except (OSError, Unfit):
        listed = []  # a fault of the file, reported for itself
    found = {given["slug"] for given in listed if not _module_fault(given)}
    return found | set(Module.objects.values_list("slug", flat=True))


def _listed(folder: Path) -> list[Any]:
    found = source_yaml.read((folder / "modules.yaml").read_text(encoding="utf-8"))
    return found if isinstance(found, list) else [found]


def _load_modules(folder: Path, report: Report) -> Write:
    path = folder / "modules.yaml"
    listed: list[Any] = []
    try:
        listed = _listed(folder)
    except (OSError, Unfit) as wrong:
        report.fault(path, getattr(wrong, "line", 1), getattr(wrong, "message", str(wrong)))
    for fault in filter(None, map(_module_fault, listed)):
        report.fault(path, 1, fault)
    return lambda: _write_modules(listed, report)


def _write_modules(listed: list[Any], report: Report) -> None:
    _make_way(listed)
    for given in listed:
        values = {key: given[key] for key in ("number", "titles", "questions")}
        module = Module.objects.filter(slug=given["slug"]).first()
        if module is None:
            Module.objects.create(slug=given["slug"], **values)
            report.new.append(given["slug"])
        elif {key: getattr(module, key) for key in values} != values:
            Module.objects.filter(pk=module.pk).update(**values)
            report.updated.append(given["slug"])
        else:
            report.unchanged += 1


def _make_way(listed: list[Any]) -> None:
    """Numbers are unique: those that change are lifted out of the way first, so that two modules may swap theirs."""
    numbers = {given["slug"]: given["number"] for given in listed}
    moved = [
        module.pk
        for module in Module.objects.all()
        if numbers.get(module.slug, module.number) != module.number
    ]
    Module.objects.filter(pk__in=moved).update(number=F("number") + _OUT_OF_THE_WAY)


def _module_fault(given: Any) -> str:
    if not isinstance(given, dict) or set(given) != {"slug", "number", "titles", "questions"}:
        return _("a module has slug, number, titles and questions; got %(got)r") % {"got": given}
    if (
        not isinstance(given["slug"], str)
        or not _SLUG.fullmatch(given["slug"])
        or not isinstance(given["number"], int)
    ):
        return _("expected a slug of small letters and a whole number; got %(got)r") % {"got": given}
    for key in ("titles", "questions"):
        if not isinstance(given[key], dict) or set(given[key]) != set(LANGUAGES):
            return _("%(key)s: expected a text in each of %(languages)s") % {
                "key": key,
                "languages": ", ".join(LANGUAGES),
            }
    return ""


@dataclass(frozen=True)
class _Read:
    """A lesson's files. `made` is missing where the lesson seemed to be made of them already, or was edited."""

    path: Path
    module: str
    slug: str
    sources: dict[str, str]
    made: Made | None


def _load_lessons(folder: Path, report: Report) -> Write:
    read: list[_Read] = []
    try:
        known = set(works(folder))
    except Unfit as wrong:
        report.fault(folder / "sources.yaml", wrong.line, wrong.message)
        return lambda: None
    _check_glossary(folder, report)
    modules, seen = module_slugs(folder), set()
    for module_slug, slug in sorted(set(_lesson_names(folder))):
        path = folder / LANGUAGES[0] / module_slug / f"{slug}.md"
        sources = _texts(folder, module_slug, slug, report)
        if module_slug not in modules:
            report.fault(path, 1, _("modules.yaml has no module “%(slug)s”") % {"slug": module_slug})
        elif not _SLUG.fullmatch(slug) or slug in _RESERVED or slug in seen:
            report.fault(
                path, 1, _("“%(slug)s” cannot be a lesson's name, or is one already") % {"slug": slug}
            )
        elif sources is not None:
            made = (
                None
                if _stands(_lesson(slug), module_slug, sources)
                else _made(path, folder, sources, known, report)
            )
            read.append(_Read(path, module_slug, slug, sources, made))
        seen.add(slug)
    return lambda: _write_lessons(read, known, report)


def _check_glossary(folder: Path, report: Report) -> None:
    """It is not written to the database: pages read the file."""
    try:
        glossary.terms(folder)
    except Unfit as wrong:
        report.fault(folder / glossary.FILE, wrong.line, wrong.message)


def _lesson(slug: str, *, locked: bool = False) -> Lesson | None:
    """`locked`: held against an instructor who saves at this moment, until the transaction ends."""
    found = Lesson.objects.filter(slug=slug).select_related("module", "published")
    return (found.select_for_update(of=("self",), no_key=True) if locked else found).first()


def _stands(lesson: Lesson | None, module_slug: str, sources: dict[str, str]) -> bool:
    """Whether the lesson is left as it is: an instructor has edited it, or it is made of these texts already."""
    if lesson is None:
        return False
    is_current = lesson.published is not None and lesson.module.slug == module_slug
    return lesson.edited_at is not None or (is_current and lesson.shipped_digest == digest_of(sources))


def _made(path: Path, folder: Path, sources: dict[str, str], known: set[str], report: Report) -> Made | None:
    try:
        return lesson_make(sources, known)
    except Refused as refused:
        for language, wrong in refused.faults:
            report.fault(folder / language / path.parent.name / path.name, wrong.line, wrong.message)
    return None


def _write_lessons(read: list[_Read], known: set[str], report: Report) -> None:
    modules = {module.slug: module for module in Module.objects.all()}
    for one in read:
        _write_lesson(one, modules[one.module], known, report)
    gone = Lesson.objects.exclude(slug__in=[one.slug for one in read]).exclude(published=None)
    for lesson in gone.exclude(shipped_digest=""):
        if lesson.edited_at is None:
            Lesson.objects.filter(pk=lesson.pk).update(published=None, shipped_digest="")
            report.withdrawn.append(lesson.slug)


def _lesson_names(folder: Path) -> Iterator[tuple[str, str]]:
    for language in LANGUAGES:
        for path in (folder / language).glob("*/*.md"):
            yield path.parent.name, path.stem


def _texts(folder: Path, module_slug: str, slug: str, report: Report) -> dict[str, str] | None:
    """Both twins' texts; a missing one is a fault."""
    found = {}
    for language in LANGUAGES:
        path = folder / language / module_slug / f"{slug}.md"
        try:
            found[language] = path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            report.fault(
                path,
                1,
                _("cannot be read (%(error)s); a lesson has a twin in each language")
                % {"error": type(error).__name__},
            )
    return found if len(found) == len(LANGUAGES) else None


def _write_lesson(one: _Read, module: Module, known: set[str], report: Report) -> None:
    lesson = _lesson(one.slug, locked=True)
    if lesson is not None and lesson.edited_at is not None:
        report.kept.append(_kept_line(lesson, one.sources))
        return
    if _stands(lesson, one.module, one.sources):
        report.unchanged += 1
        return
    # Rarely it stood when its files were read and does no more: then it is made here.
    made = one.made or lesson_make(one.sources, known)
    is_new = lesson is None
    if lesson is None:
        lesson = Lesson.objects.create(module=module, slug=one.slug, order=0)
    elif lesson.module_id != module.pk:
        lesson.module = module
        lesson.save(update_fields=["module"])
    lesson_publish(lesson=lesson, made=made, by=None, origin=Origin.SHIPPED)
    (report.new if is_new else report.updated).append(one.slug)


def _kept_line(lesson: Lesson, sources: dict[str, str]) -> str:
    moment = f"{lesson.edited_at:%Y-%m-%d %H:%M} UTC" if lesson.edited_at else ""
    who = last_editor(lesson) or "somebody"
    news = "" if lesson.shipped_digest == digest_of(sources) else "; the camp's file has changed since"
    return f"kept: {lesson.slug}, edited by {who} at {moment}{news}"


def shipped_sources(lesson: Lesson, folder: Path = CONTENT) -> dict[str, str] | None:
    """The camp's texts of a lesson; None when it has none."""
    paths = {language: folder / language / lesson.module.slug / f"{lesson.slug}.md" for language in LANGUAGES}
    if not all(path.is_file() for path in paths.values()):
        return None
    return {language: path.read_text(encoding="utf-8") for language, path in paths.items()}
