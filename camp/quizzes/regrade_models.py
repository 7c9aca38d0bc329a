"""Regrades: what a new version of a question changes in the scores of attempts that were handed in; and the rules of
a module's quiz.
"""

import json
from typing import ClassVar

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from camp.courses.models import Module
from camp.quizzes.marking import percent

MOST_ATTEMPTS = 1_000  # that a limit may allow
_MOST_SHOWN = 160  # characters of an answer


class RegradeStatus(models.TextChoices):
    COMPARING = "comparing", _("being compared")
    READY = "ready", _("compared, not applied")
    APPLIED = "applied", _("applied")
    UNDONE = "undone", _("undone")


class Regrade(models.Model):
    """Marking kept answers to a question anew, by its version `to_version`: compared in steps, then applied, then perhaps undone.

    `last_item` is the answer that was compared last, `looked` how many were, of `total`. What is compared was handed in
    by `created_at`; the version that an answer was marked by before stands with each change, for there may be several.
    """

    question = models.ForeignKey(
        "quizzes.Question", on_delete=models.CASCADE, related_name="regrades", verbose_name=_("question")
    )
    to_version = models.ForeignKey(
        "quizzes.QuestionVersion", on_delete=models.PROTECT, related_name="+", verbose_name=_("to version")
    )
    status = models.CharField(
        _("status"), max_length=16, choices=RegradeStatus.choices, default=RegradeStatus.COMPARING
    )
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+",
        verbose_name=_("by"),
    )  # fmt: skip
    created_at = models.DateTimeField(_("compared"), auto_now_add=True)
    applied_at = models.DateTimeField(_("applied"), null=True, blank=True)
    undone_at = models.DateTimeField(_("undone"), null=True, blank=True)
    undone_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+",
        verbose_name=_("undone by"),
    )  # fmt: skip
    total = models.PositiveIntegerField(default=0)
    looked = models.PositiveIntegerField(default=0)
    last_item = models.BigIntegerField(default=0)

    class Meta:
        verbose_name = _("regrade")
        verbose_name_plural = _("regrades")
        ordering: ClassVar[list[str]] = ["-created_at", "-pk"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=Q(
                    status__in=["comparing", "ready"], applied_at__isnull=True, undone_at__isnull=True
                )
                | Q(status="applied", applied_at__isnull=False, undone_at__isnull=True)
                | Q(status="undone", applied_at__isnull=False, undone_at__isnull=False),
                name="regrade_dated_as_it_stands",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.question_id} → {self.to_version_id}"


class Obstacle(models.TextChoices):
    """Why an answer cannot be marked by another version than the one it was given to."""

    NUMBERS = "numbers", _("other numbers")
    OPTIONS = "options", _("other options")
    TYPE = "type", _("another type of question")
    RESPONSE = "response", _("the answer is none to the new question")
    UNDRAWN = "undrawn", _("the new question cannot be drawn with this seed")


class RegradeChange(models.Model):
    """One answer of a regrade: its mark before and after, or with an `obstacle` why there can be none.

    The scores of the whole attempt are those of the moment when it was compared, and once it is applied of that one.
    """

    regrade = models.ForeignKey(Regrade, on_delete=models.CASCADE, related_name="changes")
    item = models.ForeignKey("quizzes.AttemptItem", on_delete=models.CASCADE, related_name="changes")
    obstacle = models.CharField(max_length=16, choices=Obstacle.choices, blank=True)
    marked_by_before = models.ForeignKey(
        "quizzes.QuestionVersion", on_delete=models.PROTECT, related_name="+"
    )
    mark_before = models.JSONField()
    mark_after = models.JSONField(null=True, blank=True)
    score_before = models.FloatField()
    score_after = models.FloatField(null=True, blank=True)
    attempt_before = models.FloatField()
    attempt_after = models.FloatField(null=True, blank=True)

    class Meta:
        verbose_name = _("regraded answer")
        verbose_name_plural = _("regraded answers")
        ordering: ClassVar[list[str]] = ["pk"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["regrade", "item"], name="one_change_an_answer"),
        ]

    def __str__(self) -> str:
        return f"{self.regrade_id} {self.item_id}"

    @property
    def answer_shown(self) -> str:
        """What was answered, cut where it is long."""
        text = json.dumps(self.item.response, ensure_ascii=False)
        return text if len(text) <= _MOST_SHOWN else text[: _MOST_SHOWN - 1] + "…"

    @property
    def percents(self) -> dict[str, int | None]:
        """Its scores in whole percent, by their names."""
        names = ("score_before", "score_after", "attempt_before", "attempt_after")
        found = {name: getattr(self, name) for name in names}
        return {name: None if score is None else percent(score) for name, score in found.items()}


class Counts(models.TextChoices):
    BEST = "best", _("the best result")
    LAST = "last", _("the last result")


class QuizRules(models.Model):
    """How a module's quiz is taken. A module without has as many attempts as one likes, of which the best counts."""

    module = models.OneToOneField(
        Module, on_delete=models.CASCADE, related_name="quiz_rules", verbose_name=_("quiz")
    )
    most_attempts = models.PositiveSmallIntegerField(
        _("attempts that count, at most"), null=True, blank=True, help_text=_("Empty: as many as one likes."),
        validators=[MinValueValidator(1), MaxValueValidator(MOST_ATTEMPTS)],
    )  # fmt: skip
    counts = models.CharField(
        _("which result counts"), max_length=8, choices=Counts.choices, default=Counts.BEST
    )

    class Meta:
        verbose_name = _("rules of a quiz")
        verbose_name_plural = _("rules of quizzes")
        ordering: ClassVar[list[str]] = ["module__number"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=Q(most_attempts__isnull=True) | Q(most_attempts__gte=1), name="quiz_of_an_attempt"
            ),
        ]

    def __str__(self) -> str:
        return str(self.module)
