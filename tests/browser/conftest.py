"""Chromium, driven over a real camp; left out by name where there is none."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.running_camp import RunningCamp

QUIET = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]
QUIET += ["--disable-component-update", "--disable-sync", "--disable-quic"]
# A camera that is always there, and asks nobody.
QUIET += ["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"]

# How long a page may take on a machine that is busy; a page that is right takes a moment.
expect.set_options(timeout=20_000)
LONGEST_MS = 60_000

EXECUTABLE = os.environ.get("CAMP_CHROMIUM") or "/usr/bin/chromium"


@pytest.fixture(scope="module")  # its event loop must not run on under the tests of other files
def chromium() -> Iterator[Browser]:
    if not Path(EXECUTABLE).exists():
        pytest.skip("no Chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=EXECUTABLE, args=QUIET)
        yield browser
        browser.close()


@pytest.fixture
def open_page(chromium: Browser, camp: RunningCamp) -> Iterator[Callable[..., Page]]:
    """`open_page("/", width=390, theme="dark", language="zh-CN", script=False)`; it fails on any console error.

    With `is_cut=True` the page's connection is going to be cut or refused, and htmx may complain of it.
    """
    contexts: list[Any] = []
    complaints: list[str] = []

    def note(message: Any) -> None:
        # Chromium calls every 4xx an error; those a test asks for are part of the page's work.
        if message.type == "error" and not message.text.startswith("Failed to load resource"):
            complaints.append(message.text)

    def note_but_cuts(message: Any) -> None:
        if not message.text.startswith(("htmx:sendError", "htmx:afterRequest", "Response Status Error Code")):
            note(message)

    def open_one(
        path: str,
        *,
        width: int = 1280,
        theme: Any = "light",
        language: str = "en-US",
        script: bool = True,
        policy: bool = True,
        is_cut: bool = False,
    ) -> Page:
        context = chromium.new_context(
            base_url=camp.url,
            viewport={"width": width, "height": 900},
            color_scheme=theme,
            locale=language,
            java_script_enabled=script,
            bypass_csp=not policy,
        )
        contexts.append(context)
        context.set_default_timeout(LONGEST_MS)
        page = context.new_page()
        page.on("console", note_but_cuts if is_cut else note)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(path)
        return page

    yield open_one
    heard = list(complaints)  # not that a page was closed while it asked for something
    for context in contexts:
        context.close()
    assert heard == []


@pytest.fixture(scope="session")
def axe(project: Path) -> str:
    return (project / "node_modules" / "axe-core" / "axe.min.js").read_text()
