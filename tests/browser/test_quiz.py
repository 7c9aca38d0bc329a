"""A quiz and a lesson's questions as a person meets them: saved as one goes, kept while there is no connection."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

QUIZ = "/camp/scoring-functions/quiz/"
LESSON = "/camp/scoring-functions/why-sqrt-dk/"
Open = Callable[..., Page]


def start(page: Page) -> str:
    page.get_by_role("button", name=re.compile("Start the quiz|开始")).click()
    expect(page).to_have_url(re.compile(r"/attempts/[0-9a-f-]{36}/"))
    return page.url.partition("?")[0]


def to_question_with(page: Page, address: str, control: str) -> int:
    """Opens the attempt's first question that has such a control."""
    for number in range(1, 13):
        page.goto(f"{address}?q={number}")
        if page.locator(f"#answer-form {control}").count():
            return number
    raise AssertionError(f"no question has {control}")


def at_a_number(open_page: Open, **options: Any) -> tuple[Page, str, int]:
    """A new attempt at a question that asks for a number: the page, the attempt's address, which question it is."""
    page = open_page(QUIZ, **options)
    address = start(page)
    return page, address, to_question_with(page, address, "input.number")


def type_cut_off(page: Page, answer: str) -> None:
    """Type an answer without a connection: it is kept in the browser."""
    page.context.set_offline(True)
    page.locator("input.number").fill(answer)
    expect(page.locator("#unsent")).to_be_visible()


def closed_and_connected(page: Page) -> Page:
    """Another tab, once this one is gone: a page that is only left may still hear of the connection, and send.

    So may one that is closed, whose connection comes back a moment before it is gone.
    """
    page.evaluate("addEventListener('online', event => event.stopImmediatePropagation(), true)")
    page.close()
    page.context.set_offline(False)
    return page.context.new_page()


def sees_both(page: Page, *, mine: str, other: str) -> None:
    """Follow the word of an answer that is not settled to where both are in view."""
    page.locator("[data-unsettled=overtaken] a").click()
    expect(page.locator("input.number")).to_have_value(mine)
    expect(page.locator("#overtaken")).to_contain_text(other)


def sound(page: Page, axe: str) -> None:
    page.evaluate(axe)
    found = page.evaluate(
        "axe.run().then(result => result.violations.map(one => [one.id, one.nodes[0].html]))"
    )
    assert found == [], page.url
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), page.url


def test_an_answer_is_saved_as_it_is_given_and_is_there_again(open_page: Open) -> None:
    page, address, number = at_a_number(open_page)
    page.locator("input.number").fill("1/3")
    expect(page.locator("#saved")).to_contain_text(re.compile(r"Saved \d\d:\d\d"))
    expect(page.locator("#items [aria-current]")).to_contain_text("answered")
    page.goto(f"{address}?q={number}")
    expect(page.locator("input.number")).to_have_value("1/3")
    page.locator("input.number").fill("a third")
    expect(page.locator("#saved")).to_contain_text("is not a number")


def test_what_is_typed_without_a_connection_is_sent_when_there_is_one_again(open_page: Open) -> None:
    page, _address, _number = at_a_number(open_page, is_cut=True)
    type_cut_off(page, "0.25")
    page.context.set_offline(False)
    expect(page.locator("#saved")).to_contain_text(re.compile(r"Saved \d\d:\d\d"))
    expect(page.locator("#unsent")).to_be_hidden()


def test_what_a_page_was_closed_over_is_sent_by_the_next_look_at_whatever_question(open_page: Open) -> None:
    page, address, number = at_a_number(open_page, is_cut=True)
    type_cut_off(page, "0.5")
    page = closed_and_connected(page)
    page.goto(f"{address}?q={number % 12 + 1}")
    expect(page.locator("#sent-later")).to_be_visible(timeout=30_000)
    page.goto(f"{address}?q={number}")
    expect(page.locator("input.number")).to_have_value("0.5")


def test_what_is_typed_while_the_page_is_still_coming_is_saved(open_page: Open) -> None:
    page, address, number = at_a_number(open_page)
    late: list[Route] = []
    page.route("**/htmx.min*.js*", lambda route: late.append(route))  # noqa: PLW0108 - a built-in method takes no mark
    page.goto(f"{address}?q={number}", wait_until="commit")
    page.locator("input.number").fill("0.125")
    late[0].continue_()
    expect(page.locator("#saved")).to_contain_text(re.compile(r"Saved \d\d:\d\d"))


def test_a_browser_that_cannot_keep_an_answer_does_not_say_it_does(open_page: Open) -> None:
    page, address, number = at_a_number(open_page, is_cut=True)
    page.add_init_script("IDBFactory.prototype.open = () => { throw new DOMException('', 'SecurityError'); }")
    page.goto(f"{address}?q={number}")
    type_cut_off(page, "0.25")
    expect(page.locator("[data-failed=unkept]")).to_be_visible()
    expect(page.locator("[data-failed=offline]")).to_be_hidden()
    page.context.set_offline(False)
    expect(page.locator("#saved")).to_contain_text(re.compile(r"Saved \d\d:\d\d"))
    expect(page.locator("#unsent")).to_be_hidden()


def test_an_answer_to_another_question_is_tried_again_until_it_is_taken(open_page: Open) -> None:
    page, address, number = at_a_number(open_page, is_cut=True)
    answers = re.compile(r"/attempts/.*/answers/")
    page.route(answers, lambda route: route.fulfill(status=503, body=""))
    page.locator("input.number").fill("0.5")
    expect(page.locator("#unsent")).to_be_visible()
    page.goto(f"{address}?q={number % 12 + 1}")
    expect(page.locator("#sent-later")).to_be_hidden()
    page.unroute(answers)
    expect(page.locator("#sent-later")).to_be_visible(timeout=30_000)
    page.goto(f"{address}?q={number}")
    expect(page.locator("input.number")).to_have_value("0.5")


def test_a_quiz_is_taken_to_its_end_by_keyboard_and_says_what_is_missing(open_page: Open) -> None:
    page = open_page("/camp/start/quiz/")  # of its 17 questions 7 are choices, so that each 12 have some
    address = start(page)
    to_question_with(page, address, ".choice input")
    page.locator(".choice input").first.focus()
    page.keyboard.press("Space")
    expect(page.locator("#saved")).to_contain_text("Saved")
    page.get_by_role("button", name="Hand in …").focus()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_contain_text("11 questions have no answer yet")
    page.get_by_role("button", name="Hand in").click()
    expect(page.locator("h1")).to_contain_text("Result")


@pytest.mark.parametrize(
    ("width", "theme", "language"), [(390, "dark", "zh-CN"), (390, "light", "en-US"), (1280, "dark", "en-US")]
)
def test_every_screen_of_a_quiz_is_sound(
    open_page: Open, axe: str, width: int, theme: str, language: str
) -> None:
    page = open_page(QUIZ, width=width, theme=theme, language=language, policy=False)
    sound(page, axe)
    address = start(page)
    for number in range(1, 13):
        page.goto(f"{address}?q={number}")
        page.wait_for_load_state("networkidle")
        sound(page, axe)
    page.goto(f"{address}submit/")
    sound(page, axe)
    with page.expect_navigation():
        page.locator("main form button.primary").click()
    sound(page, axe)


def test_bars_give_and_take_by_keyboard_and_the_guess_is_locked(open_page: Open, axe: str) -> None:
    page = open_page(LESSON, width=390, policy=False)
    block = page.locator("#eight-zero-minus-eight")
    sliders = block.get_by_role("slider")
    expect(block.get_by_role("button", name="Lock my guess")).to_be_disabled()
    sliders.nth(0).focus()
    page.keyboard.press("PageUp")
    page.keyboard.press("ArrowRight")
    expect(sliders.nth(0)).to_have_attribute("aria-valuetext", "k1, 45 of 100")
    values = [int(slider.get_attribute("aria-valuenow") or "") for slider in sliders.all()]
    assert sum(values) == 100
    assert abs(values[1] - values[2]) <= 1
    block.locator(".bar-pin input").nth(1).check()
    sliders.nth(0).focus()
    page.keyboard.press("End")
    after = [int(slider.get_attribute("aria-valuenow") or "") for slider in sliders.all()]
    assert after == [100 - values[1], values[1], 0]
    page.keyboard.press("Home")
    assert sliders.nth(2).get_attribute("aria-valuenow") == str(100 - values[1])
    sound(page, axe)
    block.get_by_role("button", name="Lock my guess").click()
    expect(block.locator(".bars-truth")).to_be_visible()
    expect(block).to_contain_text("equal shares would score")
    expect(block.locator(".feedback")).to_be_focused()
    sound(page, axe)


def test_equal_shares_can_be_locked_without_a_move(open_page: Open) -> None:
    page = open_page(LESSON)
    block = page.locator("#eight-zero-minus-eight")
    block.get_by_role("button", name="I think all equal").click()
    block.get_by_role("button", name="Lock my guess").click()
    expect(block.locator(".bars-truth")).to_be_visible()


def test_a_matrix_is_answered_in_its_cells(open_page: Open, axe: str) -> None:
    page = open_page(LESSON, policy=False)
    block = page.locator("#scaled-scores")
    cells = block.locator(".matrix-sheet input[type=text]")
    expect(cells).to_have_count(9)
    for place in range(9):
        cells.nth(place).fill(str(place))
    block.get_by_role("button", name="Answer").click()
    expect(block.locator(".marked-matrix")).to_be_visible()
    expect(block.locator(".matrix-sheet input[type=text]")).to_have_count(9)
    sound(page, axe)


def test_all_of_it_works_without_scripts(open_page: Open) -> None:
    page = open_page(LESSON, script=False)
    block = page.locator("#eight-zero-minus-eight")
    for place, points in enumerate(("80", "15", "4")):
        block.locator("input[type=number]").nth(place).fill(points)
    block.get_by_role("button", name="Lock my guess").click()
    expect(page.locator("[role=alert]")).to_contain_text("these sum to 99")
    page.locator("input[type=number]").nth(2).fill("5")
    page.get_by_role("button", name="Lock my guess").click()
    expect(page.locator("#eight-zero-minus-eight .bars-truth")).to_be_visible()


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (0, "No connection"),
        (401, "not yours"),
        (403, "not yours"),
        (404, "not yours"),
        (413, "cannot take"),
        (429, "cannot take"),
        (503, "cannot take"),
    ],
)
def test_an_answer_that_is_not_taken_is_kept_and_the_reason_is_told(
    open_page: Open, status: int, said: str
) -> None:
    page, address, number = at_a_number(open_page, is_cut=True)
    refused = re.compile(r"/attempts/.*/answers/")
    page.route(
        refused, lambda route: route.fulfill(status=status, body="<h1>x</h1>") if status else route.abort()
    )
    page.locator("input.number").fill("0.25")
    expect(page.locator("#unsent :visible")).to_contain_text(said)
    expect(page.locator("#saved h1")).to_have_count(0)
    page.unroute(refused)
    page.goto(f"{address}?q={number}")
    expect(page.locator("input.number")).to_have_value("0.25")
    expect(page.locator("#saved")).to_contain_text(re.compile(r"Saved \d\d:\d\d"))


def test_what_has_failed_is_tried_again_once_however_often_it_failed(open_page: Open) -> None:
    page, address, number = at_a_number(open_page, is_cut=True)
    page.clock.install()
    page.goto(f"{address}?q={number}")
    sent = []

    def broken(route: Any) -> None:
        sent.append(route.request.post_data)
        route.fulfill(status=503, body="")

    page.route(re.compile(r"/attempts/.*/answers/"), broken)
    for text in ("0.25", "0.5", "0.75"):
        with page.expect_response(re.compile("/answers/")):
            page.locator("input.number").fill(text)
            page.clock.run_for(1000)
    sent.clear()
    with page.expect_response(re.compile("/answers/")):
        page.clock.run_for(9500)
    page.clock.run_for(500)
    assert len(sent) == 1


def test_what_was_typed_last_wins_whatever_the_clock_says(open_page: Open) -> None:
    page, address, number = at_a_number(open_page, is_cut=True)
    page.clock.install(time="2020-01-01T00:00:00Z")
    page.goto(f"{address}?q={number}")
    page.locator("input.number").fill("0.25")
    page.clock.run_for(1000)
    expect(page.locator("#saved")).to_contain_text("Saved")
    page.context.set_offline(True)
    page.locator("input.number").fill("0.5")
    page.clock.run_for(1000)
    expect(page.locator("#unsent")).to_be_visible()
    page = closed_and_connected(page)
    page.goto(f"{address}?q={number}")
    page.clock.run_for(1000)
    expect(page.locator("input.number")).to_have_value("0.5")


def test_an_older_tab_asks_which_answer_holds_and_loses_neither(open_page: Open, axe: str) -> None:
    older = open_page(QUIZ, is_cut=True, policy=False)
    address = start(older)
    number = to_question_with(older, address, "input.number")
    newer = older.context.new_page()
    newer.goto(f"{address}?q={number}")
    newer.locator("input.number").fill("0.25")
    expect(newer.locator("#saved")).to_contain_text("Saved")
    older.locator("button[name=go]", has_text="Save and go on").click()
    expect(older.locator("#overtaken")).to_be_focused()
    expect(older.get_by_role("group", name="The other answer")).to_have_text("0.25")
    older.locator("input.number").fill("0.5")
    expect(older.locator("#saved")).to_contain_text("Not saved")
    expect(older.locator("#overtaken")).to_contain_text("0.25")
    sound(older, axe)
    with older.expect_navigation():
        older.locator("button[name=go]", has_text="Save and go on").click()
    older.goto(f"{address}?q={number}")  # what was typed is still here, and so is the question
    expect(older.locator("input.number")).to_have_value("0.5")
    expect(older.locator("#overtaken")).to_contain_text("0.25")
    older.get_by_role("link", name="Take the other one").click()
    expect(older.locator("input.number")).to_have_value("0.25")
    expect(older.locator("#overtaken")).to_be_hidden()
    newer.locator("input.number").fill("0.75")
    expect(newer.locator("#saved")).to_contain_text("Saved")
    older.locator("input.number").fill("0.125")
    older.get_by_role("button", name="Save mine instead").click()
    expect(older.locator("input.number")).to_have_value("0.125")
    expect(older.locator("#overtaken")).to_be_hidden()
    newer.goto(f"{address}?q={number}")
    expect(newer.locator("input.number")).to_have_value("0.125")


def test_going_back_and_answering_anew_is_no_quarrel_with_oneself(open_page: Open) -> None:
    page, address, number = at_a_number(open_page)
    page.locator("input.number").fill("0.25")
    expect(page.locator("#saved")).to_contain_text("Saved")
    page.goto(f"{address}?q={number % 12 + 1}")
    page.go_back()
    expect(page.locator("input.number")).to_have_value("0.25")
    page.locator("input.number").fill("0.5")
    expect(page.locator("#saved")).to_contain_text("Saved")
    expect(page.locator("#overtaken")).to_be_hidden()
    page.goto(f"{address}?q={number}")
    expect(page.locator("input.number")).to_have_value("0.5")


def test_enter_in_a_field_never_writes_over_the_other_answer(open_page: Open) -> None:
    older = open_page(QUIZ, is_cut=True)
    address = start(older)
    number = to_question_with(older, address, "input.number")
    newer = older.context.new_page()
    newer.goto(f"{address}?q={number}")
    newer.locator("input.number").fill("0.25")
    expect(newer.locator("#saved")).to_contain_text("Saved")
    older.locator("input.number").fill("0.5")
    expect(older.get_by_role("button", name="Save mine instead")).to_be_visible()
    with older.expect_navigation():
        older.locator("input.number").press("Enter")
    expect(older.locator("#overtaken")).to_contain_text("0.25")


def test_what_another_tab_could_not_send_is_not_taken_for_the_answer_on_the_page(open_page: Open) -> None:
    page, address, number = at_a_number(open_page, is_cut=True)
    cut = page.context.new_page()
    cut.goto(f"{address}?q={number}")
    answers = re.compile(r"/attempts/.*/answers/")
    cut.route(answers, lambda route: route.abort())

    def slow(route: Any) -> None:
        cut.locator("input.number").fill("0.5")
        expect(cut.locator("#unsent")).to_be_visible()
        route.continue_()

    page.route(answers, slow)
    page.locator("input.number").fill("0.25")
    expect(page.locator("#saved")).to_contain_text("Saved")
    cut.close()
    page.unroute(answers)
    page.goto(f"{address}?q={number % 12 + 1}")
    expect(page.locator("[data-unsettled=overtaken]")).to_be_visible()
    sees_both(page, mine="0.5", other="0.25")


def test_an_answer_of_an_older_tab_is_not_handed_in_unseen(open_page: Open) -> None:
    page, address, number = at_a_number(open_page, is_cut=True)
    type_cut_off(page, "0.5")
    page = closed_and_connected(page)
    plain = page.context.new_page()
    plain.route("**/answer_keeper.js", lambda route: route.abort())
    plain.goto(f"{address}?q={number}")
    with plain.expect_response(lambda response: response.request.method == "POST") as saved:
        plain.locator("input.number").fill("0.25")
    assert saved.value.ok
    expect(plain.locator("#saved")).to_contain_text("Saved")
    page.goto(f"{address}submit/")
    expect(page.locator("[data-unsettled=overtaken]")).to_be_visible()
    page.get_by_role("button", name="Hand in").click()
    sees_both(page, mine="0.5", other="0.25")


def test_an_answer_that_is_none_is_not_handed_in_unseen(open_page: Open, axe: str) -> None:
    page, address, number = at_a_number(open_page, policy=False)
    page.locator("input.number").fill("a third")
    expect(page.locator("#saved")).to_contain_text("is not a number")
    page.goto(f"{address}submit/")
    page.get_by_role("button", name="Hand in").click()
    held = page.locator("[data-unsettled=refused]")
    expect(held).to_contain_text(f"An answer to question {number} is not in a form")
    sound(page, axe)
    held.get_by_role("link").click()
    expect(page.locator("input.number")).to_have_value("a third")
    page.locator("input.number").fill("1/3")
    expect(page.locator("#saved")).to_contain_text("Saved")
    page.goto(f"{address}submit/")
    page.get_by_role("button", name="Hand in").click()
    expect(page.locator("h1")).to_contain_text("Result")


def test_a_button_pressed_while_an_answer_is_under_way_waits_for_it(open_page: Open) -> None:
    page, address, number = at_a_number(open_page)
    arrived = []

    def slow(route: Any) -> None:
        arrived.append(route.request.post_data)
        if len(arrived) == 1:
            page.locator("input.number").press_sequentially("25")
            page.locator("button[name=go]", has_text="Save and go on").click()
        route.continue_()

    page.route(re.compile(r"/attempts/.*/answers/"), slow)
    page.locator("input.number").fill("0.")
    expect(page).to_have_url(re.compile(rf"\?q={number + 1}$|/submit/$"))
    page.goto(f"{address}?q={number}")
    expect(page.locator("input.number")).to_have_value("0.25")


@pytest.mark.parametrize("has_arrived", [True, False], ids=["arrived", "lost"])
def test_only_an_answer_that_its_form_could_not_bring_is_said_to_have_been_sent_later(
    open_page: Open, has_arrived: bool
) -> None:
    """A matrix tells htmx of a cell 0.8 s after it was typed: who goes on before that brings it with the form."""
    page = open_page("/camp/by-hand/quiz/", is_cut=True)
    address = start(page)
    number = to_question_with(page, address, KINDS["matrix"])
    answers = re.compile(r"/attempts/.*/answers/")
    if not has_arrived:
        page.route(answers, lambda route: route.abort())
    cells = page.locator(".matrix-sheet input[type=text]")
    for cell in cells.all():
        cell.fill("7")
    go_on = page.locator("button[name=go]").first
    if not has_arrived:
        go_on.click()
        page.unroute(answers)
    with page.expect_response(lambda response: "answer-is-new" in response.headers) as again:
        if has_arrived:
            go_on.click()
        else:
            page.goto(f"{address}?q={number % 12 + 1}")
    assert again.value.headers["answer-is-new"] == ("no" if has_arrived else "yes")
    expect(page.locator("#sent-later")).to_be_visible(visible=not has_arrived)
    page.goto(f"{address}?q={number}")
    expect(cells.first).to_have_value("7")
    expect(page.locator("#saved")).to_contain_text("Saved")
    kept = page.evaluate(
        "import('/static/js/kept_answers.js').then((kept) => kept.pathsKept(location.pathname.split('/')[2]))"
    )
    assert kept == [], "the browser keeps nothing that the camp has"


@pytest.mark.parametrize("loss", ["changed", "gone"])
def test_a_page_whose_token_is_stale_still_saves(open_page: Open, loss: str) -> None:
    quiz, lesson = open_page(QUIZ, is_cut=True), open_page(LESSON, is_cut=True)
    address = start(quiz)
    to_question_with(quiz, address, "input.number")
    for page in (quiz, lesson):
        if loss == "gone":
            page.context.clear_cookies(name="csrftoken")
        else:
            page.evaluate("document.cookie = `csrftoken=${'n'.repeat(32)}; Path=/`")
    quiz.locator("input.number").fill("0.25")
    expect(quiz.locator("#saved")).to_contain_text("Saved")
    block = lesson.locator("#eight-zero-minus-eight")
    block.get_by_role("button", name="I think all equal").click()
    block.get_by_role("button", name="Lock my guess").click()
    expect(block.locator(".bars-truth")).to_be_visible()


def test_the_reading_place_is_sent_until_it_is_taken_whatever_token_the_page_came_with(
    open_page: Open,
) -> None:
    page = open_page(QUIZ, is_cut=True)
    start(page)  # of who has done nothing no place is kept
    page.goto(LESSON)
    page.evaluate("document.cookie = `csrftoken=${'n'.repeat(32)}; Path=/`")
    page.route("**/place/", lambda route: route.fulfill(status=503, body=""), times=1)
    with page.expect_response("**/place/") as failed:
        page.locator("#eight-zero-minus-eight").scroll_into_view_if_needed()
    assert failed.value.status == 503
    with page.expect_response("**/place/") as taken:
        page.evaluate("Object.defineProperty(document, 'hidden', { value: true })")
        page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    assert taken.value.status == 204


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (0, "No connection"),
        (403, "not taken"),
        (404, "not taken"),
        (429, "in 7 seconds"),
        (503, "in a moment"),
    ],
)
def test_a_lesson_says_when_an_answer_was_not_taken_and_keeps_it(
    open_page: Open, status: int, said: str
) -> None:
    page = open_page(LESSON, is_cut=True)
    block = page.locator("#scaled-scores")
    cells = block.locator(".matrix-sheet input[type=text]")
    for place in range(9):
        cells.nth(place).fill(str(place))
    answers = re.compile(r"/answers/scaled-scores/")

    def fail(route: Any) -> None:
        if status:
            route.fulfill(status=status, body="<p>x</p>", headers={"Retry-After": "7"})
        else:
            route.abort()

    page.route(answers, fail)
    block.get_by_role("button", name="Answer").click()
    expect(block.locator("[data-failure]:visible")).to_contain_text(said)
    expect(cells.nth(8)).to_have_value("8")
    page.unroute(answers)
    block.get_by_role("button", name="Answer").click()
    expect(block.locator(".marked-matrix")).to_be_visible()


KINDS = {
    "stages": ".stage-matrices",
    "matrix": "textarea[name=response]",
    "bars": "[data-bar]",
    "choice": ".choice input",
    "number": "input.number",
}
ANSWER = """form => [...new FormData(form)].filter(([name]) => name.startsWith("response")).map(([name, text]) => [name, text.trim()])"""
FILL = """form => {
  for (const field of form.elements) {
    if (field.name !== "response" && !field.name.startsWith("response-")) continue;
    const [rows, columns] = (field.dataset.shape ?? "1x1").split("x").map(Number);
    if (field.type === "checkbox" || field.type === "radio") field.checked ||= !form.querySelector(":checked");
    else field.value = Array(rows).fill(Array(columns).fill(field.tagName === "TEXTAREA" ? "7" : "0.25").join(" ")).join("\\n");
    field.dispatchEvent(new Event("input", { bubbles: true }));
    field.dispatchEvent(new Event("change", { bubbles: true }));
  }
}"""


def test_an_answer_of_any_type_that_was_only_kept_here_is_there_again(open_page: Open) -> None:
    left = set(KINDS)
    for _somebody in range(20):  # an attempt asks 12 of the 20 questions
        page = open_page("/camp/by-hand/quiz/", is_cut=True)
        address = start(page)
        for number in range(1, 13):
            page.goto(f"{address}?q={number}")
            kind = next((one for one in KINDS if page.locator(f"#answer-form {KINDS[one]}").count()), None)
            if kind not in left:
                continue
            left.discard(kind)
            page.route("**/answers/**", lambda route: route.abort())
            form = page.locator("#answer-form")
            form.evaluate(FILL)
            expect(page.locator("#unsent [data-failed=offline]")).to_be_visible()
            given = form.evaluate(ANSWER)
            assert [text for _name, text in given if text], kind
            page.reload()
            expect(page.locator("#unsent [data-failed=offline]")).to_be_visible()
            assert form.evaluate(ANSWER) == given, kind
            page.unroute("**/answers/**")
        if not left:
            return
    raise AssertionError(f"no attempt asks: {left}")
