"""One drawing of a question: its numbers, its right answer, the options that it shows. The same seed gives the same."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from django.utils.translation import gettext as _

from camp.courses import allowance
from camp.courses.arguments import Refusal, check_cells
from camp.courses.blocks import Unfit, Writer
from camp.courses.prose import Prose
from camp.quizzes.content import Choice, Content, Hint
from camp.quizzes.drawn import Mistake, Option, Rows, ShownHint, Value, Variant, differ
from camp.quizzes.question_types import question_type
from camp.quizzes.question_types.base import QuestionType

__all__ = ("Mistake", "Option", "Rows", "Value", "Variant", "differ", "variant_of", "worded")
TRIES = 200
_APART = 4  # tolerances between an answer and a known wrong one, so that what is wrong is never ambiguous
_MOST_CELLS = 256


def variant_of(content: Content, seed: int, writer: Writer | None = None) -> Variant:
    """Draw until everything required holds.

    Args:
        seed: which variant; the same one always gives the same.
        writer: computes expressions; a lesson's own knows the names of that lesson.

    Raises:
        Unfit: 200 drawings were no good; why the last one was not.
    """
    with allowance.shared():
        return _first_good(content, question_type(content.type), seed, writer or Prose())


def _first_good(content: Content, kind: QuestionType, seed: int, writer: Writer) -> Variant:
    random = np.random.Generator(np.random.PCG64(seed))
    last = Unfit("")
    for _try in range(TRIES):
        try:
            return _drawn(content, kind, random, writer)
        except Unfit as wrong:
            last = wrong
        if not content.draw and not content.pick:
            raise last  # nothing would change
    raise Unfit(
        _("%(tries)d drawings were no good; the last: %(why)s") % {"tries": TRIES, "why": last.message}
    )


def worded(variant: Variant, content: Content, language: str, writer: Writer | None = None) -> Variant:
    """The variant with its texts in one language, as HTML.

    Raises:
        Unfit: a text is not as it should be.
    """
    writer = writer or Prose({}, language)

    def html(choice_or_content: Choice | Content | Hint, key: str) -> str:
        text = choice_or_content.texts[language].get(key, "")
        made = writer.html(text, variant.names) if text else ""
        return _unwrapped(made) if key == "text" else made

    by_key = {choice.key: choice for choice in content.choices}
    return replace(
        variant,
        prompt=html(content, "prompt"),
        reason=html(content, "reason"),
        options=tuple(
            replace(one, text=html(by_key[one.key], "text"), reason=html(by_key[one.key], "reason"))
            for one in variant.options
        ),
        mistakes=tuple(replace(one, reason=html(by_key[one.key], "reason")) for one in variant.mistakes),
        own=question_type(variant.type).word(variant, content, language, html),
        hints=tuple(
            replace(shown, text=html(hint, "text"))
            for shown, hint in zip(variant.hints, content.hints, strict=True)
        ),
    )


def _unwrapped(html: str) -> str:
    """A single paragraph without its element, to stand in a label."""
    html = html.strip()
    inner = html.removeprefix("<p>").removesuffix("</p>")
    return inner if html.startswith("<p>") and html.endswith("</p>") and "<p>" not in inner else html


def _drawn(content: Content, kind: QuestionType, random: np.random.Generator, writer: Writer) -> Variant:
    names: dict[str, Any] = {}
    draws = _draws(random)
    for name, expression in content.draw:
        names[name] = writer.value(expression, {**names, **draws})
    for expression in content.require:
        if not _truth(writer.value(expression, names)):
            raise Unfit(_("“%(expression)s” does not hold") % {"expression": expression})
    answer = _value(writer.value(content.answer, names), kind, "answer") if content.answer else None
    mistakes = tuple(
        Mistake(one.key, _value(writer.value(one.value, names), kind, f"mistakes[{place}]"))
        for place, one in enumerate(content.mistakes if kind.has_answer else ())
    )
    if answer is not None:
        _check_apart(answer, mistakes, content.tolerance)
    return Variant(
        type=content.type,
        tolerance=content.tolerance,
        answer=answer,
        options=_options(content, kind, names, random, writer) if content.options else (),
        mistakes=mistakes,
        own=kind.draw(content, names, random, writer),
        hints=tuple(ShownHint(one.cost) for one in content.hints),
        names=names,
    )


def _draws(random: np.random.Generator) -> dict[str, Callable[..., Any]]:
    """The functions of docs/course.md that draw; ends belong to the range."""

    def integers(n: Any, a: Any, b: Any) -> list[int]:
        _check_range(n, a, b)
        return [int(one) for one in random.integers(a, b, size=n, endpoint=True)]

    def matrix_of(rows: Any, columns: Any, a: Any, b: Any) -> list[list[int]]:
        _check_range(rows, a, b)
        _check_range(columns, a, b)
        check_cells(rows * columns)
        return [integers(columns, a, b) for _row in range(rows)]

    def choice(items: Any) -> Any:
        return items[int(random.integers(len(items)))]

    def shuffled(items: Any) -> list[Any]:
        return [items[int(place)] for place in random.permutation(len(items))]

    return {
        "integer": lambda a, b: integers(1, a, b)[0],
        "integers": integers,
        "matrix_of": matrix_of,
        "choice": choice,
        "shuffled": shuffled,
    }


def _check_range(count: Any, a: Any, b: Any) -> None:
    if not all(isinstance(one, int) and abs(one) <= 10**9 for one in (count, a, b)):
        raise Refusal(_("expected whole numbers; got %(got)s") % {"got": [count, a, b]})
    if not 1 <= count <= _MOST_CELLS or a > b:
        problem = _("expected 1 to %(most)d numbers from a smaller to a larger one; got %(got)s")
        raise Refusal(problem % {"most": _MOST_CELLS, "got": [count, a, b]})


def _truth(value: Any) -> bool:
    return bool(np.all(value))


def _value(value: Any, kind: QuestionType, where: str) -> Value:
    """Such as the type asks for."""
    return kind.as_answer(_numbers(value, kind), where)


def _numbers(value: Any, kind: QuestionType) -> Value:
    """A number as float, a matrix as rows; one row may come without its outer list."""
    try:
        array = np.asarray(value, dtype=float)
    except (TypeError, ValueError) as error:
        raise Unfit(_("expected numbers as answer; got %(got)s") % {"got": type(value).__name__}) from error
    if not np.isfinite(array).all():
        raise Unfit(_("expected finite numbers as answer"))
    if kind.has_rows:
        array = np.atleast_2d(array)
        if array.ndim != 2 or not 0 < array.size <= _MOST_CELLS:
            raise Unfit(_("expected a matrix as answer; got the shape %(got)s") % {"got": array.shape})
        return [[float(cell) for cell in row] for row in array]
    if array.size != 1:
        raise Unfit(_("expected one number as answer; got the shape %(got)s") % {"got": array.shape})
    return float(array.reshape(()))


def _check_apart(answer: Value, mistakes: Sequence[Mistake], tolerance: float) -> None:
    values = [answer, *(mistake.value for mistake in mistakes)]
    for place, one in enumerate(values):
        for number, other in enumerate(values[:place]):
            if not differ(one, other, _APART * tolerance):
                which = f"mistakes[{place - 1}]"
                other_name = f"mistakes[{number - 1}]" if number else "answer"
                raise Unfit(_("%(one)s and %(other)s are too close") % {"one": which, "other": other_name})


def _options(
    content: Content,
    kind: QuestionType,
    names: Mapping[str, Any],
    random: np.random.Generator,
    writer: Writer,
) -> tuple[Option, ...]:
    """In the order shown; of many, `pick`, with at least one right and one wrong."""
    found = [
        Option(choice.key, choice.right == "true" if choice.right in ("true", "false")
               else _truth(writer.value(choice.right, names)))
        for choice in content.options
    ]  # fmt: skip
    found = [found[place] for place in random.permutation(len(found))]
    right = [one for one in found if one.right]
    wrong = [one for one in found if not one.right]
    if not right or not wrong:
        raise Unfit(_("expected at least one right and one wrong option"))
    if kind.has_one_right and len(right) > 1 and not content.pick:
        problem = _("expected one right option; got %(got)s")
        raise Unfit(problem % {"got": ", ".join(sorted(one.key for one in right))})
    if content.pick:
        offered = [one for one in found if not kind.has_one_right or one is right[0] or not one.right]
        if len(offered) < content.pick:
            problem = _("expected at least %(pick)d options that can stand side by side; got %(got)d")
            raise Unfit(problem % {"pick": content.pick, "got": len(offered)})
        kept = [right[0], wrong[0]]
        kept += [one for one in offered if one not in kept][: content.pick - 2]
        # Anew: what was taken from the front of an order keeps to the front of it, and the right one would sink.
        found = [kept[place] for place in random.permutation(len(kept))]
    return tuple(found)
