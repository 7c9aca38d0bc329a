"""A run's page while it waits, runs and is done: told by the server, without a reload."""

import re
from collections.abc import Callable

from playwright.sync_api import Page, Route, expect

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


def test_a_look_whose_answer_is_lost_is_made_again(open_page: Callable[..., Page]) -> None:
    page = open_page("/lab/attention/?preset=article")
    held: list[Route] = []

    def lose_the_first(route: Route) -> None:
        if held:
            route.continue_()
        held.append(route)  # neither answered nor refused

    page.route(re.compile(r"/lab/runs/.*[?&]look="), lose_the_first)
    page.locator("button.primary").click()
    expect(page.locator("#run-status")).to_contain_text("Done in", timeout=60_000)
    assert len(held) > 1
    with page.expect_response(
        re.compile(r"[?&]look=")
    ):  # the lost answer arrives after all: nobody waits for it
        held[0].continue_()
    page.wait_for_timeout(300)
    expect(page.locator("#run-status")).to_contain_text("Done in")
    page.unroute_all(behavior="ignoreErrors")
