"""The lists of a question's YAML whose entries have texts in each language: options, known wrong values, items."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from camp.courses.blocks import Unfit
from camp.quizzes.content import Choice, list_at, mapping_at, only_known, text_at

MOST_ENTRIES = 12
MOST_IN_COLUMN = 500  # characters of an entry's `right` or `value`
MOST_TEXT = 4_000  # characters; every text is worded in each language before it is published
_TRUTHS = {"true": True, "false": False}


@dataclass(frozen=True)
class Entries:
    """A list called `name`. `right` and `value` are the keys whose texts are kept as a choice's `right` and `value`;
    an entry with a `value` is called m1, m2, …, any other has a key of its own. `optional` of `parts` may be left out.

    Options and known wrong values are told apart by their value and have no `group`; any other list's entries bear
    its name as theirs.
    """

    name: str
    parts: tuple[str, ...] = ("text", "reason")
    optional: tuple[str, ...] = ()
    right: str = ""
    value: str = ""
    fewest: int = 0
    most: int = MOST_ENTRIES

    @property
    def group(self) -> str:
        return "" if self.name in ("options", "mistakes") else self.name

    @property
    def own(self) -> tuple[str, ...]:
        """The keys of an entry that hold no texts to be read."""
        return (*(() if self.value else ("key",)), *filter(None, (self.right, self.value)))

    def of(self, choices: Sequence[Choice]) -> list[Choice]:
        """Those of a question's choices that are in this list."""
        return [
            one
            for one in choices
            if one.group == self.group and (self.group or bool(one.value) == bool(self.value))
        ]

    def read(self, given: Mapping[str, Any], languages: Sequence[str]) -> list[Choice]:
        """What a question's YAML has under this name. Raises Unfit."""
        found = []
        for place, one in enumerate(list_at(given, self.name)):
            where = f"{self.name}[{place}]."
            if not isinstance(one, dict):
                raise Unfit(
                    _("%(key)s: expected “key: value” lines; got %(got)r") % {"key": where[:-1], "got": one}
                )
            only_known(one, (*self.own, *(languages if len(languages) > 1 else self.parts)), where)
            found.append(
                Choice(
                    key=f"m{place + 1}" if self.value else text_at(one, "key", where),
                    texts=texts_at(one, languages, "", self.parts, where, self.optional),
                    right=text_at(one, self.right, where) if self.right else "false",
                    value=text_at(one, self.value, where) if self.value else "",
                    group=self.group,
                )
            )
        return found

    def write(self, choices: Sequence[Choice]) -> list[dict[str, Any]]:
        """The same as `read` takes it, in all languages."""
        found = []
        for one in self.of(choices):
            entry: dict[str, Any] = {} if self.value else {"key": one.key}
            if self.right:
                entry[self.right] = _TRUTHS.get(one.right, one.right)
            if self.value:
                entry[self.value] = one.value
            for language, texts in one.texts.items():
                entry[language] = {
                    part: texts.get(part, "") for part in self.parts
                    if texts.get(part) or part not in self.optional
                }  # fmt: skip
            found.append(entry)
        return found

    def check(self, choices: Sequence[Choice]) -> None:
        """Raises Unfit unless there are as many as there must be, each no longer than a row of the database holds."""
        own = self.of(choices)
        if not self.fewest <= len(own) <= self.most:
            values = {"name": self.name, "fewest": self.fewest, "most": self.most, "got": len(own)}
            raise Unfit(_("%(name)s: expected %(fewest)d to %(most)d entries; got %(got)d") % values)
        for one in own:
            for key, text in ((self.right, one.right), (self.value, one.value)):
                if len(text) > MOST_IN_COLUMN:
                    values = {"key": f"{self.name}, {key}", "most": MOST_IN_COLUMN, "got": len(text)}
                    raise Unfit(_("%(key)s: expected at most %(most)d characters; got %(got)d") % values)


OPTIONS = Entries("options", right="right")
MISTAKES = Entries("mistakes", parts=("reason",), value="value")


def texts_at(
    given: Mapping[str, Any],
    languages: Sequence[str],
    key: str,
    parts: Sequence[str],
    where: str = "",
    optional: Sequence[str] = (),
) -> dict[str, dict[str, str]]:
    """The texts of each language: under `key` and the language, or directly in place when there is one language."""
    if len(languages) == 1:
        return {languages[0]: _parts_at(given, parts, where, optional)}
    texts = mapping_at(given, key, where) if key else given
    where = f"{where}{key}." if key else where
    if key:
        only_known(texts, languages, where)
    found = {}
    for language in languages:
        own = mapping_at(texts, language, where)
        only_known(own, parts, f"{where}{language}.")
        found[language] = _parts_at(own, parts, f"{where}{language}.", optional)
    return found


def _parts_at(
    given: Mapping[str, Any], parts: Sequence[str], where: str, optional: Sequence[str]
) -> dict[str, str]:
    """An optional text that is not there is an empty one."""
    return {part: text_at(given, part, where, required=part not in optional) for part in parts}


def check_lengths(texts_of_all: Sequence[Mapping[str, Mapping[str, str]]]) -> None:
    """Raises Unfit for a text that is too long."""
    for texts in texts_of_all:
        for language, own in texts.items():
            for part, text in own.items():
                if len(text) > MOST_TEXT:
                    values = {"part": part, "language": language, "most": MOST_TEXT, "got": len(text)}
                    problem = _("%(part)s (%(language)s): expected at most %(most)d characters; got %(got)d")
                    raise Unfit(problem % values)
