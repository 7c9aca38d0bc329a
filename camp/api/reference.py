"""`/api/schema/`: the API described for programs, and `/api/docs/`: the same for people."""

import json
from functools import cache, lru_cache
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from camp import problem_types
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


@only_get
def docs(request: HttpRequest) -> HttpResponse:
    host = request.build_absolute_uri("/").rstrip("/")
    return render(
        request,
        "api/reference.html",
        {**_contents(host), "problems": problem_types.CATALOGUE.values(), "urn": problem_types.URN},
    )


@lru_cache(maxsize=8)  # a camp has few names
def _contents(host: str) -> dict[str, Any]:
    from camp.api import reference_page
    from camp.api.schema import document

    return {"tags": reference_page.tags(document(), host), "shapes": reference_page.shapes(document())}
