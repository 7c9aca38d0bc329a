"""What several browser tests do on their way."""

import re

from playwright.sync_api import Page, expect

from tests.running_camp import PASSWORD


def open_run(page: Page) -> str:
    """From the lab's form, once its run has ended, to the run's own page; its address."""
    page.locator("#run-state a.button").click(timeout=30_000)
    expect(page).to_have_url(re.compile(r"/lab/runs/[0-9a-f-]{36}/"))
    return page.url


def sign_in(page: Page, name: str) -> None:
    page.goto("/account/login/")
    page.locator("input[name=login]").fill(name)
    page.locator("input[name=password]").fill(PASSWORD)
    page.locator("main button.primary").first.click()


def submit_batch(page: Page, count: int) -> str:
    """So many small jobs in one call of the visitor's own, from a page of the camp; the address of the batch's page."""
    address = page.evaluate(
        """async count => {
            const token = /csrftoken=([^;]+)/.exec(document.cookie)[1];
            const params = {query: [[1, 0]], key: [[1, 0], [0, 1]], value: [[1], [2]]};
            const answer = await fetch("/api/v1/jobs/batch/", {
                method: "POST",
                headers: {"Content-Type": "application/json", "X-CSRFToken": token},
                body: JSON.stringify({jobs: Array(count).fill({task: "attention", params})}),
            });
            return (await answer.json()).links.page;
        }""",
        count,
    )
    return str(address)


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
