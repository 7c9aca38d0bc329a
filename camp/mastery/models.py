"""What was shown of concepts and questions: a log of first tries, the cards that follow from it, and reviews."""

import uuid
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from camp.courses.models import Lesson
from camp.mastery.scheduling import Memory
from camp.quizzes.models import AttemptItem, LessonAnswer, Question, QuestionVersion


class Review(models.Model):
    """A due question with numbers of its own. `mark` is camp.quizzes.marking.Mark; None until it is answered."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="reviews")
    question = models.ForeignKey(Question, on_delete=models.CASCADE, related_name="+")
    version = models.ForeignKey(QuestionVersion, on_delete=models.PROTECT, related_name="+")
    seed = models.BigIntegerField()
    response = models.JSONField(null=True, blank=True)
    mark = models.JSONField(null=True, blank=True)
    asked_at = models.DateTimeField(auto_now_add=True)
    answered_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("review")
        verbose_name_plural = _("reviews")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["owner"], condition=Q(answered_at__isnull=True), name="one_open_review_a_person"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.question_id} {self.id}"

    @property
    def is_open(self) -> bool:
        return self.answered_at is None


class GradedAnswer(models.Model):
    """The first try of a variant that was served: one row for each, from exactly one of `item`, `check` and `review`.

    `score` is what was credited, of `worth`, what a right answer still was worth after hints.
    `concepts` are those that it counts for. `day` is the learner's own calendar's. A lesson's check has no question.
    """

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    question = models.ForeignKey(Question, on_delete=models.CASCADE, null=True, blank=True, related_name="+")
    lesson = models.ForeignKey(Lesson, on_delete=models.CASCADE, null=True, blank=True, related_name="+")
    item = models.OneToOneField(
        AttemptItem, on_delete=models.CASCADE, null=True, blank=True, related_name="+"
    )
    check_answer = models.OneToOneField(
        LessonAnswer, on_delete=models.CASCADE, null=True, blank=True, related_name="+"
    )
    review = models.OneToOneField(Review, on_delete=models.CASCADE, null=True, blank=True, related_name="+")
    concepts = models.JSONField(default=list)
    score = models.FloatField()
    worth = models.FloatField(default=1.0)
    hint_taken = models.BooleanField(default=False)
    answered_at = models.DateTimeField()
    day = models.DateField()

    class Meta:
        verbose_name = _("graded answer")
        verbose_name_plural = _("graded answers")
        ordering: ClassVar[list[str]] = ["answered_at", "pk"]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["owner", "answered_at"], name="graded_answers_of_owner"),
        ]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=Q(item__isnull=False, check_answer__isnull=True, review__isnull=True)
                | Q(item__isnull=True, check_answer__isnull=False, review__isnull=True)
                | Q(item__isnull=True, check_answer__isnull=True, review__isnull=False),
                name="graded_answer_of_one_thing",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.question_id or self.lesson_id} {self.score:.2f}"


class ReviewCard(models.Model):
    """What a person's graded answers to a question come to when replayed: camp.mastery.scheduling.Memory."""

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    question = models.ForeignKey(Question, on_delete=models.CASCADE, related_name="+")
    stability = models.FloatField()
    difficulty = models.FloatField()
    reviewed_on = models.DateField()
    due_on = models.DateField()

    class Meta:
        verbose_name = _("review card")
        verbose_name_plural = _("review cards")
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["owner", "due_on"], name="review_cards_due"),
        ]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["owner", "question"], name="one_card_a_question"),
        ]

    def __str__(self) -> str:
        return f"{self.question_id} {self.due_on}"

    @property
    def memory(self) -> Memory:
        return Memory(self.stability, self.difficulty, self.reviewed_on, self.due_on)
