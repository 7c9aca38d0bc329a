"""The console in a browser: nothing inline is refused, nothing runs off the side, axe finds nothing."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page

from tests.browser.test_accounts import sign_in
from tests.browser.test_every_page import faults
from tests.running_camp import RunningCamp

PAGES = [
    "/admin/",
    "/admin/authoring/",
    "/admin/lab/job/",
    "/admin/accounts/user/",
    "/admin/accounts/user/add/",
]
LISTS = ["/admin/accounts/user/?q=console-admin", "/admin/courses/lesson/", "/admin/quizzes/question/"]


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("language", ["en-US", "zh-CN"])
@pytest.mark.parametrize("width", [390, 1280])
def test_the_console_is_sound_in_both_themes_and_languages(
    open_page: Callable[..., Page], camp: RunningCamp, axe: str, theme: Any, language: str, width: int
) -> None:
    camp.account("console-admin", role="admin")
    # Once under the strict policy, which would complain; once without it, for axe itself writes inline styles there.
    for policy in (True, False):
        page = open_page("/", theme=theme, language=language, width=width, policy=policy)
        sign_in(page, "console-admin")
        page.wait_for_url("**/")
        forms = [first_of(page, path) for path in LISTS]
        found = []
        for path in [*PAGES, *LISTS, *forms, forms[-1].replace("/change/", "/try/")]:
            page.goto(path)
            found += [] if policy else faults(page, axe, path, width)
    assert found == []


def first_of(page: Page, path: str) -> str:
    """The form of the first row of a list."""
    page.goto(path)
    page.locator("#result_list tbody th a").first.click()
    page.wait_for_url(re.compile("/change/"))
    return page.url
