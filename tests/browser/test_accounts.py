"""A learner's whole way with an account, in a browser: guest, sign-up, second factor, passkey, token, erasure."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.steps import open_run, sign_in
from tests.browser.test_every_page import faults
from tests.running_camp import PASSWORD, RunningCamp

OpenPage = Callable[..., Page]


def sign_up(page: Page, name: str) -> None:
    page.goto("/account/signup/")
    page.get_by_label(re.compile("^(Username|用户名)")).fill(name)
    for box in page.locator("input[type=password]").all():
        box.fill(PASSWORD)
    page.locator("main button.primary").click()
    expect(page.locator("header")).to_contain_text(name)


def test_a_guests_run_is_there_after_sign_up_and_from_another_browser(open_page: OpenPage) -> None:
    page = open_page("/lab/attention/?preset=article")
    page.locator("button.primary").click()
    run = open_run(page)
    page.goto("/lab/runs/")
    page.get_by_role("link", name="Sign up to keep them").click()
    sign_up(page, "katherine")
    page.goto(run)
    expect(page.locator("main")).to_contain_text("0.2205")
    page.get_by_role("button", name="Sign out").click()
    assert page.request.get(run).status == 404
    elsewhere = open_page("/")
    sign_in(elsewhere, "katherine")
    elsewhere.goto(run)
    expect(elsewhere.locator("main")).to_contain_text("0.2205")


def test_a_passkey_made_here_opens_the_account_without_a_password(
    open_page: OpenPage, camp: RunningCamp
) -> None:
    by_name = camp.url.replace("127.0.0.1", "localhost")
    page = open_page("/")
    key = page.context.new_cdp_session(page)
    key.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True,
        "isUserVerified": True, "automaticPresenceSimulation": True,
    }  # fmt: skip
    key.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    page.goto(f"{by_name}/account/signup/")
    page.get_by_label("Username").fill("dorothy")
    for box in page.locator("input[type=password]").all():
        box.fill(PASSWORD)
    page.locator("main button.primary").click()
    expect(page.locator("header")).to_contain_text("dorothy")
    page.goto(f"{by_name}/account/2fa/webauthn/add/")
    if "reauthenticate" in page.url:
        page.locator("input[name=password]").fill(PASSWORD)
        page.locator("main button.primary").click()
    page.locator("input[name=name]").fill("my laptop")
    page.locator("input[name=passwordless]").check()
    page.locator("main button.primary").click()
    expect(page).to_have_url(re.compile("recovery-codes"))
    page.goto(f"{by_name}/account/2fa/webauthn/")
    expect(page.locator("main")).to_contain_text("my laptop")
    expect(page.locator("main")).to_contain_text("opens without a password")
    page.get_by_role("button", name="Sign out").click()
    page.goto(f"{by_name}/account/login/")
    page.get_by_role("button", name="Sign in with a passkey").click()
    expect(page.locator("header")).to_contain_text("dorothy")


def test_on_an_address_of_numbers_the_page_says_what_passkeys_need(open_page: OpenPage) -> None:
    page = open_page("/account/login/")
    expect(page.locator("[data-passkey-needs-name]")).to_be_visible()


def test_the_way_through_by_keyboard_alone(open_page: OpenPage) -> None:
    page = open_page("/account/signup/")
    page.get_by_label("Username").focus()
    page.keyboard.type("mary")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.locator("header")).to_contain_text("mary")
    page.goto("/account/erase/")
    if "reauthenticate" in page.url:
        page.get_by_label("Password").focus()
        page.keyboard.type(PASSWORD)
        page.keyboard.press("Enter")
    page.get_by_label("Your user name").focus()
    page.keyboard.type("mary")
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_contain_text("are gone")


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("language", ["en-US", "zh-CN"])
@pytest.mark.parametrize("width", [390, 1280])
def test_axe_finds_nothing_on_the_accounts_pages(
    open_page: OpenPage, axe: str, theme: Any, language: str, width: int
) -> None:
    page = open_page("/", theme=theme, language=language, width=width)
    found = []
    for path in ("/account/login/", "/account/signup/", "/account/password/reset/"):
        page.goto(path)
        found += faults(page, axe, path, width)
    sign_up(page, f"axe-{theme}-{language.lower()}-{width}")
    page.goto("/account/tokens/")
    if "reauthenticate" in page.url:
        found += faults(page, axe, page.url, width)
        page.locator("input[name=password]").fill(PASSWORD)
        page.locator("main button.primary").click()
    for path in ACCOUNT_PAGES:
        page.goto(path)
        assert path in page.url
        found += faults(page, axe, path, width)
    assert found == []


ACCOUNT_PAGES = [
    "/account/", "/account/tokens/", "/account/sessions/", "/account/email/", "/account/password/change/",
    "/account/2fa/", "/account/2fa/totp/activate/", "/account/2fa/webauthn/", "/account/2fa/webauthn/add/",
    "/account/erase/", "/account/logout/",
]  # fmt: skip
