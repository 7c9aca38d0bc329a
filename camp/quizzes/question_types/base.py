"""What a type of question tells about itself: how it is written down, answered, marked and explained."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

from django.http import QueryDict
from django.utils.translation import gettext as _

from attention_core.problems import shorten
from camp.courses.blocks import Unfit
from camp.matrix_text import write_number
from camp.quizzes.content import (
    TOLERANCE,
    Choice,
    Content,
    list_at,
    mapping_at,
    number_at,
    only_known,
    text_at,
)
from camp.quizzes.marking import Mark, Response
from camp.quizzes.variants import Variant

MOST_OPTIONS = 12
MOST_EXPRESSIONS = 30
MOST_TEXT = 4_000  # characters; every text is worded in each language before it is published
_LARGEST = 1e300
_KEY = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_")


def as_typed(value: Any) -> Any:
    """A JSON number as the text that one would type for it; anything else, and what is no finite number, as it is."""
    if isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) <= _LARGEST:
        return write_number(value)
    return value


def decimals_shown(values: Iterable[float], tolerance: float) -> int:
    """As few as show these right numbers exactly; else one more than the tolerance asks for, from 2 to 6."""
    most = max(2, min(6, math.ceil(-math.log10(tolerance)) + 1))
    numbers = list(values)
    exact = (
        places
        for places in range(most)
        if all(abs(value - round(value, places)) < 1e-12 * max(1.0, abs(value)) for value in numbers)
    )
    return next(exact, most)


@dataclass(frozen=True)
class Told:
    """One option as it is explained afterwards."""

    key: str
    text: str
    reason: str
    is_right: bool
    is_chosen: bool


@dataclass(frozen=True)
class Cell:
    """One cell of a matrix as it is explained: what was given, what is right."""

    given: str
    right: str
    is_right: bool


@dataclass(frozen=True)
class Feedback:
    """All that may be said once an answer counts. Texts are HTML."""

    mark: Mark
    reason: str
    right: Response  # in the form of a response
    given: str = ""
    shown_right: str = ""
    mistake: str = ""
    options: Sequence[Told] = ()
    cells: Sequence[Sequence[Cell]] = field(default_factory=tuple)


class QuestionType:
    """Base of every type. A new one is a file `question_types/<name>.py` with a subclass and `question_type = …()`,
    a form `templates/quizzes/questions/<name>.html`, an explanation `templates/quizzes/feedback/<name>.html`.
    """

    name: ClassVar[str]
    # English, marked with `gettext_noop`; translated where it is shown.
    label: ClassVar[str]
    order: ClassVar[int] = 100
    # Whether options are chosen, each with a reason; else the answer is computed, and wrong ones may be known.
    has_options: ClassVar[bool] = False

    @property
    def template(self) -> str:
        return f"quizzes/questions/{self.name}.html"

    @property
    def feedback_template(self) -> str:
        return f"quizzes/feedback/{self.name}.html"

    # --- Answers ---------------------------------------------------------------------------------------

    def validate(self, response: Any, variant: Variant) -> Response:
        """The response in its canonical form; None stays None.

        Raises:
            Unacceptable: it is no answer to this question.
        """
        raise NotImplementedError

    def of_form(self, fields: QueryDict) -> Any:
        """What a form sent, as `validate` takes it; None where nothing was given."""
        return fields.get("response", "").strip() or None

    def mark(self, response: Response, variant: Variant) -> Mark:
        """What a canonical response is worth."""
        raise NotImplementedError

    def feedback(self, response: Response, mark: Mark, variant: Variant) -> Feedback:
        """What is said about it; `variant` has been worded."""
        raise NotImplementedError

    def public(self, variant: Variant) -> dict[str, Any]:
        """What may be known before an answer counts: nothing that gives it away."""
        return {"type": self.name, "prompt": variant.prompt}

    # --- YAML ------------------------------------------------------------------------------------------

    def of_yaml(self, given: Mapping[str, Any], languages: Sequence[str]) -> Content:
        """A question as docs/course.md has it. With one language its texts stand directly in place.

        Raises:
            Unfit: what is wrong with it.
        """
        own = ("options", "pick") if self.has_options else ("answer", "tolerance", "mistakes")
        texts = ("texts",) if len(languages) > 1 else ("prompt", "reason")
        only_known(given, ("type", "draw", "require", *own, *texts))
        draw = mapping_at(given, "draw") if given.get("draw") else {}
        content = Content(
            type=self.name,
            texts=_texts(given, languages, "texts", ("prompt", "reason")),
            draw=tuple((name, text_at(draw, name, "draw.")) for name in draw),
            require=tuple(map(str, list_at(given, "require"))),
            answer="" if self.has_options else text_at(given, "answer"),
            tolerance=number_at(given, "tolerance", TOLERANCE),
            pick=self._pick(given),
            choices=tuple(self._choices(given, languages)),
        )  # fmt: skip
        self.check(content)
        return content

    def to_yaml(self, content: Content) -> dict[str, Any]:
        """The same in the order in which one writes it, in all languages."""
        found: dict[str, Any] = {"type": self.name}
        if content.draw:
            found["draw"] = dict(content.draw)
        if content.require:
            found["require"] = list(content.require)
        if not self.has_options:
            found |= {"answer": content.answer, "tolerance": content.tolerance}
        found["texts"] = {language: dict(texts) for language, texts in content.texts.items()}
        if self.has_options:
            found["options"] = [
                {
                    "key": one.key,
                    "right": {"true": True, "false": False}.get(one.right, one.right),
                    **one.texts,
                }
                for one in content.options
            ]
            if content.pick:
                found["pick"] = content.pick
        elif content.mistakes:
            found["mistakes"] = [{"value": one.value, **one.texts} for one in content.mistakes]
        return found

    def check(self, content: Content) -> None:
        """What must hold of a content wherever it comes from. Raises Unfit."""
        if len(content.draw) > MOST_EXPRESSIONS or len(content.require) > MOST_EXPRESSIONS:
            raise Unfit(_("expected at most %(most)d lines of draw or require") % {"most": MOST_EXPRESSIONS})
        for name, _expression in content.draw:
            if not name.isidentifier() or name.startswith("_"):
                raise Unfit(_("draw: expected a name of letters, digits and _; got %(got)r") % {"got": name})
        for expression in (*dict(content.draw).values(), *content.require):
            if len(expression.splitlines()) > 1:  # the console has one a line
                raise Unfit(
                    _("expected an expression on one line; got %(got)s") % {"got": shorten(expression)}
                )
        self._check_lengths(content)
        keys = [choice.key for choice in content.choices]
        for key in keys:
            if not key or len(key) > 32 or not set(key) <= _KEY or keys.count(key) > 1:
                problem = _("expected a key of at most 32 letters, digits, - and _, each once; got %(got)r")
                raise Unfit(problem % {"got": key})
        if self.has_options:
            self._check_options(content)
        elif not content.answer:
            raise Unfit(_("%(key)s: expected a text; got nothing") % {"key": "answer"})
        elif len(content.mistakes) > MOST_OPTIONS:
            values = {"most": MOST_OPTIONS, "got": len(content.mistakes)}
            raise Unfit(_("expected at most %(most)d known wrong values; got %(got)d") % values)
        elif content.options:
            raise Unfit(_("a question that is computed has no options, only known wrong values"))

    def _check_lengths(self, content: Content) -> None:
        for language, texts in [
            *content.texts.items(),
            *(one for choice in content.choices for one in choice.texts.items()),
        ]:
            for part, text in texts.items():
                if len(text) > MOST_TEXT:
                    values = {"part": part, "language": language, "most": MOST_TEXT, "got": len(text)}
                    problem = _("%(part)s (%(language)s): expected at most %(most)d characters; got %(got)d")
                    raise Unfit(problem % values)

    def _check_options(self, content: Content) -> None:
        if not 2 <= len(content.options) <= MOST_OPTIONS or content.mistakes:
            values = {"most": MOST_OPTIONS, "got": len(content.options)}
            raise Unfit(_("expected 2 to %(most)d options, and no wrong values; got %(got)d") % values)
        if content.pick is not None and not 2 <= content.pick <= len(content.options):
            values = {"most": len(content.options), "got": content.pick}
            raise Unfit(_("pick: expected a whole number from 2 to %(most)d; got %(got)r") % values)

    def _pick(self, given: Mapping[str, Any]) -> int | None:
        pick = given.get("pick")
        if pick is not None and type(pick) is not int:
            raise Unfit(_("pick: expected a whole number; got %(got)r") % {"got": pick})
        return pick

    def _choices(self, given: Mapping[str, Any], languages: Sequence[str]) -> list[Choice]:
        found = []
        key = "options" if self.has_options else "mistakes"
        parts = ("text", "reason") if self.has_options else ("reason",)
        for place, one in enumerate(list_at(given, key)):
            where = f"{key}[{place}]."
            if not isinstance(one, dict):
                raise Unfit(
                    _("%(key)s: expected “key: value” lines; got %(got)r") % {"key": where[:-1], "got": one}
                )
            own = ("key", "right") if self.has_options else ("value",)
            only_known(one, (*own, *(languages if len(languages) > 1 else parts)), where)
            texts = _texts(one, languages, "", parts, where)
            if self.has_options:
                found.append(Choice(text_at(one, "key", where), texts, right=text_at(one, "right", where)))
            else:
                found.append(Choice(f"m{place + 1}", texts, value=text_at(one, "value", where)))
        return found


def _texts(
    given: Mapping[str, Any], languages: Sequence[str], key: str, parts: Sequence[str], where: str = ""
) -> dict[str, dict[str, str]]:
    """The texts of each language: under `key` and the language, or directly in place when there is one language."""
    if len(languages) == 1:
        return {languages[0]: {part: text_at(given, part, where) for part in parts}}
    texts = mapping_at(given, key, where) if key else given
    where = f"{where}{key}." if key else where
    if key:
        only_known(texts, languages, where)
    found = {}
    for language in languages:
        own = mapping_at(texts, language, where)
        only_known(own, parts, f"{where}{language}.")
        found[language] = {part: text_at(own, part, f"{where}{language}.") for part in parts}
    return found
