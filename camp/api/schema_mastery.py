"""The answers about mastery and reviews as JSON Schema."""

from camp.api.schema_shapes import COUNT, TEXT, Shape, described, nullable, record
from camp.learning.bkt import MASTERED
from camp.mastery.records import LIKELY, Level

_SHARE: Shape = {"type": "number", "minimum": 0, "maximum": 1}
_DAY: Shape = {"type": "string", "format": "date"}
_CONCEPT = record(
    concept=described(TEXT, "Its code, as lessons and questions name it."),
    name=TEXT,
    mastery=described(
        _SHARE, "How sure one may be that it is known: no mark, and not the share of right answers."
    ),
    level=described(
        {"type": "string", "enum": list(Level)},
        f"known: a mastery of {MASTERED} or more; likely: of {LIKELY} or more; else unsure.",
    ),
    next_right=described(_SHARE, "The chance that the next answer is right."),
    first_tries=described(COUNT, "Of questions about it, each with its numbers; blanks are none."),
    right=described(COUNT, "Of these."),
    lesson=described(nullable(TEXT), "The first lesson that teaches it."),
)
SHAPES: dict[str, Shape] = {
    "Mastery": record(
        "What the caller knows, in the order of the course's concepts.",
        concepts={"type": "array", "items": _CONCEPT},
    ),
    "Reviews": record(
        "When the caller's questions return.",
        today=described(_DAY, "In the account's time zone."),
        due=described(COUNT, "Today, with what is left of the days before."),
        modules={"type": "array", "items": record(slug=TEXT, title=TEXT, due=COUNT)},
        next_days={"type": "array", "items": record(date=_DAY, due=COUNT)},
        later=described(COUNT, "After these days."),
        next_day=described(nullable(_DAY), "The first after today on which one is due."),
    ),
}
