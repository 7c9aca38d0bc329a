"""Every call of the API in words: what it does, takes and answers. The reference page and the schema come from here.

A call without an entry, and an entry without a call, fail a test.
"""

from dataclasses import dataclass, field
from typing import Any

from camp.api import schema_parameters as given
from camp.api.schema_requests import UPLOAD_ENCODING
from camp.api.schema_shapes import RESULTS, TEXT, Shape, ref

JSON = "application/json"
FORM = "multipart/form-data"


@dataclass(frozen=True)
class Answer:
    """A success. `content` maps media types to shapes; without it there is no body."""

    status: int
    text: str
    content: dict[str, Shape] = field(default_factory=dict)
    headers: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class CallText:
    """One call. `problems` are codes beyond those that come with its kind: see `CallSchema`."""

    name: str
    tag: str
    summary: str
    text: str
    answers: tuple[Answer, ...]
    problems: tuple[str, ...] = ()
    parameters: tuple[given.Parameter, ...] | list[given.Parameter] = ()
    body: dict[str, Shape] = field(default_factory=dict)
    encoding: dict[str, Any] = field(default_factory=dict)


def _json(status: int, text: str, shape: Shape, **headers: Any) -> Answer:
    return Answer(status, text, {JSON: shape}, headers)


_NPZ: Shape = {"type": "string", "format": "binary", "contentMediaType": "application/x-npz"}
_BATCH_OR_JOB = ("too-much-work", "quota", "idempotency-key-reused", "idempotency-key-spent")

TAGS = {
    "Tokens": "A token lets a program act for an account: send it as Authorization: Token <key>.",
    "Tasks": "What the camp can compute.",
    "Jobs": "Submit work, look at it, wait for its result. A job that was answered with 201 is not lost.",
    "Batches": "Many jobs in one call.",
    "Course": "Modules and lessons, in English or Chinese.",
    "Quizzes": "A module's questions: answers are saved one by one, and marked with reasons once the attempt is handed in.",
    "Account": "Who you are.",
    "Service": "Whether the camp works, and this description.",
}
CALLS: dict[str, CallText] = {
    "POST /api/v1/auth/tokens/": CallText(
        "makeToken",
        "Tokens",
        "Make a token",
        "Gives a new token for a name (or e-mail) and a password. Wrong ones are counted, so guessing is slow.",
        (_json(201, "The token.", ref("Token")),),
        ("wrong-credentials", "mfa-required", "email-unverified", "too-many-guesses"),
        body={JSON: ref("TokenRequest")},
    ),
    "DELETE /api/v1/auth/tokens/current/": CallText(
        "revokeToken",
        "Tokens",
        "Revoke this token",
        "Revokes the token that the call carries. Nothing accepts it afterwards.",
        (Answer(204, "It is revoked."),),
    ),
    "GET /api/v1/modules/": CallText(
        "listModules",
        "Course",
        "List the modules",
        "Every module in order, also those whose lessons are still being written.",
        (_json(200, "The modules.", {"type": "array", "items": ref("Module")}),),
        parameters=(given.LANGUAGE,),
    ),
    "GET /api/v1/modules/{module}/": CallText(
        "getModule",
        "Course",
        "Look at a module",
        "The module with its published lessons.",
        (_json(200, "The module.", ref("ModuleWithLessons")),),
        ("not-found",),
        parameters=(given.MODULE, given.LANGUAGE),
    ),
    "GET /api/v1/lessons/{lesson}/": CallText(
        "getLesson",
        "Course",
        "Read a lesson",
        "The published version of a lesson: HTML with MathML, and its blocks without their answers.",
        (_json(200, "The lesson.", ref("Lesson")),),
        ("not-found",),
        parameters=(given.LESSON, given.LANGUAGE),
    ),
    "GET /api/v1/search/": CallText(
        "search",
        "Course",
        "Search the course",
        "Places in lessons and terms of the glossary that have all the words, or else the most of them; the likeliest "
        "first, those in the other language last. Chinese is found by each two characters that stand together.",
        (_json(200, "What was found.", ref("Found")),),
        parameters=(given.QUERY, given.LANGUAGE),
    ),
    "GET /api/v1/quizzes/{module}/": CallText(
        "getQuiz",
        "Quizzes",
        "Look at a quiz",
        "How many questions an attempt has, your best result and the one that counts, how many attempts are left, and the"
        " attempt that you have open. `pre-test` and `post-test` are quizzes too, each taken once.",
        (_json(200, "The quiz.", ref("Quiz")),),
        ("not-found",),
        parameters=(given.QUIZ, given.LANGUAGE),
    ),
    "POST /api/v1/quizzes/{module}/attempts/": CallText(
        "startAttempt",
        "Quizzes",
        "Start or resume an attempt",
        "You have at most one open attempt at a quiz: it comes back until it is handed in. A body is not read. Of"
        " `pre-test` and `post-test` you get the two forms in an order drawn by lot; the post-test comes after the pre-test.",
        (
            _json(201, "The new attempt.", ref("Attempt"), Location=given.LOCATION),
            _json(200, "The attempt that was open.", ref("Attempt"), Location=given.LOCATION),
        ),
        ("not-found", "attempts-used-up", "pre-test-first"),
        parameters=(given.QUIZ, given.LANGUAGE),
    ),
    "GET /api/v1/attempts/{attempt_id}/": CallText(
        "getAttempt",
        "Quizzes",
        "Look at an attempt",
        "Its questions with your answers; feedback is null until the attempt is handed in; of pre-test and"
        " post-test until both are.",
        (_json(200, "The attempt.", ref("Attempt")),),
        ("not-found",),
        parameters=(given.ATTEMPT, given.LANGUAGE),
    ),
    "PUT /api/v1/attempts/{attempt_id}/answers/{question}/": CallText(
        "saveAnswer",
        "Quizzes",
        "Save an answer",
        "In any order, as often as you like. null clears it.",
        (_json(200, "What was saved.", ref("Answer")),),
        ("not-found", "submitted"),
        parameters=(given.ATTEMPT, given.QUESTION, given.LANGUAGE),
        body={JSON: ref("AnswerRequest")},
    ),
    "POST /api/v1/attempts/{attempt_id}/answers/{question}/hints/": CallText(
        "takeHint",
        "Quizzes",
        "Take a hint",
        "It lowers what a right answer is worth by its cost, which the attempt tells beforehand. Hints are taken in "
        "order; one that was taken is told again and costs nothing more.",
        (_json(200, "The hints, with the texts of those that were taken.", ref("Hints")),),
        ("not-found", "submitted"),
        parameters=(given.ATTEMPT, given.QUESTION, given.LANGUAGE),
        body={JSON: ref("HintRequest")},
    ),
    "POST /api/v1/attempts/{attempt_id}/submit/": CallText(
        "submitAttempt",
        "Quizzes",
        "Hand in an attempt",
        "Marks it, once; handed in again, it is answered with the same result. A body is not read.",
        (_json(200, "The attempt with its marks.", ref("Attempt")),),
        ("not-found",),
        parameters=(given.ATTEMPT, given.LANGUAGE),
    ),
    "GET /api/v1/tasks/": CallText(
        "listTasks",
        "Tasks",
        "List the tasks",
        "Every task with the JSON Schema of its params and its limits. Open to everyone.",
        (_json(200, "The tasks.", {"type": "array", "items": ref("Task")}),),
    ),
    "POST /api/v1/jobs/": CallText(
        "submitJob",
        "Jobs",
        "Submit a job",
        "As JSON, or as a form with an NPZ file where the arrays are large. A rule between fields (that widths match, "
        "say) is not in the schema; breaking it is answered with 400 and the place.",
        (
            _json(201, "The new job.", ref("Job"), Location=given.LOCATION),
            _json(200, "The job that this Idempotency-Key made before.", ref("Job"), Location=given.LOCATION),
        ),
        _BATCH_OR_JOB,
        parameters=(given.IDEMPOTENCY_KEY,),
        body={JSON: ref("JobRequest"), FORM: ref("JobUpload")},
        encoding=UPLOAD_ENCODING,
    ),
    "GET /api/v1/jobs/": CallText(
        "listJobs",
        "Jobs",
        "List your jobs",
        "Newest first, a page at a time: follow next. Unknown filters are refused.",
        (_json(200, "A page of jobs.", ref("JobPage")),),
        parameters=given.LIST,
    ),
    "GET /api/v1/jobs/{job_id}/": CallText(
        "getJob",
        "Jobs",
        "Look at a job",
        "The job as it stands.",
        (_json(200, "The job.", ref("Job")),),
        ("not-found",),
        parameters=(given.JOB,),
    ),
    "DELETE /api/v1/jobs/{job_id}/": CallText(
        "deleteJob",
        "Jobs",
        "Delete a job",
        "Removes the job with its result. One that is still live is cancelled first.",
        (Answer(204, "It is gone."),),
        ("not-found",),
        parameters=(given.JOB,),
    ),
    "GET /api/v1/jobs/{job_id}/result/": CallText(
        "getResult",
        "Jobs",
        "Fetch the result",
        "As JSON, as NPZ (all arrays, whatever their size), or one matrix as CSV. Chosen by as or by Accept.",
        (
            Answer(
                200,
                "The result.",
                {
                    JSON: {"anyOf": [ref(name) for name in RESULTS]},
                    "application/x-npz": _NPZ,
                    "text/csv": TEXT,
                },
                {"Content-Disposition": given.ATTACHMENT},
            ),
        ),
        ("not-found", "not-finished", "no-result"),
        parameters=given.RESULT,
    ),
    "GET /api/v1/jobs/{job_id}/events/": CallText(
        "followJob",
        "Jobs",
        "Follow a job",
        "Server-Sent Events: first the present state, then status, progress and at last done with the job; then the "
        "stream closes.",
        (
            Answer(200, "The stream.", {"text/event-stream": TEXT}),
            Answer(204, "You have had done: do not come back."),
        ),
        ("not-found", "streams"),
        parameters=(given.JOB, given.LAST_EVENT_ID),
    ),
    "POST /api/v1/jobs/{job_id}/cancel/": CallText(
        "cancelJob",
        "Jobs",
        "Cancel a job",
        "At once, whether it waits or runs. A body is not read.",
        (_json(200, "The job, cancelled.", ref("Job")),),
        ("not-found", "no-result", "ended"),
        parameters=(given.JOB,),
    ),
    "POST /api/v1/jobs/batch/": CallText(
        "submitBatch",
        "Batches",
        "Submit many jobs",
        "Either all are accepted or none. Pointers of errors begin with /jobs/<index>.",
        (
            _json(201, "The new batch.", ref("BatchWithJobs"), Location=given.LOCATION),
            _json(
                200,
                "The batch that this Idempotency-Key made before.",
                ref("BatchWithJobs"),
                Location=given.LOCATION,
            ),
        ),
        _BATCH_OR_JOB,
        parameters=(given.IDEMPOTENCY_KEY,),
        body={JSON: ref("BatchRequest")},
    ),
    "GET /api/v1/jobs/batch/{batch_id}/": CallText(
        "getBatch",
        "Batches",
        "Look at a batch",
        "How many of its jobs stand at each status.",
        (_json(200, "The batch.", ref("Batch")),),
        ("not-found",),
        parameters=(given.BATCH,),
    ),
    "POST /api/v1/jobs/batch/{batch_id}/cancel/": CallText(
        "cancelBatch",
        "Batches",
        "Cancel a batch",
        "Cancels those of its jobs that wait or run; what has ended stays as it ended. Where none is left to cancel, "
        "nothing happens. A body is not read.",
        (_json(200, "The batch as it stands now.", ref("Batch")),),
        ("not-found",),
        parameters=(given.BATCH,),
    ),
    "GET /api/v1/me/": CallText(
        "getAccount",
        "Account",
        "Look at your account",
        "The account that the call is made for.",
        (_json(200, "The account.", ref("Me")),),
    ),
    "GET /api/v1/me/progress/": CallText(
        "getProgress",
        "Account",
        "Look at your progress",
        "How far you are with the course: lessons, questions answered in them, quizzes, and what was done on which "
        "day of the last four weeks (UTC). Titles are in your language. Practice that came along from a guest counts for no quiz.",
        (_json(200, "The progress.", ref("Progress")),),
    ),
    "GET /api/v1/me/mastery/": CallText(
        "getMastery",
        "Account",
        "Look at your mastery",
        "How sure one may be that you know each concept you were asked about, after your first tries at questions of "
        "quizzes, lessons and reviews (Bayesian knowledge tracing). Names are in your language.",
        (_json(200, "The concepts.", ref("Mastery")),),
    ),
    "GET /api/v1/me/reviews/": CallText(
        "getReviews",
        "Account",
        "Look at what is due",
        "How many questions you have answered return today and on each of the next days (FSRS-6). A day begins at "
        "midnight in your account's time zone, UTC where it has none. They are answered on the page /reviews/.",
        (_json(200, "What is due.", ref("Reviews")),),
    ),
    "GET /api/v1/me/export/": CallText(
        "exportAccount",
        "Account",
        "Take everything with you",
        "All that the camp keeps about the account, with every job and result, as one JSON document.",
        (_json(200, "The document.", ref("Export"), **{"Content-Disposition": given.ATTACHMENT}),),
    ),
    "GET /healthz": CallText(
        "isAlive",
        "Service",
        "Ask whether the process answers",
        "For a supervisor. It asks nothing of the database.",
        (_json(200, "It does.", ref("Health")),),
    ),
    "GET /readyz": CallText(
        "isReady",
        "Service",
        "Ask whether the camp works",
        "Database, broker, and whether a worker was heard of in the last 30 seconds.",
        (
            _json(200, "All is well.", ref("Readiness")),
            _json(503, "Something is down; checks says what.", ref("Readiness")),
        ),
    ),
    "GET /api/schema/": CallText(
        "getSchema",
        "Service",
        "Fetch this description",
        "OpenAPI 3.1, as JSON.",
        (_json(200, "The description.", {"type": "object"}),),
    ),
}
