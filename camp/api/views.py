"""Tasks, tokens and the caller's own account. Thin: services write, selectors read."""

from typing import Any

from allauth.mfa.utils import is_mfa_enabled
from django.http import HttpResponseBase
from django.utils.translation import gettext
from django.utils.translation import gettext as _
from rest_framework import exceptions
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

import attention_core
from attention_core import catalogue
from attention_core.params import json_schema
from camp.accounts import own_data
from camp.accounts.guessing import person_with_password
from camp.accounts.models import ApiToken, User
from camp.accounts.selectors import lacks_verified_email
from camp.accounts.services import token_create
from camp.api.authentication import TokenAuthentication
from camp.api.calls import Call
from camp.api.serializers import TokenRequest, me_document
from camp.lab import selectors


class Tokens(Call):
    """`POST`: a token for a name and a password."""

    authentication_classes: list[Any] = []
    permission_classes = [AllowAny]

    def post(self, request: Request) -> Response:
        given = TokenRequest.read(request.data)
        user = person_with_password(request._request, login=given["username"], password=given["password"])
        if user is None:
            raise exceptions.AuthenticationFailed(
                _("No account has this name and password."), "wrong-credentials"
            )
        if is_mfa_enabled(user):
            raise exceptions.PermissionDenied(
                _("This account has a second factor. Make its token on the account page."), "mfa-required"
            )
        if lacks_verified_email(user):
            raise exceptions.PermissionDenied(
                _("This account's e-mail is not verified yet. Follow the link in the mail, then ask again."),
                "email-unverified",
            )
        token, key = token_create(
            user=user, name=given["name"], scopes=given["scopes"], expires_in=given["expires_in"]
        )
        return Response({"token": key, "expiry": token.expiry}, status=201)

    def get_authenticate_header(self, request: Request) -> str:
        return "Token"


class CurrentToken(Call):
    """`DELETE`: revoke the token that this call carries."""

    authentication_classes = [TokenAuthentication]

    def delete(self, request: Request) -> Response:
        if isinstance(request.auth, ApiToken):
            request.auth.delete()
        return Response(status=204)


class Me(Call):
    scope = "me"

    def get(self, request: Request) -> Response:
        if not isinstance(request.user, User):
            raise exceptions.NotAuthenticated
        return Response(me_document(request.user) | {"jobs": selectors.quota_of(request.user)})


class Export(Call):
    """`GET`: everything the camp keeps about the caller."""

    scope = "me"

    def get(self, request: Request) -> HttpResponseBase:
        if not isinstance(request.user, User):
            raise exceptions.NotAuthenticated
        return own_data.download(request.user)


class Tasks(Call):
    """`GET`: every task, with the schema of its params. Open to everyone: a client reads it before it signs in."""

    permission_classes = [AllowAny]

    def get(self, request: Request) -> Response:
        return Response(
            [
                {
                    "name": task.name,
                    "title": gettext(task.title),
                    "description": gettext(task.description),
                    "params_schema": json_schema(task.params, gettext),
                    "queue": task.queue,
                    "limits": dict(task.limits),
                    "core_version": attention_core.__version__,
                }
                for task in catalogue.tasks().values()
            ]
        )
