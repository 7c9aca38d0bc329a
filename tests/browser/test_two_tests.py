"""The two tests in a browser: expected, taken, their points told, the answers kept back until both are in."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.test_every_page import faults

BEFORE, AFTER = "/camp/start/pre-test/", "/camp/capstone/post-test/"
QUESTIONS = 15


@pytest.mark.parametrize(("width", "language", "theme"), [(390, "zh-CN", "dark"), (1280, "en-US", "light")])
def test_both_tests_are_taken_and_say_what_changed(
    open_page: Callable[..., Page], axe: str, width: int, language: str, theme: str
) -> None:
    page = open_page(AFTER, width=width, language=language, theme=theme, policy=False)
    page.locator("#the-test a.button").click()
    expect(page).to_have_url(re.compile(f"{BEFORE}#the-test"))
    found = []

    attempt = begin(page, "9")
    answer_first_number(page, attempt)
    found += faults(page, axe, f"{attempt} (question)", width)
    hand_in(page, attempt)
    expect(page.locator("section.asked")).to_have_count(0)
    page.goto(BEFORE)
    expect(page.locator("#the-test .points b")).not_to_have_text("0")
    expect(page.locator("#the-test")).to_contain_text("9")
    found += faults(page, axe, f"{BEFORE} (handed in)", width)

    page.goto(AFTER)
    second = begin(page, "15")
    hand_in(page, second)
    expect(page.locator("section.asked")).to_have_count(QUESTIONS)
    found += faults(page, axe, f"{second} (result)", width)
    page.goto(attempt)
    expect(page.locator("section.asked")).to_have_count(QUESTIONS)
    page.goto("/progress/")
    expect(page.locator("#gain")).to_contain_text("g = −0.")
    for summary in page.locator("#gain summary").all():
        summary.click()
    found += faults(page, axe, "/progress/ (gain)", width)
    assert found == []


@pytest.mark.parametrize("width", [390, 1280])
def test_bars_begin_and_end_alike_however_long_their_labels_are(
    open_page: Callable[..., Page], width: int
) -> None:
    """The ninth question has keys of one score each, written with one digit and with three signs."""
    page = open_page(BEFORE, width=width)
    page.goto(f"{begin(page, '9')}?q=9")
    expect(page.get_by_role("slider")).to_have_count(3)
    found = page.locator(".bar-slider").evaluate_all(
        "bars => bars.map(bar => [bar.getBoundingClientRect().left, bar.clientWidth])"
    )
    assert len({tuple(one) for one in found}) == 1, found
    labels = page.locator(".bar-label").all_inner_texts()
    assert len({len(label) for label in labels}) > 1, labels


def begin(page: Page, expected: str) -> str:
    page.locator("#predicted").fill(expected)
    with page.expect_navigation(url=re.compile("/attempts/")):
        page.locator("#the-test button.primary").click()
    expect(page.locator("nav .items li, nav ol li, nav ul li")).not_to_have_count(0)
    return page.url.partition("?")[0]


def answer_first_number(page: Page, attempt: str) -> None:
    """Of the 15 rows the third asks for a number; in one form it is 8, in the other 5: both are given in turn."""
    page.goto(f"{attempt}?q=3")
    page.locator("input.number").fill("8" if "768" in page.locator(".prompt").inner_text() else "5")
    expect(page.locator("#saved")).to_contain_text(re.compile(r"(Saved|已保存) \d\d:\d\d"))


def hand_in(page: Page, attempt: str) -> None:
    page.goto(f"{attempt}submit/")
    with page.expect_navigation():
        page.locator("main form button.primary").click()
    expect(page.locator("h1")).to_contain_text("%")
