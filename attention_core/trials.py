"""Trains the tasks' checkpoints and measures what the tasks reach.

python -m attention_core.trials models [TASK …]     checkpoints/<task>.npz and their cards
python -m attention_core.trials figures [TASK …]    figures.json and docs/tasks.md: mean, least and most over the seeds
"""

from __future__ import annotations

import json
import statistics
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from attention_core import catalogue
from attention_core.models import checkpoints
from attention_core.tasks.base import Goal, Task, quiet

SEEDS = (0, 1, 2, 3, 4)
KEPT = Path(__file__).resolve().parent / "figures.json"
PAGE = KEPT.parent.parent / "docs" / "tasks.md"


def make_models(names: list[str]) -> None:
    """Train and keep the checkpoints of these tasks, or of all that have one."""
    for task in _asked(names):
        if task.checkpoint is not None:
            checkpoint = task.checkpoint(quiet)
            size = checkpoints.save(task.name, checkpoint)
            print(f"{task.name}: {size} bytes, {dict(checkpoint.card)}", flush=True)


def measure(names: list[str]) -> None:
    """Run the trial of these tasks, or of all that have one, with each seed; what was measured before is kept."""
    found = measurements()
    for task in _asked(names):
        if task.trial is None:
            continue
        start, runs = time.monotonic(), []
        for seed in SEEDS:
            runs.append({name: float(figure) for name, figure in task.trial(seed, quiet).items()})
            print(f"{task.name}, seed {seed}: {runs[-1]}", flush=True)
        found[task.name] = {"seconds": round(time.monotonic() - start, 1), "seeds": list(SEEDS), "runs": runs}
    KEPT.write_text(json.dumps(found, indent=1) + "\n", "utf-8")
    PAGE.write_text(as_page(found), "utf-8")


def measurements() -> dict[str, Any]:
    """What was measured, by task: {"seconds", "seeds", "runs": [{figure: value}, …]}."""
    return json.loads(KEPT.read_text("utf-8")) if KEPT.exists() else {}


def as_page(found: Mapping[str, Any]) -> str:
    """The page of what was measured, each figure beside its goal."""
    lines = [
        "# What the tasks reach",
        "",
        "Made by `make figures` from five seeds each; the single runs are in",
        "[figures.json](../attention_core/figures.json). Seconds are of the",
        "machine that made this page, two cores of it.",
    ]
    for task in catalogue.tasks().values():
        if task.name not in found:
            continue
        runs, seconds = found[task.name]["runs"], found[task.name]["seconds"]
        lines += ["", f"## {task.title} (`{task.name}`)", "", f"{len(runs)} seeds in {seconds} s.", ""]
        lines += [
            "| figure | mean | least | most | goal | reached |",
            "| --- | --- | --- | --- | --- | --- |",
        ]
        lines += [_row(name, [run[name] for run in runs], task.goals.get(name)) for name in runs[0]]
    return "\n".join(lines) + "\n"


def _row(name: str, figures: list[float], goal: Goal | None) -> str:
    mean, least, most = statistics.fmean(figures), min(figures), max(figures)
    cells = [goal.label if goal else name, f"{mean:.4g}", f"{least:.4g}", f"{most:.4g}"]
    if goal is None or (goal.mean is None and goal.worst is None):
        return "| " + " | ".join([*cells, "–", "–"]) + " |"
    parts = [
        (f"{which} ≥ {wanted:g}", figure >= wanted)
        for which, figure, wanted in (("mean", mean, goal.mean), ("least", least, goal.worst))
        if wanted is not None
    ]
    said = ", ".join(text for text, _reached in parts)
    return (
        "| "
        + " | ".join([*cells, said, "yes" if all(reached for _text, reached in parts) else "**no**"])
        + " |"
    )


def _asked(names: list[str]) -> list[Task]:
    return [catalogue.task(name) for name in names] if names else list(catalogue.tasks().values())


if __name__ == "__main__":
    {"models": make_models, "figures": measure}[sys.argv[1]](sys.argv[2:])
