"""Pictures of a newcomer's first minutes, taken from a real camp: `make tour` writes them to docs/tour/."""

import re
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Page, expect, sync_playwright

from tests.browser.conftest import EXECUTABLE, QUIET
from tests.running_camp import RunningCamp

FOLDER = Path(__file__).resolve().parent.parent / "docs" / "tour"
READERS = {"desk": (1280, 800, "en-US"), "phone": (390, 844, "zh-CN")}

Shoot = Callable[[str], None]


def tour(page: Page, shoot: Shoot) -> None:
    page.goto("/")
    shoot("home")
    page.locator("main input[name=q]").fill("4")
    page.wait_for_timeout(1000)
    shoot("home-changed")
    page.goto("/lab/attention/?preset=cat-sat-it")
    shoot("lab")
    page.locator("#outcome-title").scroll_into_view_if_needed()
    for step in ("scores", "scale", "softmax", "output"):
        page.goto(f"/lab/attention/?preset=cat-sat-it#stage-{step}")
        page.reload()
        table = page.locator("[data-slot=result] td.cell").first
        table.click()
        page.locator("#picture").evaluate("picture => picture.scrollIntoView()")
        shoot(f"step-{step}")
    page.goto("/lab/attention/?preset=causal#stage-mask")
    page.locator("table[data-table=masked] td.cell").nth(1).click()
    page.locator("#picture").evaluate("picture => picture.scrollIntoView()")
    shoot("mask")
    page.locator("[hx-post$='/guess/']").click()
    page.locator("#guess [role=slider]").first.press("PageUp")
    page.locator("#guess").evaluate("guess => guess.scrollIntoView()")
    shoot("guess")
    page.locator("#guess [data-lock]").click()
    expect(page.locator("#guess .bars-truth")).to_be_visible()
    page.locator("#guess").evaluate("guess => guess.scrollIntoView()")
    shoot("guess-and-truth")
    page.locator("#lab-form button.primary").click()
    page.locator("#run-state a.button").click(timeout=60_000)
    expect(page).to_have_url(re.compile(r"/lab/runs/"))
    shoot("run")


@contextmanager
def shots(page: Page, reader: str) -> Iterator[Shoot]:
    count = 0

    def shoot(name: str) -> None:
        nonlocal count
        count += 1
        page.wait_for_timeout(400)  # until what moves has come to rest
        page.screenshot(path=FOLDER / f"{reader}-{count:02}-{name}.png", animations="disabled")

    yield shoot


def main() -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    for old in FOLDER.glob("*.png"):
        old.unlink()
    with (
        tempfile.TemporaryDirectory() as data,
        RunningCamp(Path(data)) as camp,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=EXECUTABLE, args=QUIET)
        for reader, (width, height, language) in READERS.items():
            page = browser.new_context(
                base_url=camp.url, viewport={"width": width, "height": height}, locale=language
            ).new_page()
            with shots(page, reader) as shoot:
                tour(page, shoot)
        browser.close()


if __name__ == "__main__":
    main()
