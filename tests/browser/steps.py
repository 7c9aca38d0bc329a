"""What several browser tests do on their way."""

import re

from playwright.sync_api import Page, expect


def open_run(page: Page) -> str:
    """From the lab's form, once its run has ended, to the run's own page; its address."""
    page.locator("#run-state a.button").click(timeout=30_000)
    expect(page).to_have_url(re.compile(r"/lab/runs/[0-9a-f-]{36}/"))
    return page.url


def paste(page: Page, cell: str, text: str) -> None:
    """Puts the text on the clipboard and pastes it into the cell, as one does with a spreadsheet's."""
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.locator(cell).click()
    page.evaluate("text => navigator.clipboard.writeText(text)", text)
    page.keyboard.press("ControlOrMeta+v")


def fill_matrix(page: Page, name: str, text: str) -> None:
    """Gives a field the matrix: pasted into its cells and confirmed, or typed where there are none."""
    field = page.locator(f"textarea[name={name}]")
    if field.is_visible():
        field.fill(text)
        return
    paste(page, f"#{name}-1-1", text)
    page.locator(f"#{name}-cells .matrix-question button.primary").click()
    expect(field).to_have_value(text)
