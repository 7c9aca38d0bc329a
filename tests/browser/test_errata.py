"""The errata in a browser: a row is reached by its address, and its program fits on a phone."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect


@pytest.mark.parametrize("width", [390, 1280])
def test_a_row_is_reached_by_its_address_and_its_programs_fit(
    open_page: Callable[..., Page], width: int
) -> None:
    page = open_page("/errata/#keras-back-ends", width=width, language="zh-CN")
    row = page.locator("#keras-back-ends")
    expect(row).to_be_in_viewport()
    expect(row).to_contain_text("jax tensorflow torch")
    for summary in page.locator("summary").all():
        summary.click()
    expect(row.locator("details pre")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") == width


def test_on_a_phone_a_row_names_its_cells(open_page: Callable[..., Page]) -> None:
    page = open_page("/errata/", width=390)
    row = page.locator("#uniform-weights")
    for name in ("The article says", "What is true", "Proof"):
        expect(row.get_by_text(name, exact=True)).to_be_visible()
    assert row.get_by_role("cell").count() == 3, "it is still a table for those who hear it"
