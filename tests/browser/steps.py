"""What several browser tests do on their way."""

import re

from playwright.sync_api import Page, expect


def open_run(page: Page) -> str:
    """From the lab's form, once its run has ended, to the run's own page; its address."""
    page.locator("#run-state a.button").click(timeout=30_000)
    expect(page).to_have_url(re.compile(r"/lab/runs/[0-9a-f-]{36}/"))
    return page.url
