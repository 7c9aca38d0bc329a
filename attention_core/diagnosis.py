"""Which step of somebody's attention went wrong, from the numbers of the stages that they give.

Each stage given is compared with every pipeline of `attention_core.pipelines`. Those that fit all cells name the slip; where
the right one fits too, it is right, and where several wrong ones do, the answer is "either". A stage that is wrong but
follows from one's own numbers before it by the right step has its credit: a slip costs once.

Source: the outline of the course, "Indistinguishable"; follow-through credit is examiners' practice for method marks.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np

from attention_core import pipelines
from attention_core.pipelines import Array, Pipeline

# What may be asked for. `masked` holds −∞, which nobody writes down.
ASKED = ("scores", "scaled", "weights", "output")
_SLACK = 1e-9


class Verdict(StrEnum):
    """Of one stage."""

    RIGHT = "right"
    FOLLOWS = "follows"  # right by one's own numbers before it
    WRONG = "wrong"


@dataclass(frozen=True)
class StageFound:
    """One stage given: `cells` is true where the right number stands; `credit` is from 0 to 1."""

    name: str
    verdict: Verdict
    cells: Array
    credit: float


@dataclass(frozen=True)
class Diagnosis:
    """`slips` are the wrong pipelines that fit: none if all is right or nothing known fits, several if they cannot be told
    apart by what was given. `departs` is the first stage that is not right, "" if all are.
    """

    stages: Mapping[str, StageFound]
    slips: Sequence[Pipeline]
    departs: str

    @property
    def score(self) -> float:
        """The mean credit of the stages given."""
        return sum(one.credit for one in self.stages.values()) / len(self.stages)


def diagnose(
    given: Mapping[str, Any],
    query: Any,
    key: Any,
    value: Any,
    *,
    causal: bool = False,
    num_heads: int = 1,
    tolerance: float = 0.005,
) -> Diagnosis:
    """Compare the stages given, by name, with all pipelines.

    Args:
        given: stages of `ASKED`, each of the shape it has in the right pipeline.
        query: (n_q, d), key: (n_k, d), value: (n_k, d_v).
        tolerance: how far a cell may be from the exact number, for people round.

    Raises:
        ValueError: no stage, an unknown one, or one of another shape.
    """
    found = pipelines.runs(query, key, value, causal=causal, num_heads=num_heads)
    right = found["right"]
    own = _checked(given, right)
    cells = {name: _near(stage, right[name], tolerance) for name, stage in own.items()}
    call = _Call(query, key, causal, num_heads)
    departs, stages = "", {}
    for name in own:
        verdict = Verdict.RIGHT if cells[name].all() else Verdict.WRONG
        if verdict == Verdict.WRONG and _follows(
            name, own, value, call, tolerance, has_slipped=bool(departs)
        ):
            # From stages that are right but for rounding, what follows is right but for rounding.
            verdict = Verdict.FOLLOWS if departs else Verdict.RIGHT
        if verdict == Verdict.RIGHT:
            cells[name] = np.ones_like(cells[name])
        elif verdict == Verdict.WRONG:
            departs = departs or name
        credit = float(cells[name].mean()) if verdict == Verdict.WRONG else 1.0
        stages[name] = StageFound(name, verdict, cells[name], credit)
    return Diagnosis(stages, _slips(own, found, departs, tolerance), departs)


@dataclass(frozen=True)
class _Call:
    query: Any
    key: Any
    causal: bool
    num_heads: int


def _checked(given: Mapping[str, Any], right: Mapping[str, Array]) -> dict[str, Array]:
    """In the order of the computation."""
    if not given or not set(given) <= set(ASKED):
        raise ValueError(f"expected stages of {', '.join(ASKED)}, got {', '.join(given) or 'none'}")
    own = {name: np.asarray(given[name], dtype=np.float64) for name in ASKED if name in given}
    for name, stage in own.items():
        if stage.shape != right[name].shape:
            raise ValueError(f"{name}: expected the shape {right[name].shape}, got {stage.shape}")
    return own


def _near(stage: Array, exact: Array, tolerance: float) -> Array:
    near: Array = np.abs(stage - exact) <= tolerance * (1 + _SLACK)
    return near


def _slips(
    own: Mapping[str, Array], found: Mapping[str, Mapping[str, Array]], departs: str, tolerance: float
) -> list[Pipeline]:
    """The wrong pipelines that fit everything, or else those that fit up to the first stage that is not right."""
    if not departs:
        return []
    names = list(own)
    for wanted in (names, names[: names.index(departs) + 1]):
        fits = [
            pipelines.BY_NAME[name]
            for name, run in found.items()
            if name != "right" and all(_near(own[stage], run[stage], tolerance).all() for stage in wanted)
        ]
        if fits:
            return fits
    return []


def _follows(
    name: str, own: Mapping[str, Array], value: Any, call: _Call, tolerance: float, *, has_slipped: bool
) -> bool:
    """Whether the right steps from one's own last stage before it lead to this one.

    After a slip, rounding on the way is allowed for, for the numbers before rounding are not known then. Before one they
    are the right ones, and would have led to what is right.
    """
    before = [stage for stage in own if ASKED.index(stage) < ASKED.index(name)]
    if not before or call.num_heads > 1:
        return False
    start = before[-1]
    if start == "weights":
        led = own[start] @ np.asarray(value, dtype=np.float64)
    else:
        led = _from_scores(own[start], start, name, call, value)
    if not has_slipped:
        return bool(_near(own[name], led, tolerance).all())
    # Each cell of the stage before may be off by the tolerance, and the step after adds that up.
    room = tolerance * (1 + np.abs(np.asarray(value, dtype=np.float64)).max()) * 2
    return bool(_near(own[name], led, room if name == "output" else 2 * tolerance).all())


def _from_scores(stage: Array, start: str, name: str, call: _Call, value: Any) -> Array:
    """The right steps from scores or scaled scores to `name`."""
    d_k = np.asarray(call.key).shape[-1]
    scaled = stage / np.sqrt(d_k) if start == "scores" else stage
    if name == "scaled":
        return scaled
    n_q, n_k = scaled.shape
    visible = np.tri(n_q, n_k, k=n_k - n_q, dtype=bool)
    weights = pipelines.softmax(np.where(visible, scaled, -np.inf) if call.causal else scaled)
    if name == "weights":
        return weights
    mixed: Array = weights @ np.asarray(value, dtype=np.float64)
    return mixed
