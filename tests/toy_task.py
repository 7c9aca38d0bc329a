"""A task for tests of what every task has: its form, its page, its run and what it found."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any
from unittest.mock import patch

import numpy as np

from attention_core import catalogue
from attention_core.findings import (
    Change,
    Curve,
    Findings,
    Maps,
    Matters,
    Metric,
    Picture,
    Sentence,
    Table,
)
from attention_core.kinds import Choice, Integer
from attention_core.own_kinds import Image, LabelledTexts, Text
from attention_core.params import Params, param
from attention_core.tasks.base import Report, Result, Task

WEIGHTS = np.array([[[[0.25, 0.75], [1.0, 0.0]]], [[[0.5, 0.5], [0.125, 0.875]]]])


@dataclass(frozen=True, kw_only=True, eq=False)
class ToyParams(Params):
    """A text of two words and more."""

    text: str = param(Text(60), label="Some text", help="Two words.", default="cat sat")
    picture: Any = param(Image(16), label="A picture", help="Any picture.", default=None)
    rows: Any = param(LabelledTexts(6, 40), label="Some rows", help="Texts and labels.", default=None)
    mode: str = param(
        Choice(("quick", "slow"), {"quick": "Quick", "slow": "Slow"}),
        label="Mode",
        help="How.",
        default="quick",
    )
    seed: int = param(Integer(0, 9), label="Seed", help="For noise.", default=0)


def run(params: ToyParams, report: Report) -> Result:
    """Two layers of one head over the first two words."""
    for step in range(3):
        report(step / 3, "computing", {"step": step, "loss": 1 / (step + 1)})
    words = [*params.text.split(), "?", "?"][:2]
    pixels = np.full((8, 8, 3), 200, np.uint8) if params.picture is None else params.picture
    return Findings(
        says=[Sentence("%(word)s looks back.", {"word": words[1]})],
        answer={"words": words},
        metrics=[Metric("accuracy", "Accuracy", 0.975, "share", 0.5), Metric("gain", "Gain", 3.25, "dB")],
        curves=[
            Curve(
                "time", "Time by length", "n", "ms", [64, 128, 256],
                {"Full": [1, 4, 16]}, {"n²": [1, 4, 16]}, logarithmic=True,
            )
        ],
        maps=Maps(WEIGHTS, words, words),
        pictures=[Picture("input", "The picture", pixels)],
        tables=[Table("words", "Words", ["Word", "Count"], [["<b>cat</b>", 1], ["sat", None]])],
        matters=Matters(
            "Accuracy",
            0.975,
            [Change("uniform weights", 0.5), Change("head %(head)s removed", 0.98, {"head": 2})],
            [Sentence("A bright cell is no explanation.")],
            "share",
        ),
    ).result(elapsed_ms=1)  # fmt: skip


TOY = Task(
    name="toy",
    title="A toy",
    description="For tests.",
    params=ToyParams,
    run=run,
    limits={"max_characters": 60},
    main=("text", "picture", "rows"),
)


@contextmanager
def toy_listed(**changes: Any) -> Iterator[Task]:
    """Within the block the catalogue has it too, with these changes."""
    toy = replace(TOY, **changes)
    with patch.object(catalogue, "tasks", return_value={**catalogue.tasks(), "toy": toy}):
        yield toy
