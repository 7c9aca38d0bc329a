"""The job row is the truth about a job; Redis only wakes workers. See docs/decisions on jobs."""

import json
import uuid
from datetime import datetime
from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _


class Status(models.TextChoices):
    QUEUED = "queued", _("waiting")
    RUNNING = "running", _("running")
    SUCCEEDED = "succeeded", _("done")
    FAILED = "failed", _("failed")
    CANCELLED = "cancelled", _("cancelled")


LIVE = (Status.QUEUED, Status.RUNNING)
TERMINAL = (Status.SUCCEEDED, Status.FAILED, Status.CANCELLED)


class ErrorCode(models.TextChoices):
    INVALID = "invalid", _("the input was not acceptable")
    POISON = "poison", _("it ended its worker each time it was started")
    TIMEOUT = "timeout", _("it ran past its time limit")
    MEMORY = "memory", _("it needed more memory than there is")
    CANCELLED = "cancelled", _("it was cancelled")
    EXPIRED = "expired", _("it was not started in time")
    INTERNAL = "internal", _("a fault of the camp, which has been logged")


CANCELLED_BY_ADMIN = "It was cancelled by an admin."


class JobBatch(models.Model):
    """Jobs that were submitted in one call, all or none."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        verbose_name = _("batch of jobs")
        verbose_name_plural = _("batches of jobs")

    def __str__(self) -> str:
        return f"batch {self.id}"

    def get_absolute_url(self) -> str:
        return reverse("lab:batch", args=[self.id])


class PresentJobs(models.Manager["Job"]):
    """Without what has been deleted: all reading goes through this one."""

    def get_queryset(self) -> models.QuerySet["Job"]:
        return super().get_queryset().filter(deleted_at=None)


class Job(models.Model):
    """One task asked for by one owner.

    `attempts` numbers the starts and is the fence: a worker may write only while the row still carries the
    number it claimed with. Of them `handed_back` do not count. `lease_expires_at` is when silence means that the worker is gone;
    `available_at` is before when a start is not allowed. Times are the database's, not a host's.

    With `deleted_at` it is there for nobody, and for its owner to bring back for a few minutes: settings.JOB_UNDO.
    """

    NAME_LENGTH = 80
    NOTE_LENGTH = 2000

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="jobs", verbose_name=_("owner")
    )
    batch = models.ForeignKey(JobBatch, on_delete=models.SET_NULL, null=True, related_name="jobs")
    place_in_batch = models.PositiveSmallIntegerField(null=True)
    task = models.CharField(_("task"), max_length=64)
    queue = models.CharField(_("queue"), max_length=32)
    params_json = models.TextField(_("parameters"), help_text=_("Canonical JSON, defaults filled in."))
    has_input_file = models.BooleanField(
        default=False, help_text="Its arrays are in JobInput, not in params_json."
    )
    summary = models.JSONField(
        default=dict,
        help_text="What the history shows of the parameters without loading them: camp/lab/summaries.py.",
    )
    params_hash = models.CharField(
        max_length=64, help_text="SHA-256 that names the work: camp/lab/inputs.py."
    )
    seed = models.BigIntegerField(_("seed"), null=True)
    core_version = models.CharField(_("core version"), max_length=32)
    may_share = models.BooleanField(
        default=False, help_text="So small that its first start is one call with others that wait."
    )

    status = models.CharField(_("status"), max_length=16, choices=Status.choices, default=Status.QUEUED)
    attempts = models.PositiveSmallIntegerField(_("starts"), default=0)
    handed_back = models.PositiveSmallIntegerField(
        _("handed back"), default=0, help_text="Starts that do not count: the worker was asked to stop."
    )
    worker = models.CharField(_("worker"), max_length=200, blank=True)
    lease_expires_at = models.DateTimeField(_("lease until"), null=True, blank=True)
    heartbeat_at = models.DateTimeField(_("last heard of"), null=True, blank=True)
    available_at = models.DateTimeField(_("not before"), null=True, blank=True)
    sent_at = models.DateTimeField(_("worker woken"), null=True, blank=True)

    progress = models.FloatField(_("progress"), default=0.0)
    message = models.CharField(_("message"), max_length=200, blank=True)
    curve = models.JSONField(_("figures on the way"), default=list, blank=True)
    cached = models.BooleanField(_("reused"), default=False)
    pinned = models.BooleanField(_("pinned"), default=False)
    own_name = models.CharField(_("name"), max_length=NAME_LENGTH, blank=True)
    note = models.TextField(_("note"), max_length=NOTE_LENGTH, blank=True)
    guess = models.JSONField(
        _("guess"), null=True, blank=True, help_text="Of a row, before it was shown: camp/lab/guesses.py."
    )
    error_code = models.CharField(_("error"), max_length=16, choices=ErrorCode.choices, blank=True)
    error_message = models.TextField(_("reason"), blank=True)

    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    started_at = models.DateTimeField(_("started"), null=True, blank=True)
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True)
    deleted_at = models.DateTimeField(_("deleted"), null=True, blank=True, editable=False)

    objects = PresentJobs()
    with_deleted = models.Manager["Job"]()

    class Meta:
        verbose_name = _("job")
        verbose_name_plural = _("jobs")
        ordering: ClassVar[list[str]] = ["-created_at", "-id"]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["owner", "-created_at", "-id"], name="job_history"),
            models.Index(fields=["status", "queue", "created_at"], name="job_queue"),
            models.Index(fields=["owner", "params_hash"], name="job_same_work"),
            models.Index(fields=["deleted_at"], name="job_deleted", condition=Q(deleted_at__isnull=False)),
        ]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(condition=Q(status__in=Status.values), name="job_status_known"),
            models.CheckConstraint(
                condition=Q(status__in=TERMINAL, finished_at__isnull=False)
                | Q(status__in=LIVE, finished_at__isnull=True),
                name="job_finished_when_terminal",
            ),
            models.CheckConstraint(
                condition=~Q(status=Status.RUNNING) | Q(lease_expires_at__isnull=False, attempts__gte=1),
                name="job_running_has_lease",
            ),
            models.CheckConstraint(
                condition=~Q(status=Status.FAILED) | ~Q(error_code=""), name="job_failed_has_reason"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.task} {self.id}"

    def get_absolute_url(self) -> str:
        return reverse("lab:run", args=[self.id])

    @property
    def params(self) -> dict[str, Any]:
        loaded: dict[str, Any] = json.loads(self.params_json)
        return loaded

    @property
    def number_in_batch(self) -> int | None:
        """As people count, from 1; None for a job without a batch."""
        return None if self.place_in_batch is None else self.place_in_batch + 1

    @property
    def starts(self) -> int:
        """How many starts count against the limit."""
        return self.attempts - self.handed_back

    @property
    def is_terminal(self) -> bool:
        return self.status in TERMINAL

    @property
    def seconds(self) -> float | None:
        """From start to finish, once both are known."""
        start, end = self.started_at, self.finished_at
        return (
            (end - start).total_seconds()
            if isinstance(start, datetime) and isinstance(end, datetime)
            else None
        )


class JobInput(models.Model):
    """The arrays of a job that came as a large file, as an NPZ file of checked float64 and bool arrays."""

    job = models.OneToOneField(Job, on_delete=models.CASCADE, primary_key=True, related_name="input")
    arrays = models.BinaryField()

    class Meta:
        verbose_name = _("input")
        verbose_name_plural = _("inputs")

    def __str__(self) -> str:
        return f"input of {self.job_id}"


class JobsOnDay(models.Model):
    """How many jobs an owner has submitted on a day (UTC). Deleting a job does not give its place back."""

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    day = models.DateField()
    count = models.PositiveIntegerField(default=0)

    class Meta:
        verbose_name = _("jobs on a day")
        verbose_name_plural = _("jobs on days")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["owner", "day"], name="one_count_a_day"),
        ]

    def __str__(self) -> str:
        return f"{self.owner_id} {self.day}: {self.count}"


class IdempotencyKey(models.Model):
    """A client's own name for one submit, so that sending it again cannot make a second job.

    `digest` names the work it was sent with. It made a job or a batch; both are empty once that has been deleted.
    """

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    path = models.CharField(max_length=200)
    key = models.CharField(max_length=255)
    digest = models.CharField(max_length=64)
    job = models.ForeignKey(Job, on_delete=models.SET_NULL, null=True, related_name="+")
    batch = models.ForeignKey(JobBatch, on_delete=models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True, db_index=True)

    class Meta:
        verbose_name = _("idempotency key")
        verbose_name_plural = _("idempotency keys")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["owner", "path", "key"], name="one_job_a_key"),
        ]

    def __str__(self) -> str:
        return f"{self.owner_id} {self.path} {self.key}"


class JobResult(models.Model):
    """What a succeeded job computed: the JSON document that the API answers, byte for byte, and every array.

    `arrays` is an NPZ file, which has also what is too large for the document; empty for a task without arrays, and
    where it is so large that it lies in parts. Read and written by camp/lab/results.py.
    """

    job = models.OneToOneField(Job, on_delete=models.CASCADE, primary_key=True, related_name="result")
    document = models.BinaryField()
    arrays = models.BinaryField(default=b"")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("result")
        verbose_name_plural = _("results")

    def __str__(self) -> str:
        return f"result of {self.job_id}"

    @property
    def data(self) -> dict[str, Any]:
        loaded: dict[str, Any] = json.loads(bytes(self.document))
        return loaded


class RunFigures(models.Model):
    """What was set and what came out, in a few figures that a table is sorted by: camp/lab/run_figures.py.

    Of a run that is done and has weights. `scale` is the factor on the scores, None where the function takes none.
    """

    job = models.OneToOneField(Job, on_delete=models.CASCADE, primary_key=True, related_name="figures")
    function = models.CharField(max_length=32)
    scale = models.FloatField(null=True)
    has_own_scale = models.BooleanField(default=False)
    temperature = models.FloatField()
    causal = models.BooleanField()
    padding = models.BooleanField()
    drawn = models.BooleanField()
    heads = models.PositiveSmallIntegerField()
    n_q = models.PositiveSmallIntegerField()
    n_k = models.PositiveSmallIntegerField()
    d_k = models.PositiveSmallIntegerField()
    entropy_bits = models.FloatField(null=True, help_text="Mean of the rows that see any key.")
    effective_tokens = models.FloatField(null=True, help_text="Mean of the rows that see any key.")
    largest_weight = models.FloatField()
    agreement = models.FloatField(null=True, help_text="Of the guess that was kept, with the row it is of.")

    class Meta:
        verbose_name = _("figures of a run")
        verbose_name_plural = _("figures of runs")

    def __str__(self) -> str:
        return f"figures of {self.job_id}"


class SharedRun(models.Model):
    """A run that anybody may see who has its link: camp/lab/sharing.py. It ends with the run."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    job = models.OneToOneField(Job, on_delete=models.CASCADE, related_name="shared")
    digest = models.CharField(max_length=64, unique=True, help_text="SHA-256 of the token in the link.")
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        verbose_name = _("shared run")
        verbose_name_plural = _("shared runs")

    def __str__(self) -> str:
        return f"link to {self.job_id}"


class JobResultPart(models.Model):
    """A stretch of a large result's NPZ file, so that nobody need hold all of it at once."""

    result = models.ForeignKey(JobResult, on_delete=models.CASCADE, related_name="parts")
    number = models.PositiveSmallIntegerField(help_text="From 0.")
    content = models.BinaryField()

    class Meta:
        verbose_name = _("part of a result")
        verbose_name_plural = _("parts of results")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["result", "number"], name="one_part_of_each_number"),
        ]

    def __str__(self) -> str:
        return f"part {self.number} of {self.result_id}"
