"""What calls take in their address and headers, and what their answers say in headers."""

from typing import Any

from camp.api.course import LANGUAGES
from camp.api.filters import JOB_FILTERS
from camp.api.jobs import MAX_WAIT_SECONDS
from camp.api.result_formats import RESULT_FORMATS
from camp.api.schema_shapes import ADDRESS, COUNT, STATUS, TEXT, TIME, UUID, Shape
from camp.lab.result_files import PARTS
from camp.search.selectors import MOST_CHARACTERS

Parameter = dict[str, Any]


def _query(name: str, shape: Shape, text: str) -> Parameter:
    return {"name": name, "in": "query", "schema": shape, "description": text}


def _header(name: str, shape: Shape, text: str) -> Parameter:
    return {"name": name, "in": "header", "schema": shape, "description": text}


def _path(name: str, text: str, shape: Shape = UUID) -> Parameter:
    return {"name": name, "in": "path", "required": True, "schema": shape, "description": text}


_FILTERS = {
    "status": _query("status", STATUS, "Only jobs at this status."),
    "task": _query("task", {"type": "string", "minLength": 1, "maxLength": 64}, "Only jobs of this task."),
    "created_after": _query("created_after", TIME, "Only jobs created later; a time with its zone."),
    "created_before": _query("created_before", TIME, "Only jobs created earlier; a time with its zone."),
}
LIST = [
    *(_FILTERS[name] for name in JOB_FILTERS),
    _query("cursor", TEXT, "Which page, as in the links next and previous of another; not to be made up."),
]
JOB = _path("job_id", "The job's id. Another person's job is 404, as one that does not exist.")
BATCH = _path("batch_id", "The batch's id.")
_SLUG = {"type": "string", "pattern": "^[-a-zA-Z0-9_]+$"}
LANGUAGE = _query(
    "lang",
    {"type": "string", "enum": list(LANGUAGES)},
    "The language; goes before the header Accept-Language.",
)
QUERY = {
    **_query(
        "q",
        {"type": "string", "minLength": 1, "maxLength": MOST_CHARACTERS},
        "What to look for, in either language.",
    ),
    "required": True,
}
MODULE = _path("module", "The module's name in addresses.", _SLUG)
LESSON = _path("lesson", "The lesson's name in addresses.", _SLUG)
QUIZ = _path("module", "The quiz's name, which is its module's; or pre-test or post-test.", _SLUG)
ATTEMPT = _path("attempt_id", "The attempt's id. Another person's is 404, as one that does not exist.")
QUESTION = _path("question", "The question's name in the attempt.", _SLUG)
IDEMPOTENCY_KEY = _header(
    "Idempotency-Key",
    {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[ -~]+$"},
    "Any text of yours for this piece of work. Sent again within 24 hours it brings back what it made, with 200; "
    "with other work it is refused with 409.",
)
LAST_EVENT_ID = _header(
    "Last-Event-ID", TEXT, "The id of the last event received. After done, the answer is 204."
)
RESULT = [
    JOB,
    _query(
        "wait",
        {"type": "number", "minimum": 0, "maximum": MAX_WAIT_SECONDS, "default": 0},
        "How many seconds to wait for the job to end.",
    ),
    _query(
        "as",
        {"type": "string", "enum": [renderer.format for renderer in RESULT_FORMATS]},
        "The format; goes before the header Accept.",
    ),
    _query(
        "part",
        {"type": "string", "enum": list(PARTS)},
        "Which matrix, for CSV only, and needed there.",
    ),
]

REQUEST_ID = {
    "description": "Names this request in the camp's log. One that you send (8 to 64 of A-Z a-z 0-9 . _ -) is kept.",
    "schema": {"type": "string", "pattern": "^[A-Za-z0-9._-]{8,64}$"},
    "required": True,
}
LOCATION = {"description": "Where the new thing is.", "schema": ADDRESS, "required": True}
ATTACHMENT = {"description": "With a file: a name for it.", "schema": TEXT}
_RETRY_AFTER = {"Retry-After": {"description": "Seconds to wait.", "schema": COUNT}}
OF_STATUS: dict[int, dict[str, Any]] = {
    401: {
        "WWW-Authenticate": {
            "description": "How to authenticate.",
            "schema": {"const": "Token"},
            "required": True,
        }
    },
    429: _RETRY_AFTER,
    503: _RETRY_AFTER,
}
