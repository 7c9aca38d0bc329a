"""Modules and lessons. What a learner reads is a published version, which never changes once it is made."""

from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _


class Origin(models.TextChoices):
    SHIPPED = "shipped", _("from the camp's files")
    EDITED = "edited", _("edited in the console")


class Version(models.Model):
    """What versions of lessons and of questions have in common: numbered from 1, made once, never changed.

    `digest` names the source that it was made from, so that loading the same files again makes no version.
    """

    number = models.PositiveIntegerField(_("version"))
    origin = models.CharField(_("origin"), max_length=16, choices=Origin.choices)
    digest = models.CharField(max_length=64)
    core_version = models.CharField(_("core version"), max_length=32)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+",
        verbose_name=_("made by"),
    )  # fmt: skip
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        abstract = True
        ordering: ClassVar[list[str]] = ["-number"]


class Module(models.Model):
    """A part of the course. `titles` and `questions` map languages to texts."""

    slug = models.SlugField(unique=True)
    number = models.PositiveSmallIntegerField(_("number"), unique=True)
    titles = models.JSONField(_("titles"), default=dict)
    questions = models.JSONField(
        _("questions"), default=dict, help_text=_("The one question that it answers.")
    )

    class Meta:
        verbose_name = _("module")
        verbose_name_plural = _("modules")
        ordering: ClassVar[list[str]] = ["number"]

    def __str__(self) -> str:
        return f"{self.number} {self.title}"

    @property
    def title(self) -> str:
        return in_language(self.titles)

    @property
    def question(self) -> str:
        return in_language(self.questions)


class Lesson(models.Model):
    """`sources` maps languages to Markdown as it is being edited; `published` is what learners read.

    `edited_at` is set while the text differs from the camp's files by an instructor's hand; `shipped_digest` names the
    files that were loaded last.
    """

    module = models.ForeignKey(
        Module, on_delete=models.PROTECT, related_name="lessons", verbose_name=_("module")
    )
    slug = models.SlugField(unique=True)
    order = models.PositiveSmallIntegerField(_("order"))
    sources = models.JSONField(_("texts"), default=dict)
    shipped_digest = models.CharField(max_length=64, blank=True)
    edited_at = models.DateTimeField(_("edited"), null=True, blank=True)
    published = models.ForeignKey(
        "LessonVersion", on_delete=models.PROTECT, null=True, blank=True, related_name="+",
        verbose_name=_("published version"),
    )  # fmt: skip

    class Meta:
        verbose_name = _("lesson")
        verbose_name_plural = _("lessons")
        ordering: ClassVar[list[str]] = ["module__number", "order", "slug"]

    def __str__(self) -> str:
        return self.published.title if self.published else self.slug

    def get_absolute_url(self) -> str:
        return reverse("courses:lesson", args=[self.module.slug, self.slug])


class LessonVersion(Version):
    """`documents` maps languages to what the Markdown became: see `camp.courses.document`."""

    lesson = models.ForeignKey(Lesson, on_delete=models.CASCADE, related_name="versions")
    sources = models.JSONField(default=dict)
    documents = models.JSONField(default=dict)

    class Meta(Version.Meta):
        verbose_name = _("version of a lesson")
        verbose_name_plural = _("versions of lessons")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["lesson", "number"], name="lesson_version_once"),
        ]

    def __str__(self) -> str:
        return f"{self.lesson.slug} {self.number}"

    @property
    def document(self) -> dict[str, Any]:
        """In the language of the request."""
        found: dict[str, Any] = in_language(self.documents)
        return found

    @property
    def title(self) -> str:
        return str(self.document["title"])


class LessonState(models.Model):
    """How far a person is with a lesson. `place` is the id of the heading or block they saw last."""

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    lesson = models.ForeignKey(Lesson, on_delete=models.CASCADE, related_name="+")
    place = models.CharField(max_length=64, blank=True)
    started_at = models.DateTimeField(_("started"), auto_now_add=True)
    seen_at = models.DateTimeField(_("last seen"), auto_now=True)
    done_at = models.DateTimeField(_("done"), null=True, blank=True)

    class Meta:
        verbose_name = _("state of a lesson")
        verbose_name_plural = _("states of lessons")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["owner", "lesson"], name="one_state_a_lesson"),
        ]

    def __str__(self) -> str:
        return f"{self.owner_id} {self.lesson_id}"


def in_language(texts: dict[str, Any]) -> Any:
    """The entry of the language in use, else of the first there is."""
    return texts.get(get_language() or "", texts.get(settings.LANGUAGE_CODE, next(iter(texts.values()), "")))
