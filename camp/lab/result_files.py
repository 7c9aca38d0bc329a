"""A result's arrays as files to take along: all of them as NPZ, one matrix as CSV."""

import csv
import io
from collections.abc import Iterator
from typing import Any

import numpy as np
from django.http import HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase

from camp.lab import results
from camp.lab.models import Job
from camp.streams import in_thread

PARTS = ("output", "weights", "scores", "scaled", "masked")
NPZ_TYPE = "application/x-npz"


class NoPart(LookupError):
    """The result has no matrix of that name; `args[0]` lists those it has."""


def npz_answer(job: Job, size: int, name: str) -> HttpResponseBase:
    """The file, called `name`; a large one a part at a time, for it may have tens of megabytes."""
    headers = named(name, "npz")
    if size <= results.PART_BYTES:
        content = b"".join(results.arrays(job.pk))
        return HttpResponse(content, content_type=NPZ_TYPE, headers=headers)
    parts = in_thread(results.arrays(job.pk))
    headers["Content-Length"] = str(size)
    return StreamingHttpResponse(parts, content_type=NPZ_TYPE, headers=headers)


def csv_answer(arrays: bytes, part: str, name: str) -> HttpResponseBase:
    """One row a query of one head. A hidden score is an empty cell.

    Raises:
        NoPart: the result has no such matrix.
    """
    with np.load(io.BytesIO(arrays), allow_pickle=False) as found:
        if part not in found:
            raise NoPart([one for one in PARTS if one in found])
        if found[part].ndim == 4:
            return _by_layer(found[part], part, name)
        matrix = found[part]
        heads = len(found["entropy"]) if "entropy" in found else len(matrix) if matrix.ndim == 3 else 1
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
    content = text.getvalue().encode()
    return HttpResponse(content, content_type="text/csv; charset=utf-8", headers=named(name, f"{part}.csv"))


def _by_layer(weights: np.ndarray[Any, Any], part: str, name: str) -> HttpResponseBase:
    """The weights of a model: one row a query of one head of one layer, sent a head at a time, for there may be many."""

    def parts() -> Iterator[bytes]:
        yield (
            ",".join(["layer", "head", "query", *(f"key_{key}" for key in range(weights.shape[3]))]) + "\r\n"
        ).encode()
        for layer, head in np.ndindex(weights.shape[:2]):
            lines = (
                f"{layer},{head},{query}," + ",".join(map(repr, row))
                for query, row in enumerate(weights[layer, head].tolist())
            )
            yield "".join(f"{line}\r\n" for line in lines).encode()

    headers = named(name, f"{part}.csv")
    return StreamingHttpResponse(in_thread(parts()), content_type="text/csv; charset=utf-8", headers=headers)


def named(name: str, ending: str) -> dict[str, str]:
    """What a browser saves the answer as."""
    return {"Content-Disposition": f'attachment; filename="{name}.{ending}"'}
