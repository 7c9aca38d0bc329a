"""An instructor changes a lesson and a question while learners are at work: nobody's past is changed by it."""

from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.browser.test_accounts import sign_in
from tests.browser.test_quiz import start
from tests.running_camp import RunningCamp

QUESTION = "cosine-score"
OLD, NEW = "What is their score by cosine?", "Which number does the cosine give?"
LESSON_WORDS = "Real ones have 64 or 128."


def test_what_an_instructor_publishes_is_read_by_who_comes_after_and_kept_when_the_course_is_loaded(
    open_page: Callable[..., Page], camp: RunningCamp
) -> None:
    camp.account("lise", role="instructor")
    console = open_page("/")
    sign_in(console, "lise")
    console.wait_for_url("**/")
    before = open_page("/camp/scoring-functions/quiz/")
    with_old = attempt_that_asks(before, OLD)

    _edit_lesson(console)
    _edit_question(console)

    before.goto(f"{with_old}submit/")
    before.locator("main form button.primary").click()
    expect(before.locator("main")).to_contain_text(OLD)
    expect(before.locator("main")).not_to_contain_text(NEW)
    after = open_page("/camp/scoring-functions/why-sqrt-dk/")
    expect(after.locator("main")).to_contain_text("Lise has measured it.")
    after.goto("/camp/scoring-functions/quiz/")
    attempt_that_asks(after, NEW)

    told = camp.manage("loadcourse")
    assert [line for line in told.splitlines() if "why-sqrt-dk" in line and "kept" in line]
    assert [line for line in told.splitlines() if QUESTION in line and "kept" in line]
    after.goto("/camp/scoring-functions/why-sqrt-dk/")
    expect(after.locator("main")).to_contain_text("Lise has measured it.")


def attempt_that_asks(page: Page, words: str) -> str:
    """Takes the quiz until an attempt asks this question: each draws twelve of 29, so that one in 10⁹ finds none."""
    for _try in range(40):
        page.goto("/camp/scoring-functions/quiz/")
        address = start(page)
        for number in range(1, 13):
            page.goto(f"{address}?q={number}")
            if words in page.locator("#answer-prompt").inner_text():
                return address
        page.goto(f"{address}submit/")
        with page.expect_navigation():  # one that begins while another is under way is cut short
            page.locator("main form button.primary").click()
    raise AssertionError(f"no attempt asks: {words}")


def _edit_lesson(console: Page) -> None:
    console.goto("/admin/")
    console.locator("main").get_by_role("link", name="Lessons", exact=True).click()
    console.get_by_role("link", name="Why √dₖ").click()
    text = console.locator("#id_text_en")
    expect(console.locator("#preview-text_en")).to_contain_text(LESSON_WORDS)
    expect(console.locator("#preview-text_zh_hans")).to_contain_text("自测")
    typed = text.input_value()
    text.fill(typed.replace(LESSON_WORDS, f"{LESSON_WORDS} That is 0.5 <b>."))
    expect(console.locator("#preview-text_en")).to_contain_text("the number 0.5")
    text.fill(typed.replace(LESSON_WORDS, f"{LESSON_WORDS} Lise has measured it."))
    expect(console.locator("#preview-text_en")).to_contain_text("Lise has measured it.")
    console.get_by_role("button", name="Publish").click()
    expect(console.locator(".messagelist")).to_contain_text("learners read it now")


def _edit_question(console: Page) -> None:
    console.goto("/admin/")
    console.locator("main").get_by_role("link", name="Questions", exact=True).click()
    console.get_by_role("link", name=QUESTION, exact=True).click()
    prompt = console.locator("textarea").filter(has_text=OLD).first
    prompt.fill(prompt.input_value().replace(OLD, NEW))
    console.get_by_role("button", name="Save and try it").click()
    expect(console.locator("main")).to_contain_text(NEW)
    console.go_back()
    console.get_by_role("button", name="Publish").click()
    expect(console.locator(".messagelist")).to_be_visible()
