"""One number, within a tolerance."""

from typing import Any, ClassVar

from attention_core.labels import gettext_noop as _
from attention_core.problems import echo
from camp.courses.numbers import written
from camp.matrix_text import Unreadable, read_number, write_number
from camp.quizzes.drawn import Variant
from camp.quizzes.given_rows import as_typed
from camp.quizzes.marking import Feedback, Mark, Response, Unacceptable
from camp.quizzes.question_types.base import QuestionType, decimals_shown

EXPECTED = _('expected a number as text, such as "0.5" or "1/3", got %(received)s')
TOO_LONG = _("expected a number of at most %(most)s characters, got %(received)s")
MOST_CHARACTERS = 64
_SLACK = 1e-9  # a value exactly at the tolerance counts, whatever float64 makes of it


class Numeric(QuestionType):
    """Answered by the text of a number, kept as it was typed."""

    name: ClassVar[str] = "numeric"
    label: ClassVar[str] = _("A number")
    order: ClassVar[int] = 30
    response_words: ClassVar[str] = "a number as text, also 1/3 or 50%"

    def validate(self, response: Any, variant: Variant) -> Response:
        if response is None or response == "":
            return None
        response = as_typed(response)
        if not isinstance(response, str):
            raise Unacceptable.at((), EXPECTED, received=echo(response))
        if len(response) > MOST_CHARACTERS:
            raise Unacceptable.at((), TOO_LONG, most=MOST_CHARACTERS, received=len(response))
        try:
            read_number(response)
        except Unreadable as wrong:
            raise Unacceptable.at((), wrong.template, **wrong.values) from None
        return response.strip()

    def mark(self, response: Response, variant: Variant) -> Mark:
        if response is None:
            return Mark(0.0)
        given = read_number(response)
        if abs(given - variant.number) <= variant.tolerance * (1 + _SLACK):
            return Mark(1.0)
        for mistake in variant.mistakes:
            if abs(given - float(mistake.value)) <= variant.tolerance * (1 + _SLACK):  # type: ignore[arg-type]
                return Mark(0.0, mistake=mistake.key)
        return Mark(0.0)

    def feedback(self, response: Response, mark: Mark, variant: Variant) -> Feedback:
        return Feedback(
            mark,
            variant.reason,
            right=write_number(float(f"{variant.number:.12g}")),
            given=response or "",
            shown_right=written(variant.number, decimals_shown([variant.number], variant.tolerance)),
            mistake=next((one.reason for one in variant.mistakes if one.key == mark.mistake), ""),
        )


question_type = Numeric()
