"""The lab without a connection: what goes on is said to go on, what was not sent is said not to be sent."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.test_every_page import faults
from tests.running_camp import RunningCamp, heavy

OpenPage = Callable[..., Page]
GOES_ON = {
    "en-US": "No connection. The run goes on at the server; its state appears when you are back.",
    "zh-CN": "网络已断开。运行仍在服务器上继续，恢复连接后会显示它的状态。",
}
NOT_SENT = {
    "en-US": "No connection. Nothing was sent; what you typed is kept.",
    "zh-CN": "网络已断开，没有发送任何内容。填写的内容都还在。",
}

# Everything the line says meanwhile that is not about the connection.
WATCH = """() => {
    window.unsaid = [];
    const line = document.getElementById("run-status");
    new MutationObserver(() => {
        if (!line.querySelector("[data-connection-says]")) window.unsaid.push(line.innerText);
    }).observe(line, { childList: true, subtree: true });
}"""


def visible(page: Page) -> str:
    return page.locator("#run-status").inner_text().strip()


@pytest.mark.parametrize("language", ["en-US", "zh-CN"])
def test_a_run_waited_for_without_a_connection_is_said_to_go_on_and_is_seen_done_when_back(
    open_page: OpenPage, camp: RunningCamp, language: str
) -> None:
    page = open_page("/lab/attention/?preset=article", language=language, is_cut=True)
    with camp.paused("worker"):
        camp.client("busy").post("/api/v1/jobs/", json=heavy(1))
        page.locator("button.primary").click()
        expect(page.locator("#run-status .chip.wait")).to_be_visible(timeout=10_000)
        page.context.set_offline(True)
        expect(page.locator("#run-status [data-connection-says]")).to_have_text(GOES_ON[language])
        assert visible(page) == GOES_ON[language], "what was known before is not shown as if it still held"
    page.wait_for_timeout(2_500)  # longer than looks are apart: the run is over, and nobody here can know
    assert visible(page) == GOES_ON[language]
    page.context.set_offline(False)
    expect(page.locator("#run-status .chip.ok")).to_be_visible(timeout=60_000)
    expect(page.locator("[data-connection-says]")).to_have_count(0)


def test_a_runs_own_page_says_it_too(open_page: OpenPage, camp: RunningCamp) -> None:
    page = open_page("/lab/attention/?preset=article", is_cut=True)
    with camp.paused("worker"):
        page.locator("button.primary").click()
        expect(page.locator("#run-poll")).to_be_attached(timeout=10_000)
        run = page.url.partition("?run=")[2]
        page.goto(f"/lab/runs/{run}/")
        before = visible(page)
        page.context.set_offline(True)
        expect(page.locator("#run-status")).to_contain_text(GOES_ON["en-US"])
        page.context.set_offline(False)
        expect(page.locator("[data-connection-says]")).to_have_count(0)
        assert visible(page) == before, "what was known before is told again"
    expect(page.locator("#run-status")).to_contain_text("Done in", timeout=60_000)


def test_a_lost_connection_is_told_at_once_and_not_only_by_the_next_look(
    open_page: OpenPage, camp: RunningCamp
) -> None:
    page = open_page("/lab/attention/?preset=article", is_cut=True)
    page.route(re.compile(r"/lab/runs/.*[?&]look="), lambda route: None)  # no look comes to an end
    with camp.paused("worker"):
        page.locator("button.primary").click()
        expect(page.locator("#run-poll")).to_be_attached(timeout=10_000)
        page.evaluate("window.dispatchEvent(new Event('offline'))")
        expect(page.locator("#run-status")).to_contain_text(GOES_ON["en-US"], timeout=1_000)
    page.unroute_all(behavior="ignoreErrors")


def test_looks_that_fail_are_told_as_no_connection_and_made_again(
    open_page: OpenPage, camp: RunningCamp
) -> None:
    """A network that is up but leads nowhere: the browser itself takes itself for online."""
    page = open_page("/lab/attention/?preset=article", is_cut=True)
    looks = re.compile(r"/lab/runs/.*[?&]look=")
    page.route(re.compile("/events/"), lambda route: route.abort())
    page.route(looks, lambda route: route.abort())
    page.locator("button.primary").click()
    expect(page.locator("#run-status")).to_contain_text(GOES_ON["en-US"], timeout=10_000)
    page.unroute(looks)
    expect(page.locator("#run-status")).to_contain_text("Done in", timeout=60_000)
    expect(page.locator("[data-connection-says]")).to_have_count(0)


@pytest.mark.parametrize("language", ["en-US", "zh-CN"])
def test_what_is_submitted_without_a_connection_is_kept_and_said_not_to_be_sent(
    open_page: OpenPage, language: str
) -> None:
    page = open_page("/lab/attention/?preset=article", language=language, is_cut=True)
    temperature = page.locator("#temperature")
    asked: list[str] = []
    page.locator("details.more summary").click()
    with page.expect_response(re.compile("/preview/")):
        temperature.fill("2")
    page.on("request", lambda request: asked.append(request.method))
    page.context.set_offline(True)
    page.locator("button.primary").click()
    expect(page.locator("#run-status")).to_have_text(re.compile(re.escape(NOT_SENT[language])))
    assert visible(page) == NOT_SENT[language]
    assert temperature.input_value() == "2"
    page.context.set_offline(False)
    page.wait_for_timeout(1_000)
    assert visible(page) == NOT_SENT[language], "nothing is sent behind one's back"
    assert "POST" not in asked
    page.locator("button.primary").click()
    expect(page.locator("#run-status .chip.ok")).to_be_visible(timeout=60_000)
    assert temperature.input_value() == "2"


def test_what_was_typed_without_a_connection_is_drawn_when_back(open_page: OpenPage) -> None:
    page = open_page("/lab/attention/?preset=article", is_cut=True)
    page.context.set_offline(True)
    page.locator("details.more summary").click()
    page.locator("#temperature").fill("0.5")
    expect(page.locator("#run-status")).to_contain_text(NOT_SENT["en-US"])
    with page.expect_response(re.compile("/preview/")) as answered:
        page.context.set_offline(False)
    assert "temperature=0.5" in (answered.value.request.post_data or "")
    expect(page.locator("[data-connection-says]")).to_have_count(0)


def test_a_submit_whose_answer_is_lost_is_not_told_as_sent_nor_as_not_sent(open_page: OpenPage) -> None:
    page = open_page("/lab/attention/?preset=article", is_cut=True)
    page.route(re.compile(r"/lab/attention/$"), lambda route: route.abort("connectionreset"))
    page.locator("button.primary").click()
    expect(page.locator("#run-status")).to_contain_text("your runs show whether this one arrived")


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
def test_axe_finds_nothing_in_the_message(open_page: OpenPage, axe: str, theme: str, width: int) -> None:
    page = open_page("/lab/attention/?preset=article", theme=theme, width=width, is_cut=True)
    page.context.set_offline(True)
    page.locator("button.primary").click()
    expect(page.locator("#run-status")).to_contain_text(NOT_SENT["en-US"])
    assert faults(page, axe, f"{theme} {width}", width) == []


def test_an_answer_that_arrives_as_the_connection_goes_is_not_shown_as_if_it_still_held(
    open_page: OpenPage, camp: RunningCamp
) -> None:
    page = open_page("/lab/attention/?preset=article", is_cut=True)
    held: list[Route] = []
    page.route(re.compile(r"/lab/runs/.*[?&]look="), lambda route: held.append(route))  # noqa: PLW0108  Playwright counts its arguments
    with camp.paused("worker"):
        page.locator("button.primary").click()
        for _ in range(100):
            page.wait_for_timeout(100)
            if held:
                break
        page.evaluate("Object.defineProperty(navigator, 'onLine', { get: () => false })")
        page.evaluate("window.dispatchEvent(new Event('offline'))")
        page.evaluate(WATCH)
        with page.expect_response(re.compile(r"[?&]look=")):
            held[0].continue_()
        page.wait_for_timeout(1_500)  # the next look, which does not leave, says it again
        assert page.evaluate("window.unsaid") == []
        assert visible(page) == GOES_ON["en-US"]
    page.unroute_all(behavior="ignoreErrors")
