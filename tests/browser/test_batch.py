"""A batch's page while its runs wait, run and end: it follows by itself, and leaves alone what one has in hand."""

from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.browser.steps import sign_in
from tests.running_camp import RunningCamp, heavy

OpenPage = Callable[..., Page]
TINY = {"task": "attention", "params": {"query": [[1]], "key": [[1], [2]], "value": [[3], [4]]}}


def page_of_batch(page: Page, camp: RunningCamp, name: str, jobs: list[dict[str, object]]) -> None:
    """Submits the jobs by the API, as `name`, and opens the page that the answer names, as the same."""
    answer = camp.client(name).post("/api/v1/jobs/batch/", json={"jobs": jobs})
    assert answer.status_code == 201, answer.text
    sign_in(page, name)
    expect(page.locator("header")).to_contain_text(name)
    page.goto(answer.json()["links"]["page"])


def test_sixty_four_jobs_of_a_program_end_before_ones_eyes(open_page: OpenPage, camp: RunningCamp) -> None:
    page = open_page("/")
    words, status = page.locator("#batch-words"), page.locator("#run-status")
    with camp.paused("worker"):
        page_of_batch(page, camp, "batcher", [TINY] * 60 + [heavy(seed) for seed in range(4)])
        expect(words).to_have_text("0 of 64 done, 64 waiting")
        expect(status).to_contain_text("None has started yet.")
        third = page.locator(".history tbody a").nth(2)
        third.focus()
        page.evaluate(
            """() => {
                window.said = [];
                const line = document.getElementById("run-status");
                new MutationObserver(() => window.said.push(line.innerText.trim())).observe(line, {childList: true});
            }"""
        )
    expect(words).to_have_text("64 of 64 done", timeout=60_000)
    expect(status).to_contain_text("All done.")
    expect(page.locator("#batch-time")).to_contain_text("It took")
    expect(page.locator(".history .chip", has_text="done")).to_have_count(25)
    expect(page.locator("progress")).to_have_attribute("value", "64")
    expect(page.locator("#count-succeeded")).to_have_text("64")
    expect(page.get_by_role("button", name="Cancel")).to_have_count(0)
    expect(third).to_be_focused()
    said = page.evaluate("window.said")
    assert len(said) == len(set(said)) <= 5, "each quarter is told at most once"
    assert said[-1] == "All done."


def test_what_still_waits_is_cancelled_by_one_button(open_page: OpenPage, camp: RunningCamp) -> None:
    page = open_page("/")
    with camp.paused("worker"):
        page_of_batch(page, camp, "batcher", [TINY] * 8)
        page.get_by_role("button", name="Cancel what still waits or runs").click()
        expect(page.locator("main")).to_contain_text("8 runs were cancelled.")
        expect(page.locator("#run-status")).to_contain_text("Ended: 8 cancelled.")
        expect(page.locator("#batch-words")).to_have_text("0 of 8 done, 8 cancelled")


def test_without_javascript_the_page_follows_too(open_page: OpenPage, camp: RunningCamp) -> None:
    page = open_page("/", script=False)
    with camp.paused("worker"):
        page_of_batch(page, camp, "batcher", [TINY] * 3)
        expect(page.locator("#run-status")).to_contain_text("None has started yet.")
    expect(page.locator("#run-status")).to_contain_text("All done.", timeout=60_000)
    expect(page.locator("#batch-words")).to_have_text("3 of 3 done")
    page.get_by_role("link", name="Scaled").first.click()
    expect(page.get_by_role("link", name="No. 1 of a batch")).to_be_visible()
