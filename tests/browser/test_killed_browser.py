"""The browser is killed in the middle of a quiz: what the camp has acknowledged is there, and so is what it was told is kept."""

import os
import re
import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Error, expect

from tests.browser.conftest import EXECUTABLE, LONGEST_MS, QUIET
from tests.browser.steps import sign_in
from tests.browser.test_quiz import QUIZ, start, to_question_with
from tests.running_camp import RunningCamp


@contextmanager
def browser_with(chromium: Browser, profile: Path, camp: RunningCamp) -> Iterator[BrowserContext]:
    """A browser of its own, whose profile outlives it as on somebody's desk."""
    context = chromium.browser_type.launch_persistent_context(
        str(profile), executable_path=EXECUTABLE, args=QUIET, base_url=camp.url
    )
    context.set_default_timeout(LONGEST_MS)
    yield context
    with suppress(Error):  # one that was killed is closed already
        context.close()


def kill(profile: Path) -> None:
    """SIGKILL to every process that runs on this profile."""
    for entry in Path("/proc").iterdir():
        try:
            command = (
                (entry / "cmdline").read_bytes().decode(errors="replace") if entry.name.isdecimal() else ""
            )
        except OSError:
            continue  # it has ended meanwhile
        if f"--user-data-dir={profile}" in command:
            os.kill(int(entry.name), signal.SIGKILL)


@pytest.mark.parametrize("was_cut", [False, True], ids=["acknowledged", "kept in the browser"])
def test_a_killed_browser_loses_no_answer(
    chromium: Browser, camp: RunningCamp, tmp_path: Path, was_cut: bool
) -> None:
    """It is killed in the moment in which it says so."""
    name = "kira-cut" if was_cut else "kira"
    camp.account(name)
    with browser_with(chromium, tmp_path, camp) as first:
        page = first.new_page()
        sign_in(page, name)
        page.wait_for_url("**/")
        page.goto(QUIZ)
        address = start(page)
        number = to_question_with(page, address, "input.number")
        first.set_offline(was_cut)
        page.locator("input.number").fill("0.375")
        if was_cut:
            expect(page.locator("[data-failed=offline]")).to_be_visible()
        else:
            expect(page.locator("#saved")).to_contain_text(re.compile(r"Saved \d\d:\d\d"))
        kill(tmp_path)
    with browser_with(chromium, tmp_path, camp) as second:
        page = second.new_page()
        page.goto("/")
        if page.get_by_role("link", name="Sign in").count():  # a cookie may be younger than what is on disk
            sign_in(page, name)
            page.wait_for_url("**/")
        page.goto(f"{address}?q={number}")
        expect(page.locator("input.number")).to_have_value("0.375")
        expect(page.locator("#saved")).to_contain_text(re.compile(r"Saved \d\d:\d\d"))
