"""A result as a file: NPZ has everything, CSV one matrix, and both the same numbers as JSON."""

import csv
import io
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from asgiref.sync import async_to_sync

from camp.lab.models import JobResult
from tests.camp.callers import Api

pytestmark = pytest.mark.django_db
QUERY = [[1.0, 0.0, 0.5, -2.0], [0.25, 1.5, -1.0, 3.0], [0.1, 0.2, 0.3, 0.4]]
PARAMS = {"query": QUERY, "key": QUERY, "value": QUERY, "num_heads": 2, "causal": True}


@pytest.fixture
def result_of(api: Api, woken: list[Any], run_jobs: Callable[[], None]) -> Callable[..., str]:
    """The path of the result of a job with these params."""

    def run(**params: Any) -> str:
        job = api.post("/jobs/", {"task": "attention", "params": {**PARAMS, **params}}).json()
        run_jobs()
        return f"/jobs/{job['id']}/result/"

    return run


def arrays_in(answer: Any) -> dict[str, Any]:
    assert answer.status_code == 200
    assert answer["Content-Type"] == "application/x-npz"
    content = async_to_sync(_whole)(answer) if answer.streaming else answer.content
    with np.load(io.BytesIO(content), allow_pickle=False) as file:
        return dict(file)


async def _whole(answer: Any) -> bytes:
    return b"".join([part async for part in answer])


def table_in(answer: Any) -> list[list[str]]:
    assert answer.status_code == 200, answer.content
    return list(csv.reader(io.StringIO(answer.content.decode())))


@pytest.mark.parametrize("ask", [{"data": {"as": "npz"}}, {"headers": {"Accept": "application/x-npz"}}])
def test_npz_holds_what_the_json_holds_and_minus_infinity_where_it_is_hidden(
    api: Api, result_of: Callable[..., str], ask: dict[str, Any]
) -> None:
    path = result_of(function="additive", seed=7)
    document = api.get(path).json()
    query = "?as=npz" if "data" in ask else ""
    arrays = arrays_in(api.get(path + query, headers=ask.get("headers", {})))
    assert set(arrays) == {
        *("output", "weights", "scores", "scaled", "masked", "entropy", "effective_tokens"),
        *(f"parameters.{name}" for name in document["parameters"]),
    }
    for name in ("output", "weights", "entropy", "effective_tokens"):
        np.testing.assert_array_equal(arrays[name], document[name])
    for name in ("scores", "scaled"):
        np.testing.assert_array_equal(arrays[name], document["stages"][name])
    for name, values in document["parameters"].items():
        np.testing.assert_array_equal(arrays[f"parameters.{name}"], values)
    shown = np.array(document["stages"]["masked"], dtype=float)  # null becomes NaN
    np.testing.assert_array_equal(np.isnan(shown), np.isneginf(arrays["masked"]))


def test_what_is_too_large_for_json_is_whole_as_a_file(api: Api, result_of: Callable[..., str]) -> None:
    rows = [[float(row % 7)] for row in range(300)]
    path = result_of(query=rows, key=rows, value=rows, num_heads=1)
    assert api.get(path).json()["weights"] is None
    weights = arrays_in(api.get(path + "?as=npz"))["weights"]
    assert weights.shape == (300, 300)
    np.testing.assert_allclose(weights.sum(axis=1), 1)
    assert len(table_in(api.get(path + "?as=csv&part=weights"))) == 301


@pytest.mark.parametrize("part", ["output", "weights", "scores", "scaled", "masked"])
def test_csv_has_one_row_a_query_of_each_head(api: Api, result_of: Callable[..., str], part: str) -> None:
    path = result_of()
    document = api.get(path).json()
    header, *rows = table_in(api.get(f"{path}?as=csv&part={part}"))
    assert header[:3] == ["head", "query", "feature_0" if part == "output" else "key_0"]
    assert [row[:2] for row in rows] == [[str(head), str(query)] for head in range(2) for query in range(3)]
    expected = [row for head in document["stages"][part] for row in head]
    assert [[float(cell) if cell else None for cell in row[2:]] for row in rows] == expected


@pytest.mark.parametrize("heads", [1, 2])
def test_the_output_in_csv_is_the_heads_side_by_side(
    api: Api, result_of: Callable[..., str], heads: int
) -> None:
    path = result_of(num_heads=heads)
    _header, *rows = table_in(api.get(f"{path}?as=csv&part=output"))
    joined = np.hstack([[row[2:] for row in rows[head * 3 : head * 3 + 3]] for head in range(heads)])
    np.testing.assert_array_equal(joined.astype(float), api.get(path).json()["output"])


def test_files_are_named_after_their_job(api: Api, result_of: Callable[..., str]) -> None:
    path = result_of()
    job_id = path.split("/")[2]
    for query, ending in (("as=npz", "npz"), ("as=csv&part=masked", "masked.csv")):
        disposition = api.get(f"{path}?{query}")["Content-Disposition"]
        assert disposition == f'attachment; filename="attention-{job_id}.{ending}"'


@pytest.mark.parametrize(
    ("query", "pointer", "word"),
    [
        ("as=xml", "/as", "json, npz, csv"),
        ("as=", "/as", 'got ""'),
        ("as=csv", "/part", "output, weights, scores, scaled, masked"),
        ("as=csv&part=entropy", "/part", 'got "entropy"'),
        ("as=npz&part=weights", "/part", "expected no part"),
        ("part=weights", "/part", "expected no part"),
    ],
)
def test_a_format_that_is_not_offered_is_named(
    api: Api, result_of: Callable[..., str], query: str, pointer: str, word: str
) -> None:
    answer = api.get(f"{result_of()}?{query}")
    assert answer.status_code == 400
    [error] = answer.json()["errors"]
    assert error["pointer"] == pointer
    assert word in error["detail"]


def test_an_accept_that_cannot_be_met_is_406(api: Api, result_of: Callable[..., str]) -> None:
    assert api.get(result_of(), headers={"Accept": "image/png"}).status_code == 406


def test_a_result_without_arrays_says_so(api: Api, result_of: Callable[..., str]) -> None:
    path = result_of()
    JobResult.objects.update(arrays=b"")
    answer = api.get(path + "?as=npz")
    assert answer.status_code == 406
    assert "JSON" in answer.json()["detail"]


def test_while_it_waits_and_to_others_a_file_is_as_far_as_json(api: Api, eve: Any, woken: list[Any]) -> None:
    job = api.post("/jobs/", {"task": "attention", "params": PARAMS}).json()
    path = f"/jobs/{job['id']}/result/?as=npz"
    assert api.get(path).status_code == 409
    assert Api(eve).get(path).status_code == 404
