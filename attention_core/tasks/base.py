"""What a lab task tells about itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np

from attention_core.params import Params

# Called with progress 0..1 and an English message; it may raise to cancel the run.
Report = Callable[[float, str], None]


@dataclass(frozen=True)
class Result:
    """What one run of a task gave.

    Attributes:
        document: for JSON: no NaN, no infinity, and what is too large for it left out.
        arrays: all of it, whatever its size, by the names in an NPZ file; none for a task without arrays.
    """

    document: dict[str, Any]
    arrays: Mapping[str, np.ndarray[Any, Any]] = field(default_factory=dict)


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
    order: int = 100
