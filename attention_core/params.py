"""Params of a task: a frozen dataclass whose fields say what they may hold.

From the fields come the validation of raw JSON (`parse_params`), its JSON Schema (`json_schema`),
its canonical form (`Params.canonical`) and, in an application, its form.

>>> @dataclass(frozen=True, kw_only=True, eq=False)
... class Walk(Params):
...     steps: int = param(Integer(1, 10), label="Steps", help="How far to walk.")
...     quiet: bool = param(Flag(), label="Quiet", help="Walk softly.", default=False)
>>> parse_params(Walk, {"steps": 3}).canonical()
{'steps': 3, 'quiet': False}
>>> parse_params(Walk, {"steps": "3"})
Traceback (most recent call last):
...
attention_core.problems.InvalidParams: /steps: expected a whole number, got the text "3"
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any, TypeVar

from attention_core.array_kinds import BoolMatrix, BoolVector, Matrix, ParameterSet
from attention_core.kinds import Choice, Flag, Integer, Kind, Number
from attention_core.labels import gettext_noop as _
from attention_core.problems import (
    Gettext,
    InvalidParams,
    Message,
    Pointer,
    Problem,
    Problems,
    TooMuchWork,
    echo,
    shorten,
)

__all__ = [
    "BoolMatrix",
    "BoolVector",
    "Choice",
    "Flag",
    "Integer",
    "InvalidParams",
    "Kind",
    "Matrix",
    "Message",
    "Number",
    "ParamField",
    "ParameterSet",
    "Params",
    "Pointer",
    "Problem",
    "Problems",
    "TooMuchWork",
    "json_schema",
    "param",
    "param_fields",
    "parse_params",
]

EXPECTED_PARAMS = _("expected an object with the fields of the task, got %(received)s")
UNKNOWN_FIELD = _("unknown field; expected one of %(options)s")
REQUIRED_FIELD = _("required, and missing")

REQUIRED: Any = object()
_SPEC = "param"

P = TypeVar("P", bound="Params")


@dataclass(frozen=True)
class ParamField:
    """All that is known of one field. `default` means nothing when `required`."""

    name: str
    kind: Kind
    label: str
    help: str
    unit: str | None
    default: Any
    required: bool


def param(
    kind: Kind,
    *,
    label: str,
    help: str,  # noqa: A002 — the word that forms use
    unit: str | None = None,
    default: Any = REQUIRED,
) -> Any:
    """Return a dataclass field that carries its kind and its texts.

    Args:
        kind: what the field may hold.
        label, help: English, marked with `gettext_noop` by the caller.
        unit: of the number, if it has one.
        default: the parsed value of an absent field; without it the field is required. None means
            "not given".
    """
    metadata = {_SPEC: {"kind": kind, "label": label, "help": help, "unit": unit}}
    if default is REQUIRED:
        return dataclasses.field(metadata=metadata)
    return dataclasses.field(metadata=metadata, default=default)


@dataclass(frozen=True, kw_only=True, eq=False)
class Params:
    """Base of the params of every task. Made by `parse_params`; arrays are NumPy and read-only."""

    def check(self, problems: Problems) -> None:
        """Add what is wrong between fields. Called once every field by itself is right."""

    def check_work(self) -> None:
        """Raise `TooMuchWork` if these (valid) params cost more than the limit."""

    def canonical(self) -> dict[str, Any]:
        """Return these params as JSON with every field, defaults filled in, None where not given."""
        canonical = {}
        for spec in param_fields(type(self)):
            value = getattr(self, spec.name)
            canonical[spec.name] = None if value is None else spec.kind.canonical(value)
        return canonical


def param_fields(cls: type[Params]) -> tuple[ParamField, ...]:
    """Return the fields of a params class in their order."""
    fields = []
    for item in dataclasses.fields(cls):
        required = item.default is dataclasses.MISSING
        default = None if required else item.default
        fields.append(ParamField(name=item.name, default=default, required=required, **item.metadata[_SPEC]))
    return tuple(fields)


def parse_params(cls: type[P], raw: object) -> P:
    """Return the params of `raw`, which is what a JSON parser gives.

    `null` for an optional field means that it is absent. Matrices may also come as NumPy arrays.

    Raises:
        InvalidParams: with every problem found, the first 20 in full.
        TooMuchWork: the params are right but cost too much.
    """
    problems = Problems()
    if not isinstance(raw, dict):
        problems.add((), EXPECTED_PARAMS, received=echo(raw))
        raise InvalidParams(problems.found)
    fields = param_fields(cls)
    names = [spec.name for spec in fields]
    for name in raw:
        if name not in names:
            problems.add((shorten(str(name)),), UNKNOWN_FIELD, options=", ".join(names))
    values = {spec.name: _parse_field(spec, raw, problems) for spec in fields}
    _raise_if_any(problems)
    params = cls(**values)
    params.check(problems)
    _raise_if_any(problems)
    params.check_work()
    return params


def json_schema(cls: type[Params], gettext: Gettext = str) -> dict[str, Any]:
    """Return the JSON Schema (draft 2020-12) of a params class, its texts passed through `gettext`.

    Rules between fields are not in it: they are in `Params.check` and come back as problems.
    """
    properties = {}
    for spec in param_fields(cls):
        schema = spec.kind.schema()
        if not spec.required:
            schema = {**_or_null(schema), "default": _default(spec)}
        texts = {"title": gettext(spec.label), "description": gettext(spec.help)}
        properties[spec.name] = {**texts, **schema}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "type": "object",
        "properties": properties,
        "required": [spec.name for spec in param_fields(cls) if spec.required],
        "additionalProperties": False,
    }


def _parse_field(spec: ParamField, raw: dict[str, Any], problems: Problems) -> Any:
    value = raw.get(spec.name)
    if value is None and not spec.required:
        return spec.default
    if spec.name not in raw:
        problems.add((spec.name,), REQUIRED_FIELD)
        return None
    return spec.kind.parse(value, (spec.name,), problems)


def _or_null(schema: dict[str, Any]) -> dict[str, Any]:
    """Allow null, which stands for an absent field, beside what the schema allows."""
    types = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    nullable = {**schema, "type": [*types, "null"]}
    if "enum" in schema:
        nullable["enum"] = [*schema["enum"], None]
    return nullable


def _default(spec: ParamField) -> Any:
    return None if spec.default is None else spec.kind.canonical(spec.default)


def _raise_if_any(problems: Problems) -> None:
    if len(problems):
        raise InvalidParams(problems.found, problems.more)
