"""Keeps locale/zh_Hans in step with the texts in Python, templates and JavaScript, without GNU gettext.

    python setup/messages.py update     add new texts to the .po files, set aside those no longer used (`#~`)
    python setup/messages.py prune      update, and drop what was set aside
    python setup/messages.py compile    write the .mo files that Django reads, where older than their .po
    python setup/messages.py check      list every text that is missing, untranslated, fuzzy, unused or ill-formed

English is the source and has no file. Templates go through Django's own `templatize`, so that a message's id is
the very text Django looks up when it renders.
"""

import io
import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.utils.translation.template import templatize

ROOT = Path(__file__).resolve().parent.parent
LOCALE = "zh_Hans"
# Babel's notation: which argument is the message, its plural, its context (c).
_PLAIN, _PLURAL, _CONTEXT, _BOTH = None, (1, 2), ((1, "c"), 2), ((1, "c"), 2, 3)
KEYWORDS = {
    **dict.fromkeys(("_", "gettext", "gettext_lazy", "gettext_noop"), _PLAIN),
    **dict.fromkeys(("ngettext", "ngettext_lazy"), _PLURAL),
    **dict.fromkeys(("pgettext", "pgettext_lazy"), _CONTEXT),
    **dict.fromkeys(("npgettext", "npgettext_lazy"), _BOTH),
}
# Named and positional %-fields (not %%), and {named} fields.
_PLACEHOLDER = re.compile(r"%(?:\(\w+\))?[-#0 +]*\d*(?:\.\d+)?[sdifgrx]|(?<!\{)\{\w*\}(?!\})")
# Lines of the header that would change with every run, or that nobody would keep true.
_HEADER_NOISE = re.compile(
    r'^"(?:POT-Creation-Date|PO-Revision-Date|Last-Translator|Language-Team|Generated-By|Report-Msgid-Bugs-To): .*\n',
    re.MULTILINE,
)


class Domain:
    """A .po file and the sources its messages come from."""

    def __init__(self, name: str, sources: dict[str, tuple[str, ...]], root: Path = ROOT) -> None:
        """`sources`: endings of files by the kind that reads them, each with the folders they lie in."""
        self.root = root
        self.po = root / "locale" / LOCALE / "LC_MESSAGES" / f"{name}.po"
        self.mo = self.po.with_suffix(".mo")
        self._sources = sources

    def extracted(self) -> Catalog:
        """All messages in the sources."""
        catalog = Catalog(locale=LOCALE, charset="utf-8")
        for kind, folders in self._sources.items():
            for path in self._files(kind, folders):
                place = (path.relative_to(self.root).as_posix(), 1)
                for _, message, comments, context in read_messages(kind, path.read_text("utf-8")):
                    catalog.add(message, locations=[place], auto_comments=comments, context=context)
        return catalog

    def _files(self, kind: str, folders: tuple[str, ...]) -> Iterator[Path]:
        endings = {"python": {".py"}, "template": {".html", ".txt", ".svg"}, "javascript": {".js", ".mjs"}}[
            kind
        ]
        for folder in folders:
            for path in sorted((self.root / folder).rglob("*")):
                if path.suffix in endings and path.is_file() and "migrations" not in path.parts:
                    yield path

    def read(self) -> Catalog:
        if not self.po.exists():
            return Catalog(locale=LOCALE, charset="utf-8")
        with self.po.open("rb") as file:
            return read_po(file, locale=LOCALE, charset="utf-8", abort_invalid=True)

    def write(self, catalog: Catalog) -> None:
        written = io.BytesIO()
        write_po(written, catalog, width=110, include_lineno=False)
        self.po.parent.mkdir(parents=True, exist_ok=True)
        self.po.write_text(_HEADER_NOISE.sub("", written.getvalue().decode("utf-8")), "utf-8")


def domains(root: Path = ROOT) -> list[Domain]:
    code: dict[str, tuple[str, ...]] = {
        "python": ("camp", "attention_core"),
        "template": ("templates", "camp"),
    }
    return [Domain("django", code, root), Domain("djangojs", {"javascript": ("static/js",)}, root)]


def read_messages(kind: str, text: str) -> Iterator[tuple[int, str | tuple[str, ...], list[str], str | None]]:
    """The messages in one file: line, message (or singular and plural), translators' comments, context."""
    if kind == "template":
        # What templatize writes is a line of calls for each line, padded; indented lines would not be Python.
        text = "\n".join(line.lstrip() for line in templatize(text).splitlines())
    method = "javascript" if kind == "javascript" else "python"
    file = io.BytesIO(text.encode("utf-8"))
    yield from extract(
        method, file, KEYWORDS, ["Translators:"], {"encoding": "utf-8"}, strip_comment_tags=True
    )


def update(domain: Domain, *, prune: bool = False) -> None:
    extracted, catalog = domain.extracted(), domain.read()
    if not len(extracted) and not domain.po.exists():
        return
    for message in list(catalog.obsolete.values()):  # a text that comes back finds its translation again
        catalog[message.id] = message
    catalog.obsolete.clear()
    catalog.update(extracted)
    if prune:
        catalog.obsolete.clear()
    catalog.header_comment = (
        "# Chinese texts of the Attention Training Camp. `make messages` keeps the list of texts."
    )
    domain.write(catalog)


def compile_messages(domain: Domain) -> None:
    po, mo = domain.po, domain.mo
    if not po.exists() or (mo.exists() and mo.stat().st_mtime >= po.stat().st_mtime):
        return
    half = mo.with_suffix(f".{os.getpid()}.new")
    with half.open("wb") as file:
        write_mo(file, domain.read())
    half.replace(mo)  # a process that starts meanwhile reads the old file or the new one


def problems(domain: Domain) -> list[str]:
    """What is wrong with the translations, a line each."""
    extracted, catalog = domain.extracted(), domain.read()
    found = []
    for message in extracted:
        if message.id:
            known = catalog.get(message.id, message.context)
            place = ", ".join(sorted({name for name, _ in message.locations}))
            found += [f"{place}: {_shown(message)}: {problem}" for problem in _problems_of(known)]
    for message in catalog:
        if message.id and extracted.get(message.id, message.context) is None:
            found.append(f"{domain.po.name}: {_shown(message)}: no longer used")
    found += [f"{domain.po.name}: {_shown(message)}: set aside (#~)" for message in catalog.obsolete.values()]
    return found


def _problems_of(message: Message | None) -> Iterator[str]:
    if message is None:
        yield "missing (run make messages)"
        return
    texts = _texts(message.string)
    if not all(texts):
        yield "not translated"
        return
    if message.fuzzy:
        yield "fuzzy: look at the translation and remove the mark"
    allowed = [_placeholders(text) for text in _texts(message.id)]
    for text in texts:
        if _placeholders(text) not in allowed:
            wanted = " or ".join(dict.fromkeys(" ".join(names) or "none" for names in allowed))
            yield f"placeholders differ: {' '.join(_placeholders(text)) or 'none'}, expected {wanted}"


def _placeholders(text: str) -> list[str]:
    return sorted(_PLACEHOLDER.findall(text.replace("%%", "")))


def _texts(part: str | tuple[str, ...] | list[str] | None) -> list[str]:
    return [part or ""] if isinstance(part, str) or part is None else list(part)


def _shown(message: Message) -> str:
    text = repr(_texts(message.id)[0])
    return f"{text} ({message.context})" if message.context else text


def main(command: str) -> int:
    if command in ("update", "prune"):
        for domain in domains():
            update(domain, prune=command == "prune")
    elif command == "compile":
        for domain in domains():
            compile_messages(domain)
    elif command == "check":
        found = [problem for domain in domains() for problem in problems(domain)]
        print(
            "\n".join(
                [*found, f"{len(found)} problems in the Chinese texts"]
                if found
                else ["Chinese texts: complete"]
            )
        )
        return bool(found)
    else:
        print(__doc__, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1] if len(sys.argv) == 2 else ""))
