"""A real camp, asked over HTTP by a program."""

import io
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import numpy as np
import pytest

from tests.independent_attention import assert_close, expected_result, random_case
from tests.running_camp import RunningCamp

CASES = 1000
AT_ONCE = 8
ARTICLE = [[0.1], [0.2], [0.3], [0.4], [0.5]]


def test_a_program_submits_and_waits_for_the_articles_numbers(camp: RunningCamp) -> None:
    client = camp.client("program")
    answer = client.post(
        "/api/v1/jobs/",
        json={"task": "attention", "params": {"query": ARTICLE, "key": ARTICLE, "value": ARTICLE}},
    )
    assert answer.status_code == 201
    result = client.get(answer.json()["links"]["result"], params={"wait": 30})
    assert result.status_code == 200, result.text
    assert [round(row[0], 4) for row in result.json()["output"]] == [0.3020, 0.3040, 0.3060, 0.3080, 0.3100]
    job = client.get(answer.headers["Location"]).json()
    assert (job["status"], job["attempts"], job["progress"]) == ("succeeded", 1, 1.0)


def test_a_thousand_random_cases_agree_with_an_independent_float64_implementation(camp: RunningCamp) -> None:
    """The implementation in tests/independent_attention.py shares no code with the core."""
    cases = [random_case(np.random.default_rng(seed)) for seed in range(CASES)]
    token = camp.client("examiner").headers["Authorization"]
    results = _all_results(camp.url, token, cases)
    for case, result in zip(cases, results, strict=True):
        assert_close(result, expected_result(case), case)
    seen = {(case.get("function", "scaled_dot_product"), case.get("causal", False)) for case in cases}
    assert len(seen) == 10, "every function with and without the causal mask"


def _all_results(url: str, token: str, cases: list[dict[str, Any]]) -> list[dict[str, Any]]:
    with httpx.Client(base_url=url, timeout=120, headers={"Authorization": token}) as client:

        def one(params: dict[str, Any]) -> dict[str, Any]:
            submitted = client.post("/api/v1/jobs/", json={"task": "attention", "params": params})
            assert submitted.status_code == 201, (submitted.text, params)
            answer = client.get(submitted.json()["links"]["result"], params={"wait": 60})
            assert answer.status_code == 200, (answer.text, params)
            return answer.json()

        with ThreadPoolExecutor(AT_ONCE) as pool:
            return list(pool.map(one, cases))


def test_a_result_of_tens_of_megabytes_is_downloaded_whole(camp: RunningCamp) -> None:
    client = camp.client("program")
    rows = np.random.default_rng(5).normal(size=(700, 2)).round(3).tolist()
    params = {"query": rows, "key": rows, "value": rows}
    job = client.post("/api/v1/jobs/", json={"task": "attention", "params": params}).json()
    answer = client.get(job["links"]["result"], params={"wait": 60, "as": "npz"}, timeout=120)
    assert answer.status_code == 200, answer.text
    assert len(answer.content) == int(answer.headers["Content-Length"]) > 10 * 2**20
    with np.load(io.BytesIO(answer.content), allow_pickle=False) as arrays:
        assert arrays["weights"].shape == (700, 700)
        np.testing.assert_allclose(arrays["weights"].sum(axis=1), 1, atol=1e-12)
        np.testing.assert_allclose(arrays["weights"] @ np.array(rows), arrays["output"], atol=1e-12)


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_health_is_open_and_plain(camp: RunningCamp, path: str) -> None:
    answer = httpx.get(camp.url + path)
    assert answer.status_code == 200
    assert answer.json()["status"] == "ok"


def test_the_result_of_a_large_job_is_marked_as_shortened(camp: RunningCamp) -> None:
    client = camp.client("program")
    rows = np.random.default_rng(0).normal(size=(300, 2)).round(3).tolist()
    body = {"task": "attention", "params": {"query": rows, "key": rows, "value": rows}}
    job = client.post("/api/v1/jobs/", json=body).json()
    result = client.get(job["links"]["result"], params={"wait": 60}).json()
    assert (result["truncated"], result["weights"], result["stages"]) == (True, None, None)
    assert len(result["output"]) == 300


def test_a_body_sent_in_chunks_is_read_whole(camp: RunningCamp) -> None:
    body = b'{"task": "attention", "params": {"query": [[1]], "key": [[1]], "value": [[1]]}}'
    sent = camp.client("program").post(
        "/api/v1/jobs/", content=iter([body[:30], body[30:]]), headers={"Content-Type": "application/json"}
    )
    assert sent.request.headers["Transfer-Encoding"] == "chunked"
    assert sent.status_code == 201, sent.text


def test_no_traceback_in_the_log_after_all_that(camp: RunningCamp) -> None:
    assert "Traceback" not in camp.log.read_text()
