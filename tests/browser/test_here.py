"""What a page tells of somebody's being there: at most twice a minute, only in sight, only of who is known."""

from collections.abc import Callable

from playwright.sync_api import Page, Request

from tests.browser.test_quiz import LESSON, QUIZ, start

Open = Callable[..., Page]


def listen(page: Page) -> list[tuple[str, str]]:
    """The kind of each time that the page tells, and whether it says that it had been out of sight."""
    told: list[tuple[str, str]] = []

    def note(request: Request) -> None:
        if request.url.endswith("/progress/here/"):
            fields = dict(pair.split("=") for pair in (request.post_data or "").split("&"))
            told.append((fields["kind"], fields["afresh"]))

    page.on("request", note)
    return told


def set_hidden(page: Page, is_hidden: bool) -> None:
    page.evaluate(
        "is => { Object.defineProperty(document, 'hidden', { value: is, configurable: true });"
        " document.dispatchEvent(new Event('visibilitychange')); }",
        is_hidden,
    )


def move(page: Page, times: int = 3) -> None:
    for place in range(times):
        page.mouse.move(100 + 10 * place, 200 + 10 * place)


def test_a_page_tells_when_somebody_moves_and_not_again_for_half_a_minute(open_page: Open) -> None:
    page = open_page(QUIZ)
    start(page)  # of who has done nothing nothing is told
    page.clock.install()
    told = listen(page)
    page.goto(LESSON)
    page.clock.run_for(120_000)
    assert told == []  # a page that lies open is nobody
    with page.expect_response("**/progress/here/") as answered:
        move(page)
    assert answered.value.status == 204
    page.clock.run_for(29_000)
    move(page)
    assert told == [("reading", "")]
    page.clock.run_for(1_000)
    with page.expect_response("**/progress/here/"):
        page.keyboard.press("ArrowDown")
    assert told == [("reading", "")] * 2


def test_out_of_sight_nothing_is_told_and_the_next_time_says_so(open_page: Open) -> None:
    page = open_page(QUIZ)
    address = start(page)
    page.clock.install()
    told = listen(page)
    page.goto(address)
    with page.expect_response("**/progress/here/"):
        move(page)
    set_hidden(page, True)
    page.clock.run_for(60_000)
    move(page)
    set_hidden(page, False)
    assert told == [("task", "")]
    page.route("**/progress/here/", lambda route: route.fulfill(status=503, body=""), times=1)
    with page.expect_response("**/progress/here/") as lost:
        move(page)
    assert lost.value.status == 503
    page.clock.run_for(30_000)
    with page.expect_response("**/progress/here/"):
        move(page)  # what was lost is told again
    page.clock.run_for(30_000)
    with page.expect_response("**/progress/here/"):
        page.mouse.wheel(0, 50)
    assert told == [("task", ""), ("task", "1"), ("task", "1"), ("task", "")]


def test_of_a_visitor_nothing_is_told(open_page: Open) -> None:
    page = open_page(LESSON)
    told = listen(page)
    move(page)
    page.keyboard.press("ArrowDown")
    page.wait_for_timeout(500)
    assert told == []
