"""Simulated learners: the marker names the slip that was made, and no other."""

from collections.abc import Callable
from functools import cache

import numpy as np
import pytest

from attention_core import pipelines
from attention_core.diagnosis import ASKED, Diagnosis, Verdict, diagnose
from tests.attention_core import wrong_attention as learners
from tests.attention_core.wrong_attention import Learner, Rows

SEEDS = 100
TOLERANCE = 0.005
Call = tuple[Rows, Rows, Rows]


@cache
def _calls(n: int, causal: bool, heads: int, needed: str) -> list[Call]:
    found: list[Call] = []
    seed = 0
    while len(found) < SEEDS:
        seed += 1
        assert seed < 5000, "too few calls that tell"
        rng = np.random.default_rng([n, heads, seed])
        q, k, v = (rng.integers(-1, 3, size=(n, width)).astype(float) for width in (4, 4, 2))
        runs = pipelines.runs(q, k, v, causal=causal, num_heads=heads)
        if needed and needed not in runs:
            continue
        if n == 4:
            del runs["scale_sqrt_n"]  # √n_k is √d_k here: it is the right one
        if pipelines.apart(runs, ("output",), 10 * TOLERANCE):
            found.append((q.tolist(), k.tolist(), v.tolist()))
    return found


def calls(name: str, *, causal: bool = False, heads: int = 1) -> list[Call]:
    """A hundred of small integers in which no two pipelines come within ten tolerances of each other."""
    # n differs from d_k, but where the key matrix must be square for the slip to be possible at all; and a row of scores
    # that sums to 0 cannot be divided by its sum.
    n = 4 if name == "k_not_transposed" else 3
    return _calls(n, causal, heads, "linear_norm" if name == "linear_norm" else "")


def rounded(stages: dict[str, Rows], decimals: int = 2) -> dict[str, Rows]:
    return {name: learners.each(rows, lambda cell: round(cell, decimals)) for name, rows in stages.items()}


def names(found: Diagnosis) -> list[str]:
    return [one.name for one in found.slips]


WRONG = [
    *((name, learner, False, 1) for name, learner in learners.PLAIN.items()),
    *((name, learner, True, 1) for name, learner in learners.CAUSAL.items()),
    ("head_reshape", learners.head_reshape, False, 2),
]


@pytest.mark.parametrize(("name", "learner", "causal", "heads"), WRONG, ids=[one[0] for one in WRONG])
@pytest.mark.parametrize("asked", [("output",), ASKED], ids=["output", "every stage"])
def test_the_slip_is_named_on_a_hundred_calls(
    name: str, learner: Learner, causal: bool, heads: int, asked: tuple[str, ...]
) -> None:
    assert len(WRONG) == 15
    for call in calls(name, causal=causal, heads=heads):
        told = {stage: rows for stage, rows in rounded(learner(*call), 3).items() if stage in asked}
        found = diagnose(told, *call, causal=causal, num_heads=heads, tolerance=TOLERANCE)
        assert names(found) == [name], call
        assert found.score < 1


@pytest.mark.parametrize("slip", learners.OTHER)
@pytest.mark.parametrize("asked", [("output",), ASKED], ids=["output", "every stage"])
def test_another_slip_is_named_by_none(slip: str, asked: tuple[str, ...]) -> None:
    assert len(learners.OTHER) == 15
    wrong = 0
    for call in calls("other"):
        exact = learners.OTHER[slip](*call)
        told = {stage: rows for stage, rows in rounded(exact, 3).items() if stage in asked}
        near = [
            name
            for name, run in pipelines.runs(*call).items()
            if all(np.abs(np.array(exact[stage]) - run[stage]).max() < 10 * TOLERANCE for stage in asked)
        ]
        if near:
            continue  # by chance the slip comes to the same as a pipeline
        wrong += 1
        found = diagnose(told, *call, tolerance=TOLERANCE)
        assert names(found) == [], (slip, call)
        assert found.score < 1
    assert wrong > SEEDS // 2


@pytest.mark.parametrize("decimals", [2, 3, 4, 12])
def test_what_is_right_passes_however_it_is_rounded(decimals: int) -> None:
    for call in calls("right"):
        found = diagnose(rounded(learners.right(*call), decimals), *call, tolerance=TOLERANCE)
        assert (names(found), found.departs, found.score) == ([], "", 1)
    for call in calls("right", causal=True):
        found = diagnose(rounded(learners.causal_right(*call), decimals), *call, causal=True)
        assert (names(found), found.score) == ([], 1)


@pytest.mark.parametrize("causal", [False, True])
def test_what_is_computed_from_ones_own_rounded_numbers_is_right(causal: bool) -> None:
    """Two decimals are asked for: weights of what was written down as scaled scores, an output of those weights."""
    beyond = 0
    for call in calls("right", causal=causal):
        query, key, value = (np.array(rows) for rows in call)
        scores = query @ key.T
        scaled = (scores / np.sqrt(key.shape[1])).round(2)
        visible = np.tri(len(scaled), dtype=bool) if causal else np.ones_like(scaled, dtype=bool)
        raised = np.where(visible, np.exp(scaled), 0)
        weights = (raised / raised.sum(axis=1, keepdims=True)).round(2)
        output = (weights @ value).round(2)
        exact = pipelines.runs(*call, causal=causal)["right"]["output"]
        beyond += bool(np.abs(output - exact).max() > TOLERANCE)
        told = {"scores": scores, "scaled": scaled, "weights": weights, "output": output}
        found = diagnose(told, *call, causal=causal, tolerance=TOLERANCE)
        assert (names(found), found.departs, found.score) == ([], "", 1), call
        assert all(one.cells.all() for one in found.stages.values())
    assert beyond > SEEDS // 2, "else this would show nothing"


def test_a_slip_after_right_stages_is_no_rounding() -> None:
    for call in calls("v_twice"):
        exact = learners.v_twice(*call)
        found = diagnose(rounded(exact), *call)
        assert (names(found), found.departs) == (["v_twice"], "output")


def test_a_slip_costs_once() -> None:
    """Scores right, not scaled, and everything after it done rightly from there."""
    for call in calls("no_scale"):
        found = diagnose(rounded(learners.no_scale(*call), 3), *call)
        verdicts = {name: stage.verdict for name, stage in found.stages.items()}
        assert found.departs == "scaled"
        assert verdicts == {
            "scores": Verdict.RIGHT, "scaled": Verdict.WRONG, "weights": Verdict.FOLLOWS, "output": Verdict.FOLLOWS,
        }  # fmt: skip
        assert found.score >= 0.75


def test_two_slips_are_two_the_first_is_named() -> None:
    for call in calls("axis_queries"):
        told = rounded(learners.axis_queries(*call), 3)
        told["output"] = learners.each(told["output"], lambda cell: cell + 3)
        found = diagnose(told, *call)
        assert names(found) == ["axis_queries"]
        assert found.stages["output"].verdict == Verdict.WRONG


def test_where_two_come_to_the_same_both_are_named() -> None:
    """n_k = d_k²: dividing by √n_k is dividing by d_k."""
    rng = np.random.default_rng(7)
    call = tuple(rng.integers(-1, 3, size=(4, width)).astype(float) for width in (2, 2, 2))
    exact = pipelines.BY_NAME["scale_dk"].stages(*call)
    found = diagnose({"output": exact["output"].round(3)}, *call)
    assert names(found) == ["scale_dk", "scale_sqrt_n"]


def test_where_a_slip_comes_to_the_right_numbers_it_is_right() -> None:
    identity = [[1.0, 0.0], [0.0, 1.0]]
    swapped = pipelines.BY_NAME["qk_swapped"].stages(identity, identity, [[1, 2], [3, 4]])
    found = diagnose({"output": swapped["output"]}, identity, identity, [[1, 2], [3, 4]])
    assert (names(found), found.score) == ([], 1)


@pytest.mark.parametrize(
    ("given", "says"),
    [
        (lambda: {}, "expected stages of scores, scaled, weights, output, got none"),
        (lambda: {"masked": [[1]]}, "expected stages of scores, scaled, weights, output, got masked"),
        (lambda: {"output": [[1, 2]]}, r"output: expected the shape \(3, 2\), got \(1, 2\)"),
    ],
)
def test_what_is_no_stage_is_refused(given: Callable[[], dict[str, Rows]], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        diagnose(given(), *calls("right")[0])
