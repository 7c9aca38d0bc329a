"""An instructor corrects a question and regrades it in the console; the learner sees it, and sees it undone."""

import re
from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.browser.steps import sign_in
from tests.browser.test_instructor_path import attempt_that_asks
from tests.browser.test_quiz import sound
from tests.running_camp import RunningCamp

# A question no other test edits: the tests of a worker share one camp, and test_instructor_path rewords another.
QUESTION, ASKED = "spread-of-dot-products", "What is the standard deviation of"
GIVEN = "0.123456"  # wrong until it is made the right answer


def test_a_correction_is_compared_applied_seen_by_the_learner_and_undone(
    open_page: Callable[..., Page], camp: RunningCamp, axe: str
) -> None:
    camp.account("lise", role="instructor")
    console = open_page("/", policy=False)
    sign_in(console, "lise")
    console.wait_for_url("**/")
    learner = open_page("/camp/scoring-functions/quiz/", width=390, policy=False)
    address = attempt_that_asks(learner, ASKED)
    place = next(
        number
        for number in range(1, 13)
        if learner.goto(f"{address}?q={number}") and ASKED in learner.locator("#answer-prompt").inner_text()
    )
    learner.goto(f"{address}?q={place}")
    learner.locator("input.number").fill(GIVEN)
    expect(learner.locator("#saved")).to_contain_text("Saved")
    learner.goto(f"{address}submit/")
    learner.locator("main form button.primary").click()
    expect(learner.locator("h1")).to_contain_text("Result: 0 %")

    console.goto("/admin/")
    console.locator("main").get_by_role("link", name="Questions", exact=True).click()
    console.get_by_role("link", name=QUESTION, exact=True).click()
    expect(console.locator("#regrades + p")).to_contain_text("marked by the published version")
    console.locator("#id_answer").fill(GIVEN)
    console.get_by_role("button", name="Publish").click()
    expect(console.locator(".messagelist")).to_contain_text("Published as version")
    console.get_by_role("button", name="Regrade: compare the scores").click()
    scores = console.locator("section[aria-labelledby=scores]")
    expect(scores.locator("tbody tr").first).to_contain_text("0 % → 100 %")
    expect(console.locator("section[aria-labelledby^=changed]").first).to_contain_text(GIVEN)
    sound(console, axe)
    learner.reload()
    expect(learner.locator("h1")).to_contain_text("Result: 0 %")

    console.get_by_role("button", name="Apply the new scores").click()
    expect(console.locator(".messagelist")).to_contain_text("The new scores are in place.")
    learner.reload()
    expect(learner.locator("h1")).to_contain_text("Result: 8 %")
    expect(learner.locator(".quiz header")).to_contain_text(re.compile("Your result was 0 % before"))
    expect(learner.locator(f"section[aria-labelledby=item-{place}]")).to_contain_text("0 % before")
    sound(learner, axe)

    console.get_by_role("button", name="Undo: the scores as they were").click()
    expect(console.locator(".messagelist")).to_contain_text("The scores are as they were.")
    learner.reload()
    expect(learner.locator("h1")).to_contain_text("Result: 0 %")
    expect(learner.locator("main")).not_to_contain_text("Regraded")
