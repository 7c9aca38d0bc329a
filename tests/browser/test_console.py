"""The console in a browser: nothing inline is refused, nothing runs off the side, axe finds nothing."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page

from tests.browser.test_accounts import sign_in
from tests.browser.test_every_page import faults
from tests.running_camp import RunningCamp

PAGES = ["/admin/", "/admin/lab/job/", "/admin/accounts/user/", "/admin/accounts/user/add/"]


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
        page.goto("/admin/accounts/user/?q=console-admin")
        page.locator("#result_list tbody th a").first.click()
        page.wait_for_url(re.compile("/change/"))
        found = []
        for path in [page.url, *PAGES]:
            page.goto(path)
            found += [] if policy else faults(page, axe, path, width)
    assert found == []
