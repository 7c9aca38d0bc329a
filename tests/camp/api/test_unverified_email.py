"""Where a camp asks for a verified e-mail, a password alone brings no token either."""

from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.test import Client

from camp.accounts.models import User
from tests.camp.callers import PASSWORD

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("asked_for", "addresses", "status"),
    [
        ("mandatory", [False], 403), ("mandatory", [False, True], 201), ("mandatory", [], 201), ("none", [False], 201),
    ],
)  # fmt: skip
def test_a_token_needs_a_verified_address_where_there_are_addresses(
    ada: User, settings: Any, asked_for: str, addresses: list[bool], status: int
) -> None:
    settings.ACCOUNT_EMAIL_VERIFICATION = asked_for
    for place, verified in enumerate(addresses):
        EmailAddress.objects.create(user=ada, email=f"ada{place}@camp.example", verified=verified)
    body = {"username": "ada", "password": PASSWORD}
    answer = Client().post("/api/v1/auth/tokens/", body, content_type="application/json")
    assert answer.status_code == status, answer.content
    if status == 403:
        assert answer.json()["type"] == "urn:camp:problem:email-unverified"
