"""Mistakes of the course that its readers report."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

MOST_PAGE, MOST_SECTION, MOST_TEXT = 300, 64, 2_000


class State(models.TextChoices):
    OPEN = "open", _("not answered yet")
    ANSWERED = "answered", _("dealt with")


class MistakeReport(models.Model):
    """`page` is an address within the camp, `section` what stands behind its #, or the name of a question.

    It goes with its owner's other data when they are erased. One of a visitor who is nobody yet has no owner.
    """

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, null=True, blank=True, related_name="+",
        verbose_name=_("reported by"),
    )  # fmt: skip
    page = models.CharField(_("page"), max_length=MOST_PAGE)
    section = models.CharField(_("section"), max_length=MOST_SECTION, blank=True)
    text = models.TextField(_("what is wrong"), max_length=MOST_TEXT)
    language = models.CharField(_("language"), max_length=16)
    state = models.CharField(_("state"), max_length=16, choices=State.choices, default=State.OPEN)
    created_at = models.DateTimeField(_("reported"), auto_now_add=True)
    answered_at = models.DateTimeField(_("answered at"), null=True, blank=True)

    class Meta:
        verbose_name = _("report of a mistake")
        verbose_name_plural = _("reports of mistakes")
        ordering: ClassVar[list[str]] = ["-created_at", "-pk"]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["state", "-created_at"], name="mistakes_by_state")
        ]

    def __str__(self) -> str:
        return f"{self.page}#{self.section}" if self.section else self.page
