"""The index of search: what can be found, and by which words. All of it is made of the course, and made again at need."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from camp.courses.models import Lesson


class Entry(models.Model):
    """What one result leads to: a section of a lesson (`place`, the id of its heading; empty: the lesson's beginning), or
    a term of the glossary (`term`). `made_of` names the version that it was made of.
    """

    language = models.CharField(max_length=16)
    lesson = models.ForeignKey(Lesson, on_delete=models.CASCADE, null=True, blank=True, related_name="+")
    place = models.CharField(max_length=64, blank=True)
    term = models.CharField(max_length=64, blank=True)
    title = models.CharField(max_length=255)
    heading = models.CharField(max_length=255, blank=True)
    text = models.TextField()
    made_of = models.CharField(max_length=96, db_index=True)

    class Meta:
        verbose_name = _("entry of the search index")
        verbose_name_plural = _("entries of the search index")

    def __str__(self) -> str:
        return self.heading or self.title


class Posting(models.Model):
    """That an entry has a word (camp.search.words), and how much that weighs."""

    word = models.CharField(max_length=64)
    entry = models.ForeignKey(Entry, on_delete=models.CASCADE, related_name="postings")
    weight = models.PositiveSmallIntegerField()

    class Meta:
        verbose_name = _("word of the search index")
        verbose_name_plural = _("words of the search index")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["word", "entry"], name="word_once_an_entry"),
        ]

    def __str__(self) -> str:
        return self.word
