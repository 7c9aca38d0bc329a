"""A run is deleted and brought back by hand: with the keyboard, with and without JavaScript."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect


@pytest.mark.parametrize("script", [True, False])
def test_a_deleted_run_comes_back_by_one_press(
    open_page: Callable[..., Page], axe: str, script: bool
) -> None:
    page = open_page("/lab/attention/?preset=article", script=script, policy=not script)
    page.locator("button.primary").click()
    if script:
        page.locator("#run-state a.button").click(timeout=30_000)
    page.locator(".actions a.danger").click(
        timeout=60_000
    )  # without JavaScript the page looks again by itself
    run = page.url.removesuffix("delete/")
    expect(page.locator("main")).to_contain_text("For 15 minutes you can undo that")
    page.get_by_role("button", name="Delete").click()
    expect(page.get_by_role("status")).to_contain_text("The run was deleted.")
    expect(page.get_by_text("No runs yet")).to_be_visible()
    assert page.request.get(run).status == 404
    if script:
        page.evaluate(axe)
        assert page.evaluate("axe.run(document, {}).then(result => result.violations)") == []
    page.reload()  # the offer stands
    page.get_by_role("button", name="Undo").focus()
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(re.escape(run) + "$"))
    expect(page.locator(".messages")).to_contain_text("The run is back, as it was.")
    expect(page.locator("#picture table[data-table=weights]")).to_be_visible()
