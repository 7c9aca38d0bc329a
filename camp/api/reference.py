"""`/api/schema/`: the API described for programs, and `/api/docs/`: the same for people."""

import json
from functools import cache

from django.http import HttpRequest, HttpResponse

from camp.errors import only_get


@only_get
def schema_json(request: HttpRequest) -> HttpResponse:
    return HttpResponse(
        _schema_bytes(), content_type="application/json", headers={"Cache-Control": "no-cache"}
    )


@cache
def _schema_bytes() -> bytes:
    from camp.api.schema import document

    return json.dumps(document(), ensure_ascii=False, separators=(",", ":")).encode()
