"""What a type of question tells about itself: how it is written down, answered, marked and explained."""

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, ClassVar

import numpy as np
from django.http import QueryDict
from django.utils.translation import gettext as _

from attention_core.problems import shorten
from camp.courses.blocks import Unfit, Writer
from camp.quizzes import hints
from camp.quizzes.content import (
    TOLERANCE,
    Content,
    Words,
    list_at,
    mapping_at,
    number_at,
    only_known,
    text_at,
)
from camp.quizzes.drawn import Value, Variant
from camp.quizzes.entries import MISTAKES, MOST_ENTRIES, Entries, check_lengths, texts_at
from camp.quizzes.marking import Feedback, Mark, Response

MOST_OPTIONS = MOST_ENTRIES
MOST_EXPRESSIONS = 30
ENTRIES_SHAPE: Mapping[str, Any] = {
    "type": "array",
    "items": {
        "type": "object",
        "properties": {
            "key": {"type": "string"},
            "text": {"type": "string", "description": "HTML with MathML, and nothing that could run."},
        },
        "required": ["key", "text"],
        "additionalProperties": False,
    },
    "description": "As shown.",
}
_KEY = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_")


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


def are_whole(value: Value) -> bool:
    """Whether it is, or holds, nothing but whole numbers."""
    numbers = np.asarray(value, dtype=float)
    return bool((np.abs(numbers - np.round(numbers)) < 1e-12 * np.maximum(1.0, np.abs(numbers))).all())


class QuestionType:
    """Base of every type. A new one is a file `question_types/<name>.py` with a subclass and `question_type = …()`,
    a form `templates/quizzes/questions/<name>.html`, an explanation `templates/quizzes/feedback/<name>.html`.

    What only one type has goes three ways. Lists of entries with texts: `entries`, which YAML, console and versions
    then know. Anything else that is written down: `own_keys`, read by `own_of_yaml`, kept in `Content.own`, in the
    console as YAML. What is drawn of them: `draw` and `word` make `Variant.own`.
    """

    name: ClassVar[str]
    # English, marked with `gettext_noop`; translated where it is shown.
    label: ClassVar[str]
    order: ClassVar[int] = 100
    # Whether options are chosen, each with a reason; else the answer is computed, and wrong ones may be known.
    has_options: ClassVar[bool] = False
    # Whether its YAML has an `answer`, an expression, and with that a `tolerance`.
    has_answer: ClassVar[bool] = True
    has_tolerance: ClassVar[bool] = True
    # Whether that answer is rows of numbers, not one number.
    has_rows: ClassVar[bool] = False
    # How far off it may be where the question says nothing.
    tolerance: ClassVar[float] = TOLERANCE
    # Of options: whether exactly one that is shown may be right.
    has_one_right: ClassVar[bool] = False
    # Whether `pick` says how many of the entries are shown.
    has_pick: ClassVar[bool] = False
    # The lists of its YAML, and its other keys.
    entries: ClassVar[tuple[Entries, ...]] = (MISTAKES,)
    own_keys: ClassVar[tuple[str, ...]] = ()
    # Whether its form has matrices, for which the page loads the editor.
    has_matrices: ClassVar[bool] = False
    # Keys that hold words, so that they may differ in a lesson's twins.
    word_keys: ClassVar[tuple[str, ...]] = ()
    # Static files of its form, beside what every question loads.
    scripts: ClassVar[tuple[str, ...]] = ()
    # JSON Schemas for the API: of a response, in words too, and of what `public` has beside type and prompt.
    response_shape: ClassVar[Mapping[str, Any]] = {"type": "string"}
    response_words: ClassVar[str] = "a text"
    public_shapes: ClassVar[Mapping[str, Any]] = {}

    @property
    def template(self) -> str:
        return f"quizzes/questions/{self.name}.html"

    @property
    def feedback_template(self) -> str:
        return f"quizzes/feedback/{self.name}.html"

    # --- Drawing ---------------------------------------------------------------------------------------

    def as_answer(self, value: Value, where: str) -> Value:
        """An answer, or a known wrong one, that was computed, in its canonical form. Raises Unfit, which says where."""
        return value

    def draw(
        self, content: Content, names: Mapping[str, Any], random: np.random.Generator, writer: Writer
    ) -> Mapping[str, Any]:
        """What the type itself draws, after everything else, as JSON without texts in any language.

        Raises:
            Unfit: this drawing is no good; another is tried.
        """
        return {}

    def word(self, variant: Variant, content: Content, language: str, html: Words) -> Mapping[str, Any]:
        """The variant's own with its texts in one language; `html(entry, part)` words one. Raises Unfit."""
        return variant.own

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

    def form(self, variant: Variant, given: Response, typed: QueryDict | None) -> dict[str, Any]:
        """What the type's own form shows beside what is public: with what was given, or as it was typed."""
        return {}

    def precision(self, variant: Variant) -> float | None:
        """How far off a number may be and still be right; None where no number is asked for, or whole ones are."""
        if variant.answer is None or not self.has_tolerance:
            return None
        return None if are_whole(variant.answer) else variant.tolerance

    def told_lines(self, response: Response, variant: Variant) -> list[str]:
        """A response in lines as HTML, where it is shown beside another; [] where the form's text or options do."""
        return []

    # --- YAML ------------------------------------------------------------------------------------------

    def of_yaml(self, given: Mapping[str, Any], languages: Sequence[str]) -> Content:
        """A question as docs/course.md has it. With one language its texts stand directly in place.

        Raises:
            Unfit: what is wrong with it.
        """
        texts = ("texts",) if len(languages) > 1 else ("prompt", "reason")
        only_known(given, ("type", "draw", "require", *self._keys, *texts, "hints"))
        draw = mapping_at(given, "draw") if given.get("draw") else {}
        content = Content(
            type=self.name,
            texts=texts_at(given, languages, "texts", ("prompt", "reason")),
            draw=tuple((name, text_at(draw, name, "draw.")) for name in draw),
            require=tuple(map(str, list_at(given, "require"))),
            answer=text_at(given, "answer") if self.has_answer else "",
            tolerance=number_at(given, "tolerance", self.tolerance),
            pick=_pick(given) if self.has_pick else None,
            choices=tuple(choice for entries in self.entries for choice in entries.read(given, languages)),
            own=self.own_of_yaml({key: given[key] for key in self.own_keys if key in given}, languages),
            hints=hints.of_yaml(given, languages),
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
        if self.has_answer:
            found["answer"] = content.answer
            if self.has_tolerance:
                found["tolerance"] = content.tolerance
        found |= content.own
        found["texts"] = {language: dict(texts) for language, texts in content.texts.items()}
        for entries in self.entries:
            if entries.of(content.choices):
                found[entries.name] = entries.write(content.choices)
        if content.pick:
            found["pick"] = content.pick
        if content.hints:
            found["hints"] = hints.to_yaml(content.hints)
        return found

    def own_of_yaml(self, given: Mapping[str, Any], languages: Sequence[str]) -> dict[str, Any]:
        """What was given of `own_keys` as a content keeps it: in one form, which is read as itself. Raises Unfit."""
        return dict(given)

    @property
    def _keys(self) -> tuple[str, ...]:
        """What its YAML may have beside what every type's has."""
        answer = ("answer", *(("tolerance",) if self.has_tolerance else ())) if self.has_answer else ()
        pick = ("pick",) if self.has_pick else ()
        return (*answer, *(entries.name for entries in self.entries), *pick, *self.own_keys)

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
        of_entries = [one.texts for one in content.choices] + [one.texts for one in content.hints]
        check_lengths([content.texts, *of_entries])
        hints.check(content.hints)
        keys = [choice.key for choice in content.choices]
        for key in keys:
            if not key or len(key) > 32 or not set(key) <= _KEY or keys.count(key) > 1:
                problem = _("expected a key of at most 32 letters, digits, - and _, each once; got %(got)r")
                raise Unfit(problem % {"got": key})
        if self.has_options:
            self._check_options(content)
        elif self.has_answer:
            self._check_answer(content)
        self._check_entries(content)
        only_known(content.own, self.own_keys)
        self.own_of_yaml(content.own, tuple(content.texts))

    def _check_entries(self, content: Content) -> None:
        for entries in self.entries:
            entries.check(content.choices)
        known = [one for entries in self.entries for one in entries.of(content.choices)]
        for choice in content.choices:
            if choice not in known:
                values = {"key": choice.key, "lists": ", ".join(entries.name for entries in self.entries)}
                raise Unfit(_("“%(key)s” belongs to none of the lists that there are: %(lists)s") % values)

    def _check_answer(self, content: Content) -> None:
        if not content.answer:
            raise Unfit(_("%(key)s: expected a text; got nothing") % {"key": "answer"})
        if len(content.mistakes) > MOST_OPTIONS:
            values = {"most": MOST_OPTIONS, "got": len(content.mistakes)}
            raise Unfit(_("expected at most %(most)d known wrong values; got %(got)d") % values)
        if content.options:
            raise Unfit(_("a question that is computed has no options, only known wrong values"))

    def _check_options(self, content: Content) -> None:
        if not 2 <= len(content.options) <= MOST_OPTIONS or content.mistakes:
            values = {"most": MOST_OPTIONS, "got": len(content.options)}
            raise Unfit(_("expected 2 to %(most)d options, and no wrong values; got %(got)d") % values)
        if content.pick is not None and not 2 <= content.pick <= len(content.options):
            values = {"most": len(content.options), "got": content.pick}
            raise Unfit(_("pick: expected a whole number from 2 to %(most)d; got %(got)r") % values)


def _pick(given: Mapping[str, Any]) -> int | None:
    pick = given.get("pick")
    if pick is not None and type(pick) is not int:
        raise Unfit(_("pick: expected a whole number; got %(got)r") % {"got": pick})
    return pick
