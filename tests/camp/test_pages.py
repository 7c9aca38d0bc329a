"""What holds for every page: language, theme, who is signed in, errors, and a policy without inline code."""

import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.template.loader import render_to_string
from django.test import Client

from camp.accounts.models import User
from tests.camp.callers import PASSWORD

pytestmark = pytest.mark.django_db
VOID = {"br", "hr", "img", "input", "link", "meta", "path", "rect", "use", "wbr"}
# Of headers, fields and formats: the advice on problems names them, and they have no Chinese.
NAMES_IN_HTTP = {
    "Accept", "Allow", "Authorization", "CSRF", "CSRFToken", "Content", "Cookie", "HTTP", "Idempotency", "Key",
    "Request", "Retry", "After", "Token", "Type", "UTF", "application", "code", "data", "detail", "error", "errors",
    "form", "json", "limit", "multipart", "number", "type", "wait",
}  # fmt: skip
PAGES = [
    "/", "/lab/", "/lab/attention/", "/lab/runs/", "/lab/runs/tried/", "/lab/attention/file/", "/nowhere/", "/api/docs/", "/api/docs/guide/", "/camp/", "/progress/",
    "/account/login/", "/account/signup/", "/account/password/reset/", "/account/password/reset/done/",
]  # fmt: skip


@pytest.mark.parametrize("address", PAGES)
def test_a_page_has_one_main_heading_a_title_landmarks_and_a_skip_link(client: Client, address: str) -> None:
    page = client.get(address).content.decode()
    assert page.count("<h1") == 1
    assert re.search(r"<title>\s*[^·\s][^·]*·", page)
    assert all(part in page for part in ('<main id="main"', "<header", "<nav", "<footer", 'href="#main"'))


@pytest.mark.parametrize("address", PAGES)
def test_chinese_readers_get_chinese_alone(client: Client, address: str) -> None:
    page = client.get(address, headers={"Accept-Language": "zh-TW,zh;q=0.9,en;q=0.5"}).content.decode()
    assert '<html lang="zh-Hans"' in page
    assert "实验室" in page
    left = set(re.findall(r"[A-Za-z]{3,}", not_in_english(page))) - {
        "all", "MiniLM", "Transformer",  # names of models
        "Attention", "Training", "Camp", "English", "softmax", "NumPy", "TensorFlow", "JSON", "weight", "general", "API", "OpenAPI",
        "localhost", "NPZ", "Tab", "Esc", "numpy", "savez", "query", "key", "value", "mask", "padding", "parameters", "vector", "pickle",
        "Enter", "Home", "End", "Page", "Down", "Ctrl", "pre", "test",  # the last two: what the API calls the pre-test
    } - NAMES_IN_HTTP  # fmt: skip
    assert left == set()


def not_in_english(page: str) -> str:
    """The words of a page without what it says itself is English (the reference of the API)."""

    class Words(HTMLParser):
        english = 0  # depth within an element marked so
        kept = ""

        def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
            if tag not in VOID and (self.english or dict(attributes).get("lang") == "en"):
                self.english += 1

        def handle_endtag(self, tag: str) -> None:
            self.english -= bool(self.english)

        def handle_data(self, text: str) -> None:
            self.kept += "" if self.english else f" {text}"

    words = Words()
    words.feed(page)
    assert not words.english
    return words.kept


def test_the_language_is_switched_by_a_form_that_returns_to_the_page(client: Client) -> None:
    answer = client.post("/language/", {"language": "zh-hans", "next": "/lab/attention/?preset=causal"})
    assert answer["Location"] == "/lab/attention/?preset=causal"
    assert "用自己的矩阵计算注意力" in client.get("/lab/attention/").content.decode()


@pytest.mark.parametrize(
    ("theme", "attribute"), [("dark", 'data-theme="dark"'), ("light", 'data-theme="light"')]
)
def test_a_chosen_theme_is_on_the_page_before_any_script_runs(
    client: Client, theme: str, attribute: str
) -> None:
    assert "<html" in client.get("/").content.decode()
    assert "data-theme=" not in client.get("/").content.decode()
    client.post("/theme/", {"theme": theme, "next": "/"})
    page = re.sub(r"\s+", " ", client.get("/").content.decode())
    assert attribute in page
    assert f'<meta name="color-scheme" content="{theme}">' in page


def test_who_is_signed_in_is_said_and_a_guest_is_asked_to_sign_in(client: Client, ada: User) -> None:
    client.post("/lab/attention/", {"query": "1", "key": "1", "value": "1"})
    assert client.get("/lab/runs/").context["user"].is_guest
    assert "Sign in" in client.get("/").content.decode()
    answer = client.post("/account/login/?next=/lab/runs/", {"login": "ada", "password": PASSWORD})
    assert answer["Location"] == "/lab/runs/"
    page = client.get("/").content.decode()
    assert "Signed in as ada" in re.sub(r"(<[^>]*>|\s)+", " ", page)
    client.post("/account/logout/")
    assert "Signed in as" not in client.get("/").content.decode()


def test_a_wrong_password_is_told_without_losing_the_name(client: Client, ada: User) -> None:
    page = client.post("/account/login/", {"login": "ada", "password": "wrong"}).content.decode()
    assert 'role="alert"' in page
    assert 'value="ada"' in page


def test_no_page_needs_inline_code(client: Client) -> None:
    for address in PAGES:
        answer = client.get(address)
        page = answer.content.decode()
        assert "script-src 'self'" in answer["Content-Security-Policy"]
        assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son\w+=|hx-on", page), address


def test_every_file_a_page_names_is_served(client: Client) -> None:
    for address in PAGES:
        for name in re.findall(r'(?:src|href)="/static/([^"]+)"', client.get(address).content.decode()):
            folders = [
                Path(folder[1] if isinstance(folder, tuple) else folder)
                for folder in settings.STATICFILES_DIRS
            ]
            found = [folder / name.removeprefix("htmx/") for folder in folders]
            assert any(path.is_file() for path in found), name


def test_a_missing_page_says_so_and_leads_home(client: Client) -> None:
    page = client.get("/nowhere/")
    assert page.status_code == 404
    assert "There is nothing here, or it is not yours." in page.content.decode()


def test_the_page_for_our_own_faults_needs_neither_database_nor_visitor(
    django_assert_num_queries: Any,
) -> None:
    with django_assert_num_queries(0):
        page = render_to_string(
            "error_plain.html", {"status": 500, "title": "Something broke", "advice": "The fault is ours."}
        )
    assert "The fault is ours." in page


def test_a_form_without_its_token_gets_a_page_with_advice(ada: User) -> None:
    answer = Client(enforce_csrf_checks=True).post("/lab/attention/", {})
    assert answer.status_code == 403
    assert "Reload the page and send it again." in answer.content.decode()


def test_staff_find_the_admin(client: Client, ada: User) -> None:
    client.force_login(ada)
    assert "/admin/" not in client.get("/").content.decode()
    ada.is_staff = True
    ada.save()
    assert "/admin/" in client.get("/").content.decode()


@pytest.mark.parametrize("following", ["abc", "home", "a:b", "%", "\x00"])
def test_where_a_choice_leads_back_to_is_an_address_and_no_name(client: Client, following: str) -> None:
    """A text that is the name of a route, or of none, is where the browser is sent all the same."""
    answer = client.post("/theme/", {"theme": "dark", "next": following})
    assert answer.status_code == 302
