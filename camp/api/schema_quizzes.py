"""The answers about quizzes as JSON Schema."""

from collections.abc import Iterable, Mapping
from typing import Any

from camp.api.course import LANGUAGES
from camp.api.schema_shapes import (
    ADDRESS,
    BOOLEAN,
    COUNT,
    TEXT,
    TIME,
    UUID,
    Shape,
    described,
    nullable,
    record,
)
from camp.quizzes.hints import MOST_HINTS
from camp.quizzes.models import AttemptStatus
from camp.quizzes.question_types import question_types
from camp.quizzes.regrade_models import Counts

_HTML = described(TEXT, "HTML with MathML, and nothing that could run.")
_SHARE: Shape = {"type": "number", "minimum": 0, "maximum": 1}


def _different(shapes: Iterable[Mapping[str, Any]]) -> list[Shape]:
    """Each once, in order."""
    found: list[Shape] = []
    for shape in shapes:
        if shape not in found:
            found.append(dict(shape))
    return found


_KINDS = question_types()
_RESPONSE = described(
    {"anyOf": _different(kind.response_shape for kind in _KINDS.values())},
    "; ".join(f"{name}: {kind.response_words}" for name, kind in _KINDS.items()) + ".",
)
_ANSWER = nullable(_RESPONSE)
_FEEDBACK = record(
    "What the answer was worth, and why.",
    score=_SHARE,
    worth=described(_SHARE, "What a right answer was worth, after the hints that were taken."),
    right=described(_RESPONSE, "The right answer, in the form of a response."),
    reason=described(TEXT, "HTML: what is right, whatever was answered."),
    mistake=described(nullable(TEXT), "HTML: how one comes to this wrong answer, where that is known."),
    cells=described(
        nullable({"type": "array", "items": {"type": "array", "items": BOOLEAN}}),
        "Of a matrix: right or not.",
    ),
    options={
        "type": "array",
        "items": record(key=TEXT, is_right=BOOLEAN, is_chosen=BOOLEAN, reason=_HTML),
    },
)
# What only some types have, by its name: two types that have the same mean the same by it.
_OF_TYPES = {name: dict(shape) for kind in _KINDS.values() for name, shape in kind.public_shapes.items()}
_HINTS: Shape = described(
    {"type": "array", "items": record(cost=_SHARE, text=nullable(_HTML))},
    "In order: what each costs of the question's credit; its text once it was taken, null before.",
)
_TAKEN = described(COUNT, "How many of them were taken.")
_QUESTION = record(
    "A question of an attempt.",
    optional=tuple(_OF_TYPES),
    question=described(TEXT, "Its name."),
    version=described(COUNT, "Of the question, from 1; the attempt keeps to it."),
    type={"type": "string", "enum": list(_KINDS)},
    prompt=_HTML,
    **_OF_TYPES,
    hints=_HINTS,
    hints_taken=_TAKEN,
    response=_ANSWER,
    saved_at=nullable(TIME),
    feedback=described(nullable(_FEEDBACK), "null until the attempt is handed in."),
    regraded=described(
        nullable(
            record(
                "That the answer was marked anew.",
                at=TIME,
                version=described(COUNT, "Of the question, by which it was: feedback is that version's."),
                score_before=_SHARE,
            )
        ),
        "null unless the question was corrected after the attempt was handed in.",
    ),
)
SHAPES: dict[str, Shape] = {
    "Quiz": record(
        "A module's quiz.",
        slug=TEXT,
        title=TEXT,
        questions=described(COUNT, "How many an attempt has."),
        best=described(nullable(_SHARE), "The best result so far."),
        counts=described({"type": "string", "enum": list(Counts.values)}, "Which result counts."),
        result=described(nullable(_SHARE), "The one that counts so far."),
        attempts_left=described(nullable(COUNT), "How many may still be started; null: any number."),
        open_attempt=nullable(UUID),
        links=record(self=ADDRESS, attempts=ADDRESS),
    ),
    "Attempt": record(
        "One go at a quiz.",
        id=UUID,
        quiz=TEXT,
        status={"type": "string", "enum": list(AttemptStatus.values)},
        is_practice=described(BOOLEAN, "Whether it does not count: it came along when a guest signed in."),
        score=described(nullable(_SHARE), "null until it is handed in."),
        started_at=TIME,
        submitted_at=nullable(TIME),
        core_version=described(TEXT, "Of the library that computed its answers."),
        language={"type": "string", "enum": list(LANGUAGES)},
        questions={"type": "array", "items": _QUESTION},
        links=record(self=ADDRESS, submit=ADDRESS),
    ),
    "Answer": record("An answer as it was saved.", question=TEXT, response=_ANSWER, saved_at=TIME),
    "Hints": record("A question's hints.", question=TEXT, hints=_HINTS, hints_taken=_TAKEN),
    "HintRequest": record(
        "Which hint to take.",
        hint={
            "type": "integer",
            "minimum": 1,
            "maximum": MOST_HINTS,
            "description": "The next, or an earlier one.",
        },
    ),
    "AnswerRequest": record("An answer.", response=_ANSWER),
}
