"""What the server says about jobs and batches, as values."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True)
class JobError:
    """Why a job ended without a result."""

    code: str
    message: str


@dataclass(frozen=True)
class Job:
    """A job as it stood when it was asked for. `status` is queued, running, succeeded, failed or cancelled."""

    id: str
    task: str
    status: str
    progress: float
    message: str
    params: dict[str, Any]
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    attempts: int
    cached: bool
    core_version: str
    error: JobError | None
    links: dict[str, str]

    @property
    def is_done(self) -> bool:
        """Whether it has ended, well or not."""
        return self.status in ("succeeded", "failed", "cancelled")

    @classmethod
    def of(cls, document: dict[str, Any]) -> Job:
        """From the server's JSON; fields of a newer server are passed over."""
        error = document["error"]
        return cls(
            id=document["id"],
            task=document["task"],
            status=document["status"],
            progress=document["progress"],
            message=document["message"],
            params=document["params"],
            created_at=datetime.fromisoformat(document["created_at"]),
            started_at=_time(document["started_at"]),
            finished_at=_time(document["finished_at"]),
            attempts=document["attempts"],
            cached=document["cached"],
            core_version=document["core_version"],
            error=JobError(error["code"], error["message"]) if error else None,
            links=document["links"],
        )


@dataclass(frozen=True)
class Batch:
    """Jobs that were submitted in one call; `counts` says how many stand at each status."""

    id: str
    total: int
    counts: dict[str, int]
    jobs: tuple[Job, ...] = ()

    @property
    def is_done(self) -> bool:
        return not self.counts["queued"] and not self.counts["running"]

    @classmethod
    def of(cls, document: dict[str, Any]) -> Batch:
        jobs = tuple(Job.of(job) for job in document.get("jobs", []))
        return cls(id=document["id"], total=document["total"], counts=document["counts"], jobs=jobs)


def _time(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
