"""Questions with their versions, attempts with their answers, and what was answered inside lessons."""

import uuid
from datetime import UTC
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from camp.courses.models import Lesson, Module, Version
from camp.quizzes.marking import percent
from camp.quizzes.regrade_models import QuizRules, Regrade, RegradeChange

__all__ = [
    "Attempt", "AttemptItem", "AttemptStatus", "LessonAnswer", "Option", "Question", "QuestionVersion", "QuizRules",
    "Regrade", "RegradeChange", "Sitting",
]  # fmt: skip


class Question(models.Model):
    """A question of a module's quiz as it is being edited; `published` is what new attempts are made of.

    One with a `form`, "a" or "b", is asked in that form of the tests (camp.gain) and in no quiz. `draw` and `require` hold one expression a line (docs/course.md). `texts` maps languages to
    {"prompt", "reason"} in Markdown; `own` is what only its type has; `hints` is a list of
    {"cost", "texts"}. `edited_at` and `shipped_digest` as for lessons.
    """

    module = models.ForeignKey(
        Module, on_delete=models.PROTECT, related_name="quiz_questions", verbose_name=_("module")
    )
    slug = models.SlugField()
    form = models.CharField(_("form of the tests"), max_length=1, blank=True, editable=False, db_default="")
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
    own = models.JSONField(_("of this type alone"), default=dict, blank=True)
    hints = models.JSONField(_("hints"), default=list, blank=True)
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

    `right` is "true", "false" or an expression; `texts` maps languages to {"text", "reason"}. An entry of another list
    (camp.quizzes.entries) has that list's name as its `group`.
    """

    question = models.ForeignKey(Question, on_delete=models.CASCADE, related_name="options")
    key = models.CharField(_("key"), max_length=32)
    order = models.PositiveSmallIntegerField(_("order"), default=0)
    right = models.CharField(_("right"), max_length=500, default="false")
    value = models.CharField(_("wrong value"), max_length=500, blank=True)
    group = models.CharField(_("list"), max_length=32, blank=True)
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


class Sitting(models.TextChoices):
    """What an attempt is at: a module's quiz, or one of the two tests of what one knows, before the course and after."""

    QUIZ = "", _("Quiz")
    PRE_TEST = "pre-test", _("Pre-test")
    POST_TEST = "post-test", _("Post-test")


class Attempt(models.Model):
    """One go at a module's quiz, or at a test. An owner has at most one open of each; `is_practice` ones came along
    from a guest. `module` is, of a test, the one whose lesson it is.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="attempts", verbose_name=_("owner")
    )
    module = models.ForeignKey(
        Module, on_delete=models.PROTECT, related_name="attempts", verbose_name=_("quiz")
    )
    sitting = models.CharField(
        _("sitting"), max_length=16, choices=Sitting.choices, default=Sitting.QUIZ, blank=True, db_default=""
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
                fields=["owner", "module", "sitting"], condition=Q(status="open", is_practice=False),
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
    def is_test(self) -> bool:
        return self.sitting != Sitting.QUIZ

    @property
    def quiz(self) -> str:
        """What the API calls it."""
        return self.sitting or self.module.slug

    @property
    def title(self) -> str:
        if self.is_test:
            return str(Sitting(self.sitting).label)
        values = {"number": self.module.number, "title": self.module.title}
        return gettext("Quiz %(number)s: %(title)s") % values

    @property
    def start_url(self) -> str:
        """Of the page that one starts it on."""
        if self.is_test:
            return reverse("courses:lesson", args=[self.module.slug, self.sitting])
        return reverse("quizzes:quiz", args=[self.module.slug])

    @property
    def percent(self) -> int | None:
        """Of its score, once it is handed in."""
        return None if self.score is None else percent(self.score)


class AttemptItem(models.Model):
    """One question of an attempt, pinned to a version and a seed. `response` is what was given; None: nothing yet.

    `marked_by` is the version that a regrade marked it by; None: the one that was asked.
    """

    attempt = models.ForeignKey(Attempt, on_delete=models.CASCADE, related_name="items")
    position = models.PositiveSmallIntegerField(_("position"))
    version = models.ForeignKey(QuestionVersion, on_delete=models.PROTECT, related_name="+")
    seed = models.BigIntegerField()
    response = models.JSONField(_("response"), null=True, blank=True)
    saved_at = models.DateTimeField(_("saved"), null=True, blank=True)
    hints_taken = models.PositiveSmallIntegerField(_("hints taken"), default=0)
    mark = models.JSONField(
        _("mark"), null=True, blank=True, help_text="camp.quizzes.marking.Mark, once submitted."
    )
    marked_by = models.ForeignKey(
        QuestionVersion, on_delete=models.PROTECT, related_name="+", null=True, blank=True
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
    def marking_version(self) -> QuestionVersion:
        """Whose right answer and reasons it is explained by."""
        return self.marked_by or self.version

    @property
    def edition(self) -> str:
        """Names the answer that is kept, by the moment it was saved; empty while there is none."""
        return self.saved_at.astimezone(UTC).isoformat() if self.saved_at else ""


class LessonAnswer(models.Model):
    """What a person answered to a `check` or `predict` block of a lesson.

    A prediction is kept as it was first given. A check may be answered again: `response` and `score` are the latest,
    `first_score` is the first. `hints_taken` is how many had been taken before that first answer, which shows all there
    is to know; both scores are what they leave of the credit.
    """

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    lesson = models.ForeignKey(Lesson, on_delete=models.CASCADE, related_name="+")
    block = models.CharField(max_length=64)
    kind = models.CharField(max_length=16)
    response = models.JSONField()
    score = models.FloatField(null=True, blank=True)
    first_score = models.FloatField(null=True, blank=True)
    tries = models.PositiveIntegerField(default=1)
    hints_taken = models.PositiveSmallIntegerField(default=0)
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


class LessonHints(models.Model):
    """How many hints of a lesson's question a person has taken: kept from the first one on, before any answer."""

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    lesson = models.ForeignKey(Lesson, on_delete=models.CASCADE, related_name="+")
    block = models.CharField(max_length=64)
    taken = models.PositiveSmallIntegerField()
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        verbose_name = _("hints taken in a lesson")
        verbose_name_plural = _("hints taken in lessons")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["owner", "lesson", "block"], name="one_count_of_hints_a_block"),
        ]

    def __str__(self) -> str:
        return f"{self.lesson_id} {self.block}"
