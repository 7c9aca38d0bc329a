"""A cursor that a program made up is refused at its place; it never becomes a fault of ours."""

from base64 import b64encode
from typing import Any

import pytest

from tests.camp.callers import Api

pytestmark = pytest.mark.django_db


def encoded(text: str) -> str:
    return b64encode(text.encode()).decode()


@pytest.mark.parametrize(
    "cursor",
    ["x", "é", encoded("p=abc"), encoded("p=2026-13-45"), encoded("p=2026-11-24"), encoded("p=\0"),
     encoded("r=1&p=abc"), encoded("p=")],
)  # fmt: skip
def test_a_made_up_cursor_is_refused_at_its_place(api: Api, submit: Any, cursor: str) -> None:
    submit()
    answer = api.client.get("/api/v1/jobs/", {"cursor": cursor}, headers=api.headers)
    assert answer.status_code == 400, answer.content
    assert answer.json()["errors"][0]["pointer"] == "/cursor"
