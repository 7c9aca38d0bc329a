"""Everything the camp keeps about one person, as one JSON document, written as it is read.

An app that keeps rows for people adds its part:

    @exports("jobs")
    def jobs(account: User) -> Iterator[dict[str, Any]]: ...
"""

import json
from collections.abc import Callable, Iterator
from typing import Any

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.core.serializers.json import DjangoJSONEncoder
from django.http import StreamingHttpResponse
from django.utils import timezone

from camp.accounts.models import ApiToken, Session, User
from camp.streams import in_thread

_parts: dict[str, Callable[[User], Iterator[Any]]] = {}
_Part = Callable[[User], Iterator[Any]]


def exports(name: str) -> Callable[[_Part], _Part]:
    """Decorator: the rows that the function yields are the list `name` of the document."""

    def add(part: _Part) -> _Part:
        _parts[name] = part
        return part

    return add


def document(account: User) -> Iterator[bytes]:
    """The JSON text, a row at a time."""
    yield f'{{"exported_at": {_json(timezone.now())}, "account": {_json(_account(account))}'.encode()
    for name, rows in _parts.items():
        yield f',\n"{name}": ['.encode()
        for place, row in enumerate(rows(account)):
            yield ((",\n" if place else "\n") + _json(row)).encode()
        yield b"]"
    yield b"}\n"


def download(account: User) -> StreamingHttpResponse:
    """The document as a file."""
    answer = StreamingHttpResponse(in_thread(document(account)), content_type="application/json")
    answer.headers["Content-Disposition"] = 'attachment; filename="attention-camp.json"'
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _json(value: Any) -> str:
    return json.dumps(value, cls=DjangoJSONEncoder, ensure_ascii=False)


def _account(account: User) -> dict[str, Any]:
    return {
        "id": account.pk,
        "username": account.username,
        "email": account.email,
        "is_guest": account.is_guest,
        "roles": sorted(account.groups.values_list("name", flat=True)),
        "time_zone": account.time_zone,
        "date_joined": account.date_joined,
        "last_login": account.last_login,
    }


@exports("email_addresses")
def _email_addresses(account: User) -> Iterator[Any]:
    yield from EmailAddress.objects.filter(user=account).values("email", "verified", "primary")


@exports("second_factors")
def _second_factors(account: User) -> Iterator[Any]:
    yield from Authenticator.objects.filter(user=account).values("type", "created_at", "last_used_at")


@exports("sessions")
def _sessions(account: User) -> Iterator[Any]:
    yield from Session.objects.filter(user=account).values("user_agent", "created_at", "last_seen_at")


@exports("tokens")
def _tokens(account: User) -> Iterator[Any]:
    fields = ("name", "token_key", "scopes", "created", "expiry", "last_used_at")
    yield from ApiToken.objects.filter(user=account).values(*fields)
