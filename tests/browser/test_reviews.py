"""Reviews as a person meets them: by keyboard and without scripts, from the list through a question to its reason."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.test_every_page import faults
from tests.browser.test_quiz import QUIZ, start, to_question_with
from tests.running_camp import RunningCamp

Open = Callable[..., Page]
A_WEEK_AGO = """
from datetime import timedelta
from django.utils import timezone
from camp.mastery.models import ReviewCard
ReviewCard.objects.update(due_on=timezone.localdate() - timedelta(days=7))
"""


def with_one_due(open_page: Open, camp: RunningCamp, **options: Any) -> Page:
    """A guest who has answered a number in a quiz a while ago, on the page of what is due."""
    page = open_page(QUIZ, **options)
    address = start(page)
    to_question_with(page, address, "input.number")
    page.locator("input.number").fill("123456")
    with page.expect_navigation():  # one that begins while another is under way is cut short
        page.locator("#answer-form button.primary").click()
    page.goto(f"{address}submit/")
    with page.expect_navigation():
        page.locator("main form button.primary").click()
    camp.manage("shell", "-c", A_WEEK_AGO)
    page.goto("/reviews/")
    return page


def test_a_review_is_started_answered_and_explained_by_keyboard_alone_without_scripts(
    open_page: Open, camp: RunningCamp
) -> None:
    page = with_one_due(open_page, camp, script=False)
    page.get_by_role("button", name="Start a review").press("Enter")
    expect(page).to_have_url(re.compile(r"/reviews/[0-9a-f-]{36}/"))
    number = page.get_by_label("Your answer", exact=True)
    number.fill("no number")
    number.press("Enter")
    expect(page.locator(".error")).to_contain_text("is not a number")
    number = page.get_by_label("Your answer", exact=True)
    expect(number).to_have_value("no number")
    number.fill("-98765")
    number.press("Enter")
    expect(page.locator(".verdict")).to_contain_text("Not right")
    expect(page.locator("main")).to_contain_text("This question returns on")
    page.get_by_role("link", name="All done for today").press("Enter")
    expect(page.locator("main")).to_contain_text("Nothing is due today.")


@pytest.mark.parametrize(
    ("width", "language", "theme"),
    [(390, "zh-CN", "dark"), (390, "en-US", "light"), (1280, "zh-CN", "light")],
)
def test_its_pages_are_sound_while_something_is_due(
    open_page: Open, camp: RunningCamp, axe: str, width: int, language: str, theme: str
) -> None:
    page = with_one_due(open_page, camp, width=width, language=language, theme=theme)
    found = faults(page, axe, "what is due", width)
    page.locator("main button.primary").click()
    expect(page).to_have_url(re.compile(r"/reviews/[0-9a-f-]{36}/"))
    found += faults(page, axe, "a question", width)
    page.locator("button[name=unknown]").click()
    expect(page.locator(".verdict")).to_be_visible()
    found += faults(page, axe, "its reason", width)
    page.goto("/progress/")
    page.locator("#by-concept ~ details summary").first.click()
    expect(page.locator("section[aria-labelledby=by-concept] td").first).to_be_visible()
    found += faults(page, axe, "mastery", width)
    assert found == []
