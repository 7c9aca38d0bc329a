"""The line of a program that is wrong, or all such lines."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import numpy as np
from django.http import QueryDict
from django.utils.html import escape
from django.utils.safestring import SafeString
from django.utils.translation import gettext

from attention_core.labels import gettext_noop as _
from attention_core.problems import echo
from camp.courses.blocks import Unfit, Writer
from camp.quizzes.content import Content, Words
from camp.quizzes.drawn import Variant
from camp.quizzes.filled import filled
from camp.quizzes.given_rows import as_typed
from camp.quizzes.marking import Feedback, Mark, Response, Told, Unacceptable
from camp.quizzes.question_types.base import QuestionType

EXPECTED = _("expected a list of the numbers of lines, each once, out of %(lines)s, got %(received)s")
EXPECTED_ONE = _("expected one line, got %(received)s")
MOST_LINES = 40
MOST_CHARACTERS = 200  # of a line


class Bug(QuestionType):
    """Answered by a list of line numbers as texts. Where one is asked, any of the wrong lines counts; where all are,
    each found adds its share and each that is none takes one; never below 0.
    """

    name: ClassVar[str] = "bug"
    label: ClassVar[str] = _("The wrong line")
    order: ClassVar[int] = 80
    has_answer: ClassVar[bool] = False
    own_keys: ClassVar[tuple[str, ...]] = ("code", "lines", "all")
    word_keys: ClassVar[tuple[str, ...]] = ("code",)
    response_shape: ClassVar[Mapping[str, Any]] = {"type": "array", "items": {"type": "string"}}
    response_words: ClassVar[str] = "a list of line numbers as texts, of one where one is asked"
    public_shapes: ClassVar[Mapping[str, Any]] = {
        "code": {
            "type": "array",
            "items": {"type": "string"},
            "description": "Of bug: the lines, from number 1.",
        },
        "wants_all": {
            "type": "boolean",
            "description": "Of bug: whether every wrong line is asked, not one.",
        },
    }

    # --- Drawing ---------------------------------------------------------------------------------------

    def own_of_yaml(self, given: Mapping[str, Any], languages: Sequence[str]) -> dict[str, Any]:
        """`lines` is a number, a list of numbers, or an expression with such a value."""
        code, lines, wants_all = given.get("code"), given.get("lines"), given.get("all", False)
        if not isinstance(code, str) or not 2 <= len(code.strip("\n").split("\n")) <= MOST_LINES:
            problem = gettext("code: expected 2 to %(most)d lines of text; got %(got)s")
            raise Unfit(problem % {"most": MOST_LINES, "got": _counted(code)})
        if max(map(len, code.split("\n"))) > MOST_CHARACTERS:
            problem = gettext("code: expected lines of at most %(most)d characters")
            raise Unfit(problem % {"most": MOST_CHARACTERS})
        if type(lines) is int:
            lines = [lines]
        if not (isinstance(lines, str) and lines.strip()) and not _are_whole(lines):
            problem = gettext(
                "lines: expected a line's number, a list of such, or an expression; got %(got)r"
            )
            raise Unfit(problem % {"got": lines})
        if not isinstance(wants_all, bool):
            raise Unfit(gettext("all: expected true or false; got %(got)r") % {"got": wants_all})
        found = {"code": code.strip("\n"), "lines": lines}
        return {**found, "all": True} if wants_all else found

    def draw(
        self, content: Content, names: Mapping[str, Any], random: np.random.Generator, writer: Writer
    ) -> Mapping[str, Any]:
        """`code` in lines, the numbers of those that are `right` to choose, and known wrong ones with their keys."""
        code = filled(content.own["code"], names, writer).split("\n")
        if len(code) != len(content.own["code"].split("\n")):
            raise Unfit(gettext("code: a computed text may not have lines of its own"))
        lines = content.own["lines"]
        right = _numbers(writer.value(lines, names) if isinstance(lines, str) else lines, code, "lines")
        mistakes = []
        for one in content.mistakes:
            numbers = _numbers(writer.value(one.value, names), code, "mistakes")
            if set(numbers) & set(right):
                values = {"line": ", ".join(map(str, numbers))}
                raise Unfit(gettext("mistakes: line %(line)s is one of the right ones") % values)
            mistakes.append({"key": one.key, "lines": numbers})
        return {"code": code, "right": right, "all": bool(content.own.get("all")), "mistakes": mistakes}

    def word(self, variant: Variant, content: Content, language: str, html: Words) -> Mapping[str, Any]:
        by_key = {one.key: one for one in content.choices}
        mistakes = [{**one, "reason": html(by_key[one["key"]], "reason")} for one in variant.own["mistakes"]]
        return {**variant.own, "mistakes": mistakes}

    # --- Answers ---------------------------------------------------------------------------------------

    def validate(self, response: Any, variant: Variant) -> Response:
        if response is None or response == []:
            return None
        lines = [str(number) for number in _choosable(variant.own["code"])]
        chosen = response if isinstance(response, list) else [response]
        given = [as_typed(one) for one in chosen]
        if any(not isinstance(one, str) or one not in lines for one in given) or len(set(given)) < len(given):
            raise Unacceptable.at((), EXPECTED, lines=", ".join(lines), received=echo(response))
        if len(given) > 1 and not variant.own["all"]:
            raise Unacceptable.at((), EXPECTED_ONE, received=echo(response))
        return sorted(given, key=int)

    def of_form(self, fields: QueryDict) -> Any:
        return fields.getlist("response") or None

    def mark(self, response: Response, variant: Variant) -> Mark:
        given = {int(one) for one in response or []}
        right = set(variant.own["right"])
        if not given:
            return Mark(0.0)
        if not variant.own["all"]:
            known = (one["key"] for one in variant.own["mistakes"] if given & set(one["lines"]))
            return Mark(1.0) if given & right else Mark(0.0, mistake=next(known, ""))
        return Mark(max(0.0, (len(given & right) - len(given - right)) / len(right)))

    def feedback(self, response: Response, mark: Mark, variant: Variant) -> Feedback:
        given = {int(one) for one in response or []}
        right = set(variant.own["right"])
        reasons = {number: one["reason"] for one in variant.own["mistakes"] for number in one["lines"]}
        told = [
            Told(
                str(number),
                escape(line),
                reasons.get(number, ""),
                is_right=number in right,
                is_chosen=number in given,
            )
            for number, line in enumerate(variant.own["code"], start=1)
        ]
        return Feedback(
            mark,
            variant.reason,
            right=[str(one) for one in variant.own["right"]][: None if variant.own["all"] else 1],
            mistake=next((one["reason"] for one in variant.own["mistakes"] if one["key"] == mark.mistake), ""),
            options=[one for one in told if one.is_right or one.is_chosen or one.reason],
            own={
                "lines": [
                    {"number": one.key, "code": line, "is_right": one.is_right, "is_chosen": one.is_chosen,
                     "reason": SafeString(one.reason) if one.is_chosen and variant.own["all"] else ""}
                    for one, line in zip(told, variant.own["code"], strict=True)
                ],
                "wants_all": variant.own["all"],
            },
        )  # fmt: skip

    def public(self, variant: Variant) -> dict[str, Any]:
        return {**super().public(variant), "code": variant.own["code"], "wants_all": variant.own["all"]}

    def form(self, variant: Variant, given: Response, typed: QueryDict | None) -> dict[str, Any]:
        chosen = typed.getlist("response") if typed is not None else given or []
        choosable = _choosable(variant.own["code"])
        return {
            "lines": [
                {"number": str(number), "code": line, "is_chosen": str(number) in chosen,
                 "is_choosable": number in choosable}
                for number, line in enumerate(variant.own["code"], start=1)
            ]
        }  # fmt: skip

    def told_lines(self, response: Response, variant: Variant) -> list[str]:
        return [gettext("line %(number)s") % {"number": one} for one in response or []]


def _choosable(code: Sequence[str]) -> list[int]:
    """The numbers of the lines that hold something."""
    return [number for number, line in enumerate(code, start=1) if line.strip()]


def _are_whole(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(type(one) is int for one in value)


def _counted(code: Any) -> str:
    return str(len(code.strip("\n").split("\n"))) if isinstance(code, str) else repr(code)


def _numbers(value: Any, code: Sequence[str], where: str) -> list[int]:
    """The numbers of lines that an expression gave, in order. Raises Unfit."""
    choosable = _choosable(code)
    numbers = np.atleast_1d(np.asarray(value, dtype=object)).ravel().tolist()
    if not numbers or any(isinstance(one, (bool, str)) or one not in choosable for one in numbers):
        values = {"where": where, "most": len(code), "got": str(value)[:100]}
        raise Unfit(
            gettext("%(where)s: expected numbers of lines, 1 to %(most)d, that hold something; got %(got)s")
            % values
        )
    return sorted({int(one) for one in numbers})


question_type = Bug()
