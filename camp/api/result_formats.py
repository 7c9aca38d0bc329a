"""A result as JSON, NPZ or CSV: which one is asked for."""

from typing import Any

from django.utils.translation import gettext_noop
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.renderers import BaseRenderer, JSONRenderer
from rest_framework.request import Request

from attention_core.params import Problem
from attention_core.problems import shorten
from camp.api.problems import Invalid
from camp.lab.result_files import NPZ_TYPE, PARTS

_NOT_OFFERED = gettext_noop('expected one of %(options)s, got "%(received)s"')
_ONLY_CSV = gettext_noop("expected no part, which belongs to ?as=csv")


class NpzFormat(BaseRenderer):
    media_type = NPZ_TYPE
    format = "npz"


class CsvFormat(BaseRenderer):
    media_type = "text/csv"
    format = "csv"


RESULT_FORMATS: tuple[type[BaseRenderer], ...] = (JSONRenderer, NpzFormat, CsvFormat)


class ResultFormat(DefaultContentNegotiation):
    """By `?as=`, which a link can carry; else by Accept."""

    def select_renderer(self, request: Request, renderers: Any, format_suffix: str | None = None) -> Any:
        wanted = request.query_params.get("as")
        if wanted is None:
            return super().select_renderer(request, renderers, format_suffix)
        for renderer in renderers:
            if renderer.format == wanted:
                return renderer, renderer.media_type
        raise Invalid([not_offered("as", [renderer.format for renderer in renderers], wanted)])


def csv_part(request: Request) -> str | None:
    """Which matrix the CSV shall hold; None when no CSV is asked for. Raises Invalid."""
    part = request.query_params.get("part")
    if request.accepted_renderer.format != "csv":
        if part is not None:
            raise Invalid([Problem(("part",), _ONLY_CSV)])
        return None
    if part not in PARTS:
        raise Invalid([not_offered("part", PARTS, part or "")])
    return part


def not_offered(name: str, options: Any, received: str) -> Problem:
    return Problem((name,), _NOT_OFFERED, {"options": ", ".join(options), "received": shorten(received)})
