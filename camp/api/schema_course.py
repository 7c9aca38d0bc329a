"""The course's answers as JSON Schema."""

from typing import Any

from camp.api.course import LANGUAGES
from camp.api.schema_shapes import BOOLEAN, COUNT, TEXT, Shape, described, nullable, record

_HTML = described(TEXT, "HTML with MathML, and nothing that could run.")
_TEXTS: Shape = {"type": "array", "items": TEXT}
_MODULE: dict[str, Any] = {
    "slug": TEXT,
    "number": COUNT,
    "title": TEXT,
    "question": described(TEXT, "The one question that it answers."),
}
_SUMMARY: dict[str, Any] = {
    "slug": TEXT,
    "number": described(TEXT, "As on its page: 3.2 is the second lesson of module 3."),
    "title": TEXT,
    "question": _HTML,
    "minutes": described(COUNT, "How long it takes, about."),
    "concepts": _TEXTS,
    "page": described(TEXT, "Its address for people."),
}
_PARTS: Shape = {
    "type": "array",
    "items": {
        "anyOf": [
            record(html=_HTML),
            record(
                block=described(TEXT, "Its kind: note, diagram, lab, predict, check."),
                fields=described({"type": "object"}, "What may be told of it: never an answer."),
            ),
        ]
    },
}
_RESULT: dict[str, Any] = {
    "kind": {"type": "string", "enum": ["lesson", "term"]},
    "lesson": described(nullable(TEXT), "The lesson's name in addresses."),
    "language": {"type": "string", "enum": list(LANGUAGES)},
    "title": TEXT,
    "heading": described(
        TEXT, "Of the section; of a term its name in the other language. Empty: the lesson's beginning."
    ),
    "excerpt": described(TEXT, "HTML: where the words stand, each marked by mark."),
    "page": described(TEXT, "Its address for people, with the section."),
}
SHAPES: dict[str, Shape] = {
    "Found": record(
        "What a search found.",
        query=TEXT,
        is_partial=described(BOOLEAN, "No place has all the words: these have the most of them."),
        is_more=described(BOOLEAN, "There is more than is given here."),
        results={"type": "array", "items": record(**_RESULT)},
    ),
    "Module": record("A module.", **_MODULE),
    "ModuleWithLessons": record(
        "A module with its published lessons in order.",
        **_MODULE,
        lessons={"type": "array", "items": record(**_SUMMARY)},
    ),
    "Lesson": record(
        "A lesson as it is published. A version never changes.",
        **_SUMMARY,
        module=TEXT,
        language={"type": "string", "enum": list(LANGUAGES)},
        version=described(COUNT, "Of the lesson, from 1."),
        core_version=described(TEXT, "Of the library that computed its numbers."),
        goals={"type": "array", "items": _HTML},
        headings={
            "type": "array",
            "items": record(
                id=TEXT, title=_HTML, level={"type": "string", "enum": ["h1", "h2", "h3", "h4", "h5", "h6"]}
            ),
        },
        parts=_PARTS,
        sources={
            "type": "array",
            "items": record(key=TEXT, authors=TEXT, year=TEXT, title=TEXT, where=TEXT, url=TEXT),
        },
    ),
}
