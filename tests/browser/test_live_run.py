"""A run's page while it waits, runs and is done: told by the server, without a reload."""

from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.running_camp import RunningCamp, heavy


def test_a_waiting_run_becomes_done_before_ones_eyes_by_its_events(
    open_page: Callable[..., Page], camp: RunningCamp
) -> None:
    page = open_page("/lab/attention/?preset=article")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.evaluate("window.stayed = true")
    with camp.paused("worker"):
        camp.client("busy").post("/api/v1/jobs/", json=heavy(0))
        page.locator("button.primary").click()
        expect(page.locator("#run-status")).to_contain_text("Waiting: 1 run before yours.", timeout=10_000)
    expect(page.locator("#run-status")).to_contain_text("Done in", timeout=60_000)
    assert page.evaluate("window.stayed")
    assert [url for url in asked if url.endswith("/events/")], "the stream was opened"
