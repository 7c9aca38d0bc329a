"""When a person did something in a lesson or at a task: all that time on task is computed from."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from camp.learning.time_on_task import Kind


class Moment(models.Model):
    """That something was done, and whether while reading or at a task; not what. See camp.learning.time_on_task."""

    owner = models.ForeignKey(  # found by the index below
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+", db_index=False
    )
    kind = models.CharField(max_length=8, choices=[(kind.value, kind.value) for kind in Kind])
    at = models.DateTimeField(db_index=True)  # by which old ones are found
    is_afresh = models.BooleanField(default=False)

    class Meta:
        verbose_name = _("moment")
        verbose_name_plural = _("moments")
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["owner", "at"], name="moments_of_owner"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.at:%Y-%m-%d %H:%M:%S}"
