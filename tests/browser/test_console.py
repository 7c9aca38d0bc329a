"""The console in a browser: nothing inline is refused, nothing runs off the side, axe finds nothing."""

import contextlib
import itertools
import re
from collections.abc import Callable, Iterator
from typing import Any

from playwright.sync_api import Page, expect

from tests.browser.test_accounts import sign_in
from tests.browser.test_every_page import EVERY_PAIR, faults
from tests.running_camp import RunningCamp, heavy

PAGES = [
    "/admin/",
    "/admin/authoring/",
    "/admin/gain/",
    "/admin/queue/",
    "/admin/queue/?refresh=off",
    "/admin/lab/job/",
    "/admin/accounts/user/",
    "/admin/accounts/user/add/",
]
SEEDS = itertools.count(1)  # the same work twice would be answered from its kept result, and not wait
# What becomes of a job that ended its worker three times, without the minute that takes.
FAIL = """
from camp.lab.models import Job
from django.utils import timezone
Job.objects.filter(pk="{}").update(status="failed", error_code="poison", finished_at=timezone.now(), lease_expires_at=None,
    error_message="Its worker stopped each of the 3 times it was started.")
"""
LISTS = ["/admin/accounts/user/?q=console-admin", "/admin/courses/lesson/", "/admin/quizzes/question/"]


@EVERY_PAIR
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
        with jobs_that_stay(camp) as (waiting, failed):
            asked = [f"/admin/queue/{waiting}/cancel/", f"/admin/queue/{failed}/retry/"]
            for path in [*PAGES, *LISTS, *forms, *asked, forms[-1].replace("/change/", "/try/")]:
                page.goto(path)
                found += [] if policy else faults(page, axe, path, width)
    assert found == []


@contextlib.contextmanager
def jobs_that_stay(camp: RunningCamp) -> Iterator[tuple[str, str]]:
    """One that waits, for the worker stands still meanwhile, and one that failed."""
    with camp.paused("worker"):
        waiting, failed = submit(camp), submit(camp)
        camp.manage("shell", "-c", FAIL.format(failed))
        yield waiting, failed


def submit(camp: RunningCamp) -> str:
    answer = camp.client("console-learner").post("/api/v1/jobs/", json=heavy(next(SEEDS)))
    return str(answer.json()["id"])


def test_the_queue_looks_again_by_itself_and_leaves_the_focus_where_it_was(
    open_page: Callable[..., Page], camp: RunningCamp
) -> None:
    camp.account("console-admin", role="admin")
    page = open_page("/")
    sign_in(page, "console-admin")
    page.wait_for_url("**/")
    with jobs_that_stay(camp) as (waiting, failed):
        page.goto("/admin/queue/")
        page.locator(f"#cancel-{waiting}").focus()
        page.evaluate("document.querySelector('#queue').dataset.isOld = '1'")
        expect(page.locator(f"#cancel-{submit(camp)}")).to_be_visible(timeout=15_000)
        expect(page.locator("#queue")).not_to_have_attribute("data-is-old", "1")
        expect(page.locator(f"#cancel-{waiting}")).to_be_focused()
        page.keyboard.press("Enter")
        page.wait_for_url("**/cancel/")
        page.locator(".ask button").press("Enter")
        expect(page.locator(".messagelist")).to_contain_text("The job was cancelled.")
        expect(page.locator(f"#cancel-{waiting}")).to_have_count(0)
        page.locator(f"#retry-{failed}").press("Enter")
        page.locator(".ask button").press("Enter")
        expect(page.locator(".messagelist")).to_contain_text("The failed one stays as it ended.")
        expect(page.locator(f"#retried-{failed}")).to_contain_text("retried")


def test_the_queue_works_without_javascript(open_page: Callable[..., Page], camp: RunningCamp) -> None:
    camp.account("console-admin", role="admin")
    page = open_page("/", script=False)
    sign_in(page, "console-admin")
    with jobs_that_stay(camp) as (waiting, failed):
        page.goto("/admin/queue/")
        page.locator("#look-again").click()
        page.locator(f"#cancel-{waiting}").click()
        page.locator(".ask button").click()
        expect(page.locator(".messagelist")).to_contain_text("The job was cancelled.")
        page.locator(f"#retry-{failed}").click()
        page.locator(".ask button").click()
        page.locator(".messagelist a").click()
        expect(page.locator("#content")).to_contain_text("console-learner")


def first_of(page: Page, path: str) -> str:
    """The form of the first row of a list."""
    page.goto(path)
    page.locator("#result_list tbody th a").first.click()
    page.wait_for_url(re.compile("/change/"))
    return page.url
