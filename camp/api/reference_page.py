"""The schema, laid out for reading: what `templates/api/reference.html` shows.

The reference itself is English, as the schema is; the page around it speaks the visitor's language.
"""

import json
import re
import shlex
from dataclasses import dataclass
from typing import Any

from attention_core.problems import show_number
from camp import problem_types
from camp.api import schema_examples
from camp.api.schema_requests import UPLOAD_ENCODING
from camp.api.schema_shapes import Shape
from camp.errors import PROBLEM_TYPE

_SHOWN_LETTERS = 6000  # of an example; a longer one is cut, and says so
_FORMATS = {"date-time": "time", "uuid": "UUID", "uri": "address", "binary": "file"}
# What stands in a command for an id or a name, which is the reader's own.
_VARIABLES = {
    "{job_id}": "$JOB",
    "{batch_id}": "$BATCH",
    "{module}": "$MODULE",
    "{lesson}": "$LESSON",
    "{attempt_id}": "$ATTEMPT",
    "{question}": "$QUESTION",
}


@dataclass(frozen=True)
class Field:
    """One row of a table; `shape` names a shape of the page to go to."""

    name: str
    kind: str
    text: str
    required: bool = False
    place: str = ""
    shape: str = ""


@dataclass(frozen=True)
class Example:
    title: str
    command: str
    status: int
    answer: str


def tags(document: dict[str, Any], host: str) -> list[dict[str, Any]]:
    """The calls under their tags, in the order of the schema's list of tags."""
    found = {tag["name"]: {**tag, "calls": []} for tag in document["tags"]}
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            call = _call(path, method.upper(), operation, host)
            found[operation["tags"][0]]["calls"].append(call)
    return list(found.values())


def _call(path: str, method: str, operation: dict[str, Any], host: str) -> dict[str, Any]:
    parameters = [
        _field(
            given["name"], given["schema"], given.get("required", False), given["in"], given["description"]
        )
        for given in operation.get("parameters", [])
    ]
    content = operation.get("requestBody", {}).get("content", {})
    return {
        "id": operation["operationId"],
        "method": method,
        "path": path,
        "summary": operation["summary"],
        "text": operation["description"],
        "is_open": {} in operation["security"] or not operation["security"],
        "parameters": parameters,
        "bodies": [{"media_type": name, "shape": _name(entry["schema"])} for name, entry in content.items()],
        "answers": [_answer(status, answer) for status, answer in operation["responses"].items()],
        "examples": [
            _example(exchange, host) for exchange in schema_examples.of_call(operation["operationId"])
        ],
    }


def _answer(status: str, answer: dict[str, Any]) -> dict[str, Any]:
    content = answer.get("content", {})
    kinds: list[str] = []
    if PROBLEM_TYPE in content:
        urns = content[PROBLEM_TYPE]["schema"]["allOf"][1]["properties"]["type"]["enum"]
        kinds = [urn.removeprefix(problem_types.URN) for urn in urns]
    formats = [
        {"media_type": name, "shape": _name(entry["schema"])}
        for name, entry in content.items()
        if name != PROBLEM_TYPE
    ]
    headers = [name for name in answer["headers"] if name != "X-Request-ID"]
    text = "" if kinds and not formats else answer["description"]
    return {"status": status, "text": text, "kinds": kinds, "formats": formats, "headers": headers}


def shapes(document: dict[str, Any]) -> list[dict[str, Any]]:
    """Every named shape with its fields, or the shapes that it may be."""
    found = []
    for name, shape in document["components"]["schemas"].items():
        required = shape.get("required", [])
        fields = [
            _field(field, entry, field in required, "", entry.get("description", ""))
            for field, entry in shape.get("properties", {}).items()
        ]
        choices = [_name(choice) for choice in shape.get("oneOf", [])]
        found.append(
            {"name": name, "text": shape.get("description", ""), "fields": fields, "choices": choices}
        )
    return found


def _field(name: str, shape: Shape, required: bool, place: str, text: str) -> Field:
    if "default" in shape and shape["default"] is not None:
        text = f"{text} Default: {json.dumps(shape['default'])}.".strip()
    return Field(name, kind(shape), text, required, place, _name(shape))


def _name(shape: Shape) -> str:
    """The named shape that this one is, lists, or may be; empty when it is none."""
    if "$ref" in shape:
        return str(shape["$ref"]).rpartition("/")[2]
    inner = [shape["items"]] if "items" in shape else shape.get("anyOf", [])
    return next(filter(None, map(_name, inner)), "")


def kind(shape: Shape) -> str:
    """A shape in a few words: "whole number, 1 to 16", "list of Job", "text or null"."""
    if "$ref" in shape:
        return _name(shape)
    if "const" in shape:
        return json.dumps(shape["const"])
    if "enum" in shape:
        return " | ".join(json.dumps(value) for value in shape["enum"])
    if "anyOf" in shape:
        return " or ".join(dict.fromkeys(kind(choice) for choice in shape["anyOf"]))
    types = shape["type"] if isinstance(shape.get("type"), list) else [shape.get("type", "any value")]
    return " or ".join(_plain(name, shape) for name in types)


def _plain(name: str, shape: Shape) -> str:
    if name == "array":
        inner = f" of {kind(shape['items'])}" if "items" in shape else ""
        return f"list{inner}{_span(shape, 'minItems', 'maxItems', 'long')}"
    if name == "string":
        word = _FORMATS.get(shape.get("format", ""), "text")
        return word + _span(shape, "minLength", "maxLength", "long")
    if name in ("integer", "number"):
        return ("whole number" if name == "integer" else name) + _span(shape, "minimum", "maximum")
    return "true or false" if name == "boolean" else name


def _span(shape: Shape, least: str, most: str, what: str = "") -> str:
    """ ", 1 to 64 long"; nothing without limits."""
    low, high = shape.get(least), shape.get(most)
    if high is not None:
        return f", {show_number(low or 0)} to {show_number(high)} {what}".rstrip()
    return f", at least {show_number(low)} {what}".rstrip() if low else ""


def _example(exchange: dict[str, Any], host: str) -> Example:
    answer = exchange["response"]
    lines = [f"HTTP {answer['status']}"]
    lines += [f"{name}: {value}" for name, value in answer.get("headers", {}).items()]
    if "media_type" in answer:
        lines.append(f"Content-Type: {answer['media_type']}")
    body = answer.get("body")
    if body is not None:
        text = body if isinstance(body, str) else _pretty(body)
        cut = text if len(text) <= _SHOWN_LETTERS else text[:_SHOWN_LETTERS] + "\n…"
        lines += ["", cut.rstrip()]
    shown = "\n".join(lines).replace(schema_examples.HOST, host)
    return Example(exchange["title"], command(exchange["request"], host), answer["status"], shown)


def _pretty(body: Any) -> str:
    """JSON with one row of a matrix a line."""
    text = json.dumps(body, ensure_ascii=False, indent=2)
    return re.sub(r"\[[^\[\]{}\"]+\]", lambda row: "[" + " ".join(row[0][1:-1].split()) + "]", text)


def command(request: dict[str, Any], host: str) -> str:
    """The request as a curl command, with the reader's own token and ids in variables."""
    path = request["path"]
    for name, variable in _VARIABLES.items():
        path = path.replace(name, variable)
    query = f"?{request['query']}" if request["query"] else ""
    parts = ["curl"]
    if request["method"] != "GET":
        parts.append(f"-X {request['method']}")
    if request["signed_in"]:
        parts.append('-H "Authorization: Token $TOKEN"')
    parts += [f"-H {shlex.quote(f'{name}: {value}')}" for name, value in request["headers"].items()]
    parts += _sent(request)
    return " \\\n  ".join([*parts, f'"{host}{path}{query}"'])


def _sent(request: dict[str, Any]) -> list[str]:
    if "media_type" not in request:
        return []
    if "body" not in request:
        return ["-d @body.json"]
    body = request["body"]
    if request["media_type"] == "multipart/form-data":
        return [
            f"-F {name}=@{value}"
            if name == "file"
            else f"-F {shlex.quote(f'{name}={value if isinstance(value, str) else json.dumps(value)}')}"
            for name, value in body.items()
            if name == "file" or name in ("task", *UPLOAD_ENCODING)
        ]
    data = body if isinstance(body, str) else json.dumps(body)
    return [f"-H 'Content-Type: {request['media_type']}'", f"-d {shlex.quote(data)}"]
