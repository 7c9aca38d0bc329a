"""The Python client against a real camp."""

import numpy as np
import pytest

from attention_camp import Camp, Conflict, Invalid, JobFailed, NotFound, NotSignedIn
from tests.independent_attention import expected_result
from tests.running_camp import PASSWORD, RunningCamp, heavy


@pytest.fixture(scope="module")
def client(camp: RunningCamp) -> Camp:
    camp.account("noether")
    return Camp.sign_in(camp.url, "noether", PASSWORD, name="tests")


def test_attention_of_arrays_agrees_with_an_independent_implementation(client: Camp) -> None:
    rng = np.random.default_rng(3)
    query, key, value = rng.normal(size=(5, 8)), rng.normal(size=(7, 8)), rng.normal(size=(7, 4))
    result = client.attention(query, key, value, num_heads=2, causal=True)
    case = {
        "query": query.tolist(),
        "key": key.tolist(),
        "value": value.tolist(),
        "num_heads": 2,
        "causal": True,
    }
    expected = expected_result(case)
    np.testing.assert_allclose(result.output, expected["output"], rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(result.weights, expected["weights"], rtol=1e-5, atol=1e-6)
    assert result.job.status == "succeeded"


def test_large_arrays_go_and_come_exactly(client: Camp) -> None:
    rows = np.random.default_rng(4).normal(size=(1024, 512))
    result = client.attention(rows, rows, rows)
    assert result.weights.shape == (1024, 1024)
    scores = rows @ rows.T
    weights = np.exp(scores / np.sqrt(512) - (scores / np.sqrt(512)).max(-1, keepdims=True))
    weights /= weights.sum(-1, keepdims=True)
    np.testing.assert_allclose(result.weights, weights, rtol=1e-5, atol=1e-6)
    assert result.job.params["query"] is None, "too large to show"


def test_a_batch_is_submitted_and_waited_for(client: Camp) -> None:
    work = [("attention", {"query": [[float(n)]], "key": [[1.0]], "value": [[n]]}) for n in range(1, 9)]
    batch = client.wait_batch(client.submit_batch(work))
    assert (batch.total, batch.counts["succeeded"]) == (8, 8)
    assert [job.status for job in batch.jobs] == ["succeeded"] * 8
    again = client.submit_batch(work, idempotency_key="eight")
    assert client.submit_batch(work, idempotency_key="eight").id == again.id
    assert [client.result(job)["output"] for job in again.jobs] == [[[n]] for n in range(1, 9)]


def test_one_job_may_be_followed_listed_read_as_csv_and_deleted(client: Camp) -> None:
    job = client.submit("attention", {"query": [[1.0]], "key": [[1.0]], "value": [[2.0]]})
    names = [event.name for event in client.events(job)]
    assert names[0] == "status"
    assert names[-1] == "done"
    assert client.csv(job, "output").splitlines()[0].startswith("head,query")
    assert next(client.jobs(task="attention")).id == job.id
    client.delete(job)
    with pytest.raises(NotFound):
        client.job(job)


def test_refusals_say_what_and_where(client: Camp, camp: RunningCamp) -> None:
    with pytest.raises(Invalid) as caught:
        client.submit("attention", {"query": [[1.0, float("nan")]], "key": [[1.0, 2.0]], "value": [[1.0]]})
    assert caught.value.faults[0].pointer == "/params/query/0/1"
    with pytest.raises(NotSignedIn):
        Camp(camp.url, "not-a-token").me()
    with pytest.raises(NotSignedIn):
        Camp.sign_in(camp.url, "noether", "wrong")


def test_a_cancelled_job_has_no_result_and_says_why(client: Camp, camp: RunningCamp) -> None:
    with camp.paused("worker"):
        job = client.submit("attention", heavy(1)["params"])  # type: ignore[arg-type]
        assert client.cancel(job).status == "cancelled"
    with pytest.raises(JobFailed) as caught:
        client.result(job)
    assert caught.value.reason == "cancelled"
    with pytest.raises(Conflict):
        client.cancel(job)
