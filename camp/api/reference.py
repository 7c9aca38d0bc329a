"""`/api/schema/`: the API described for programs, and `/api/docs/`: the same for people."""

import json
import re
from functools import cache, lru_cache
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt

from camp import problem_types
from camp.errors import only_get

_FILE_LINK = re.compile(r"\[([^\]]+)\]\((?!https?://|#)[^)]+\)")


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


@only_get
def guide(request: HttpRequest) -> HttpResponse:
    return render(request, "api/guide.html", {"guide": _guide()})


@cache
def _guide() -> SafeString:
    """docs/api.md; links to other files of the project lead nowhere here, and become their words."""
    text = (settings.BASE_DIR / "docs" / "api.md").read_text(encoding="utf-8").partition("\n")[2]
    text = _FILE_LINK.sub(r"\1", text)
    return mark_safe(MarkdownIt("commonmark").enable("table").render(text))  # noqa: S308  our own file


@lru_cache(maxsize=8)  # a camp has few names
def _contents(host: str) -> dict[str, Any]:
    from camp.api import reference_page
    from camp.api.schema import document

    return {"tags": reference_page.tags(document(), host), "shapes": reference_page.shapes(document())}
