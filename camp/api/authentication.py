"""Who calls: a token, or the browser's session with CSRF. Without either, 401 and how to do better."""

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from knox.auth import TokenAuthentication as KnoxAuthentication
from rest_framework import authentication, exceptions
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from camp.accounts.models import ApiToken

if TYPE_CHECKING:  # rest_framework.views itself imports this module, by the settings
    from rest_framework.views import APIView

_USED_AGAIN_AFTER = timedelta(minutes=10)  # a write a call would cost more than "last used" is worth


class TokenAuthentication(KnoxAuthentication):
    """`Authorization: Token <key>`."""

    def authenticate_credentials(self, token: bytes) -> Any:
        # Keys are hexadecimal. Anything else cannot be one and must not reach the database as a NUL or bad UTF-8.
        if not token.isalnum() or not token.isascii():
            raise exceptions.AuthenticationFailed(_("Invalid token."))
        user, found = super().authenticate_credentials(token)
        if found.last_used_at is None or found.last_used_at < timezone.now() - _USED_AGAIN_AFTER:
            ApiToken.objects.filter(pk=found.pk).update(last_used_at=timezone.now())
        return user, found

    def _cleanup_token(self, auth_token: ApiToken) -> bool:
        """Whether this token has run out. Knox would read all the owner's tokens at every call; see `token_create`."""
        return auth_token.expiry is not None and auth_token.expiry < timezone.now()


class SessionAuthentication(authentication.SessionAuthentication):
    """The cookie; named in `WWW-Authenticate` by the token scheme, which comes first."""


class HasScope(BasePermission):
    """Signed in (a guest's session counts), and a token must carry the view's `scope`."""

    def has_permission(self, request: Request, view: "APIView") -> bool:
        if not request.user or not request.user.is_authenticated:
            raise exceptions.NotAuthenticated
        scope = getattr(view, "scope", None)
        if isinstance(request.auth, ApiToken) and scope is not None and scope not in request.auth.scopes:
            message = _("This token lacks the scope %(scope)s; it has %(scopes)s.")
            raise exceptions.PermissionDenied(
                message % {"scope": scope, "scopes": ", ".join(request.auth.scopes) or "–"}, code="scope"
            )
        return True
