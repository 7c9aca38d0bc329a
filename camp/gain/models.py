"""Which form of the tests a person gets first, and how many points they expected of each."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from camp.quizzes.models import Sitting

FORMS = ("a", "b")
QUESTIONS = 15  # of a form; a point each


class FormOrder(models.Model):
    """The lot that was drawn for a person: the form of the pre-test; the post-test has the other one.

    `predicted_before` and `predicted_after` are the points that they expected before each, out of 15.
    """

    owner = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+", verbose_name=_("owner")
    )
    first_form = models.CharField(
        _("form of the pre-test"), max_length=1, choices=[(one, one.upper()) for one in FORMS]
    )
    predicted_before = models.PositiveSmallIntegerField(_("expected of the pre-test"), null=True, blank=True)
    predicted_after = models.PositiveSmallIntegerField(_("expected of the post-test"), null=True, blank=True)
    drawn_at = models.DateTimeField(_("drawn"), auto_now_add=True)

    class Meta:
        verbose_name = _("order of forms")
        verbose_name_plural = _("orders of forms")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(condition=Q(first_form__in=FORMS), name="form_is_a_or_b"),
            models.CheckConstraint(
                condition=(Q(predicted_before__isnull=True) | Q(predicted_before__lte=QUESTIONS))
                & (Q(predicted_after__isnull=True) | Q(predicted_after__lte=QUESTIONS)),
                name="predicted_points_of_a_form",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.owner_id} {self.first_form}"

    def form_of(self, sitting: str) -> str:
        second = FORMS[1 - FORMS.index(self.first_form)]
        return self.first_form if sitting == Sitting.PRE_TEST else second

    def predicted_of(self, sitting: str) -> int | None:
        return self.predicted_before if sitting == Sitting.PRE_TEST else self.predicted_after
