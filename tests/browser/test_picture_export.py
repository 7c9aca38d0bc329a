"""A run's picture leaves the page as SVG and, drawn by the browser, as PNG; its colours are those on the page."""

import re
import struct
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from camp.lab.colours import THEMES, colours
from tests.browser.steps import open_run

COLOURS_SHOWN = """names => names.map((name) => {
  const cell = document.body.appendChild(document.createElement("p"));
  cell.className = name;
  cell.style.setProperty("background-color", "var(--cell)");
  cell.style.setProperty("color", "var(--cell-text)");
  const { backgroundColor, color } = getComputedStyle(cell);
  return [backgroundColor, color];
})"""


def run_of(page: Page) -> str:
    """The article's example, run; its page."""
    page.locator("button.primary").click()
    return open_run(page)


def test_the_button_hands_over_a_png_of_twice_the_size_of_the_svg(
    open_page: Callable[..., Page], tmp_path: Path
) -> None:
    page = open_page("/lab/attention/?preset=article")
    run = run_of(page)
    with page.expect_download() as svg:
        page.get_by_role("link", name="Picture (SVG)").click()
    size = re.search(r'width="(\d+)" height="(\d+)"', svg.value.path().read_text("utf-8"))
    assert size
    page.get_by_role("button", name="Picture (PNG)").focus()
    with page.expect_download() as png:
        page.keyboard.press("Enter")
    assert png.value.suggested_filename == f"attention-{run.rstrip('/').rsplit('/', 1)[1]}.png"
    png.value.save_as(tmp_path / "picture.png")
    start = (tmp_path / "picture.png").read_bytes()[:24]
    assert start[:8] == b"\x89PNG\r\n\x1a\n"
    assert struct.unpack(">II", start[16:]) == (2 * int(size[1]), 2 * int(size[2]))
    with page.context.browser.new_context() as other:  # type: ignore[union-attr]
        page.get_by_role("button", name="Make a link").click()
        visitor = other.new_page()
        visitor.goto(page.locator(".sharing a").get_attribute("href") or "")
        with visitor.expect_download() as shared:
            visitor.get_by_role("button", name="Picture (PNG)").click()
        assert shared.value.suggested_filename == "attention.png"


def test_a_picture_that_does_not_come_is_said(open_page: Callable[..., Page]) -> None:
    page = open_page("/lab/attention/?preset=article")
    run_of(page)
    page.route("**/weights.svg*", lambda route: route.abort())
    page.get_by_role("button", name="Picture (PNG)").click()
    expect(page.locator("[data-png-says]")).to_contain_text("could not be made just now")


@pytest.mark.parametrize("theme", THEMES)
def test_its_colours_are_those_that_the_browser_mixes(open_page: Callable[..., Page], theme: str) -> None:
    ours = colours(theme)
    names = list(ours.fills)
    shown = open_page("/", theme=theme).evaluate(COLOURS_SHOWN, names)
    for name, (fill, ink) in zip(names, shown, strict=True):
        numbers = [255 * float(part) for part in re.findall(r"[\d.]+", fill.removeprefix("color(srgb"))]
        for ours_now, theirs in zip(bytes.fromhex(ours.fills[name][1:]), numbers, strict=True):
            assert abs(ours_now - theirs) <= 0.51, name
        assert ink == ("rgb(0, 0, 0)" if ours.inks[name] == "#000000" else "rgb(255, 255, 255)"), name


def test_without_javascript_the_svg_remains(open_page: Callable[..., Page]) -> None:
    page = open_page("/lab/attention/?preset=article", script=False)
    page.locator("button.primary").click()
    link = page.get_by_role("link", name="Picture (SVG)")
    expect(link).to_be_visible(timeout=60_000)  # the page looks again by itself
    expect(page.locator("[data-png]")).to_be_hidden()
