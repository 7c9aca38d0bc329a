"""What a question is made of: read from YAML (docs/course.md) or from the console, and kept as JSON in its versions."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from camp.courses.blocks import Unfit

Texts = Mapping[str, Mapping[str, str]]
TOLERANCE = 0.005


@dataclass(frozen=True)
class Choice:
    """An option of a question, or with a `value`, an expression, a known wrong answer of one that is computed.

    `right` is "true", "false" or an expression. `texts` maps languages to {"text", "reason"}; a wrong answer has
    only reasons. `group` names the list of an entry that is neither (camp.quizzes.entries).
    """

    key: str
    texts: Texts
    right: str = "false"
    value: str = ""
    group: str = ""

    def as_json(self) -> dict[str, Any]:
        """Without a group where there is none, as versions from before there were any have it."""
        found = asdict(self)
        if not self.group:
            del found["group"]
        return found


@dataclass(frozen=True)
class Hint:
    """`cost` is the share of the question's credit that it takes; `texts` maps languages to {"text"}."""

    cost: float
    texts: Texts


@dataclass(frozen=True)
class Content:
    """All that a variant is drawn from and worded with. `texts` maps languages to {"prompt", "reason"}; `own` is JSON
    that only the question's type understands.
    """

    type: str
    texts: Texts
    draw: Sequence[tuple[str, str]] = ()
    require: Sequence[str] = ()
    answer: str = ""
    tolerance: float = TOLERANCE
    pick: int | None = None
    choices: Sequence[Choice] = ()
    own: Mapping[str, Any] = field(default_factory=dict)
    hints: Sequence[Hint] = ()

    @property
    def options(self) -> list[Choice]:
        return [choice for choice in self.choices if not (choice.value or choice.group)]

    @property
    def mistakes(self) -> list[Choice]:
        return [choice for choice in self.choices if choice.value and not choice.group]

    def in_group(self, name: str) -> list[Choice]:
        """The entries of one of its type's own lists."""
        return [choice for choice in self.choices if choice.group == name]

    def as_json(self) -> dict[str, Any]:
        """Without `own` and `hints` where there is nothing in them, as versions from before there were any have it."""
        found = asdict(self) | {
            "draw": [list(one) for one in self.draw],
            "require": list(self.require),
            "choices": [choice.as_json() for choice in self.choices],
        }
        return {key: one for key, one in found.items() if one or key not in ("own", "hints")}

    @classmethod
    def of_json(cls, kept: Mapping[str, Any]) -> "Content":
        return cls(
            **{
                **kept,
                "draw": tuple((name, expression) for name, expression in kept["draw"]),
                "require": tuple(kept["require"]),
                "choices": tuple(Choice(**choice) for choice in kept["choices"]),
                "hints": tuple(Hint(**hint) for hint in kept.get("hints", ())),
            }
        )


# Words one text of a choice, a hint or the question in a reader's language: (it, "reason") → HTML.
Words = Callable[[Choice | Content | Hint, str], str]


def text_at(given: Mapping[str, Any], key: str, where: str = "", *, required: bool = True) -> str:
    """The text under `key`; numbers and truths stand for themselves, so that `value: 1` need not be quoted."""
    value = given.get(key, "")
    if isinstance(value, bool):
        value = str(value).lower()
    if isinstance(value, (int, float)):
        value = repr(value)
    if not isinstance(value, str):
        raise Unfit(_("%(key)s: expected a text; got %(got)r") % {"key": where + key, "got": value})
    if required and not value.strip():
        raise Unfit(_("%(key)s: expected a text; got nothing") % {"key": where + key})
    return value.strip()


def only_known(given: Mapping[str, Any], known: Sequence[str], where: str = "") -> None:
    """Raises Unfit for a key that means nothing."""
    for key in given:
        if key not in known:
            values = {"key": where + str(key), "known": ", ".join(known)}
            raise Unfit(_("“%(key)s” means nothing here; expected some of %(known)s") % values)


def mapping_at(given: Mapping[str, Any], key: str, where: str = "") -> Mapping[str, Any]:
    value = given.get(key)
    if not isinstance(value, dict) or not value:
        raise Unfit(
            _("%(key)s: expected “key: value” lines; got %(got)r") % {"key": where + key, "got": value}
        )
    return value


def list_at(given: Mapping[str, Any], key: str) -> list[Any]:
    value = given.get(key, [])
    if not isinstance(value, list):
        raise Unfit(_("%(key)s: expected a list; got %(got)r") % {"key": key, "got": value})
    return value


def number_at(given: Mapping[str, Any], key: str, otherwise: float) -> float:
    """A number above 0."""
    value = given.get(key, otherwise)
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 < value < 1e9:
        raise Unfit(_("%(key)s: expected a number above 0; got %(got)r") % {"key": key, "got": value})
    return float(value)
