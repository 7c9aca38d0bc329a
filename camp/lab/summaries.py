"""A job's params in a few words: sizes of what is large, values of what was changed. Kept beside the job."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from django.utils.translation import gettext as _

from attention_core import catalogue
from attention_core.kinds import Choice
from attention_core.params import ParamField, Params, param_fields
from camp.figures import all_digits


def summarise(params: Params) -> dict[str, Any]:
    """`{"shapes": {field: [rows, columns]}, "values": {field: value}}`, without what was left at its default."""
    shapes, values = {}, {}
    for spec in param_fields(type(params)):
        value = getattr(params, spec.name)
        if isinstance(value, np.ndarray):
            shapes[spec.name] = list(value.shape)
        elif isinstance(value, Mapping):
            values[spec.name] = True
        elif value != spec.default:
            values[spec.name] = value
    return {"shapes": shapes, "values": values}


def size_words(summary: Mapping[str, Any]) -> str:
    """The sizes of Q, K and V as "Q 5 × 1, K 5 × 1, V 5 × 1"."""
    shapes = summary.get("shapes", {})
    letters = (("Q", "query"), ("K", "key"), ("V", "value"))
    return _(", ").join(f"{letter}\u00a0{_times(shapes[name])}" for letter, name in letters if name in shapes)


def name_words(task: str, summary: Mapping[str, Any]) -> str:
    """What tells one run of a task from another: its function and its sizes."""
    words = {"function": function_words(task, summary), "sizes": size_words(summary)}
    return _("%(function)s: %(sizes)s") % words


def settings_words(task: str, summary: Mapping[str, Any]) -> str:
    """What is not at its default, one phrase each, in the reader's language; the function has a name of its own."""
    found = catalogue.tasks().get(task)
    specs = param_fields(found.params) if found else ()
    shapes, values = summary.get("shapes", {}), summary.get("values", {})
    words = [_label(spec) for spec in specs if spec.name in shapes and not spec.required]
    changed = [spec for spec in specs if spec.name in values and not isinstance(spec.kind, Choice)]
    return _(", ").join([_phrase(spec, values[spec.name]) for spec in changed] + words)


def function_words(task: str, summary: Mapping[str, Any]) -> str:
    """The scoring function's name, if the task has one."""
    found = catalogue.tasks().get(task)
    specs = param_fields(found.params) if found else ()
    for spec in specs:
        if isinstance(spec.kind, Choice):
            return _(spec.kind.labels[summary.get("values", {}).get(spec.name, spec.default)])
    return ""


def _phrase(spec: ParamField, value: Any) -> str:
    if value is True:
        return _label(spec)
    shown = all_digits(value) if isinstance(value, (int, float)) else value
    return _("%(setting)s %(value)s") % {"setting": _label(spec), "value": shown}


def _label(spec: ParamField) -> str:
    return _(spec.label)


def _times(shape: list[int]) -> str:
    return "\u00a0×\u00a0".join(str(size) for size in shape)
