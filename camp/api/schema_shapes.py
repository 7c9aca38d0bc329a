"""The answers of the API as JSON Schema. Names, choices and limits come from the code that keeps to them."""

from collections.abc import Iterable
from typing import Any

from camp import problem_types
from camp.lab.models import ErrorCode, Status
from camp.progress.records import State

Shape = dict[str, Any]

BOOLEAN: Shape = {"type": "boolean"}
_EXPORTED = (
    "email_addresses",
    "second_factors",
    "sessions",
    "tokens",
    "lessons",
    "attempts",
    "lesson_answers",
    "lesson_hints",
    "graded_answers",
    "review_cards",
    "reviews",
    "certificates",
    "mistakes_reported",
    "moments",
    "jobs",
)
NUMBER: Shape = {"type": "number"}
COUNT: Shape = {"type": "integer", "minimum": 0}
TEXT: Shape = {"type": "string"}
TIME: Shape = {"type": "string", "format": "date-time"}
ADDRESS: Shape = {"type": "string", "format": "uri"}
UUID: Shape = {"type": "string", "format": "uuid"}
_UP_OR_DOWN: Shape = {"type": "string", "enum": ["ok", "down"]}
STATUS: Shape = {"type": "string", "enum": list(Status.values)}


def ref(name: str) -> Shape:
    return {"$ref": f"#/components/schemas/{name}"}


def nullable(shape: Shape) -> Shape:
    return {"anyOf": [shape, {"type": "null"}]}


def described(shape: Shape, text: str) -> Shape:
    return {**shape, "description": text}


def record(text: str = "", /, *, optional: tuple[str, ...] = (), **fields: Shape) -> Shape:
    """An object with exactly these fields; those not in `optional` are always there."""
    required = [name for name in fields if name not in optional]
    shape = {"type": "object", "properties": fields, "required": required, "additionalProperties": False}
    return described(shape, text) if text else shape


def _each(names: Iterable[str], shape: Shape) -> Any:
    return dict.fromkeys(names, shape)


def rows(cells: Shape, *, heads: bool = False) -> Shape:
    """A matrix as nested lists; with `heads`, of more than one head also a list of such."""
    matrix = {"type": "array", "items": {"type": "array", "items": cells}}
    return {"anyOf": [matrix, {"type": "array", "items": matrix}]} if heads else matrix


_BY_HEAD = rows(NUMBER, heads=True)
_ERROR = record(
    "Why a job ended without a result.",
    code=described({"type": "string", "enum": list(ErrorCode.values)}, "What happened, for programs."),
    message=described(TEXT, "What happened, for people."),
)
_PROBLEM_FIELDS = {
    "type": described({"type": "string", "format": "uri"}, "Which kind of problem: urn:camp:problem:<code>."),
    "title": described(TEXT, "The kind in a few words, in the caller's language."),
    "status": {"type": "integer", "minimum": 400, "maximum": 599},
    "detail": described(TEXT, "What was wrong this time, in the caller's language."),
    "errors": {
        "type": "array",
        "items": record(
            "One wrong place.",
            pointer=described(TEXT, "JSON pointer into the body, or /<name> of a filter or header."),
            detail=described(TEXT, "What was expected there and what came."),
        ),
        "description": "The wrong places, the first 20 in full.",
    },
    "job_status": described(STATUS, "Where the job stands, with 409."),
    "error": described(nullable(ref("JobError")), "Why the job ended without a result, with 409."),
    "number": described(COUNT, "How much work was asked for, with 422."),
    "limit": described(COUNT, "How much is allowed, with 422."),
}
_JOB = record(
    "A job: one task asked for by one owner.",
    id=UUID,
    task=described(TEXT, "The task's name in the list of tasks."),
    status=described(STATUS, "succeeded, failed and cancelled are final."),
    progress={"type": "number", "minimum": 0, "maximum": 1},
    message=described(TEXT, "What the job is doing."),
    params={
        "type": "object",
        "description": "As sent, with every default filled in. Arrays of a large file are null, and truncated is true.",
    },
    created_at=TIME,
    started_at=nullable(TIME),
    finished_at=nullable(TIME),
    attempts=described(COUNT, "How often a worker has started it."),
    cached=described(BOOLEAN, "Whether the result was computed before, for the same work."),
    core_version=described(TEXT, "The version of the attention core that computes it."),
    error=nullable(ref("JobError")),
    links=record(**_each(("self", "result", "events", "cancel", "page"), ADDRESS)),
)
_BATCH: Any = {
    "id": UUID,
    "created_at": TIME,
    "total": described(COUNT, "Jobs that have not been deleted."),
    "counts": described(record(**_each(Status.values, COUNT)), "How many jobs stand at each status."),
    "links": record(**_each(("self", "cancel", "page"), ADDRESS)),
}
_TASK = record(
    "A task that jobs can be submitted for.",
    name=TEXT,
    title=described(TEXT, "In the caller's language, as description is."),
    description=TEXT,
    params_schema=described({"type": "object"}, "JSON Schema (draft 2020-12) of params."),
    queue={"type": "string", "enum": ["interactive", "training"]},
    limits=described({"type": "object", "additionalProperties": NUMBER}, "Limits by name."),
    core_version=TEXT,
)
_ATTENTION_RESULT = record(
    "Every stage. With more than one head, weights and stages (all but the joined output) have a leading axis.",
    output=rows(NUMBER),
    weights=described(nullable(_BY_HEAD), "null when truncated."),
    stages=nullable(
        record(
            "null when truncated.",
            scores=_BY_HEAD,
            scaled=described(_BY_HEAD, "scores × scale / temperature"),
            masked=described(rows({"type": ["number", "null"]}, heads=True), "A hidden score is null."),
            weights=_BY_HEAD,
            output=described(_BY_HEAD, "Of each head."),
        )
    ),
    entropy=described(rows(NUMBER), "In nats: one row a head, one number a query."),
    effective_tokens=described(rows(NUMBER), "exp(entropy), and 0 for a query that attends to nothing."),
    parameters=described({"type": "object"}, "The learned weights used, by name; empty for most functions."),
    shapes={"type": "object", "additionalProperties": {"type": "array", "items": COUNT}},
    elapsed_ms=described({"type": "number", "minimum": 0}, "What the computation took."),
    truncated=described(BOOLEAN, "Whether weights and stages are left out; the NPZ file has them."),
)
_MINUTES = {"type": "number", "minimum": 0}
_PROGRESS = record(
    "What the caller has done in the course.",
    lessons=described(COUNT, "Lessons that are published."),
    lessons_done=COUNT,
    modules={
        "type": "array",
        "items": record(
            slug=TEXT,
            number=COUNT,
            title=TEXT,
            state=described(
                {"type": "string", "enum": list(State)},
                "done: every lesson, and the quiz once; next: the first not started; coming: no lessons yet.",
            ),
            lessons={
                "type": "array",
                "items": record(
                    slug=TEXT,
                    title=TEXT,
                    state={"type": "string", "enum": [State.DONE, State.STARTED, State.NEW]},
                    done_at=nullable(TIME),
                ),
            },
            checks=record(
                "Questions within its lessons.",
                answered=COUNT,
                right_first=described(COUNT, "Right at the first try."),
                right=described(COUNT, "Right at the latest."),
            ),
            quiz=described(
                nullable(
                    record(
                        attempts=described(COUNT, "Submitted."),
                        best=nullable({"type": "number", "minimum": 0, "maximum": 1}),
                        result=described(
                            nullable({"type": "number", "minimum": 0, "maximum": 1}), "The one that counts."
                        ),
                        open_attempt=nullable(UUID),
                    )
                ),
                "null when the module has none.",
            ),
        ),
    },
    activity={
        "type": "array",
        "description": "The days of the last four weeks on which anything was done.",
        "items": record(
            date={"type": "string", "format": "date"},
            answers=described(COUNT, "Questions of lessons answered, or guessed at, for the first time."),
            lessons=described(COUNT, "Lessons done."),
            quizzes=described(COUNT, "Quizzes submitted."),
            tests=described(COUNT, "Pre-test and post-test submitted."),
            reviews=described(COUNT, "Reviews answered."),
        ),
    },
    time_on_task=record(
        "Of the last four weeks: the gaps between what was done, added up, but only those of at most a limit.",
        reading_minutes=described(_MINUTES, "In lessons."),
        task_minutes=described(_MINUTES, "In quizzes, reviews and the lab."),
        limits=record("In seconds: a longer gap counts as nothing.", reading=COUNT, task=COUNT),
        by_limit={
            "type": "array",
            "description": "The whole with other limits, in seconds, for both kinds.",
            "items": record(limit=COUNT, minutes=_MINUTES),
        },
    ),
)
_NUMBERS = {"type": "array", "items": {"type": "number"}}
_TEXTS = {"type": "array", "items": TEXT}
_LINES = {"type": "object", "additionalProperties": _NUMBERS}
_SENTENCE = record(
    template=TEXT,
    values={"type": "object"},
    text=described(TEXT, "In English, with the values filled in."),
)
_CELL = {"anyOf": [{"type": ["string", "number", "boolean", "null"]}, {"type": "object"}]}
_GRID = nullable({"type": "array", "items": COUNT, "minItems": 2, "maxItems": 2})
_FINDINGS = record(
    "What every task but `attention` answers.",
    says=described({"type": "array", "items": _SENTENCE}, "The answer in words."),
    answer=described({"type": "object"}, "The task's own answer, for programs."),
    metrics={
        "type": "array",
        "items": record(
            name=TEXT,
            label=TEXT,
            value=NUMBER,
            unit=described(TEXT, "`share` is a number from 0 to 1."),
            control=described(nullable(NUMBER), "The same of the model without attention."),
            better={"type": "string", "enum": ["more", "less", "neither"]},
        ),
    },
    curves={
        "type": "array",
        "items": record(
            name=TEXT,
            label=TEXT,
            x_label=TEXT,
            y_label=TEXT,
            x=_NUMBERS,
            series=_LINES,
            fits=_LINES,
            logarithmic=BOOLEAN,
        ),
    },
    maps=nullable(
        record(
            "Attention weights.",
            layers=COUNT,
            heads=COUNT,
            rows=described(_TEXTS, "The queries."),
            columns=described(_TEXTS, "The keys."),
            weights=described(
                nullable({"type": "array", "items": {"type": "array"}}),
                "layers × heads × queries × keys; null where truncated, and always in the NPZ file.",
            ),
            row_grid=_GRID,
            column_grid=_GRID,
            row_extra=COUNT,
            column_extra=COUNT,
            picture=TEXT,
        )
    ),
    pictures={
        "type": "array",
        "items": record(
            name=TEXT, label=TEXT, width=COUNT, height=COUNT, png=described(TEXT, "A PNG file in base64.")
        ),
    },
    tables={
        "type": "array",
        "items": record(
            name=TEXT,
            label=TEXT,
            columns=_TEXTS,
            rows={"type": "array", "items": {"type": "array", "items": _CELL}},
        ),
    },
    matters=nullable(
        record(
            "One figure after each intervention on the attention.",
            metric=TEXT,
            value=NUMBER,
            unit=TEXT,
            better={"type": "string", "enum": ["more", "less", "neither"]},
            changes={
                "type": "array",
                "items": record(label=TEXT, values={"type": "object"}, value=NUMBER, change=NUMBER),
            },
            says={"type": "array", "items": _SENTENCE},
        )
    ),
    elapsed_ms=NUMBER,
    truncated=BOOLEAN,
)
# The shapes of results: of the task `attention`, and of every other.
RESULTS = ("AttentionResult", "Findings")

SHAPES: dict[str, Shape] = {
    "AttentionResult": _ATTENTION_RESULT,
    "Findings": _FINDINGS,
    "Batch": record("How the jobs of a batch stand.", **_BATCH),
    "BatchWithJobs": record(
        "A batch, with its jobs in the order they were sent.",
        **_BATCH,
        jobs={"type": "array", "items": ref("Job")},
    ),
    "Health": record(status={"const": "ok"}),
    "Job": _JOB,
    "JobError": _ERROR,
    "JobPage": record(
        "A page of jobs, newest first.",
        next=described(nullable(ADDRESS), "The page of older jobs; null on the last."),
        previous=nullable(ADDRESS),
        results={"type": "array", "items": ref("Job")},
    ),
    "Me": record(
        "The caller's account.",
        id=COUNT,
        username=TEXT,
        email=TEXT,
        is_guest=BOOLEAN,
        roles={"type": "array", "items": TEXT},
        date_joined=TIME,
        jobs=record(
            "How many jobs may be submitted, and have been.",
            a_day=described(COUNT, "Allowed in a day (UTC)."),
            today=described(COUNT, "Submitted today."),
            at_once=described(COUNT, "Allowed to wait and run at the same time."),
            live=described(COUNT, "Waiting and running now."),
        ),
    ),
    "Export": {
        "type": "object",
        "description": "Lists of whatever there is; a file stands in base64.",
        "properties": {
            "exported_at": TIME,
            "account": {"type": "object"},
            **{name: {"type": "array", "items": {"type": "object"}} for name in _EXPORTED},
        },
        "required": ["exported_at", "account", *_EXPORTED],
    },
    "Problem": described(
        {
            "type": "object",
            "properties": _PROBLEM_FIELDS,
            "required": ["type", "title", "status", "detail"],
        },
        "RFC 9457: what went wrong, for programs and people.",
    ),
    "Progress": _PROGRESS,
    "Readiness": record(
        status={"type": "string", "enum": ["ok", "unavailable"]},
        checks=record(**_each(("database", "broker", "worker"), _UP_OR_DOWN)),
    ),
    "Task": _TASK,
    "Token": record(
        token=described(TEXT, "The key. It is shown this once; only its hash is kept."),
        expiry=nullable(TIME),
    ),
}


def problem(status: int, codes: list[str]) -> Shape:
    """A problem document of this status and one of these kinds."""
    kinds = [problem_types.CATALOGUE[code].urn for code in codes]
    exact = {"properties": {"status": {"const": status}, "type": {"enum": kinds}}}
    return {"allOf": [ref("Problem"), exact]}
