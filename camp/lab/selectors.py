"""Reads of jobs. All of them start from one owner's rows: another person's job does not exist here."""

from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.db.models import Count, F, Max, Q, QuerySet
from django.utils import timezone

import attention_core
from camp.accounts.models import User
from camp.accounts.services import GUESTS_KEPT
from camp.lab import results
from camp.lab.clock import from_now
from camp.lab.models import LIVE, Job, JobBatch, JobInput, JobResult, JobsOnDay, Status


def jobs_of(owner: object) -> QuerySet[Job]:
    """The owner's jobs, newest first, without their parameters, which may be large."""
    if not isinstance(owner, User):
        return Job.objects.none()
    return Job.objects.filter(owner=owner).defer("params_json")


def jobs_found(owner: object, *, text: str = "", status: str = "", pinned: bool = False) -> QuerySet[Job]:
    """Of the owner's jobs those whose name or note has the text, and that are such."""
    found = jobs_of(owner)
    if text:
        found = found.filter(Q(own_name__icontains=text) | Q(note__icontains=text))
    if status:
        found = found.filter(status=status)
    return found.filter(pinned=True) if pinned else found


# What a table of runs that are done can be sorted by, and the columns that say it.
TRIED_BY = {
    "time": ("created_at",),
    "function": ("figures__function",),
    "scale": ("figures__scale",),
    "temperature": ("figures__temperature",),
    "mask": ("figures__causal", "figures__padding", "figures__drawn"),
    "heads": ("figures__heads",),
    "size": ("figures__n_q", "figures__n_k", "figures__d_k"),
    "entropy": ("figures__entropy_bits",),
    "tokens": ("figures__effective_tokens",),
    "largest": ("figures__largest_weight",),
    "agreement": ("figures__agreement",),
}


def runs_tried(
    owner: object, *, text: str = "", pinned: bool = False, sort: str = "time", is_rising: bool = False
) -> QuerySet[Job]:
    """Of the owner's jobs those that are done and have figures, with them; what has none to sort by stands last.

    No result is read: `figures` is a small row of its own.
    """
    found = jobs_found(owner, text=text, status=Status.SUCCEEDED, pinned=pinned)
    columns = [F(name) for name in TRIED_BY[sort]]
    order = [column.asc(nulls_last=True) if is_rising else column.desc(nulls_last=True) for column in columns]
    return (
        found.filter(figures__isnull=False)
        .select_related("figures")
        .defer("params_json", "summary", "note")
        .order_by(*order, "-created_at", "-id")
    )


def runs_tried_after(runs: QuerySet[Job], last: Job | None, count: int) -> list[Job]:
    """The next of these runs, newest first, after the `last` that was read: each call is one short query."""
    newest_first = runs.order_by("-created_at", "-id")
    if last is not None:
        older = Q(created_at__lt=last.created_at) | Q(created_at=last.created_at, pk__lt=last.pk)
        newest_first = newest_first.filter(older)
    return list(newest_first[:count])


def job_of(owner: object, job_id: UUID) -> Job | None:
    """The owner's job with its parameters; None when it is missing or another's, which look the same."""
    return jobs_of(owner).defer(None).filter(pk=job_id).first()


def runs_done(owner: object, *, task: str = "") -> QuerySet[Job]:
    """The owner's jobs that succeeded, of one task if it is named."""
    done = jobs_of(owner).filter(status=Status.SUCCEEDED)
    return done.filter(task=task) if task else done


def run_before(job: Job) -> Job | None:
    """The run of the same task that its owner had done before this one."""
    return runs_done(job.owner, task=job.task).filter(created_at__lt=job.created_at).first()


def jobs_set_aside(owner: object) -> QuerySet[Job]:
    """What the owner has deleted and may still bring back."""
    if not isinstance(owner, User):
        return Job.objects.none()
    return Job.with_deleted.filter(owner=owner, deleted_at__gt=from_now(-settings.JOB_UNDO))


def all_kept_of(owner: User) -> QuerySet[Job]:
    """Every job of the owner's that the database has, what they have just deleted among them."""
    return Job.with_deleted.filter(owner=owner)


def batch_of(owner: object, batch_id: UUID) -> JobBatch | None:
    """The owner's batch; None when it is missing or another's."""
    return JobBatch.objects.filter(owner=owner, pk=batch_id).first() if isinstance(owner, User) else None


def jobs_in(batch: JobBatch) -> QuerySet[Job]:
    """The jobs of a batch that have not been deleted, in the order they were sent."""
    return Job.objects.filter(batch=batch).order_by("place_in_batch")


def status_counts(batch: JobBatch) -> dict[str, int]:
    """How many of the batch's jobs stand at each status."""
    rows = Job.objects.filter(batch=batch).order_by().values_list("status").annotate(Count("pk"))
    return dict.fromkeys(Status.values, 0) | dict(rows)


def same_work(owner: User, digest: str) -> JobResult | None:
    """What the owner's newest run of the same work gave, by the same version of the core. Never another's: how soon an
    answer comes must not tell what others have asked.
    """
    done = Job.objects.filter(
        owner=owner, params_hash=digest, core_version=attention_core.__version__, status=Status.SUCCEEDED
    )
    return JobResult.objects.filter(job__in=done).order_by("-job__created_at").first()


def failures_in(batch: JobBatch) -> list[Job]:
    """The batch's jobs that failed, in the order they were sent, with no more than what names and explains each."""
    failed = jobs_in(batch).filter(status=Status.FAILED)
    return list(failed.only("batch_id", "place_in_batch", "error_code", "error_message", "summary"))


def last_end_in(batch: JobBatch) -> datetime | None:
    """When the newest end among the batch's jobs was; None while none has ended."""
    found: datetime | None = Job.objects.filter(batch=batch).aggregate(last=Max("finished_at"))["last"]
    return found


def result_of(job: Job) -> JobResult | None:
    return JobResult.objects.filter(job=job).defer("arrays").first()


def arrays_of(job: Job) -> bytes:
    """The result's arrays as an NPZ file; empty when there are none."""
    return b"".join(results.arrays(job.pk))


def input_file_of(job: Job) -> bytes | None:
    """The arrays that the job came with as a large file; None when its row has all."""
    if not job.has_input_file:
        return None
    return bytes(JobInput.objects.values_list("arrays", flat=True).get(job=job))


def kept_until(job: Job) -> datetime | None:
    """When the run is removed; None while it lives or is pinned. A guest's runs go with the guest, pinned or not."""
    if not isinstance(job.finished_at, datetime):
        return None
    kept = None if job.pinned else job.finished_at + settings.JOB_KEPT[job.queue]
    if not job.owner.is_guest:
        return kept
    gone = job.owner.date_joined + GUESTS_KEPT
    return min(kept, gone) if kept else gone


def jobs_before(job: Job) -> int:
    """How many jobs wait before this one in its queue."""
    return Job.objects.filter(queue=job.queue, status=Status.QUEUED, created_at__lt=job.created_at).count()


def jobs_a_day(owner: User) -> int:
    """How many jobs the owner may submit on a day (UTC)."""
    return int(settings.GUEST_JOBS_A_DAY if owner.is_guest else settings.MEMBER_JOBS_A_DAY)


def quota_of(owner: User) -> dict[str, int]:
    """What the owner may submit and has submitted."""
    today = JobsOnDay.objects.filter(owner=owner, day=timezone.now().date()).first()
    return {
        "a_day": jobs_a_day(owner),
        "today": today.count if today else 0,
        "at_once": settings.JOBS_AT_ONCE,
        "live": Job.objects.filter(owner=owner, status__in=LIVE).count(),
    }
