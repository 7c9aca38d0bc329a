"""What went wrong, in the reader's language, with the right status; to programs as a problem document."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.db import OperationalError
from django.http import Http404, HttpRequest, HttpResponse
from django.test import Client
from django.urls import clear_url_caches, path

from camp import urls

pytestmark = pytest.mark.django_db
FAULTS: dict[str, tuple[Exception, int, str, str]] = {
    "bad": (SuspiciousOperation("x"), 400, "Bad request", "请求有误"),
    "denied": (PermissionDenied("x"), 403, "Not allowed", "没有权限"),
    "missing": (Http404("x"), 404, "Not found", "没有找到"),
    "broken": (RuntimeError("secret detail"), 500, "Something broke", "出错了"),
    "away": (OperationalError("secret detail"), 503, "Not available just now", "暂时不可用"),
}


@pytest.fixture(autouse=True)
def _views_that_fail() -> Iterator[None]:
    def failing(name: str) -> Any:
        def view(request: HttpRequest) -> HttpResponse:
            raise FAULTS[name][0]

        return view

    kept = list(urls.urlpatterns)
    for name in FAULTS:
        urls.urlpatterns[:0] = [
            path(f"fails/{name}/", failing(name)),
            path(f"api/fails/{name}/", failing(name)),
        ]
    clear_url_caches()
    yield
    urls.urlpatterns[:] = kept
    clear_url_caches()


@pytest.mark.parametrize("name", FAULTS)
@pytest.mark.parametrize("language", ["en", "zh-CN"])
def test_a_page_says_what_happened_and_nothing_of_the_inside(name: str, language: str) -> None:
    _error, status, english, chinese = FAULTS[name]
    client = Client(raise_request_exception=False, headers={"Accept-Language": language})
    answer = client.get(f"/fails/{name}/")
    text = answer.content.decode()
    assert answer.status_code == status
    assert (english if language == "en" else chinese) in text
    assert f'<html lang="{"en" if language == "en" else "zh-Hans"}"' in text.replace("\n", " ")
    assert "secret detail" not in text
    assert "Traceback" not in text


@pytest.mark.parametrize("name", FAULTS)
def test_a_program_gets_a_problem_document(name: str) -> None:
    answer = Client(raise_request_exception=False).get(f"/api/fails/{name}/")
    assert answer.status_code == FAULTS[name][1]
    assert answer["Content-Type"] == "application/problem+json"
    assert answer.json()["status"] == FAULTS[name][1]
    assert "secret detail" not in answer.content.decode()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_chosen_theme_holds_on_error_pages(theme: str) -> None:
    client = Client(raise_request_exception=False)
    client.cookies["theme"] = theme
    for name in ("denied", "missing"):
        assert f'data-theme="{theme}"' in client.get(f"/fails/{name}/").content.decode()


def test_too_many_is_a_page_of_its_own_in_both_languages(settings: Any, woken: list[Any]) -> None:
    settings.GUESTS_BY_ADDRESS = (0, 60)
    run = {"query": "1", "key": "1", "value": "1"}
    english = Client().post("/lab/attention/", run)
    assert english.status_code == 429
    assert "Too many requests" in english.content.decode()
    chinese = Client(headers={"Accept-Language": "zh-CN"}).post("/lab/attention/", run)
    assert "请求太频繁" in chinese.content.decode()
