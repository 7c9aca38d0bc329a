"""Reads of jobs. All of them start from one owner's rows: another person's job does not exist here."""

from uuid import UUID

from django.conf import settings
from django.db.models import Count, QuerySet
from django.utils import timezone

from camp.accounts.models import User
from camp.lab.models import LIVE, Job, JobBatch, JobInput, JobResult, JobsOnDay, Status


def jobs_of(owner: object) -> QuerySet[Job]:
    """The owner's jobs, newest first, without their parameters, which may be large."""
    if not isinstance(owner, User):
        return Job.objects.none()
    return Job.objects.filter(owner=owner).defer("params_json")


def job_of(owner: object, job_id: UUID) -> Job | None:
    """The owner's job with its parameters; None when it is missing or another's, which look the same."""
    return jobs_of(owner).defer(None).filter(pk=job_id).first()


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


def result_of(job: Job) -> JobResult | None:
    return JobResult.objects.filter(job=job).defer("arrays").first()


def arrays_of(job: Job) -> bytes:
    """The result's arrays as an NPZ file; empty when there are none."""
    found = JobResult.objects.filter(job=job).values_list("arrays", flat=True).first()
    return bytes(found or b"")


def input_file_of(job: Job) -> bytes | None:
    """The arrays that the job came with as a large file; None when its row has all."""
    if not job.has_input_file:
        return None
    return bytes(JobInput.objects.values_list("arrays", flat=True).get(job=job))


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
