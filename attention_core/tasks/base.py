"""What a lab task tells about itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from attention_core.params import Params

# Called with progress 0..1 and an English message; it may raise to cancel the run.
Report = Callable[[float, str], None]


@dataclass(frozen=True)
class Task:
    """One lab task. A new one is a file `tasks/<name>.py` with `task = Task(…)`.

    Attributes:
        name: the name clients send.
        title, description: English, marked with `gettext_noop`; an application translates them.
        params: the class that `parse_params` fills.
        run: from params to the result, as JSON-able values without NaN or infinity.
        queue: "interactive" for what ends within seconds, else "training".
        limits: what is shown to clients, by name.
        measures: whether it measures time or memory, so that an old result must not be reused.
        order: where it stands in lists; ties go by name.
    """

    name: str
    title: str
    description: str
    params: type[Params]
    run: Callable[[Any, Report], dict[str, Any]]
    queue: Literal["interactive", "training"] = "interactive"
    limits: Mapping[str, int | float] = field(default_factory=dict)
    measures: bool = False
    order: int = 100
