"""What a lab task tells about itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Literal, Protocol

from attention_core.models.checkpoints import Checkpoint
from attention_core.params import Params
from attention_core.result import Result

__all__ = ["Checkpoint", "Goal", "Report", "Result", "Sharing", "Task", "quiet"]

NO_FIGURES: Mapping[str, float] = MappingProxyType({})


class Report(Protocol):
    """How a run tells how far it is, and hears that it is to stop: called at each step, it raises to cancel."""

    def __call__(self, progress: float, message: str, figures: Mapping[str, float] = NO_FIGURES, /) -> None:
        """`progress` 0..1; `message` English, without numbers; `figures` of a training step: step, loss, accuracy."""


def quiet(progress: float, message: str, figures: Mapping[str, float] = NO_FIGURES, /) -> None:
    """A report to nobody, for runs outside a worker."""


@dataclass(frozen=True)
class Sharing:
    """How runs that are small share one computation.

    Attributes:
        fits: whether params are small enough; asked where the job is submitted, so it must not compute.
        run: from the params of many to the result of each, in their order.
    """

    fits: Callable[[Any], bool]
    run: Callable[[Sequence[Any]], list[Result]]


@dataclass(frozen=True)
class Goal:
    """What a figure of a task must reach over the seeds of its trial; None where nothing is promised."""

    label: str
    mean: float | None = None
    worst: float | None = None
    unit: str = ""


@dataclass(frozen=True)
class Task:
    """One lab task. A new one is a file `tasks/<name>.py` with `task = Task(…)`.

    Attributes:
        name: the name clients send.
        title, description: English, marked with `gettext_noop`; an application translates them.
        params: the class that `parse_params` fills.
        run: from params to the result.
        queue: "interactive" for what ends within seconds, else "training".
        limits: what is shown to clients, by name.
        sharing: how small runs are computed together, where they can be.
        measures: whether it measures time or memory, so that an old result must not be reused.
        finds: whether its result has the common form (`findings.Findings`).
        main: the params that a form shows first and large: the learner's own data.
        example: the raw params that a form starts with, where a param has no default.
        checkpoint: trains what `run` loads, for `make models`.
        trial: the figures of one seed, for `make figures` and docs/tasks.md.
        goals: what those figures must reach, by their names.
        order: where it stands in lists; ties go by name.
    """

    name: str
    title: str
    description: str
    params: type[Params]
    run: Callable[[Any, Report], Result]
    queue: Literal["interactive", "training"] = "interactive"
    limits: Mapping[str, int | float] = field(default_factory=dict)
    sharing: Sharing | None = None
    measures: bool = False
    finds: bool = True
    main: tuple[str, ...] = ()
    example: Mapping[str, Any] = field(default_factory=dict)
    checkpoint: Callable[[Report], Checkpoint] | None = None
    trial: Callable[[int, Report], Mapping[str, float]] | None = None
    goals: Mapping[str, Goal] = field(default_factory=dict)
    order: int = 100
