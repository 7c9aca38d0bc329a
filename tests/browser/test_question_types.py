"""Questions that are no choice and no number: each answered by keyboard, kept, and there again; and without scripts."""

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.browser.test_quiz import QUIZ, sound, start

CONTROLS = {
    "ordering": ".ordering",
    "matching": ".matching",
    "text": "input[maxlength='200']",
    "bug": ".code-lines",
}
MOST_ATTEMPTS = 20
Open = Callable[..., Page]


def questions_of(page: Page, kinds: set[str]) -> Iterator[tuple[str, str]]:
    """Opens a question of each kind: the kind and the page's address. Each attempt has twelve of those there are."""
    left = set(kinds)
    for _attempt in range(MOST_ATTEMPTS):
        page.goto(QUIZ)
        address = start(page)
        for number in range(1, 13):
            where = f"{address}?q={number}"
            page.goto(where)
            found = [kind for kind in left if page.locator(f"#answer-form {CONTROLS[kind]}").count()]
            if found:
                left.discard(found[0])
                yield found[0], where
                if not left:
                    return
        page.goto(f"{address}submit/")
        with page.expect_navigation():  # one that begins while another is under way is cut short
            page.locator("main form button.primary").click()
    raise AssertionError(f"no attempt asks: {left}")


def press(page: Page, *keys: str) -> None:
    """The last of the keys changes the answer; what is left before it is saved would come back as it was."""
    for key in keys[:-1]:
        page.keyboard.press(key)
    with page.expect_response(re.compile("/answers/")):
        page.keyboard.press(keys[-1])
    expect(page.locator("#saved")).to_contain_text(re.compile(r"Saved|已保存"))


def order_of(page: Page) -> list[str]:
    return page.locator(".ordering-item .ordering-text").all_inner_texts()


def order(page: Page, where: str) -> None:
    first, second, *rest = order_of(page)
    items = page.locator(".ordering-item")
    expect(items.first.locator("[data-move='-1']")).to_be_disabled()
    items.first.locator("[data-move='1']").focus()
    press(page, "ArrowDown")
    assert order_of(page) == [second, first, *rest]
    expect(page.locator("[data-ordering-said]")).to_contain_text(first)
    expect(items.nth(1).locator("[data-move='1']")).to_be_focused()
    press(page, "Enter")
    moved = [second, rest[0], first, *rest[1:]]
    assert order_of(page) == moved
    page.goto(where)
    assert order_of(page) == moved


def match(page: Page, where: str) -> None:
    selects = page.locator(".matching-item select")
    for place in range(selects.count()):
        selects.nth(place).focus()
        press(page, "ArrowDown")
    page.goto(where)
    expect(selects.first).to_have_value(re.compile(r"^[0-9a-f]{6}=[0-9a-f]{6}$"))


def name(page: Page, where: str) -> None:
    field = page.locator(f"#answer-form {CONTROLS['text']}")
    field.focus()
    page.keyboard.insert_text("Ｋｅｙｓ")
    press(page, ".")
    page.goto(where)
    expect(field).to_have_value("Ｋｅｙｓ.")


def find(page: Page, where: str) -> None:
    lines = page.locator(".code-line input")
    lines.first.focus()
    press(page, "Space")
    press(page, "ArrowDown")
    expect(lines.nth(1)).to_be_checked()
    page.goto(where)
    expect(lines.nth(1)).to_be_checked()


BY_KEYBOARD: dict[str, Callable[[Page, str], None]] = {
    "ordering": order,
    "matching": match,
    "text": name,
    "bug": find,
}


@pytest.mark.parametrize(("width", "theme", "language"), [(390, "dark", "zh-CN"), (1280, "light", "en-US")])
def test_every_type_is_answered_by_keyboard_kept_and_explained(
    open_page: Open, axe: str, width: int, theme: str, language: str
) -> None:
    page = open_page(QUIZ, width=width, theme=theme, language=language, policy=False)
    for kind, where in questions_of(page, set(CONTROLS)):
        sound(page, axe)
        BY_KEYBOARD[kind](page, where)
        sound(page, axe)
    page.goto(f"{page.url.partition('?')[0]}submit/")
    page.locator("main form button.primary").click()
    expect(page.locator("h1")).to_contain_text(re.compile("Result|成绩"))
    sound(page, axe)


def test_all_of_them_are_answered_without_scripts(open_page: Open) -> None:
    page = open_page(QUIZ, script=False)
    for kind, where in questions_of(page, {"ordering", "matching", "bug"}):
        if kind == "bug":
            page.locator(".code-line input").nth(2).check()
        else:
            selects = page.locator("#answer-form select[name=response]")
            for place in range(selects.count()):
                selects.nth(place).select_option(index=1 if kind == "ordering" else 2)
        page.locator("button.primary").click()
        if kind == "ordering":
            expect(page.locator("[role=alert]").first).to_contain_text("Give each item a place of its own")
            for place in range(selects.count()):
                selects.nth(place).select_option(index=place + 1)
            page.locator("button.primary").click()
        page.goto(where)
        expect(page.locator("#saved")).to_contain_text("Saved")


def test_an_order_that_was_made_without_a_connection_is_kept(open_page: Open) -> None:
    page = open_page(QUIZ, is_cut=True)
    _kind, where = next(questions_of(page, {"ordering"}))
    page.context.set_offline(True)
    page.locator(".ordering-item").nth(1).locator("[data-move='-1']").click()
    moved = order_of(page)
    expect(page.locator("#unsent")).to_be_visible()
    other = page.context.new_page()
    page.close()
    other.context.set_offline(False)
    other.goto(where)
    expect(other.locator(".ordering-item .ordering-text").first).to_have_text(moved[0])
    assert order_of(other) == moved
    expect(other.locator("#saved")).to_contain_text("Saved")
