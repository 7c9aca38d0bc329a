"""A grid of cells by keyboard: arrow keys go from cell to cell, the space bar chooses, Tab leaves the grid."""

from collections.abc import Callable

import pytest
from django.template.loader import render_to_string
from playwright.sync_api import Page, expect

from camp.quizzes.asking import asked, told
from camp.quizzes.drawn import Variant
from camp.quizzes.question_types import question_type
from tests.browser.test_quiz import sound

Open = Callable[..., Page]
GRID = [[0.1, 0.7, 0.2], [0.3, 0.3, 0.4]]
LABELS = {"rows": ["q1", "q2"], "columns": ["k1", "k2", "k3"]}


def variant(pick: str) -> Variant:
    own = {"grid": GRID, "shown": "heat", "pick": pick, **LABELS}
    return Variant("region", answer=[[0.0, 1.0]], prompt="Which?", own=own)


def shown(page: Page, html: str) -> None:
    """Puts a part of a page, as the camp draws it, where the page's own content stood."""
    page.evaluate("html => { document.querySelector('main').innerHTML = html; }", html)
    page.add_style_tag(url="/static/css/quiz.css")


@pytest.mark.parametrize(("width", "theme", "pick"), [(1280, "light", "one"), (390, "dark", "all")])
def test_a_cell_is_found_by_arrow_keys_and_chosen_by_the_space_bar(
    open_page: Open, axe: str, width: int, theme: str, pick: str
) -> None:
    page = open_page("/camp/", width=width, theme=theme)
    form = render_to_string("quizzes/questions/region.html", {"asked": asked(variant(pick), None, "answer")})
    shown(page, f'<h1>Grid</h1><p id="answer-prompt">Which?</p><form>{form}<button>Go</button></form>')
    page.evaluate("() => import('/static/js/region.js')")
    expect(page.locator(".region .help")).to_contain_text("The arrow keys go from cell to cell")
    cells = page.locator(".region input")
    cells.first.focus()
    for key, place in (
        ("ArrowRight", 1),
        ("ArrowDown", 4),
        ("ArrowDown", 4),
        ("End", 5),
        ("ArrowUp", 2),
        ("ArrowLeft", 1),
    ):
        page.keyboard.press(key)
        expect(cells.nth(place)).to_be_focused()
    expect(page.locator(".region :checked")).to_have_count(0)
    page.keyboard.press("Space")
    expect(cells.nth(1)).to_be_checked()
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Go")).to_be_focused()
    sound(page, axe)


def test_afterwards_the_chosen_and_the_right_cell_are_told_apart(open_page: Open, axe: str) -> None:
    page = open_page("/camp/", width=390)
    kind, drawn = question_type("region"), variant("one")
    feedback = told(kind.feedback([[1, 0]], kind.mark([[1, 0]], drawn), drawn))
    shown(page, f"<h1>Grid</h1>{render_to_string('quizzes/feedback/region.html', {'feedback': feedback})}")
    expect(page.locator(".is-told")).to_have_count(2)
    expect(page.locator("tbody td").nth(3)).to_contain_text("Wrong")
    expect(page.locator("tbody td").nth(1)).to_contain_text("Right answer")
    sound(page, axe)
