"""The lab's examples: folded away above the form, opened and chosen by keyboard, with or without a script."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect


@pytest.mark.parametrize(("language", "width"), [("en-US", 390), ("zh-CN", 390), ("en-US", 1280)])
def test_the_form_begins_within_the_first_screen(
    open_page: Callable[..., Page], language: str, width: int
) -> None:
    page = open_page("/lab/attention/", language=language, width=width)
    form = page.locator("#lab-form").bounding_box()
    assert form is not None
    assert form["y"] < (550 if width == 390 else 400)


def test_an_example_is_chosen_by_keyboard_without_a_script(open_page: Callable[..., Page]) -> None:
    page = open_page("/lab/attention/", width=390, script=False)
    cards = page.locator(".presets a")
    assert cards.count() == 20
    expect(cards.first).to_be_hidden()
    page.locator(".presets summary").focus()
    page.keyboard.press("Enter")
    expect(cards.last).to_be_visible()
    expect(page.locator(".presets a[aria-current]")).to_contain_text("The article's example")
    for _ in range(3):
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_url("**/?preset=cat-sat-it")
    expect(page.locator(".presets summary")).to_contain_text("cat, sat, it")
    expect(page.locator("textarea[name=query]")).to_have_value("0 1\n1 1\n2 0")
    expect(cards.first).to_be_hidden()


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
def test_the_opened_cards_are_sound_and_their_colours_are_the_matrix_s(
    open_page: Callable[..., Page], axe: str, theme: str, width: int
) -> None:
    page = open_page("/lab/attention/?preset=cat-sat-it", theme=theme, width=width)
    page.locator(".presets summary").click()
    page.evaluate(axe)
    found = page.evaluate("axe.run('.presets').then(result => result.violations.map(one => one.id))")
    assert found == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    fills = page.locator(".presets a[aria-current] .sw").evaluate_all(
        "all => all.map(one => getComputedStyle(one).fill)"
    )
    cells = page.locator("#picture table[data-table=weights] .cell").evaluate_all(
        "all => all.map(one => getComputedStyle(one).backgroundColor)"
    )
    assert len(cells) == 9
    assert set(fills) == set(cells)
