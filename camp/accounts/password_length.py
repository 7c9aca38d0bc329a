"""How long a password may be."""

from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

MAX_LENGTH = 1024  # as much as the API reads


class MaximumLengthValidator:
    """One of AUTH_PASSWORD_VALIDATORS, so that it holds wherever a password is chosen."""

    def validate(self, password: str, user: Any = None) -> None:
        if len(password) > MAX_LENGTH:
            raise ValidationError(
                gettext_lazy("expected a password of at most %(limit)s characters, got %(received)s"),
                code="password_too_long",
                params={"limit": MAX_LENGTH, "received": len(password)},
            )

    def get_help_text(self) -> str:
        return _("Your password can be at most %(limit)s characters long.") % {"limit": MAX_LENGTH}
