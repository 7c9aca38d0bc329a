"""The table of what was tried: sorted by a heading, two runs picked by the keyboard and compared, without a script."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.steps import open_run


def entropies(page: Page) -> list[float]:
    shown = page.locator("[data-column=entropy] data").evaluate_all("all => all.map(one => one.value)")
    return [float(value) for value in shown]


@pytest.mark.parametrize(
    ("language", "width", "script"), [("en-US", 1280, False), ("zh-CN", 390, False), ("en-US", 390, True)]
)
def test_runs_are_sorted_picked_and_compared(
    open_page: Callable[..., Page], language: str, width: int, script: bool
) -> None:
    page = open_page("/lab/", language=language, width=width)
    for preset in ("cat-sat-it", "sharp", "flat"):
        page.goto(f"/lab/attention/?preset={preset}")
        page.locator("#lab-form button.primary").click()
        open_run(page)
    if not script:
        signed = page.context.cookies()
        page = open_page("/", language=language, width=width, script=False)
        page.context.add_cookies(signed)
    page.goto("/lab/runs/")
    page.locator("a[href='/lab/runs/tried/']").click()
    page.wait_for_url("**/lab/runs/tried/")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    if width == 1280:
        page.locator("thead a[href*='sort=entropy']").click()
        expect(page.locator("th[aria-sort=descending]")).to_contain_text("Entropy")
    else:  # where cards take the place of the table, the form sorts
        page.locator("select[name=sort]").select_option("entropy")
        page.locator("main form[role=search] button").click()
        page.wait_for_url("**sort=entropy**")
    found = entropies(page)
    assert len(found) == 3
    assert found == sorted(found, reverse=True)
    if width == 1280:
        page.locator("thead a[href*='sort=entropy']").click()
        expect(page.locator("th[aria-sort=ascending]")).to_have_count(1)
        assert entropies(page) == found[::-1]

    coldest, hottest = (2, 0) if width == 390 else (0, 2)
    page.locator("input[name=a]").nth(1).focus()
    page.keyboard.press("ArrowDown" if hottest == 2 else "ArrowUp")
    expect(page.locator("input[name=a]").nth(hottest)).to_be_checked()
    page.locator("input[name=b]").nth(coldest).focus()
    page.keyboard.press("Space")
    page.locator("#pair button").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#settings-changed li")).to_have_text(
        ["Temperature 10 → 0.1" if language == "en-US" else "温度 10 → 0.1"]
    )


def test_what_is_focused_is_never_beneath_the_buttons_that_stay(open_page: Callable[..., Page]) -> None:
    page = open_page("/lab/attention/?preset=article", width=390)
    for _ in range(3):
        page.goto("/lab/attention/?preset=article")
        page.locator("#lab-form button.primary").click()
        open_run(page)
    page.goto("/lab/runs/tried/")
    page.locator("main form[role=search] button").focus()
    seen = 0
    for _ in range(9):
        page.keyboard.press("Tab")
        end, bar = page.evaluate(
            """() => {
                const one = document.activeElement.closest('.tried :is(a, input)');
                const bottom = one ? one.getBoundingClientRect().bottom : null;
                return [bottom, document.querySelector('.pair').getBoundingClientRect().top];
            }"""
        )
        if end is not None:
            seen += 1
            assert end <= bar + 1
    assert seen == 5  # a link for each run, and once each group of boxes
