"""What is typed is redrawn from the page's own computation, exactly as the server would draw it."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from attention_core import catalogue
from attention_core.params import parse_params
from camp.lab.picture import Picture, picture, window_of
from camp.lab.presets import PRESETS
from camp.lab.stage_arrays import from_reference
from tests.browser.steps import fill_matrix

OpenPage = Callable[..., Page]
TABLES = """() => {
  const squeezed = text => text.replace(/\\s+/g, " ").trim();
  const cells = row => [...row.querySelectorAll(".cell")].map(cell => [
    cell.className.trim().split(/\\s+/).filter(name => !name.startsWith("lit-")).join(" "), squeezed((cell.firstElementChild ?? cell).textContent), cell.title]);
  return Object.fromEntries([...document.querySelectorAll("#picture table[data-table]")].map(
    table => [table.dataset.table, [...table.tBodies[0].rows].map(cells)]));
}"""
NEXT_FRAMES = "() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"


def of_the_server(params: dict[str, Any]) -> dict[str, Any]:
    """Every table of the call as the server draws it: each cell's classes, text and title."""
    stages = from_reference(parse_params(catalogue.task("attention").params, params))
    drawn: Picture = picture(stages, window_of(stages, {}))
    tables = [*drawn.inputs, *drawn.parameters]
    tables += [stage.table for stage in (*drawn.before, drawn.weights, *drawn.after) if stage and stage.table]
    return {
        table.name: [
            [
                ["cell hidden" if cell.why else f"cell {cell.css}".strip(), cell.text, cell.why or cell.full]
                for cell in row.cells
            ]
            for row in table.rows
        ]
        for table in tables
    }


def without_last_digits(table: list[list[list[str]]]) -> list[list[list[str]]]:
    """All digits stand in a cell's title; the last ones depend on the order of a sum."""
    return [[[css, text, _plain(title)] for css, text, title in row] for row in table]


def _plain(title: str) -> str:
    try:
        return f"{float(title.replace('−', '-')):.11e}"
    except ValueError:
        return title


def change(page: Page, name: str, text: str) -> None:
    if name in {"query", "key", "value"}:
        fill_matrix(page, name, text)
    elif name == "causal":
        page.locator("#causal").set_checked(text == "on")
    elif name == "function":
        page.locator("#function").select_option(text)
    else:
        page.locator(f"#{name}").fill(text)


@pytest.mark.parametrize(
    ("preset", "name", "text", "changed"),
    [
        ("article", "query", "0.4\n-2\n0.3\n1e-5\n12", {"query": [[0.4], [-2.0], [0.3], [1e-5], [12.0]]}),
        ("sharp", "temperature", "0.3", {"temperature": 0.3}),
        ("cat-sat-it", "function", "cosine", {"function": "cosine"}),
        ("additive", "value", "1 2\n3 4\n5 6", {"value": [[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]}),
        ("two-heads", "key", "1 2 3 4\n0 0 0 0\n-1 0 1 0\n2 2 2 2", None),
        ("causal", "key_padding", "1 0 1 1 1", {"key_padding": [True, False, True, True, True]}),
        ("causal", "mask", "1 1 1 1 1\n1 1 1 1 1\n1 0 1 1 1\n0 1 1 1 1\n1 1 1 1 0", None),
    ],
)
def test_a_change_is_drawn_without_a_request_as_the_server_would_draw_it(
    open_page: OpenPage, preset: str, name: str, text: str, changed: dict[str, Any] | None
) -> None:
    page = open_page(f"/lab/attention/?preset={preset}#stage-all", is_cut=True)
    page.route("**/lab/attention/preview/", lambda route: route.abort())
    page.locator("details.more").evaluate("more => { more.open = true; }")
    if changed is None:
        rows = [[float(entry) for entry in row.split()] for row in text.split("\n")]
        changed = {name: [[entry == 1 for entry in row] for row in rows] if name == "mask" else rows}
    before = page.evaluate(TABLES)
    change(page, name, text)
    page.evaluate(NEXT_FRAMES)
    expected = of_the_server({**PRESETS[preset].params, **changed})
    found = page.evaluate(TABLES)
    assert found != before
    # A step that the change makes idle loses its table only with the server's answer.
    both = found.keys() & expected.keys()
    assert {"Q", "scores", "weights", "output", "spread"} <= both
    for table in both:
        assert without_last_digits(found[table]) == without_last_digits(expected[table]), table


def test_the_tables_of_other_steps_follow_those_that_are_seen(open_page: OpenPage) -> None:
    page = open_page("/lab/attention/?preset=sharp", is_cut=True)
    page.route("**/lab/attention/preview/", lambda route: route.abort())
    hidden = page.locator('table[data-table="output"] .cell').first
    expect(hidden).not_to_be_visible()
    before = hidden.text_content()
    page.locator("details.more").evaluate("more => { more.open = true; }")
    change(page, "temperature", "0.3")
    expect(hidden).not_to_have_text(before or "")
    after = hidden.text_content()
    page.keyboard.press("Escape")
    page.locator('[data-step="output"]').click()
    expect(hidden).to_be_visible()
    assert hidden.text_content() == after


def test_what_cannot_be_read_leaves_the_last_good_figures(open_page: OpenPage) -> None:
    page = open_page("/lab/attention/?preset=article", is_cut=True)
    page.route(re.compile(r"/preview/$"), lambda route: route.abort())
    before = page.evaluate(TABLES)
    page.locator("#temperature").fill("0.5x")
    page.evaluate(NEXT_FRAMES)
    assert page.evaluate(TABLES) == before


def test_an_error_typed_fast_brings_back_the_figures_that_the_last_words_are_about(
    open_page: OpenPage,
) -> None:
    page = open_page("/lab/attention/?preset=sharp")
    before = page.evaluate(TABLES)
    page.locator("#temperature").fill("0.15")
    page.evaluate(NEXT_FRAMES)
    assert page.evaluate(TABLES) != before
    page.locator("#temperature").fill("0.15x")  # before the server was asked
    expect(page.locator("#temperature-error")).not_to_be_empty()
    expect(page.locator("#picture-chip")).to_contain_text("before your last change")
    after = page.evaluate(TABLES)
    for table, rows in before.items():
        assert without_last_digits(after[table]) == without_last_digits(rows), table
