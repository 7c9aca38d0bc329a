"""A result as JSON, NPZ or CSV: which one is asked for, and the two that are files."""

import csv
import io
from typing import Any

import numpy as np
from django.http import HttpResponse
from django.utils.translation import gettext_noop
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.renderers import BaseRenderer, JSONRenderer
from rest_framework.request import Request

from attention_core.params import Problem
from attention_core.problems import shorten
from camp.api.problems import Invalid
from camp.lab.models import Job

PARTS = ("output", "weights", "scores", "scaled", "masked")

_NOT_OFFERED = gettext_noop('expected one of %(options)s, got "%(received)s"')
_ONLY_CSV = gettext_noop("expected no part, which belongs to ?as=csv")


class NpzFormat(BaseRenderer):
    media_type = "application/x-npz"
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
        raise Invalid([_not_offered("as", [renderer.format for renderer in renderers], wanted)])


def csv_part(request: Request) -> str | None:
    """Which matrix the CSV shall hold; None when no CSV is asked for. Raises Invalid."""
    part = request.query_params.get("part")
    if request.accepted_renderer.format != "csv":
        if part is not None:
            raise Invalid([Problem(("part",), _ONLY_CSV)])
        return None
    if part not in PARTS:
        raise Invalid([_not_offered("part", PARTS, part or "")])
    return part


def _not_offered(name: str, options: Any, received: str) -> Problem:
    return Problem((name,), _NOT_OFFERED, {"options": ", ".join(options), "received": shorten(received)})


def npz_answer(job: Job, arrays: bytes) -> HttpResponse:
    return _file(job, arrays, NpzFormat.media_type, "npz")


def csv_answer(job: Job, arrays: bytes, part: str) -> HttpResponse:
    """One row a query of one head. A hidden score is an empty cell."""
    with np.load(io.BytesIO(arrays), allow_pickle=False) as found:
        matrix, heads = found[part], len(found["entropy"])
    if part == "output":
        # Heads stand side by side in it; a row of the table holds one head's share.
        by_head = np.stack(np.split(matrix, heads, axis=1))
    else:
        by_head = matrix.reshape(heads, *matrix.shape[-2:])
    text = io.StringIO()
    rows = csv.writer(text)
    columns = "feature" if part == "output" else "key"
    rows.writerow(["head", "query", *(f"{columns}_{index}" for index in range(by_head.shape[2]))])
    for head, query in np.ndindex(by_head.shape[:2]):
        cells = by_head[head, query].tolist()
        rows.writerow([head, query, *("" if cell == -np.inf else repr(cell) for cell in cells)])
    return _file(job, text.getvalue().encode(), "text/csv; charset=utf-8", f"{part}.csv")


def _file(job: Job, content: bytes, content_type: str, ending: str) -> HttpResponse:
    name = f"{job.task}-{job.pk}.{ending}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return HttpResponse(content, content_type=content_type, headers=headers)
