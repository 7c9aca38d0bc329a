"""People and their API tokens. A guest is a real row, so whatever anybody does has an owner."""

from typing import Any, ClassVar

from django.conf import settings
from django.contrib.auth.models import AbstractUser
from django.contrib.sessions.base_session import AbstractBaseSession
from django.core.exceptions import ValidationError
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from knox.models import AbstractAuthToken

from camp.accounts import names

SCOPES = ("jobs", "course", "attempts", "me", "teach")
DEFAULT_SCOPES = ("jobs", "course", "attempts", "me")
NAME_TAKEN = _("A user with that username already exists.")


class User(AbstractUser):
    """An account, or a guest whose first write made this row and whose session is its only key."""

    username = models.CharField(
        _("username"),
        max_length=names.LONGEST,
        unique=True,
        help_text=_("Letters, digits and . + - _"),
        validators=[names.check_name],
        error_messages={"unique": NAME_TAKEN},
    )
    name_key = models.CharField(max_length=4 * names.LONGEST, unique=True, editable=False)
    is_guest = models.BooleanField(_("guest"), default=False)
    time_zone = models.CharField(
        _("time zone"), max_length=64, blank=True, help_text=_("Empty: as the browser says.")
    )

    class Meta:
        verbose_name = _("user")
        verbose_name_plural = _("users")

    def __str__(self) -> str:
        return str(_("Guest")) if self.is_guest else self.username

    def clean(self) -> None:
        super().clean()
        like_it = User.objects.filter(name_key=names.name_key(self.username)).exclude(pk=self.pk)
        if like_it.exists():
            raise ValidationError({"username": NAME_TAKEN})

    def save(self, *args: Any, **options: Any) -> None:
        self.name_key = names.name_key(self.username)
        super().save(*args, **options)

    @property
    def is_member(self) -> bool:
        """Signed in to an account of their own, rather than a guest."""
        return not self.is_guest


def default_scopes() -> list[str]:
    return list(DEFAULT_SCOPES)


class ApiToken(AbstractAuthToken):
    """A key for programs: only its hash is kept; it has a name, scopes and an expiry, and can be revoked."""

    name = models.CharField(_("name"), max_length=100, blank=True)
    last_used_at = models.DateTimeField(_("last used"), null=True, blank=True)
    scopes = models.JSONField(_("scopes"), default=default_scopes)

    class Meta:
        verbose_name = _("API token")
        verbose_name_plural = _("API tokens")
        ordering: ClassVar[list[str]] = ["-created"]

    def __str__(self) -> str:
        return self.name or self.token_key


class Session(AbstractBaseSession):
    """A browser that may come back; `session_key` is the hash of its cookie: camp/accounts/sessions.py."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, null=True, related_name="sessions"
    )
    user_agent = models.CharField(_("browser"), max_length=200, blank=True)
    created_at = models.DateTimeField(_("created"), default=timezone.now)
    last_seen_at = models.DateTimeField(_("last seen"), default=timezone.now)

    class Meta:
        verbose_name = _("session")
        verbose_name_plural = _("sessions")

    @classmethod
    def get_session_store_class(cls) -> type:
        from camp.accounts.sessions import SessionStore

        return SessionStore
