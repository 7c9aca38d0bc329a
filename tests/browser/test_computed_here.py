"""What the browser computes against what a worker computed of the same call, through the page and the API."""

import random
from collections.abc import Callable
from typing import Any

import numpy as np
from playwright.sync_api import Page

from tests.running_camp import RunningCamp

EXPLAIN = """async calls => {
  const { explain } = await import("/static/js/attention/explain.js");
  const sendable = value => value === -Infinity ? null : Array.isArray(value) ? value.map(sendable) : value;
  return calls.map(call => Object.fromEntries(Object.entries(explain(call)).map(([name, value]) => [name, sendable(value)])));
}"""
FUNCTIONS = ("scaled_dot_product", "dot_product", "general", "additive", "cosine")
MAGNITUDES = (1.0, 1.0, 3.0, 1e-3, 30.0)
RUNS = 500


def some_call(draw: random.Random) -> dict[str, Any]:
    """A call with any of the options, each often given and often left out."""
    function = draw.choice(FUNCTIONS)
    heads = draw.choice((1, 1, 2, 3, 4))
    n_q, n_k = draw.randint(1, 7), draw.randint(1, 7)
    d_k = heads * draw.randint(1, 4)
    d_q = heads * draw.randint(1, 4) if function in {"general", "additive"} else d_k
    size = draw.choice(MAGNITUDES)

    def matrix(rows: int, columns: int) -> list[list[float]]:
        # Rows of zeros too, which have no direction.
        return [
            [0.0] * columns if draw.random() < 0.08 else [draw.gauss(0, size) for _ in range(columns)]
            for _ in range(rows)
        ]

    def flags(count: int, share: float) -> list[bool]:
        return [draw.random() < share for _ in range(count)]

    call: dict[str, Any] = {
        "function": function,
        "query": matrix(n_q, d_q),
        "key": matrix(n_k, d_k),
        "value": matrix(n_k, heads * draw.randint(1, 3)),
        "num_heads": heads,
        "seed": draw.randrange(2**32),
    }
    optional = {
        "causal": True,
        "key_padding": flags(n_k, 0.7),
        "mask": [flags(n_k, 0.6) for _ in range(n_q)],
        "temperature": draw.choice((0.05, 0.5, 2.0, 10.0)),
    }
    if function == "scaled_dot_product":
        optional["scale"] = draw.choice((1.0, -0.5, 2.0))
    call |= {name: value for name, value in optional.items() if draw.random() < 0.4}
    if function in {"general", "additive"} and draw.random() < 0.5:
        call["parameters"] = _parameters(function, d_q // heads, d_k // heads, heads, draw)
    return call


def _parameters(function: str, d_q: int, d_k: int, heads: int, draw: random.Random) -> dict[str, Any]:
    u = draw.randint(1, 4)
    shapes: dict[str, tuple[int, ...]] = {"weight": (d_q, d_k)}
    if function == "additive":
        shapes = {"query_weight": (d_q, u), "key_weight": (d_k, u), "vector": (u,)}
    generator = np.random.default_rng(draw.randrange(2**32))
    lead = (heads,) if heads > 1 else ()
    return {name: generator.normal(size=(*lead, *shape)).tolist() for name, shape in shapes.items()}


def results_of(camp: RunningCamp, calls: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """What workers make of the calls, as any client would ask for it."""
    found = []
    client = camp.client("kolmogorov")
    for start in range(0, len(calls), 256):
        jobs = [{"task": "attention", "params": call} for call in calls[start : start + 256]]
        answer = client.post("/api/v1/jobs/batch/", json={"jobs": jobs})
        assert answer.status_code == 201, answer.text
        for job in answer.json()["jobs"]:
            result = client.get(f"/api/v1/jobs/{job['id']}/result/?wait=60")
            assert result.status_code == 200, result.text
            found.append(result.json())
    return found


def is_as_promised(here: Any, there: Any) -> bool:
    """Within 1e-5 relative or 1e-6 × max(1, max|value|) absolute, and hidden in the same places."""
    ours, theirs = np.array(here, dtype=float), np.array(there, dtype=float)
    if ours.shape != theirs.shape or not np.array_equal(np.isnan(ours), np.isnan(theirs)):
        return False
    seen = ~np.isnan(theirs)
    gaps, sizes = np.abs(ours - theirs)[seen], np.abs(theirs[seen])
    return bool((gaps <= np.maximum(1e-5 * sizes, 1e-6 * max(1.0, sizes.max(initial=0.0)))).all())


def test_the_browsers_stages_are_the_workers_over_random_calls(
    open_page: Callable[..., Page], camp: RunningCamp
) -> None:
    draw = random.Random(20)
    calls = [some_call(draw) for _ in range(RUNS)]
    results = results_of(camp, calls)
    given = [call | {"parameters": result["parameters"]} for call, result in zip(calls, results, strict=True)]
    computed = open_page("/lab/").evaluate(EXPLAIN, given)
    for call, here, result in zip(calls, computed, results, strict=True):
        stages = result["stages"]
        pairs = {
            **{name: (here[name], stages[name]) for name in ("scores", "scaled", "masked", "weights")},
            "head output": (here["headOutput"], stages["output"]),
        }
        if call["num_heads"] == 1:  # whose axis the document leaves out
            pairs = {name: (ours[0], theirs) for name, (ours, theirs) in pairs.items()}
        pairs |= {
            "output": (here["output"], result["output"]),
            "entropy": (here["entropy"], result["entropy"]),
            "effective tokens": (here["effectiveTokens"], result["effective_tokens"]),
        }
        for name, (ours, theirs) in pairs.items():
            assert is_as_promised(ours, theirs), (name, call, ours, theirs)
