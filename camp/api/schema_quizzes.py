"""The answers about quizzes as JSON Schema."""

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
from camp.quizzes.models import AttemptStatus
from camp.quizzes.question_types import question_types

_HTML = described(TEXT, "HTML with MathML, and nothing that could run.")
_SHARE: Shape = {"type": "number", "minimum": 0, "maximum": 1}
_TEXTS: Shape = {"type": "array", "items": TEXT}
_RESPONSE = described(
    {"anyOf": [TEXT, _TEXTS, {"type": "array", "items": _TEXTS}]},
    "single: a key; multiple: a list of keys; numeric: a number as text, also 1/3 or 50%; matrix: rows of such texts.",
)
_ANSWER = nullable(_RESPONSE)
_FEEDBACK = record(
    "What the answer was worth, and why.",
    score=_SHARE,
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
_OPTION: Shape = {  # `record` has a parameter of that name
    "type": "object",
    "properties": {"key": TEXT, "text": _HTML},
    "required": ["key", "text"],
    "additionalProperties": False,
}
_QUESTION = record(
    "A question of an attempt.",
    optional=("options", "shape"),
    question=described(TEXT, "Its name."),
    version=described(COUNT, "Of the question, from 1; the attempt keeps to it."),
    type={"type": "string", "enum": list(question_types())},
    prompt=_HTML,
    options=described({"type": "array", "items": _OPTION}, "Of single and multiple, as shown."),
    shape=described({"type": "array", "items": COUNT}, "Of matrix: rows and columns."),
    response=_ANSWER,
    saved_at=nullable(TIME),
    feedback=described(nullable(_FEEDBACK), "null until the attempt is handed in."),
)
SHAPES: dict[str, Shape] = {
    "Quiz": record(
        "A module's quiz.",
        slug=TEXT,
        title=TEXT,
        questions=described(COUNT, "How many an attempt has."),
        best=described(nullable(_SHARE), "The best result so far."),
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
    "AnswerRequest": record("An answer.", response=_ANSWER),
}
