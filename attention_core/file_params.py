"""Params whose arrays come in an NPZ file beside the JSON."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, TypeVar

from attention_core.array_kinds import ParameterSet, is_array
from attention_core.labels import gettext_noop as _
from attention_core.npz import read_npz
from attention_core.params import Params, param_fields, parse_params
from attention_core.problems import InvalidParams, Pointer, Problem

IN_BOTH = _("given twice: in the file and in params")

P = TypeVar("P", bound=Params)


class InvalidUpload(InvalidParams):
    """As InvalidParams, with pointers that begin at the upload: ("file", "query", 0, 1) or ("params", "scale")."""


def member_names(cls: type[Params]) -> tuple[str, ...]:
    """The arrays that a file may hold: fields by their name, named parameters as "parameters.weight"."""
    names = []
    for spec in param_fields(cls):
        if is_array(spec.kind):
            names.append(spec.name)
        elif isinstance(spec.kind, ParameterSet):
            names += [f"{spec.name}.{name}" for name in spec.kind.names]
    return tuple(names)


def parse_upload(cls: type[P], raw: object, data: bytes) -> P:
    """Return the params of `raw` and of the arrays in the NPZ file `data`.

    Raises:
        InvalidUpload: with every problem found, the first 20 in full.
        TooMuchWork: the params are right but cost too much.
    """
    try:
        file = read_npz(data, member_names(cls))
    except InvalidParams as error:
        raise InvalidUpload([_in(("file",), problem) for problem in error.problems], error.more) from error
    if not isinstance(raw, dict):
        return parse_params(cls, raw)  # says so
    twice = [name for name in file if _holds(raw, name.split("."))]
    if twice:
        raise InvalidUpload([Problem(("file", name), IN_BOTH) for name in twice])
    try:
        return parse_params(cls, _merged(raw, file))
    except InvalidParams as error:
        moved = [_moved(problem, raw) for problem in error.problems]
        raise InvalidUpload(moved, error.more) from error


def _holds(raw: Any, path: list[str]) -> bool:
    for name in path:
        if not isinstance(raw, dict) or raw.get(name) is None:
            return False
        raw = raw[name]
    return True


def _merged(raw: dict[str, Any], file: dict[str, Any]) -> dict[str, Any]:
    merged = dict(raw)
    for name, array in file.items():
        field, _dot, part = name.partition(".")
        if not part:
            merged[field] = array
        elif isinstance(merged.get(field) or {}, dict):
            merged[field] = {**(merged.get(field) or {}), part: array}
    return merged


def _moved(problem: Problem, raw: dict[str, Any]) -> Problem:
    """What `params` did not hold came from the file, or is missing there."""
    if not problem.pointer:
        return _in(("params",), problem)
    head, *rest = problem.pointer
    if head not in raw:
        is_part = head == "parameters" and rest
        return replace(
            problem, pointer=("file", f"{head}.{rest[0]}", *rest[1:]) if is_part else ("file", head, *rest)
        )
    if rest and isinstance(raw[head], dict) and rest[0] not in raw[head]:
        return replace(problem, pointer=("file", f"{head}.{rest[0]}", *rest[1:]))
    return _in(("params",), problem)


def _in(base: Pointer, problem: Problem) -> Problem:
    return replace(problem, pointer=(*base, *problem.pointer))
