"""A person's jobs, for the export of their data: what they asked for and what came out."""

import base64
import json
from collections.abc import Iterator
from typing import Any

from camp.accounts.models import User
from camp.accounts.own_data import exports
from camp.lab import selectors
from camp.lab.models import Job, SharedRun


@exports("jobs")
def _jobs(account: User) -> Iterator[dict[str, Any]]:
    """A row at a time, for together they may be larger than memory.

    Those that can still be brought back are among them, marked: the file has whatever is kept about the person.
    """
    kept = selectors.all_kept_of(account)
    for job_id in list(kept.values_list("pk", flat=True)):
        job = kept.filter(pk=job_id).first()
        if job is not None:  # gone meanwhile
            yield _job(job)


def _job(job: Job) -> dict[str, Any]:
    result = selectors.result_of(job)
    document = json.loads(bytes(result.document)) if result else None
    found = {
        "id": job.pk,
        "task": job.task,
        "status": job.status,
        "name": job.own_name,
        "note": job.note,
        "guess": job.guess,
        "params": job.params,
        "created_at": job.created_at,
        "started_at": job.started_at,
        "finished_at": job.finished_at,
        "deleted_at": job.deleted_at,
        "attempts": job.starts,
        "core_version": job.core_version,
        "error": {"code": job.error_code, "message": job.error_message} if job.error_code else None,
        "batch": job.batch_id,
        "shared_since": SharedRun.objects.filter(job=job).values_list("created_at", flat=True).first(),
        "result": document,
    }
    if job.has_input_file:
        found["input_npz_base64"] = _base64(selectors.input_file_of(job) or b"")
    if isinstance(document, dict) and document.get("truncated"):
        found["result_npz_base64"] = _base64(selectors.arrays_of(job))
    return found


def _base64(file: bytes) -> str:
    return base64.b64encode(file).decode()
