"""Kinds of problems: each in one catalogue, with a type that never changes."""

import ast
import re
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from camp import problem_types
from tests.camp.callers import Api

pytestmark = pytest.mark.django_db
# As first published. A code may be added; one that clients know is never renamed.
PUBLISHED = {
    400: {"bad-request", "invalid", "malformed"},
    401: {"unauthorized", "wrong-credentials"},
    403: {"forbidden", "scope"},
    404: {"not-found"},
    405: {"method-not-allowed"},
    406: {"not-acceptable"},
    409: {
        "not-finished",
        "no-result",
        "ended",
        "submitted",
        "attempts-used-up",
        "pre-test-first",
        "idempotency-key-reused",
    },
    410: {"idempotency-key-spent"},
    413: {"too-large"},
    415: {"unsupported-media-type"},
    422: {"too-much-work", "quota"},
    429: {"too-many-requests", "streams"},
    431: {"headers-too-large"},
    500: {"internal-server-error"},
    503: {"service-unavailable"},
}


def codes_in(project: Path) -> set[str]:
    """Every code that some part of the camp gives to a problem or to an exception of the API."""
    found = set()
    for path in (project / "camp").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and _name(node.func) in _TAKE_CODES:
                found |= {
                    word.value.value
                    for word in node.keywords
                    if word.arg == "code" and isinstance(word.value, ast.Constant) and word.value.value
                }
            elif isinstance(node, ast.Assign) and _name(node.targets[0]) == "default_code":
                found.add(ast.literal_eval(node.value))
    return found


_TAKE_CODES = {
    "problem_response",
    "PermissionDenied",
    "AuthenticationFailed",
    "NotAuthenticated",
    "Throttled",
}


def _name(node: ast.expr) -> str:
    return getattr(node, "attr", getattr(node, "id", ""))


def test_every_code_in_use_is_in_the_catalogue(project: Path) -> None:
    used = codes_in(project)
    assert {"not-finished", "scope", "malformed"} <= used, "the search finds what it looks for"
    assert used <= set(problem_types.CATALOGUE)


def test_no_published_code_is_gone_or_has_another_status() -> None:
    for status, codes in PUBLISHED.items():
        assert {problem_types.CATALOGUE[code].status for code in codes} == {status}


def test_codes_are_words_and_texts_are_short_sentences() -> None:
    for kind in problem_types.CATALOGUE.values():
        assert re.fullmatch(r"[a-z]+(-[a-z]+)*", kind.code)
        assert not str(kind.title).endswith(".")
        assert str(kind.meaning).endswith(".")
        assert str(kind.advice).endswith(".")


@pytest.mark.parametrize(
    ("status", "code", "expected"),
    [
        (413, None, "too-large"),
        (415, None, "unsupported-media-type"),
        (404, "scope", "not-found"),
        (404, "made-up", "not-found"),
        (418, None, "bad-request"),
        (502, None, "internal-server-error"),
    ],
)
def test_a_status_without_a_code_of_its_own_has_a_fixed_type(
    status: int, code: str | None, expected: str
) -> None:
    assert problem_types.of(status, code).code == expected


def test_titles_follow_the_readers_language_and_types_do_not(client: Client) -> None:
    english = client.get("/api/v1/nothing/").json()
    chinese = client.get("/api/v1/nothing/", headers={"Accept-Language": "zh"}).json()
    assert english["type"] == chinese["type"] == "urn:camp:problem:not-found"
    assert (english["title"], chinese["title"]) == ("Not found", "没有找到")


def test_options_is_refused_and_no_address_promises_it(api: Api) -> None:
    answer: Any = api.call("OPTIONS", "/jobs/")
    assert answer.status_code == 405
    assert answer.headers["Allow"] == "GET, POST, HEAD"
    assert answer.json()["type"] == "urn:camp:problem:method-not-allowed"


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/api/schema/"])
def test_an_address_that_only_answers_get_says_so(path: str) -> None:
    answer = Client(enforce_csrf_checks=True).post(path)
    assert (answer.status_code, answer.headers["Allow"]) == (405, "GET, HEAD")
    assert answer.headers["Content-Type"] == "application/problem+json"


def test_a_program_that_posts_to_a_mistyped_address_is_told_so() -> None:
    answer = Client(enforce_csrf_checks=True).post("/api/v1/jbos/", {})
    assert (answer.status_code, answer.json()["type"]) == (404, "urn:camp:problem:not-found")
