"""Two runs compared: from a run's own page to the difference of every weight."""

import math
import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.steps import open_run


def run_with(page: Page, preset: str, temperature: str) -> None:
    """Runs an example at this temperature and opens the run's page."""
    page.goto(f"/lab/attention/?preset={preset}")
    page.locator("details.more").evaluate_all("all => all.forEach(one => { one.open = true })")
    page.locator("input[name=temperature]").fill(temperature)
    page.locator("button.primary").click()
    open_run(page)


def numbers(page: Page, table: str) -> list[float]:
    cells = page.locator(f"[data-table={table}] .cell data").evaluate_all("all => all.map(one => one.value)")
    return [float(value.replace("−", "-")) for value in cells]


@pytest.mark.parametrize(
    ("language", "width", "setting", "fell"),
    [
        ("en-US", 1280, "Temperature 1 → 0.5", r"Row q\d: entropy fell from \d\.\d+ to \d\.\d+\."),
        ("zh-CN", 390, "温度 1 → 0.5", r"q\d 行：熵从 \d\.\d+ 降到 \d\.\d+。"),
    ],
)
def test_a_run_is_compared_with_the_one_before(
    open_page: Callable[..., Page], language: str, width: int, setting: str, fell: str
) -> None:
    page = open_page("/lab/", language=language, width=width)
    run_with(page, "cat-sat-it", "1")
    run_with(page, "cat-sat-it", "0.5")
    page.locator("a[href*='/lab/compare/'][href*='b=']").click()
    expect(page.locator("#settings-changed li")).to_have_text([setting])
    expect(page.locator("#effects")).to_contain_text(re.compile(fell))
    assert page.locator("#effects li").count() <= 5

    before, after = numbers(page, "weights-a"), numbers(page, "weights-b")
    cells = page.locator("[data-table=weights-difference] .cell").all()
    assert len(cells) == len(before) > 1
    for cell, one, other in zip(cells, before, after, strict=True):
        gap = other - one
        step = 16 + round(math.copysign(16 * math.sqrt(abs(gap)), gap))
        expect(cell).to_have_class(re.compile(rf"\bd{step}\b"))
        assert ("less" in str(cell.get_attribute("class")).split()) == (step < 16)

    if width == 390:
        page.locator(".switch input[value=difference]").check()
        expect(page.locator("[data-table=weights-a]")).to_be_hidden()
        expect(page.locator("[data-table=weights-difference]")).to_be_visible()
        page.locator(".switch input[value=all]").check()
    tops = {
        page.locator(f"[data-table=weights-{name}]").bounding_box()["y"] for name in ("a", "b", "difference")
    }  # type: ignore[index]
    assert len(tops) == (1 if width == 1280 else 3), "beside each other, or beneath each other on a phone"
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_another_run_is_chosen_and_both_swapped_without_a_script(open_page: Callable[..., Page]) -> None:
    page = open_page("/lab/attention/?preset=article", script=False)
    for _ in range(2):
        page.goto("/lab/attention/?preset=article")
        page.locator("button.primary").click()
        expect(page.locator("main")).to_contain_text("0.2205", timeout=30_000)
    page.get_by_role("link", name="Compare with another run").click()
    expect(page.locator("input[type=radio]")).to_have_count(1)
    page.get_by_role("button", name="Compare").click()
    expect(page.locator("#effects")).to_have_text("No difference above 1e-6.")
    first = page.locator("#run-A a").get_attribute("href")
    page.get_by_role("link", name="Swap: A ⇄ B").click()
    assert page.locator("#run-B a").get_attribute("href") == first
