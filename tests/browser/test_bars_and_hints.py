"""A row of weights is set by keyboard, a hint is taken for what it costs, and both are told with the result."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.test_quiz import QUIZ, sound, start

MOST_ATTEMPTS = 12
Open = Callable[..., Page]


def to_weights(page: Page) -> tuple[str, str]:
    """Opens an attempt at its question with bars; each has twelve of the questions there are: attempt and page."""
    for _attempt in range(MOST_ATTEMPTS):
        page.goto(QUIZ)
        address = start(page)
        for number in range(1, 13):
            page.goto(f"{address}?q={number}")
            if page.locator("#answer-form .weights").count():
                return address, page.url
        page.goto(f"{address}submit/")
        with page.expect_navigation():  # one that begins while another is under way is cut short
            page.locator("main form button.primary").click()
    raise AssertionError("no attempt asks for a row of weights")


@pytest.mark.parametrize(("width", "theme", "language"), [(1280, "light", "en-US"), (390, "dark", "zh-CN")])
def test_weights_are_moved_and_typed_and_a_hint_is_taken_by_keyboard(
    open_page: Open, axe: str, width: int, theme: str, language: str
) -> None:
    page = open_page(QUIZ, width=width, theme=theme, language=language)
    address, where = to_weights(page)
    fields = page.locator(".weights input[name=response]")
    sliders = page.get_by_role("slider")
    assert [fields.nth(place).input_value() for place in range(3)] == ["", "", ""]
    sliders.first.focus()
    page.keyboard.press("PageUp")
    assert fields.first.input_value() == "0.44"
    expect(page.locator("[data-sum]")).to_contain_text("1")
    fields.nth(1).focus()
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.type("1/4")
    expect(sliders.nth(1)).to_have_attribute("aria-valuenow", "25")
    fields.nth(0).fill("0.5")
    fields.nth(2).fill("25%")
    expect(page.locator("#saved")).to_contain_text(re.compile(r"Saved \d|已保存|\d\d:\d\d"))
    hint = page.locator("#answer-hints button")
    expect(hint).to_contain_text("25 %")
    expect(page.locator(".hint")).to_have_count(0)
    hint.focus()
    page.keyboard.press("Enter")
    expect(page.locator(".hint")).to_have_count(1)
    expect(page.locator(".hint")).to_be_focused()
    sound(page, axe)
    page.goto(where)
    assert [fields.nth(place).input_value() for place in range(3)] == ["0.5", "1/4", "25%"]
    expect(page.locator(".hint")).to_have_count(1)
    page.goto(f"{address}submit/")
    page.locator("main form button.primary").click()
    expect(page.locator(".bar-answer")).to_have_count(3)
    expect(page.locator("main")).to_contain_text(re.compile(r"With 1 hint .* 75 %|看了 1 个提示.*75 %"))
    sound(page, axe)


def test_without_scripts_weights_are_typed_and_a_hint_keeps_them(open_page: Open) -> None:
    page = open_page(QUIZ, script=False)
    _address, _where = to_weights(page)
    fields = page.locator(".weights input[name=response]")
    for place, text in enumerate(("1/2", "1/4", "0.25")):
        fields.nth(place).fill(text)
    page.get_by_role("button", name="Show a hint (costs 25 %)").click()
    expect(page.locator(".hint")).to_have_count(1)
    assert [fields.nth(place).input_value() for place in range(3)] == ["1/2", "1/4", "0.25"]
