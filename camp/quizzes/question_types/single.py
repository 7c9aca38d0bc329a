"""One option out of several."""

from typing import Any, ClassVar

from attention_core.labels import gettext_noop as _
from attention_core.problems import echo
from camp.quizzes.marking import Mark, Response, Unacceptable
from camp.quizzes.question_types.base import Feedback, QuestionType, Told
from camp.quizzes.variants import Variant

EXPECTED = _("expected one of %(options)s, got %(received)s")


class Single(QuestionType):
    """Answered by the key of an option."""

    name: ClassVar[str] = "single"
    label: ClassVar[str] = _("One choice")
    order: ClassVar[int] = 10
    has_options: ClassVar[bool] = True

    def validate(self, response: Any, variant: Variant) -> Response:
        keys = [option.key for option in variant.options]
        if response is None or (isinstance(response, str) and response in keys):
            return response
        raise Unacceptable.at((), EXPECTED, options=", ".join(keys), received=echo(response))

    def mark(self, response: Response, variant: Variant) -> Mark:
        return Mark(float(response in variant.right_keys))

    def feedback(self, response: Response, mark: Mark, variant: Variant) -> Feedback:
        told = [
            Told(one.key, one.text, one.reason, is_right=one.right, is_chosen=one.key == response)
            for one in variant.options
        ]
        return Feedback(mark, variant.reason, right=variant.right_keys[0], options=told)

    def public(self, variant: Variant) -> dict[str, Any]:
        options = [{"key": option.key, "text": option.text} for option in variant.options]
        return {**super().public(variant), "options": options}


question_type = Single()
