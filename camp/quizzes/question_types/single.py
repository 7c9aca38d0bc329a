"""One option out of several."""

from collections.abc import Mapping
from typing import Any, ClassVar

from attention_core.labels import gettext_noop as _
from attention_core.problems import echo
from camp.quizzes.drawn import Variant
from camp.quizzes.entries import OPTIONS, Entries
from camp.quizzes.marking import Feedback, Mark, Response, Told, Unacceptable
from camp.quizzes.question_types.base import ENTRIES_SHAPE, QuestionType

EXPECTED = _("expected one of %(options)s, got %(received)s")


class Single(QuestionType):
    """Answered by the key of an option."""

    name: ClassVar[str] = "single"
    label: ClassVar[str] = _("One choice")
    order: ClassVar[int] = 10
    has_options: ClassVar[bool] = True
    has_answer: ClassVar[bool] = False
    has_one_right: ClassVar[bool] = True
    has_pick: ClassVar[bool] = True
    entries: ClassVar[tuple[Entries, ...]] = (OPTIONS,)
    response_words: ClassVar[str] = "a key"
    public_shapes: ClassVar[Mapping[str, Any]] = {"options": ENTRIES_SHAPE}

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
