"""Types of questions, one file each, found by listing this package."""

from collections.abc import Mapping
from functools import cache

from attention_core.discovery import find, get
from camp.quizzes.question_types.base import QuestionType


@cache
def question_types() -> Mapping[str, QuestionType]:
    """Every type by name, in the order for lists."""
    return find(__name__, "question_type", QuestionType)


def question_type(name: str) -> QuestionType:
    """The type called `name`.

    Raises:
        ValueError: there is none; says which there are.
    """
    return get(question_types(), name, "type of question")
