"""What somebody completed, as it stood when they asked to have it in writing."""

import secrets
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

# Without I, L, O and U: read aloud or copied by hand, none is taken for another.
_LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
CODE_LENGTH = 20  # 100 bits: nobody guesses one
MOST_NAME = 80


def new_code() -> str:
    return "".join(secrets.choice(_LETTERS) for _place in range(CODE_LENGTH))


class Certificate(models.Model):
    """A snapshot that never changes: what its modules became since is another certificate."""

    code = models.CharField(_("code"), max_length=CODE_LENGTH, unique=True, default=new_code, editable=False)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        related_name="certificates",
        verbose_name=_("owner"),
    )
    name = models.CharField(_("name"), max_length=MOST_NAME)
    # [{"number": 4, "titles": {"en": …, "zh-hans": …}, "lessons": 4, "score": 0.9}, …]
    modules = models.JSONField(_("modules"))
    issued_at = models.DateTimeField(_("issued"), auto_now_add=True)
    withdrawn_at = models.DateTimeField(_("withdrawn"), null=True, blank=True)

    class Meta:
        verbose_name = _("certificate")
        verbose_name_plural = _("certificates")
        ordering: ClassVar[list[str]] = ["-issued_at", "-pk"]

    def __str__(self) -> str:
        return self.shown_code

    def get_absolute_url(self) -> str:
        return reverse("certificates:certificate", args=[self.shown_code])

    @property
    def shown_code(self) -> str:
        """In groups of five, as it is printed."""
        return "-".join(self.code[place : place + 5] for place in range(0, CODE_LENGTH, 5))
