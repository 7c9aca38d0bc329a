"""Every call, made for real: answers keep to the schema, and the examples in the reference are what comes back."""

import io
import json
import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import uuid4

import jsonschema
import numpy as np
import pytest

from camp.api import schema, schema_examples
from camp.courses import loading
from camp.courses.models import Lesson
from camp.lab import presence
from camp.quizzes import services as quizzes
from tests.camp.api.walk import Exchange, Walk
from tests.camp.callers import ARTICLE, PASSWORD, Api
from tests.camp.quizzes.bank import EVERY_QUESTION, course_with_quiz

pytestmark = pytest.mark.django_db
JOB = {"task": "attention", "params": {"query": ARTICLE, "key": ARTICLE, "value": ARTICLE}}
TINY = {"task": "attention", "params": {"query": [[1]], "key": [[1], [2]], "value": [[3], [4]]}}
KEY = {"Idempotency-Key": "monday-1"}
FILE = Path(schema_examples.__file__).with_name("schema_examples.json")


@pytest.fixture
def walk(
    api: Api,
    run_jobs: Callable[[], None],
    woken: list[Any],
    no_messages: None,
    settings: Any,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> list[Exchange]:
    """Every call once, and the refusals that a client is likely to meet."""
    walk = Walk(api)
    _tokens_and_tasks(walk)
    monkeypatch.setattr(quizzes, "new_seed", lambda: 1)
    loading.course_load(course_with_quiz(tmp_path, EVERY_QUESTION))
    _course(walk)
    _quizzes(walk)
    done = _submit(walk)
    _look(walk, done, run_jobs)
    waiting = _upload(walk)
    _ends(walk, done, waiting, settings)
    _batches(walk)
    _service(walk)
    walk.step("revokeToken", "Revoke it", "DELETE /api/v1/auth/tokens/current/", 204)
    return walk.exchanges


def _tokens_and_tasks(walk: Walk) -> None:
    stranger = Api(None)
    make = "POST /api/v1/auth/tokens/"
    body = {"username": "ada", "password": PASSWORD, "name": "laptop", "scopes": ["jobs", "me"]}
    walk.step("makeToken", "A token for jobs", make, 201, body=body, by=stranger)
    wrong = {"username": "ada", "password": "guessed"}
    walk.step("makeToken", "A wrong password", make, 401, body=wrong, by=stranger)
    walk.step("makeToken", "An unknown field", make, 400, body={**wrong, "user": "ada"}, by=stranger)
    walk.step("listTasks", "All tasks", "GET /api/v1/tasks/", 200, by=stranger)
    walk.step("getAccount", "Your account", "GET /api/v1/me/", 200)
    walk.step("getAccount", "No token", "GET /api/v1/me/", 401, by=stranger)
    walk.step("getProgress", "Before the first lesson", "GET /api/v1/me/progress/", 200)
    walk.step("exportAccount", "Everything", "GET /api/v1/me/export/", 200)
    narrow = Api(walk.api.user, scopes=["jobs"])
    walk.step("getAccount", "A token without the scope", "GET /api/v1/me/", 403, by=narrow)


def _course(walk: Walk) -> None:
    walk.step("listModules", "All modules", "GET /api/v1/modules/", 200, query="lang=zh-hans")
    walk.step("listModules", "A language that is not there", "GET /api/v1/modules/", 400, query="lang=fr")
    module, lesson = "GET /api/v1/modules/{module}/", "GET /api/v1/lessons/{lesson}/"
    walk.step("getModule", "A module", module, 200, ids={"module": "start"})
    walk.step("getModule", "Not there", module, 404, ids={"module": "nowhere"})
    walk.step("getLesson", "In English", lesson, 200, ids={"lesson": "first"}, query="lang=en")
    walk.step("getLesson", "Not there", lesson, 404, ids={"lesson": "nothing"})
    search = "GET /api/v1/search/"
    walk.step("search", "Two words", search, 200, query="q=a+heading&lang=en")
    walk.step("search", "Nothing to look for", search, 400, query="q=%25")


def _quizzes(walk: Walk) -> None:
    quiz, start = "GET /api/v1/quizzes/{module}/", "POST /api/v1/quizzes/{module}/attempts/"
    save = "PUT /api/v1/attempts/{attempt_id}/answers/{question}/"
    hand_in, look = "POST /api/v1/attempts/{attempt_id}/submit/", "GET /api/v1/attempts/{attempt_id}/"
    ids = {"module": "start"}
    walk.step("getQuiz", "A quiz", quiz, 200, ids=ids)
    walk.step("getQuiz", "A module without one", quiz, 404, ids={"module": "pipeline"})
    made = walk.step("startAttempt", "A new attempt", start, 201, ids=ids)
    walk.step("startAttempt", "It is open still", start, 200, ids=ids)
    ids = {"attempt_id": made.json()["id"], "question": "weights"}
    matrix = {"response": [["1/3", "2/3"], ["50%", "0.5"]]}
    walk.step("saveAnswer", "A matrix", save, 200, ids=ids, body=matrix)
    wrong = {"response": [["1/3", "two thirds"], ["50%", "0.5"]]}
    walk.step("saveAnswer", "A cell that is no number", save, 400, ids=ids, body=wrong)
    ids["question"] = "which"
    walk.step("saveAnswer", "A choice", save, 200, ids=ids, body={"response": "a"})
    walk.step("saveAnswer", "An unknown field", save, 400, ids=ids, body={"response": "a", "score": 1})
    ids["question"] = "scale"
    hint = "POST /api/v1/attempts/{attempt_id}/answers/{question}/hints/"
    walk.step("takeHint", "The first hint", hint, 200, ids=ids, body={"hint": 1})
    walk.step("takeHint", "One that is not there", hint, 400, ids=ids, body={"hint": 3})
    ids["question"] = "which"
    walk.step("getAttempt", "While it is open", look, 200, ids=ids)
    walk.step("submitAttempt", "Hand it in", hand_in, 200, ids=ids)
    walk.step("saveAnswer", "Too late", save, 409, ids=ids, body={"response": "b"})
    asking = Lesson.objects.get(slug="asking")
    quizzes.check_answer(
        owner=walk.api.user, lesson=asking, block="pick-one", response="a", score=1.0, version=1
    )
    walk.step("getMastery", "After a quiz", "GET /api/v1/me/mastery/", 200)
    walk.step("getReviews", "After a quiz", "GET /api/v1/me/reviews/", 200)
    walk.step("getAttempt", "Not there, or not yours", look, 404, ids={"attempt_id": str(uuid4())})


def _submit(walk: Walk) -> dict[str, str]:
    submit = "POST /api/v1/jobs/"
    made = walk.step("submitJob", "Five words", submit, 201, body=JOB, headers=KEY)
    walk.step("submitJob", "The same key again", submit, 200, body=JOB, headers=KEY)
    walk.step("submitJob", "The same key, other work", submit, 409, body=TINY, headers=KEY)
    ragged = {**TINY, "params": {**TINY["params"], "key": [[1, 2], [3]], "temperature": 0}}
    walk.step("submitJob", "Two wrong places", submit, 400, body=ragged)
    rows = [[0, 0]] * 1024
    long = {"task": "attention", "params": {"query": rows, "key": rows, "value": rows, "num_heads": 2}}
    walk.step("submitJob", "Too much work", submit, 422, body=long)
    walk.exchanges[-1].recorded["request"].pop("body")  # 3,072 rows of zeros
    walk.step("submitJob", "Not JSON", submit, 415, body="attention, please")
    return {"job_id": made.json()["id"]}


def _look(walk: Walk, ids: dict[str, str], run_jobs: Callable[[], None]) -> None:
    job, result = "GET /api/v1/jobs/{job_id}/", "GET /api/v1/jobs/{job_id}/result/"
    walk.step("getResult", "Too early", result, 409, ids=ids)
    run_jobs()
    walk.step("getJob", "A job that has ended", job, 200, ids=ids)
    walk.step("getJob", "Not there, or not yours", job, 404, ids={"job_id": str(uuid4())})
    walk.step("getResult", "Wait for it", result, 200, ids=ids, query="wait=30")
    walk.step("getResult", "As NPZ", result, 200, ids=ids, query="as=npz")
    walk.step("getResult", "The weights as CSV", result, 200, ids=ids, query="as=csv&part=weights")
    walk.step("getResult", "No such part", result, 400, ids=ids, query="as=csv&part=heads")
    walk.step("getResult", "No such format", result, 406, ids=ids, headers={"Accept": "image/png"})
    query = "status=succeeded&created_after=2026-01-31T09:00:00Z"
    walk.step("listJobs", "What has succeeded", "GET /api/v1/jobs/", 200, query=query)
    walk.step("listJobs", "An unknown filter", "GET /api/v1/jobs/", 400, query="state=succeeded")
    events = "GET /api/v1/jobs/{job_id}/events/"
    walk.step("followJob", "A job that has ended", events, 200, ids=ids)
    last = re.findall(r"id: (\S+)", walk.exchanges[-1].content.decode())[-1]
    walk.step("followJob", "Come back after done", events, 204, ids=ids, headers={"Last-Event-ID": last})


def _upload(walk: Walk) -> dict[str, str]:
    file = io.BytesIO()
    rows = np.array(ARTICLE)
    np.savez(file, query=rows, key=rows, value=rows)
    form = {"task": "attention", "params": {"temperature": 2}, "file": file.getvalue()}
    made = walk.step("submitJob", "Arrays in a file", "POST /api/v1/jobs/", 201, form=form)
    return {"job_id": made.json()["id"]}


def _ends(walk: Walk, done: dict[str, str], waiting: dict[str, str], settings: Any) -> None:
    settings.EVENT_STREAMS_EACH = 0
    walk.step("followJob", "Too many streams", "GET /api/v1/jobs/{job_id}/events/", 429, ids=waiting)
    cancel = "POST /api/v1/jobs/{job_id}/cancel/"
    walk.step("cancelJob", "A waiting job", cancel, 200, ids=waiting)
    walk.step("cancelJob", "It has ended already", cancel, 409, ids=waiting)
    walk.step("getResult", "Of a cancelled job", "GET /api/v1/jobs/{job_id}/result/", 409, ids=waiting)
    walk.step("cancelJob", "It has succeeded", cancel, 409, ids=done)
    walk.step("deleteJob", "A job and its result", "DELETE /api/v1/jobs/{job_id}/", 204, ids=done)
    walk.step("deleteJob", "It is gone", "DELETE /api/v1/jobs/{job_id}/", 404, ids=done)
    walk.step("submitJob", "A key whose job is gone", "POST /api/v1/jobs/", 410, body=JOB, headers=KEY)


def _batches(walk: Walk) -> None:
    submit = "POST /api/v1/jobs/batch/"
    both = {"jobs": [TINY, {**TINY, "params": {**TINY["params"], "causal": True}}]}
    made = walk.step("submitBatch", "Two jobs", submit, 201, body=both, headers=KEY)
    walk.step("submitBatch", "The same key again", submit, 200, body=both, headers=KEY)
    wrong = {"jobs": [TINY, {**TINY, "params": {}}]}
    walk.step("submitBatch", "One job is wrong", submit, 400, body=wrong)
    ids = {"batch_id": made.json()["id"]}
    walk.step("getBatch", "How far it is", "GET /api/v1/jobs/batch/{batch_id}/", 200, ids=ids)
    cancel = "POST /api/v1/jobs/batch/{batch_id}/cancel/"
    walk.step("cancelBatch", "What still waits or runs", cancel, 200, ids=ids)
    walk.step("cancelBatch", "Not there, or not yours", cancel, 404, ids={"batch_id": str(uuid4())})


def _service(walk: Walk) -> None:
    stranger = Api(None)
    walk.step("isAlive", "It is", "GET /healthz", 200, by=stranger)
    walk.step("isReady", "No worker", "GET /readyz", 503, by=stranger)
    presence.say_alive("interactive")
    walk.step("isReady", "All is well", "GET /readyz", 200, by=stranger)
    presence.say_gone("interactive")
    walk.step("getSchema", "This description", "GET /api/schema/", 200, by=stranger)
    walk.exchanges[-1].recorded["response"].pop("body")


def test_answers_keep_to_the_schema(walk: list[Exchange]) -> None:
    for exchange in walk:
        judge(exchange)


def judge(exchange: Exchange) -> None:
    """Status, media type, headers and body against what the schema promises for this call."""
    sent, answer = exchange.recorded["request"], exchange.answer
    operation = schema.document()["paths"][sent["path"]][sent["method"].lower()]
    assert operation["operationId"] == exchange.recorded["call"]
    promised = operation["responses"][str(answer.status_code)]
    for name, header in promised["headers"].items():
        assert name in answer.headers or not header.get("required"), (exchange.recorded["title"], name)
    known = {parameter["name"] for parameter in operation.get("parameters", [])}
    is_refused = answer.status_code == 400
    assert is_refused or {name.partition("=")[0] for name in sent["query"].split("&") if name} <= known
    if sent.get("media_type") == "application/json" and answer.status_code < 300:
        validate(sent["body"], operation["requestBody"]["content"]["application/json"]["schema"])
    if not exchange.content:
        assert "content" not in promised
        return
    media_type = answer.headers["Content-Type"].partition(";")[0]
    shape = promised["content"][media_type]["schema"]
    if media_type.endswith("json"):
        validate(json.loads(exchange.content), shape)


def validate(value: Any, shape: dict[str, Any]) -> None:
    whole = {**shape, "components": schema.document()["components"]}
    checker = jsonschema.Draft202012Validator.FORMAT_CHECKER
    jsonschema.Draft202012Validator(whole, format_checker=checker).validate(value)


def test_the_walk_meets_every_call_and_every_success(walk: list[Exchange]) -> None:
    seen = {(exchange.recorded["call"], str(exchange.answer.status_code)) for exchange in walk}
    promised = {
        (operation["operationId"], status)
        for methods in schema.document()["paths"].values()
        for operation in methods.values()
        for status in operation["responses"]
        if status < "300"
    }
    assert promised <= seen


def test_the_examples_in_the_reference_are_what_the_camp_answers(walk: list[Exchange]) -> None:
    """After a change that is meant: RECORD_EXAMPLES=1 make test PYTEST_ARGS=tests/camp/api/test_schema_walk.py"""
    made = [shown(exchange.recorded) for exchange in walk]
    if os.environ.get("RECORD_EXAMPLES"):
        FILE.write_text(json.dumps(made, ensure_ascii=False, indent=1) + "\n")
        schema_examples.recorded.cache_clear()
        schema.document.cache_clear()
    recorded = schema_examples.recorded()
    assert [one["title"] for one in recorded] == [one["title"] for one in made]
    for before, now in zip(recorded, made, strict=True):
        assert constant(before) == constant(now), now["title"]


def shown(recorded: dict[str, Any]) -> dict[str, Any]:
    text = json.dumps(recorded).replace("http://testserver", schema_examples.HOST)
    # A whole key, even of a test, looks like a leak to those who search for them.
    found: dict[str, Any] = json.loads(re.sub(r'("token": "\w{8})\w+"', r'\1…"', text))
    return found


_CHANGING = (
    (r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", "ID"),
    (r"20\d\d-\d\d-\d\dT[\d:.]+Z", "TIME"),
    (r'"(date|today|next_day)": "20\d\d-\d\d-\d\d"', "DATE"),
    (r"\d{13}-\d", "EVENT"),
    (r'"token": "[^"]*"', "TOKEN"),
    (r'"token_key": "[^"]*"', "TOKEN"),
    (r'"id": \d+', "NUMBER"),
    (r'"elapsed_ms": [\d.e-]+', "MILLISECONDS"),
    (r'"core_version": "[^"]*"', "VERSION"),
)


def constant(recorded: dict[str, Any]) -> Any:
    """The exchange without what differs from one time to the next, as keys' order does in PostgreSQL."""
    text = json.dumps(recorded, sort_keys=True)
    for pattern, name in _CHANGING:
        text = re.sub(pattern, f'"{name}"' if ":" in pattern and '"' in pattern else name, text)
    return text
