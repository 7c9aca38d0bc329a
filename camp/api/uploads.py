"""A job sent as multipart: `task`, `params` (JSON) and `file` (NPZ)."""

from typing import Any

from django.core.exceptions import SuspiciousOperation
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request

from camp.api.parsers import BodyTooLarge, MalformedBody, strict_json
from camp.edge import body_limit
from camp.lab.inputs import MAX_FILE_BYTES


class Uploads(MultiPartParser):
    """The framework's; `read_upload` judges what it finds."""


def is_upload(request: Request) -> bool:
    return str(request.content_type or "").lower().startswith("multipart/form-data")


def read_upload(request: Request) -> dict[str, Any]:
    """The fields of a multipart body: texts, `params` as JSON read it, `file` as bytes.

    Raises:
        BodyTooLarge, MalformedBody: with the place.
    """
    declared = str(request.META.get("CONTENT_LENGTH") or "0")
    length = int(declared) if declared.isascii() and declared.isdecimal() else 0
    _check_size(length, body_limit(str(request.content_type)))
    try:
        sent: Any = request.data
    except SuspiciousOperation as error:  # too many fields, or fields too large
        raise MalformedBody(
            _("expected the fields task, params and file; got too many or too large ones")
        ) from error
    body: dict[str, Any] = {}
    for name, values in sent.lists():
        if name == "csrfmiddlewaretoken":
            continue
        if len(values) > 1:
            raise MalformedBody(_("expected each field once, got it twice"), pointer=name)
        body[name] = _field(name, values[0])
    return body


def _field(name: str, value: Any) -> Any:
    is_file = isinstance(value, UploadedFile)
    if name == "file":
        if not is_file:
            raise MalformedBody(_("expected a file, got a text"), pointer=name)
        _check_size(value.size or 0, MAX_FILE_BYTES)
        return value.read()
    if is_file:
        raise MalformedBody(_("expected a text, got a file"), pointer=name)
    if name != "params":
        return value
    try:
        return strict_json(value.encode())
    except UnicodeEncodeError as error:
        raise MalformedBody(_("expected UTF-8, got something else"), pointer=name) from error
    except MalformedBody as error:
        raise MalformedBody(error.detail, pointer=name) from error


def _check_size(received: int, limit: int) -> None:
    if received > limit:
        values = {"limit": limit, "received": received}
        raise BodyTooLarge(_("expected a body of at most %(limit)s bytes, got %(received)s") % values)
