"""What may be sent, as JSON Schema: from the serializers, and from each task's own params."""

from typing import Any

from attention_core import catalogue
from attention_core.params import json_schema
from attention_core.tasks.base import Task
from camp.api.batches import MAX_JOBS
from camp.api.schema_shapes import Shape, record, ref
from camp.api.serializers import StrictSerializer, TokenRequest

_FILE: Shape = {
    "type": "string",
    "format": "binary",
    "contentMediaType": "application/x-npz",
    "description": "An NPZ file with query, key and value, and if wanted mask, key_padding and parameters.<name>.",
}
# In a form, params is a part of its own that holds JSON.
UPLOAD_ENCODING = {
    "params": {"contentType": "application/json"},
    "file": {"contentType": "application/x-npz, application/octet-stream"},
}


def shapes() -> dict[str, Shape]:
    """Every body that a call reads, by name."""
    tasks = catalogue.tasks().values()
    found: dict[str, Shape] = {
        "TokenRequest": _of_serializer(TokenRequest()),
        "JobRequest": _by_task("Job"),
        "JobUpload": _by_task("Upload"),
        "BatchRequest": record(
            "Either all jobs are accepted or none.",
            jobs={"type": "array", "minItems": 1, "maxItems": MAX_JOBS, "items": ref("JobRequest")},
        ),
    }
    for task in tasks:
        params = json_schema(task.params)
        del params["$schema"]  # an OpenAPI document has one dialect, and it is this one
        found[_name(task, "Params")] = params
        found[_name(task, "Job")] = record(
            task.description, task={"const": task.name}, params=ref(_name(task, "Params"))
        )
        # What the file holds, params must leave out, so params by themselves need nothing.
        found[_name(task, "Upload")] = record(
            "The arrays come in the file, everything else in params.",
            optional=("params",),
            task={"const": task.name},
            params={**params, "required": []},
            file=_FILE,
        )
    return found


def _name(task: Task, kind: str) -> str:
    return "".join(word.capitalize() for word in task.name.split("_")) + kind


def _by_task(kind: str) -> Shape:
    tasks = catalogue.tasks().values()
    targets = {task.name: ref(_name(task, kind)) for task in tasks}
    mapping = {name: target["$ref"] for name, target in targets.items()}
    return {
        "oneOf": list(targets.values()),
        "discriminator": {"propertyName": "task", "mapping": mapping},
    }


def _of_serializer(serializer: StrictSerializer) -> Shape:
    optional = tuple(name for name, field in serializer.fields.items() if not field.required)
    fields: Any = {name: _of_field(field) for name, field in serializer.fields.items()}
    return record(optional=optional, **fields)


def _of_field(field: Any) -> Shape:
    shape: Shape = field.schema()
    if not field.required and field.default is not None:
        shape["default"] = field.default
    return {**shape, "description": field.help_text} if field.help_text else shape
