"""The works that lessons cite, by key, from content/sources.yaml."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from camp.courses import source_yaml
from camp.courses.blocks import Unfit
from camp.courses.models import in_language

CONTENT = Path(__file__).parent / "content"
_ARXIV = re.compile(r"arXiv (\d{4}\.\d{4,5})")
_DOI = re.compile(r"doi:\s*(10\.\S+[^\s.,;])", re.IGNORECASE)
_NEEDED = ("authors", "title", "where")


@dataclass(frozen=True)
class Work:
    """`notes` maps languages to a word on what the camp takes from it; `year` is empty where none is known.

    `places` maps languages to where it can be found; most are the same in all of them, and have English alone.
    """

    key: str
    authors: str
    year: str
    title: str
    language: str
    places: Mapping[str, str]
    url: str
    notes: Mapping[str, str]

    @property
    def where(self) -> str:
        return str(in_language(dict(self.places)))

    @property
    def where_language(self) -> str:
        """Of `where`, for whom it is read out to."""
        language = get_language() or "en"
        return language if language in self.places else "en"

    @property
    def note(self) -> str:
        return str(in_language(dict(self.notes)))


def works(folder: Path = CONTENT) -> Mapping[str, Work]:
    """Every work by its key. Raises Unfit."""
    path = folder / "sources.yaml"
    return _works(path, path.stat().st_mtime_ns) if path.exists() else {}


@lru_cache(maxsize=8)
def _works(path: Path, _changed: int) -> Mapping[str, Work]:
    found = source_yaml.mapping(path.read_text(encoding="utf-8"))
    return {key: _work(key, given) for key, given in found.items()}


def _work(key: str, given: Any) -> Work:
    missing = [name for name in _NEEDED if not isinstance(given, dict) or name not in given]
    if missing:
        raise Unfit(_("%(key)s lacks “%(missing)s”") % {"key": key, "missing": missing[0]}, 1)
    where, note = given["where"], given.get("note") or {}
    return Work(
        key=key,
        authors=str(given["authors"]),
        year=str(given.get("year", "")),
        title=str(given["title"]),
        language=str(given.get("language", "en")),
        places=where if isinstance(where, dict) else {"en": str(where)},
        url=str(given.get("url") or _address(str(where))),
        notes=note if isinstance(note, dict) else {"en": str(note)},
    )


def _address(where: str) -> str:
    """Where it can be read, when its identifier says so."""
    arxiv, doi = _ARXIV.search(where), _DOI.search(where)
    if arxiv:
        return f"https://arxiv.org/abs/{arxiv[1]}"
    return f"https://doi.org/{doi[1]}" if doi else ""
