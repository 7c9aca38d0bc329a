"""Bad input is refused at its place, with what was expected and what came, and leaves no traceback behind."""

import json
import logging
from typing import Any

import pytest

from camp.lab.models import Job
from tests.camp.callers import ARTICLE, Api

pytestmark = pytest.mark.django_db
GOOD: dict[str, Any] = {"query": ARTICLE, "key": ARTICLE, "value": ARTICLE}


def params(**changes: Any) -> dict[str, Any]:
    return {"task": "attention", "params": {**GOOD, **changes}}


def text(**changes: str) -> str:
    """A body whose params hold these JSON texts, which Python's own writer would not write."""
    fields = {**{name: json.dumps(value) for name, value in GOOD.items()}, **changes}
    inner = ",".join(f'"{name}":{value}' for name, value in fields.items())
    return f'{{"task":"attention","params":{{{inner}}}}}'


CASES: dict[str, tuple[Any, int, str, str]] = {
    "ragged": (params(query=[[1, 2], [3]]), 400, "/params/query/1", "got 1"),
    "NaN": (text(query="[[0.1],[NaN]]"), 400, "/params/query/1/0", "NaN"),
    "infinity": (text(query="[[0.1],[-Infinity]]"), 400, "/params/query/1/0", "Infinity"),
    "1e400": (text(value="[[1],[1],[1],[1],[1e400]]"), 400, "/params/value/4/0", "Infinity"),
    "5,000 digits": (text(seed="1" * 5000), 400, "/params/seed", "expected"),
    "string": (params(key=[["0.5"]] * 5), 400, "/params/key/0/0", '"0.5"'),
    "boolean": (params(key=[[True]] * 5), 400, "/params/key/0/0", "true"),
    "null": (params(key=[[None]] * 5), 400, "/params/key/0/0", "null"),
    "too large a number": (params(query=[[1e7]]), 400, "/params/query/0/0", "1e7"),
    "wrong rows": (params(value=[[1.0]]), 400, "/params/value", "got 1"),
    "wrong columns": (params(query=[[1.0, 2.0]]), 400, "/params/key", "got 1"),
    "empty": (params(query=[]), 400, "/params/query", "expected"),
    "empty row": (params(query=[[]]), 400, "/params/query/0", "expected"),
    "2,000 tokens": (params(query=[[1.0]] * 2000), 400, "/params/query", "2000"),
    "unknown field": (params(colour="red"), 400, "/params/colour", "unknown field"),
    "unknown function": (params(function="magic"), 400, "/params/function", '"magic"'),
    "scale elsewhere": (params(function="cosine", scale=2), 400, "/params/scale", "cosine"),
    "scale 0": (params(scale=0), 400, "/params/scale", "0"),
    "temperature 0": (params(temperature=0), 400, "/params/temperature", "0"),
    "heads do not divide": (params(num_heads=2), 400, "/params/num_heads", "2"),
    "heads as text": (params(num_heads="2"), 400, "/params/num_heads", '"2"'),
    "seed -1": (params(seed=-1), 400, "/params/seed", "-1"),
    "mask of another shape": (params(mask=[[True]]), 400, "/params/mask", "got 1"),
    "mask of numbers": (params(mask=[[1] * 5] * 5), 400, "/params/mask/0/0", "1"),
    "padding of another length": (params(key_padding=[True]), 400, "/params/key_padding", "got 1"),
    "parameters for dot product": (params(parameters={"weight": [[1]]}), 400, "/params/parameters", "expected"),
    "too much work": (params(query=[[1.0] * 16] * 1000, key=[[1.0] * 16] * 1000, value=[[1.0] * 16] * 1000,
                             num_heads=16), 422, "/params", "1048576"),
    "params a list": ({"task": "attention", "params": []}, 400, "/params", "a list"),
    "params a number": ({"task": "attention", "params": 3}, 400, "/params", "3"),
    "params null": ({"task": "attention", "params": None}, 400, "/params", "null"),
    "params missing": ({"task": "attention"}, 400, "/params", "required"),
    "task a number": ({**params(), "task": 5}, 400, "/task", "5"),
    "task a list": ({**params(), "task": ["attention"]}, 400, "/task", "list"),
    "task unknown": ({**params(), "task": "dance"}, 400, "/task", "dance"),
    "task with NUL": ({**params(), "task": "a\0b"}, 400, "/task", "control"),
    "body a list": ([], 400, "", "a list"),
    "body a text": ('"attention"', 400, "", '"attention"'),
    "body null": ("null", 400, "", "null"),
    "body empty": ("", 400, "/task", "required"),
    "not JSON": ("{'task': 1}", 400, "", "line 1, column 2"),
    "cut off": ('{"task": "attention", "params": {"query": [[1', 400, "", "column"),
    "1,000 deep": ("[" * 1000 + "]" * 1000, 400, "", "levels"),
    "690,000 lists": ("[" + "[]," * 690_000 + "[]]", 400, "", "at most 100000 lists"),
    "100,000 deep": ("[" * 100_000 + "]" * 100_000, 400, "", "levels"),
    "100,000 objects deep": ('{"a":' * 100_000 + "1" + "}" * 100_000, 400, "", "levels"),
    "deep inside params": (text(query="[" * 500 + "]" * 500), 400, "", "levels"),
    "not UTF-8": (b'{"task": "\xff"}', 400, "", "0xff"),
    "UTF-16": ('{"task": "attention"}'.encode("utf-16"), 400, "", "UTF-8"),
    "a key twice": ('{"task": "attention", "task": "attention", "params": {}}', 400, "", "twice"),
    "a lone surrogate": ('{"task": "\\ud800", "params": {}}', 400, "/task", "expected"),
    "over 2 MiB": (b" " * (2 * 2**20 + 1), 413, "", "bytes"),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_bad_input_names_the_place(api: Api, name: str, caplog: pytest.LogCaptureFixture) -> None:
    body, status, pointer, says = CASES[name]
    with caplog.at_level(logging.DEBUG):
        answer = api.post("/jobs/", body)
    assert answer.status_code == status, answer.content
    assert answer.headers["Content-Type"] == "application/problem+json"
    problem = answer.json()
    assert problem["status"] == status
    if status == 413:
        assert says in problem["detail"]
    else:
        error = problem["errors"][0]
        assert error["pointer"] == pointer
        assert says in error["detail"]
        assert len(error["detail"]) < 400, "an error does not echo the whole body"
    assert not Job.objects.exists()
    assert not any(record.exc_info for record in caplog.records)
    assert "Traceback" not in caplog.text


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "application/xml"])
def test_other_kinds_of_body_are_415(api: Api, kind: str) -> None:
    assert api.post("/jobs/", "task=attention", content_type=kind).status_code == 415


def test_other_methods_are_405(api: Api) -> None:
    assert api.call("PUT", "/jobs/", params()).status_code == 405
    assert api.call("PATCH", "/tasks/", {}).status_code == 405


def test_errors_come_in_chinese_too(api: Api) -> None:
    answer = api.post("/jobs/", params(query=[["a"]]), headers={"Accept-Language": "zh-CN"})
    detail = answer.json()["errors"][0]["detail"]
    assert any("\u4e00" <= char <= "\u9fff" for char in detail), detail


def test_an_unknown_address_is_a_problem_document(db: None) -> None:
    answer = Api(None).get("/nothing/")
    assert (answer.status_code, answer.headers["Content-Type"]) == (404, "application/problem+json")


def test_more_problems_than_anyone_reads_are_counted(api: Api) -> None:
    answer = api.post("/jobs/", params(query=[["x"] * 100]))
    errors = answer.json()["errors"]
    assert len(errors) == 21
    assert "80" in errors[-1]["detail"]


@pytest.mark.timeout(30)
def test_a_body_of_many_keys_with_one_twice_is_refused_without_long_thought(api: Api) -> None:
    keys = ",".join(f'"{number}":0' for number in range(150_000))
    answer = api.post("/jobs/", f'{{{keys},"149999":0}}')
    assert (answer.status_code, "149999" in answer.json()["detail"]) == (400, True)
