"""What makes reading comfortable: definitions beside a term, search, a mistake reported, a lesson on paper."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.test_every_page import faults

LESSON = "/camp/scoring-functions/five-functions/"


@pytest.mark.parametrize(("width", "language", "theme"), [(390, "zh-CN", "dark"), (1280, "en-US", "light")])
def test_a_term_opens_its_definition_beside_it_by_keyboard_and_by_press(
    open_page: Callable[..., Page], axe: str, width: int, language: str, theme: str
) -> None:
    page = open_page(LESSON, width=width, language=language, theme=theme)
    term = page.locator("a.term[href$='#query']").first
    definition = page.locator("#definition-query")
    expect(term).to_have_attribute("aria-expanded", "false")
    for key in ("Enter", " "):
        term.focus()
        page.keyboard.press(key)
        expect(definition).to_be_visible()
        expect(definition).to_be_focused()
        expect(term).to_have_attribute("aria-expanded", "true")
        page.keyboard.press("Escape")
        expect(definition).to_be_hidden()
        expect(term).to_be_focused()
        expect(term).to_have_attribute("aria-expanded", "false")
    term.click()
    expect(definition).to_be_visible()
    assert faults(page, axe, "with a definition open", width) == []
    beside, word = definition.bounding_box(), term.bounding_box()
    assert beside is not None
    assert word is not None
    assert beside["x"] >= 0
    assert beside["x"] + beside["width"] <= width
    assert (
        min(abs(beside["y"] - word["y"] - word["height"]), abs(word["y"] - beside["y"] - beside["height"]))
        < 24
    )
    term.click()
    expect(definition).to_be_hidden()


def test_from_one_term_to_another_only_the_last_stays_open(open_page: Callable[..., Page]) -> None:
    page = open_page(LESSON)
    first, second = (page.locator(f"a.term[href$='#{name}']").first for name in ("query", "key"))
    first.click()
    expect(page.locator("#definition-query")).to_be_visible()
    page.locator("h1").click()
    expect(page.locator("#definition-query")).to_be_hidden()
    first.press("Enter")
    second.evaluate("term => term.click()")
    expect(page.locator("#definition-key")).to_be_visible()
    expect(page.locator("#definition-query")).to_be_hidden()
    expect(second).to_have_attribute("aria-expanded", "true")
    expect(first).to_have_attribute("aria-expanded", "false")
    page.locator("#definition-key button").click()
    expect(page.locator("#definition-key")).to_be_hidden()


def test_without_a_script_a_term_leads_to_the_glossary(open_page: Callable[..., Page]) -> None:
    page = open_page(LESSON, script=False)
    expect(page.locator("#definition-query")).to_be_hidden()
    page.locator("a.term[href$='#query']").first.click()
    expect(page).to_have_url(re.compile(r"/glossary/#query$"))
    expect(page.locator("#query")).to_be_visible()


def test_search_from_the_header_leads_to_a_section(open_page: Callable[..., Page]) -> None:
    page = open_page("/")
    page.locator("header.top input[type=search]").fill("saturated softmax")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"/search/\?q=saturated"))
    page.locator("main .found a", has_text="spread does to softmax").click()
    expect(page).to_have_url(re.compile(r"/why-sqrt-dk/#section-\d+$"))


def test_on_a_phone_the_menu_leads_to_search(open_page: Callable[..., Page]) -> None:
    page = open_page("/", width=390, language="zh-CN", script=False)
    expect(page.locator("header.top input[type=search]")).to_be_hidden()
    page.locator("header.top nav a.to-search").click()
    page.locator("main input[type=search]").fill("掩码")
    page.locator("main form button").click()
    expect(page.locator("main .found a").first).to_have_text("掩码")
    expect(page.locator("main .found mark").first).to_be_visible()


def test_a_mistake_is_reported_by_keyboard_without_a_script(open_page: Callable[..., Page]) -> None:
    page = open_page(LESSON, width=390, script=False)
    page.locator(".report-mistake a").press("Enter")
    page.locator("select[name=section]").select_option("section-1")
    page.keyboard.press("Tab")
    page.locator("textarea").press_sequentially("It is 5, not 4.")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(LESSON))
    expect(page.locator("[role=status]").first).to_contain_text("Thank you")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_on_paper_a_lesson_is_text_questions_and_pictures(open_page: Callable[..., Page], theme: str) -> None:
    page = open_page(LESSON, theme=theme)
    question = page.locator("#additive-of-orthogonal")
    question.locator("input[name=response]").fill("0")
    question.locator("button").click()
    expect(question.locator(".feedback")).not_to_be_empty()
    page.emulate_media(media="print")
    for gone in (
        "header.top nav", "header.top .find", ".right", ".contents", ".lesson-ways", ".lesson-end", ".report-mistake",
        "footer", "#additive-of-orthogonal .feedback", "#additive-of-orthogonal button", ".widget-fields",
    ):  # fmt: skip
        expect(page.locator(gone).first).to_be_hidden()
    for there in (
        "h1", ".goals", ".prose h2", "#additive-of-orthogonal .prompt", "#ten-times-as-long .choice", ".drawing svg",
        ".widget-picture .matrix", ".sources",
    ):  # fmt: skip
        expect(page.locator(there).first).to_be_visible()
    expect(page.locator("h1")).to_have_css("color", "rgb(27, 25, 34)")
