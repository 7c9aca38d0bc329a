"""Somebody who answers as a script says: right, half right or wrong, whatever numbers they are given."""

from collections.abc import Mapping
from typing import Any

from camp.accounts.models import User
from camp.courses.models import Module
from camp.quizzes import selectors, services
from camp.quizzes.models import Attempt, QuestionVersion

CONCEPTS = {"scale": ["C4"], "which": ["C1"], "several": ["C1", "C7"], "weights": ["C6"]}
SCORES = {"right": 1.0, "half": 0.5, "wrong": 0.0}


def response_to(version: QuestionVersion, seed: int, how: str) -> Any:
    """`half` is for the matrix alone, of which half the cells are right then."""
    variant = selectors.variant_drawn(version, seed)
    if variant.type == "numeric":
        return repr(variant.number if how == "right" else variant.number + 1000)
    if variant.type == "matrix":
        wrong = {"right": 0, "half": 1, "wrong": 2}[how]
        return [
            [repr(cell + 1000 if row < wrong else cell) for cell in cells]
            for row, cells in enumerate(variant.rows)
        ]
    right = sorted(one.key for one in variant.options if one.right)
    wrong_keys = sorted(one.key for one in variant.options if not one.right)
    chosen = right if how == "right" else wrong_keys
    return chosen[0] if variant.type == "single" else chosen


def form_of(response: Any) -> dict[str, Any]:
    """As a browser sends it."""
    if isinstance(response, list) and isinstance(response[0], list):
        return {"response": "\n".join(" ".join(row) for row in response)}
    return {"response": response}


def take_quiz(owner: User, module: Module, script: Mapping[str, str]) -> Attempt:
    """Handed in with what the script has an answer for."""
    attempt, _is_new = services.attempt_start(owner=owner, module=module)
    for item in selectors.items_of(attempt):
        how = script.get(item.version.question.slug)
        if how is not None:
            response = response_to(item.version, item.seed, how)
            services.answer_save(attempt=attempt, item=item, response=response)
    return services.attempt_submit(attempt=attempt)
