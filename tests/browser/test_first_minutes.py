"""A newcomer in a browser: type Q, K and V, see what a worker computed."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.steps import fill_matrix, open_run

OpenPage = Callable[..., Page]
LAST_ROW = ["0.1805", "0.1898", "0.1995", "0.2097", "0.2205"]
OUTPUT = ["0.3020", "0.3040", "0.3060", "0.3080", "0.3100"]
ARTICLE = "0.1\n0.2\n0.3\n0.4\n0.5"


def type_article(page: Page) -> None:
    for name in ("query", "key", "value"):
        fill_matrix(page, name, ARTICLE)


def shows_the_articles_numbers(page: Page) -> None:
    body = page.locator("main")
    for figure in LAST_ROW + OUTPUT:
        expect(body).to_contain_text(figure, timeout=30_000)


def test_typed_matrices_run_on_a_worker_without_a_reload(open_page: OpenPage) -> None:
    page = open_page("/lab/attention/")
    page.evaluate("window.stayed = true")
    type_article(page)
    page.locator("button.primary").click()
    expect(page.locator("main")).to_contain_text("Checked by the server", timeout=30_000)
    shows_the_articles_numbers(page)
    page.wait_for_timeout(600)  # as long as a preview of what was typed could still come
    expect(page.locator("#picture-chip")).to_contain_text("Checked by the server")
    assert page.evaluate("window.stayed"), "the page was not loaded anew"
    expect(page).to_have_url(re.compile(r"/lab/attention/\?run=[0-9a-f-]{36}$"))
    page.reload()
    expect(page.locator("textarea[name=query]")).to_have_value(ARTICLE)
    page.get_by_role("button", name="中文").click()
    fill_matrix(page, "value", "7\n8\n9\n10\n11")
    page.get_by_role("button", name="English").click()
    expect(page.locator("textarea[name=value]")).to_have_value("7\n8\n9\n10\n11")
    expect(page.locator("#picture")).to_contain_text("9.0")


def test_the_same_without_javascript(open_page: OpenPage) -> None:
    page = open_page("/lab/attention/", script=False)
    type_article(page)
    page.locator("button.primary").click()
    expect(page).to_have_url(re.compile(r"/lab/runs/[0-9a-f-]{36}/"))
    shows_the_articles_numbers(page)


def test_what_a_guest_did_is_kept_in_the_history_and_shown_to_nobody_else(open_page: OpenPage) -> None:
    page = open_page("/lab/attention/?preset=article")
    page.locator("button.primary").click()
    run = open_run(page)
    page.goto("/lab/runs/")
    expect(page.locator(f"main a[href$='{run.rpartition('/lab')[2]}']").first).to_be_visible()
    stranger = open_page("/lab/runs/")
    expect(stranger.locator("main")).to_contain_text("No runs yet")
    assert stranger.request.get(run).status == 404


@pytest.mark.parametrize("script", [True, False])
def test_a_bad_number_is_named_and_what_was_typed_is_kept(open_page: OpenPage, script: bool) -> None:
    page = open_page("/lab/attention/", script=script)
    type_article(page)
    if script:
        page.locator("#query-2-1").fill("0.3a")
    else:
        fill_matrix(page, "query", "0.1\n0.3a")
    fill_matrix(page, "value", "7\n8\n9\n10\n11")
    page.locator("button.primary").click()
    expect(page.locator("main")).to_contain_text("0.3a")
    expect(page.locator("textarea[name=query]")).to_have_attribute("aria-invalid", "true")
    expect(page.locator("textarea[name=value]")).to_have_value("7\n8\n9\n10\n11")


def test_editing_redraws_at_once_before_any_run(open_page: OpenPage) -> None:
    page = open_page("/lab/attention/?preset=article")
    fill_matrix(page, "value", "10\n20\n30\n40\n50")
    expect(page.locator("main")).to_contain_text("30.2", timeout=10_000)


def test_the_home_page_answers_its_one_question(open_page: OpenPage) -> None:
    page = open_page("/")
    expect(page.locator("main")).to_contain_text("0.576")
    page.locator("main input[name=q]").fill("4")
    expect(page.locator("main")).to_contain_text("0.77", timeout=10_000)


def test_signing_in_takes_the_guests_runs_along(open_page: OpenPage, camp) -> None:  # type: ignore[no-untyped-def]
    from tests.running_camp import PASSWORD

    camp.account("grace")
    page = open_page("/lab/attention/?preset=article")
    page.locator("button.primary").click()
    run = open_run(page)
    page.goto("/account/login/")
    page.locator("input[name=login]").fill("grace")
    page.locator("input[name=password]").fill(PASSWORD)
    page.locator("main button[type=submit], main button.primary").first.click()
    page.goto(run)
    expect(page.locator("body")).to_contain_text("grace")
    expect(page).to_have_url(run)
