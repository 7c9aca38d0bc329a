"""Many small calls in one give what each gives alone, stage by stage."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import attention_core
from attention_core import many_stages, reference

explain_many = attention_core.explain_many
STAGES = ("scores", "scaled", "masked", "weights", "head_output", "output", "entropy", "effective_tokens")


@st.composite
def jobs(draw):
    """Small calls of every kind, some of which share a call and some of which cannot."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    made = []
    for _ in range(draw(st.integers(1, 9))):
        heads = draw(st.sampled_from([1, 1, 2]))
        n_q, n_k = draw(st.integers(1, 7)), draw(st.integers(1, 7))
        d, d_v = heads * draw(st.integers(1, 4)), heads * draw(st.integers(1, 4))
        name = draw(st.sampled_from(["scaled_dot_product", "scaled_dot_product", "dot_product", "cosine", "general", "additive"]))  # fmt: skip
        job = {
            "query": rng.normal(size=(n_q, d)) * draw(st.sampled_from([1, 100])),
            "key": rng.normal(size=(n_k, d)),
            "value": rng.normal(size=(n_k, d_v)),
            "function": name,
            "num_heads": heads,
            "causal": draw(st.booleans()),
            "temperature": draw(st.sampled_from([0.25, 1.0, 30.0])),
        }
        if draw(st.booleans()):
            job["mask"] = rng.random((n_q, n_k)) < 0.6
        if draw(st.booleans()):
            job["key_padding"] = rng.random(n_k) < 0.6
        if name == "scaled_dot_product" and draw(st.booleans()):
            job["scale"] = draw(st.sampled_from([-2.0, 0.1, 7.0]))
        made.append(job)
    return made


@settings(max_examples=150, deadline=None, derandomize=True)
@given(jobs())
def test_each_stage_equals_that_of_the_job_alone(given_jobs):
    for job, got in zip(given_jobs, explain_many(given_jobs), strict=True):
        want = reference.explain(**job)
        for name in STAGES:
            size = 1e-13 * max(1, np.abs(want.scaled).max()) * max(1, np.abs(job["value"]).max())
            np.testing.assert_allclose(getattr(got, name), getattr(want, name), rtol=1e-11, atol=size)
        assert got.parameters.keys() == want.parameters.keys()


def test_small_ones_are_computed_in_one_call(monkeypatch):
    calls = []
    original = many_stages.stages_of
    monkeypatch.setattr(many_stages, "stages_of", lambda call: calls.append(call.batch) or original(call))
    rng = np.random.default_rng(0)
    small = [{name: rng.normal(size=(3, 2)) for name in ("query", "key", "value")} for _ in range(10)]
    large = {name: rng.normal(size=(80, 2)) for name in ("query", "key", "value")}
    learned = {**small[0], "function": "general"}
    explain_many([*small, large, learned])
    assert calls == [(10,), (), ()]


def test_no_jobs_are_no_explanations():
    assert explain_many([]) == []


def test_what_hides_is_hidden_and_what_is_negative_infinity_is_so_in_the_masked_stage():
    rows = np.arange(6.0).reshape(3, 2)
    one, _two = explain_many(
        [
            {"query": rows, "key": rows, "value": rows, "mask": np.zeros((3, 3), bool)},
            {"query": rows, "key": rows, "value": rows},
        ]
    )
    assert np.isneginf(one.masked).all()
    for name in ("weights", "output", "entropy", "effective_tokens"):
        assert not getattr(one, name).any()


@pytest.mark.parametrize(
    ("job", "error"),
    [
        ({"key": np.ones((2, 3))}, ValueError),
        ({"value": np.full((2, 2), np.nan)}, ValueError),
        ({"nonsense": 1}, TypeError),
    ],
)
def test_a_wrong_job_is_named(job, error):
    rows = np.ones((2, 2))
    good = {"query": rows, "key": rows, "value": rows}
    with pytest.raises(error, match="job 1: "):
        explain_many([good, {**good, **job}])


def test_the_type_of_the_answer_is_each_jobs_own():
    half = {name: np.ones((2, 2), np.float16) for name in ("query", "key", "value")}
    single = {name: np.ones((2, 2), np.float32) for name in ("query", "key", "value")}
    for given_jobs in ([half, single], [single, half]):
        got = [one.output.dtype for one in explain_many(given_jobs)]
        assert got == [job["query"].dtype for job in given_jobs]


def test_one_that_goes_wrong_among_many_is_named_and_none_is_refused_for_what_is_many_only():
    rows = np.ones((2, 2))
    good = {"query": rows, "key": rows, "value": rows}
    with pytest.raises(ValueError, match="job 1: scores"):
        explain_many([good, {**good, "query": rows * 1e200, "key": rows * 1e200}, good])
    wide = {name: np.ones((60, 512)) for name in ("query", "key", "value")}
    assert len(explain_many([{**wide, "num_heads": 512}] * 2)) == 2
