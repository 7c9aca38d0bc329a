"""A job's params in a few words: sizes of what is large, values of what was changed. Kept beside the job."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from django.utils.translation import gettext as _

from attention_core import catalogue
from attention_core.kinds import Choice
from attention_core.own_kinds import Text
from attention_core.params import ParamField, Params, param_fields
from attention_core.problems import shorten
from attention_core.tasks.base import Task
from camp.figures import all_digits

MOST_WORDS = 60  # characters of a text that a run is called by


def summarise(params: Params) -> dict[str, Any]:
    """`{"shapes": {field: [rows, columns]}, "values": {field: value}}`, without what was left at its default."""
    shapes: dict[str, Any] = {}
    values: dict[str, Any] = {}
    for spec in param_fields(type(params)):
        value = getattr(params, spec.name)
        if isinstance(value, np.ndarray):
            shapes[spec.name] = list(value.shape)
        elif isinstance(value, Mapping):
            values[spec.name] = True
        elif isinstance(value, tuple):
            shapes[spec.name] = [len(value)]
        elif isinstance(value, str) and isinstance(spec.kind, Text):
            if value != spec.default:
                values[spec.name] = shorten(value, MOST_WORDS)
        elif value != spec.default:
            values[spec.name] = value
    return {"shapes": shapes, "values": values}


def size_words(summary: Mapping[str, Any]) -> str:
    """The sizes of Q, K and V as "Q 5 × 1, K 5 × 1, V 5 × 1"."""
    shapes = summary.get("shapes", {})
    letters = (("Q", "query"), ("K", "key"), ("V", "value"))
    return _(", ").join(f"{letter}\u00a0{_times(shapes[name])}" for letter, name in letters if name in shapes)


def name_words(task: str, summary: Mapping[str, Any]) -> str:
    """What tells one run of a task from another: its function and its sizes, or the data that it was given."""
    found = catalogue.tasks().get(task)
    if found is not None and found.finds:
        return _(", ").join(_own_words(found, summary)) or _(found.title)
    words = {"function": function_words(task, summary), "sizes": size_words(summary)}
    return _("%(function)s: %(sizes)s") % words


def _own_words(task: Task, summary: Mapping[str, Any]) -> list[str]:
    """Of a task's main params: a text as it begins, the size of a matrix or picture."""
    shapes, values = summary.get("shapes", {}), summary.get("values", {})
    specs = {spec.name: spec for spec in param_fields(task.params)}
    words = []
    for name in task.main:
        if name in values and isinstance(specs[name].kind, Text):
            words.append(_("“%(text)s”") % {"text": values[name]})
        elif name in values:
            words.append(_phrase(specs[name], values[name]))
        elif name in shapes:
            words.append(f"{_label(specs[name])}\u00a0{_times(shapes[name])}")
    return words


def settings_words(task: str, summary: Mapping[str, Any]) -> str:
    """What is not at its default, one phrase each, in the reader's language; the function has a name of its own."""
    found = catalogue.tasks().get(task)
    shown = found.main if found is not None and found.finds else ()
    specs = [spec for spec in (param_fields(found.params) if found else ()) if spec.name not in shown]
    shapes, values = summary.get("shapes", {}), summary.get("values", {})
    words = [_label(spec) for spec in specs if spec.name in shapes and not spec.required]
    is_told = {spec.name for spec in specs if isinstance(spec.kind, Choice)} if not shown else set()
    changed = [spec for spec in specs if spec.name in values and spec.name not in is_told]
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
    if isinstance(spec.kind, Choice):
        return _(spec.kind.labels.get(value, value))
    shown = all_digits(value) if isinstance(value, (int, float)) else value
    return _("%(setting)s %(value)s") % {"setting": _label(spec), "value": shown}


def _label(spec: ParamField) -> str:
    return _(spec.label)


def _times(shape: list[int]) -> str:
    return "\u00a0×\u00a0".join(str(size) for size in shape)
