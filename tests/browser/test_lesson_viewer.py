"""A lesson's own viewer writes a cell out as the lab does, whatever other viewers stand on the page."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.test_stage_viewer import OUTPUT, SCORES, WEIGHTS, check_sum

OpenPage = Callable[..., Page]
# The article's five tokens, and further down the one token of its test.
LESSON = "/camp/by-hand/article-example/"
FIVE, ONE = "#attention-1", "#attention-2"


def cell_of(page: Page, viewer: str, table: str, query: int, column: int) -> Locator:
    """Counted from 1."""
    return page.locator(f"{viewer} [data-table={table}] tbody tr:nth-child({query}) td.cell").nth(column - 1)


def lit(page: Page, viewer: str) -> list[str]:
    cells = page.locator(f"{viewer} td:is(.lit-q, .lit-k, .lit-v, .lit-cell)").all()
    where = "cell => `${cell.closest('table').dataset.table} ${cell.parentElement.sectionRowIndex + 1} ${cell.cellIndex}`"
    return [cell.evaluate(where) for cell in cells]


def to_step(page: Page, name: str) -> None:
    page.locator(f"{FIVE}-step-{name}").click()
    expect(page.locator(f"{FIVE} [data-step-shown={name}]")).to_be_visible()


def test_every_cell_of_a_step_is_written_out_with_its_own_numbers(open_page: OpenPage) -> None:
    page = open_page(LESSON)
    panel = page.locator(f"{FIVE} .cell-panel")
    cell_of(page, FIVE, "weights", 5, 5).hover()
    expect(panel.locator(".hint")).to_be_visible()  # a mouse that passes moves nothing of the text below
    for step, table, truth in (
        ("softmax", "weights", WEIGHTS), ("scores", "scores", SCORES), ("output", "output", OUTPUT),
    ):  # fmt: skip
        to_step(page, step)
        for query, row in enumerate(truth, 1):
            for column, number in enumerate(row, 1):
                cell_of(page, FIVE, table, query, column).click()
                expect(panel.locator("h4")).to_contain_text(f"q{query}")
                value = panel.locator(".cell-value").inner_text()
                assert float(value) == pytest.approx(number, abs=5.1e-5)
                check_sum(panel.locator(".sums p").first.inner_text(), {})
    assert lit(page, FIVE) == [*(f"weights 5 {key}" for key in range(1, 6)), *(f"V {key} 1" for key in range(1, 6)), "output 5 1"]  # fmt: skip


def test_viewers_of_one_page_do_not_disturb_each_other(open_page: OpenPage) -> None:
    page = open_page(LESSON)
    cell_of(page, FIVE, "weights", 2, 3).click()
    assert "weights 2 3" in lit(page, FIVE)
    assert lit(page, ONE) == []
    expect(page.locator(f"{ONE} .hint")).to_be_visible()
    cell_of(page, ONE, "weights", 1, 1).click()
    expect(page.locator(f"{ONE} h4").first).to_have_text("q1 looks at k1")
    expect(page.locator(f"{FIVE} .cell-sums h4")).to_have_text("q2 looks at k3")
    to_step(page, "scores")  # what was chosen stays, here and there
    expect(page.locator(f"{FIVE} .cell-sums h4")).to_have_text("q2 looks at k3")
    assert lit(page, ONE) != []
    ids = page.evaluate("[...document.querySelectorAll('[id]')].map(one => one.id)")
    assert len(ids) == len(set(ids))


def test_by_keys_alone_as_in_the_lab(open_page: OpenPage) -> None:
    page = open_page(LESSON)
    at = page.locator(f"{FIVE} .cell-sums h4")
    cell_of(page, FIVE, "weights", 1, 1).focus()
    for key, place in (
        ("ArrowDown", "q2 looks at k1"), ("End", "q2 looks at k5"), ("Control+End", "q5 looks at k5"),
    ):  # fmt: skip
        page.keyboard.press(key)
        expect(at).to_have_text(place)
    page.keyboard.press("Enter")
    expect(page.locator(f"{FIVE} .cell-panel")).to_be_focused()
    expect(page.locator(f"{FIVE} [data-viewer-says]")).to_contain_text("q5 looks at k5. 0.2205")
    page.keyboard.press("Escape")
    expect(cell_of(page, FIVE, "weights", 5, 5)).to_be_focused()
    page.keyboard.press("n")
    expect(cell_of(page, FIVE, "output", 5, 1)).to_be_focused()
    expect(at).to_have_text("Output of q5, column 1")
    page.keyboard.press("p")
    expect(cell_of(page, FIVE, "weights", 5, 1)).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator(f"{FIVE} .hint")).to_be_visible()
    assert lit(page, FIVE) == []


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_on_a_phone_in_chinese_the_sums_are_seen_and_cover_no_cell_chosen(
    open_page: OpenPage, theme: str
) -> None:
    page = open_page(LESSON, width=390, language="zh-CN", theme=theme)
    cell = cell_of(page, FIVE, "weights", 5, 1)
    cell.click()
    panel = page.locator(f"{FIVE} .cell-panel")
    expect(panel.locator("h4")).to_have_text(re.compile("q5.*k1"))
    expect(panel.locator(".cell-value")).to_be_in_viewport()
    above, below = cell.bounding_box(), panel.bounding_box()
    assert above
    assert below
    assert above["y"] + above["height"] <= below["y"]
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_without_a_script_the_step_is_shown_and_no_empty_panel(open_page: OpenPage) -> None:
    page = open_page(LESSON, script=False)
    expect(page.locator(f"{FIVE} [data-table=weights]")).to_be_visible()
    expect(page.locator(".cell-panel").first).to_be_hidden()
