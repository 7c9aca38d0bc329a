"""Questions with their versions, attempts with their answers, and what was answered inside lessons."""

import uuid
from datetime import UTC
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from camp.courses.models import Lesson, Module, Version
from camp.quizzes.marking import percent


class Question(models.Model):
    """A question of a module's quiz as it is being edited; `published` is what new attempts are made of.

    `draw` and `require` hold one expression a line (docs/course.md). `texts` maps languages to
    {"prompt", "reason"} in Markdown. `edited_at` and `shipped_digest` as for lessons.
    """

    module = models.ForeignKey(
        Module, on_delete=models.PROTECT, related_name="quiz_questions", verbose_name=_("module")
    )
    slug = models.SlugField()
    type = models.CharField(_("type"), max_length=32)
    order = models.PositiveSmallIntegerField(_("order"), default=0)
    concepts = models.JSONField(_("concepts"), default=list, blank=True)
    draw = models.TextField(_("draw"), blank=True, help_text=_("One “name = expression” a line, in order."))
    require = models.TextField(
        _("require"), blank=True, help_text=_("One expression a line; drawn again until all hold.")
    )
    answer = models.TextField(
        _("answer"), blank=True, help_text=_("An expression; for numbers and matrices.")
    )
    tolerance = models.FloatField(_("tolerance"), default=0.005)
    pick = models.PositiveSmallIntegerField(_("options shown"), null=True, blank=True)
    texts = models.JSONField(_("texts"), default=dict)
    is_retired = models.BooleanField(_("retired"), default=False, help_text=_("Not part of new attempts."))
    shipped_digest = models.CharField(max_length=64, blank=True)
    edited_at = models.DateTimeField(_("edited"), null=True, blank=True)
    published = models.ForeignKey(
        "QuestionVersion", on_delete=models.PROTECT, null=True, blank=True, related_name="+",
        verbose_name=_("published version"),
    )  # fmt: skip

    class Meta:
        verbose_name = _("question")
        verbose_name_plural = _("questions")
        ordering: ClassVar[list[str]] = ["module__number", "order", "slug"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["module", "slug"], name="question_slug_once_a_module"),
        ]

    def __str__(self) -> str:
        return self.slug


class Option(models.Model):
    """A choice of a question, or a known wrong value (`value`, an expression) of one that is computed.

    `right` is "true", "false" or an expression; `texts` maps languages to {"text", "reason"}.
    """

    question = models.ForeignKey(Question, on_delete=models.CASCADE, related_name="options")
    key = models.CharField(_("key"), max_length=32)
    order = models.PositiveSmallIntegerField(_("order"), default=0)
    right = models.CharField(_("right"), max_length=500, default="false")
    value = models.CharField(_("wrong value"), max_length=500, blank=True)
    texts = models.JSONField(_("texts"), default=dict)

    class Meta:
        verbose_name = _("option")
        verbose_name_plural = _("options")
        ordering: ClassVar[list[str]] = ["order", "key"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["question", "key"], name="option_key_once_a_question"),
        ]

    def __str__(self) -> str:
        return self.key


class QuestionVersion(Version):
    """`content` is all that `camp.quizzes.content.Content` needs, with the texts of every language."""

    question = models.ForeignKey(Question, on_delete=models.CASCADE, related_name="versions")
    content = models.JSONField()

    class Meta(Version.Meta):
        verbose_name = _("version of a question")
        verbose_name_plural = _("versions of questions")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["question", "number"], name="question_version_once"),
        ]

    def __str__(self) -> str:
        return f"{self.question.slug} {self.number}"


class AttemptStatus(models.TextChoices):
    OPEN = "open", _("open")
    SUBMITTED = "submitted", _("submitted")


class Attempt(models.Model):
    """One go at a module's quiz. An owner has at most one open; `is_practice` ones came along from a guest."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="attempts", verbose_name=_("owner")
    )
    module = models.ForeignKey(
        Module, on_delete=models.PROTECT, related_name="attempts", verbose_name=_("quiz")
    )
    status = models.CharField(
        _("status"), max_length=16, choices=AttemptStatus.choices, default=AttemptStatus.OPEN
    )
    is_practice = models.BooleanField(_("practice"), default=False)
    seed = models.BigIntegerField(_("seed"))
    core_version = models.CharField(_("core version"), max_length=32)
    score = models.FloatField(_("score"), null=True, blank=True, help_text=_("0 to 1, once submitted."))
    started_at = models.DateTimeField(_("started"), auto_now_add=True)
    submitted_at = models.DateTimeField(_("submitted"), null=True, blank=True)

    class Meta:
        verbose_name = _("attempt")
        verbose_name_plural = _("attempts")
        ordering: ClassVar[list[str]] = ["-started_at"]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["owner", "module", "-started_at"], name="attempts_of_owner"),
        ]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["owner", "module"], condition=Q(status="open", is_practice=False),
                name="one_open_attempt_a_quiz",
            ),
            models.CheckConstraint(
                condition=Q(status="open", submitted_at__isnull=True, score__isnull=True)
                | Q(status="submitted", submitted_at__isnull=False, score__isnull=False),
                name="attempt_scored_when_submitted",
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.module_id} {self.id}"

    @property
    def is_open(self) -> bool:
        return self.status == AttemptStatus.OPEN

    @property
    def percent(self) -> int | None:
        """Of its score, once it is handed in."""
        return None if self.score is None else percent(self.score)


class AttemptItem(models.Model):
    """One question of an attempt, pinned to a version and a seed. `response` is what was given; None: nothing yet."""

    attempt = models.ForeignKey(Attempt, on_delete=models.CASCADE, related_name="items")
    position = models.PositiveSmallIntegerField(_("position"))
    version = models.ForeignKey(QuestionVersion, on_delete=models.PROTECT, related_name="+")
    seed = models.BigIntegerField()
    response = models.JSONField(_("response"), null=True, blank=True)
    saved_at = models.DateTimeField(_("saved"), null=True, blank=True)
    mark = models.JSONField(
        _("mark"), null=True, blank=True, help_text="camp.quizzes.marking.Mark, once submitted."
    )

    class Meta:
        verbose_name = _("answer")
        verbose_name_plural = _("answers")
        ordering: ClassVar[list[str]] = ["position"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["attempt", "position"], name="one_item_a_position"),
        ]

    def __str__(self) -> str:
        return f"{self.attempt_id} {self.position}"

    @property
    def edition(self) -> str:
        """Names the answer that is kept, by the moment it was saved; empty while there is none."""
        return self.saved_at.astimezone(UTC).isoformat() if self.saved_at else ""


class LessonAnswer(models.Model):
    """What a person answered to a `check` or `predict` block of a lesson.

    A prediction is kept as it was first given. A check may be answered again: `response` and `score` are the latest,
    `first_score` is the first.
    """

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    lesson = models.ForeignKey(Lesson, on_delete=models.CASCADE, related_name="+")
    block = models.CharField(max_length=64)
    kind = models.CharField(max_length=16)
    response = models.JSONField()
    score = models.FloatField(null=True, blank=True)
    first_score = models.FloatField(null=True, blank=True)
    tries = models.PositiveIntegerField(default=1)
    version_number = models.PositiveIntegerField()
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        verbose_name = _("answer in a lesson")
        verbose_name_plural = _("answers in lessons")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["owner", "lesson", "block"], name="one_answer_a_block"),
        ]

    def __str__(self) -> str:
        return f"{self.lesson_id} {self.block}"
