"""A row is guessed before its weights are shown, and the guess goes with the run."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from attention_core import agreement
from tests.browser.steps import open_run

OpenPage = Callable[..., Page]
TRUTH = [0.180516, 0.189771, 0.199501, 0.209730, 0.220483]  # course/concepts.md, part B, row 5


@pytest.mark.parametrize(("width", "theme"), [(1280, "light"), (390, "dark")])
def test_a_guess_hides_the_weights_until_it_is_locked_and_is_kept_with_the_run(
    open_page: OpenPage, axe: str, width: int, theme: str
) -> None:
    page = open_page("/lab/attention/?preset=article", width=width, theme=theme)
    page.get_by_role("button", name="Guess a row first").click()
    guess = page.locator("#guess")
    expect(guess.locator("#guess-title")).to_be_focused()
    for name in ("weights", "output"):
        assert not page.locator(f"table[data-table={name}]").is_visible(), name
    assert not page.locator(".heads").is_visible()
    expect(page.locator("table[data-table=weights] td.cell").first).to_have_css("visibility", "hidden")
    lock = guess.get_by_role("button", name="Lock my guess")
    expect(lock).to_be_disabled()
    slider = guess.get_by_role("slider").nth(4)
    slider.press("PageUp")
    slider.press("PageUp")
    page.evaluate(axe)
    violations = page.evaluate("axe.run('#guess', {}).then(result => result.violations)")
    assert [item["id"] for item in violations] == []
    points = [int(text) for text in guess.locator(".bar-points").all_inner_texts()]
    assert sum(points) == 100
    lock.click()
    told = f"Agreement {agreement.agreement(points, TRUTH):.3f}; equal shares would score {agreement.agreement([1] * 5, TRUTH):.3f}."
    expect(guess).to_contain_text(told)
    expect(page.locator("table[data-table=weights]")).to_have_css("visibility", "visible")
    page.locator("#lab-form button.primary").click()
    open_run(page)
    expect(page.locator(".guess")).to_contain_text(told)
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_a_guess_of_other_numbers_does_not_go_with_the_run(open_page: OpenPage) -> None:
    page = open_page("/lab/attention/?preset=article")
    page.get_by_role("button", name="Guess a row first").click()
    guess = page.locator("#guess")
    guess.locator("#guess-row").select_option("2")
    expect(guess.locator("#guess-prompt")).to_contain_text("How does q2 share")
    guess.get_by_role("button", name="I think all equal").click()
    guess.get_by_role("button", name="Lock my guess").click()
    expect(guess).to_contain_text("Your guess of row q2")
    page.locator("#temperature").fill("0.5")
    page.locator("#lab-form button.primary").click()
    open_run(page)
    expect(page.locator("h1")).to_be_visible()
    assert page.locator(".guess").count() == 0


def test_only_the_keys_a_query_sees_are_guessed(open_page: OpenPage) -> None:
    page = open_page("/lab/attention/?preset=causal", language="zh-CN")
    page.get_by_role("button", name="先预测一行").click()
    guess = page.locator("#guess")
    expect(guess.locator("#guess-row option")).to_have_text(["q2", "q3", "q4", "q5"])
    guess.locator("#guess-row").select_option("3")
    expect(guess.locator("#guess-prompt")).to_contain_text(re.compile("q3"))
    expect(guess.locator("[data-bar]")).to_have_count(3)
    guess.get_by_role("button", name="不预测，直接看").click()
    expect(page.locator("table[data-table=weights]")).to_have_css("visibility", "visible")
