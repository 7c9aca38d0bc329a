"""Callers of the API, and the article's example, for the tests beside this file."""

import json
from typing import Any

from django.test import Client

from camp.accounts.models import User
from camp.accounts.services import account_set, token_create

PASSWORD = "correct-horse-battery"
ARTICLE = [[0.1], [0.2], [0.3], [0.4], [0.5]]


def signed_in(role: str) -> Client:
    """A browser in which `the-<role>` is signed in."""
    account, _is_new = account_set(username=f"the-{role}", role=role, password=PASSWORD)
    client = Client()
    client.force_login(account)
    return client


class Api:
    """The API as one caller sees it."""

    def __init__(self, user: User | None, **token: Any) -> None:
        self.user = user
        self.client = Client(raise_request_exception=False)
        self.headers = {}
        if user is not None:
            self.token, self.key = token_create(user=user, **token)
            self.headers = {"Authorization": f"Token {self.key}"}

    def call(self, method: str, path: str, body: Any = None, **extra: Any) -> Any:
        """`body` is sent as it is when bytes or text, else as JSON."""
        if body is not None:
            sent = body if isinstance(body, (bytes, str)) else json.dumps(body)
            extra = {"data": sent, "content_type": "application/json", **extra}
        headers = {**self.headers, **extra.pop("headers", {})}
        return self.client.generic(method, f"/api/v1{path}", headers=headers, **extra)

    def get(self, path: str, **extra: Any) -> Any:
        return self.call("GET", path, **extra)

    def post(self, path: str, body: Any = None, **extra: Any) -> Any:
        return self.call("POST", path, body, **extra)

    def delete(self, path: str, **extra: Any) -> Any:
        return self.call("DELETE", path, **extra)
