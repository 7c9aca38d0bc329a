"""Many small jobs in one call: each gets what it gets alone."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import attention_core
from attention_core import many, reference


def job(rng, *, n_q, n_k, d=3, d_v=2, dtype=np.float32, size=1.0, **options):
    shapes = {"query": (n_q, d), "key": (n_k, d), "value": (n_k, d_v)}
    return {name: rng.normal(0, size, shape).astype(dtype) for name, shape in shapes.items()} | options


@st.composite
def jobs(draw):
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    size = draw(st.sampled_from([1.0, 1.0, 30.0]))  # 30: scores of which exp leaves the range
    made = []
    for _ in range(draw(st.integers(1, 12))):
        n_q, n_k = draw(st.integers(1, 16)), draw(st.integers(1, 16))
        options = {"causal": draw(st.booleans()), "temperature": draw(st.sampled_from([0.5, 1.0, 3]))}
        options["function"] = draw(
            st.sampled_from(["scaled_dot_product", "dot_product", "cosine", "additive"])
        )
        if options["function"] == "scaled_dot_product" and draw(st.booleans()):
            options["scale"] = draw(st.sampled_from([-1.0, 0.3]))
        if draw(st.booleans()):
            options["mask"] = rng.random((n_q, n_k)) < draw(st.sampled_from([0.1, 0.8]))
        dtype = draw(st.sampled_from([np.float32, np.float64]))
        made.append(job(rng, n_q=n_q, n_k=n_k, d=draw(st.integers(1, 16)), dtype=dtype, size=size, **options))
    return made


@settings(max_examples=60, deadline=None, derandomize=True)
@given(jobs())
def test_each_job_gets_what_it_gets_alone(made):
    for output, one in zip(attention_core.attend_many(made), made, strict=True):
        alone = attention_core.attend(**one)
        assert output.dtype == alone.dtype.as_numpy_dtype
        expected = reference.explain(**one)
        bound = 8 * 2**-24 * max(1, np.abs(expected.scaled).max()) * np.abs(one["value"]).max()
        np.testing.assert_allclose(output, alone, atol=2 * bound)
        np.testing.assert_allclose(output, expected.output, atol=bound)


def test_64_jobs_of_different_shapes_share_one_call(monkeypatch):
    rng = np.random.default_rng(0)
    made = [job(rng, n_q=int(a), n_k=int(b), d=int(d)) for a, b, d in rng.integers(1, 17, (64, 3))]
    alone = [attention_core.attend(**one) for one in made]
    monkeypatch.setattr(many, "attend", None)  # nobody is left to be computed alone
    for output, one in zip(attention_core.attend_many(made), alone, strict=True):
        np.testing.assert_allclose(output, one, atol=1e-6)


def test_what_cannot_share_is_computed_alone():
    rng = np.random.default_rng(0)
    made = [
        job(rng, n_q=2, n_k=3),
        job(rng, n_q=2, n_k=3, d=4, d_v=4, num_heads=2),
        job(rng, n_q=70, n_k=3),
        job(rng, n_q=2, n_k=0),
        job(rng, n_q=0, n_k=2),
        job(rng, n_q=0, n_k=2),
        {"query": [[1]], "key": [[2]], "value": [[3]]},
        job(rng, n_q=3, n_k=2, function="general", seed=3),
        job(rng, n_q=2, n_k=3),
        job(rng, n_q=2, n_k=3, causal=True, key_padding=np.array([True, False, True])),
    ]
    for output, one in zip(attention_core.attend_many(made), made, strict=True):
        np.testing.assert_allclose(output, attention_core.attend(**one), atol=1e-6)


def test_no_jobs_have_no_outputs():
    assert attention_core.attend_many([]) == []


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        (
            {"query": np.float32([[np.nan] * 3])},
            ValueError,
            r"job 1: query: expected finite numbers, got nan at",
        ),
        ({"value": np.full((4, 2), np.inf, np.float32)}, ValueError, "job 1: value: expected finite numbers"),
        ({"key": np.ones((4, 2), np.float32)}, ValueError, "job 1: key: expected width 3 as in query"),
        ({"temperature": 0.0}, ValueError, "job 1: temperature: expected a finite number above 0"),
        ({"scale": 1.0, "function": "cosine"}, ValueError, "job 1: scale: expected none"),
        ({"function": "softmax"}, ValueError, "job 1: expected a function"),
        ({"mask": np.ones((2, 4))}, ValueError, "job 1: mask: expected booleans"),
        ({"num_heads": 1.5}, TypeError, "job 1: num_heads: expected a whole number"),
        (
            {"query": np.full((2, 3), 3e38, np.float32), "scale": 1.0},
            ValueError,
            "job 1: scores: .* overflow",
        ),
        ({"colour": "red"}, TypeError, "job 1: .*unexpected keyword argument 'colour'"),
    ],
)
def test_a_wrong_job_is_named_and_says_what_it_says_alone(change, error, message):
    rng = np.random.default_rng(0)
    made = [job(rng, n_q=2, n_k=4) for _ in range(3)]
    made[1] |= change
    with pytest.raises(error, match=message):
        attention_core.attend_many(made)


def test_more_jobs_than_are_padded_at_a_time(monkeypatch):
    monkeypatch.setattr(many, "_MOST", 3)
    rng = np.random.default_rng(0)
    made = [job(rng, n_q=2, n_k=1 + number) for number in range(8)]
    for output, one in zip(attention_core.attend_many(made), made, strict=True):
        np.testing.assert_allclose(output, attention_core.attend(**one), atol=1e-6)
