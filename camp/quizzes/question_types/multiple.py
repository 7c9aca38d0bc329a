"""Every option that is right, out of several."""

from collections.abc import Mapping
from typing import Any, ClassVar

from django.http import QueryDict

from attention_core.labels import gettext_noop as _
from attention_core.problems import echo
from camp.quizzes.drawn import Variant
from camp.quizzes.entries import OPTIONS, Entries
from camp.quizzes.marking import Feedback, Mark, Response, Told, Unacceptable
from camp.quizzes.question_types.base import ENTRIES_SHAPE, QuestionType

EXPECTED = _("expected a list of options out of %(options)s, each once, got %(received)s")


class Multiple(QuestionType):
    """Answered by a list of keys. A right choice adds its share, a wrong one takes its share; never below 0."""

    name: ClassVar[str] = "multiple"
    label: ClassVar[str] = _("Several choices")
    order: ClassVar[int] = 20
    has_options: ClassVar[bool] = True
    has_answer: ClassVar[bool] = False
    has_pick: ClassVar[bool] = True
    entries: ClassVar[tuple[Entries, ...]] = (OPTIONS,)
    response_shape: ClassVar[Mapping[str, Any]] = {"type": "array", "items": {"type": "string"}}
    response_words: ClassVar[str] = "a list of keys"
    public_shapes: ClassVar[Mapping[str, Any]] = {"options": ENTRIES_SHAPE}

    def validate(self, response: Any, variant: Variant) -> Response:
        keys = [option.key for option in variant.options]
        if response is None or response == []:
            return None
        if not isinstance(response, list):
            raise Unacceptable.at((), EXPECTED, options=", ".join(keys), received=echo(response))
        for place, one in enumerate(response):
            if not isinstance(one, str) or one not in keys or response.index(one) < place:
                raise Unacceptable.at((place,), EXPECTED, options=", ".join(keys), received=echo(one))
        return sorted(response, key=keys.index)

    def of_form(self, fields: QueryDict) -> Any:
        return fields.getlist("response") or None

    def mark(self, response: Response, variant: Variant) -> Mark:
        right = variant.right_keys
        chosen = response or []
        wrong = len(variant.options) - len(right)
        hits = sum(key in right for key in chosen)
        return Mark(max(0.0, hits / len(right) - (len(chosen) - hits) / wrong))

    def feedback(self, response: Response, mark: Mark, variant: Variant) -> Feedback:
        told = [
            Told(one.key, one.text, one.reason, is_right=one.right, is_chosen=one.key in (response or []))
            for one in variant.options
        ]
        return Feedback(mark, variant.reason, right=variant.right_keys, options=told)

    def public(self, variant: Variant) -> dict[str, Any]:
        options = [{"key": option.key, "text": option.text} for option in variant.options]
        return {**super().public(variant), "options": options}


question_type = Multiple()
