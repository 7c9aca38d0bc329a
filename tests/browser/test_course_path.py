"""The course's first true path, whole: a guest reads, predicts, answers, leaves in mid-quiz, comes back, signs up, hands in."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.conftest import EXECUTABLE, QUIET
from tests.running_camp import PASSWORD, RunningCamp

MOST_TABS = 250


class Hands:
    """What a person does with a page. By pointer here; `Keys` does the same with nothing but a keyboard."""

    def press(self, page: Page, what: Locator) -> None:
        what.click()

    def write(self, page: Page, where: Locator, text: str) -> None:
        where.fill(text)

    def choose(self, page: Page, option: Locator) -> None:
        option.check()

    def move_bar(self, page: Page, bar: Locator) -> None:
        box = bar.bounding_box()
        assert box is not None
        bar.click(position={"x": box["width"] * 0.8, "y": box["height"] / 2})


class Keys(Hands):
    def reach(self, page: Page, what: Locator) -> None:
        """Tab from where the focus is; what cannot be reached, or is not seen to have the focus, fails."""
        for _tab in range(MOST_TABS):
            if what.evaluate("element => element === document.activeElement"):
                outlined = what.evaluate(
                    "element => [element, element.closest('label'), element.parentElement].some("
                    "one => one && (getComputedStyle(one).outlineStyle !== 'none' || getComputedStyle(one).boxShadow !== 'none'))"
                )
                assert outlined, f"the focus is not shown: {what}"
                return
            page.keyboard.press("Tab")
        raise AssertionError(f"not reached by Tab: {what}")

    def press(self, page: Page, what: Locator) -> None:
        self.reach(page, what)
        page.keyboard.press("Enter")

    def write(self, page: Page, where: Locator, text: str) -> None:
        self.reach(page, where)
        page.keyboard.press("ControlOrMeta+a")
        page.keyboard.type(text)

    def choose(self, page: Page, option: Locator) -> None:
        self.reach(page, option)
        page.keyboard.press("Space")

    def move_bar(self, page: Page, bar: Locator) -> None:
        self.reach(page, bar)
        for _step in range(4):
            page.keyboard.press("PageUp")


@pytest.fixture
def open_browser(
    chromium: Browser, camp: RunningCamp, tmp_path: Path
) -> Iterator[Callable[[int, str, str], Page]]:
    """Opens Chromium on a profile of its own, as a person does who comes back to the same machine."""
    opened = []

    def open_one(width: int, language: str, theme: str) -> Page:
        context = chromium.browser_type.launch_persistent_context(
            tmp_path / "profile",
            executable_path=EXECUTABLE,
            args=QUIET,
            base_url=camp.url,
            viewport={"width": width, "height": 900},
            locale=language,
            color_scheme=theme,  # type: ignore[arg-type]
        )
        opened.append(context)
        return context.pages[0]

    yield open_one
    for context in opened:
        context.close()


WORDS = {
    "en-US": {
        "course": "Course", "lock": "Lock my guess", "answer": "Answer", "next": "Done, next lesson", "quiz": "Quiz", "start": "Start the quiz",
        "go on": "Save and go on", "saved": r"Saved \d\d:\d\d", "continue": "Continue", "sign in": "Sign in", "hand in": "Hand in",
        "look": "Hand in …", "result": "Result", "no answer": "You gave no answer.", "progress": "Progress",
    },
    "zh-CN": {
        "course": "课程", "lock": "锁定预测", "answer": "作答", "next": "学完了，下一课", "quiz": "测验", "start": "开始测验",
        "go on": "保存并继续", "saved": r"已保存 \d\d:\d\d", "continue": "继续", "sign in": "登录", "hand in": "交卷",
        "look": "交卷……", "result": "成绩", "no answer": "你没有作答。", "progress": "进度",
    },
}  # fmt: skip


@pytest.mark.parametrize(
    ("name", "hands", "width", "language", "theme"),
    [
        ("emmy", Hands(), 1280, "en-US", "light"),
        ("sofya", Keys(), 1280, "en-US", "dark"),
        ("陈省身", Hands(), 390, "zh-CN", "dark"),
        ("华罗庚", Keys(), 390, "zh-CN", "light"),
    ],
)
def test_a_guest_learns_leaves_in_mid_quiz_comes_back_and_signs_up_and_all_is_there(
    open_browser: Callable[..., Page], name: str, hands: Hands, width: int, language: str, theme: str
) -> None:
    said = WORDS[language]
    page = open_browser(width, language, theme)
    page.goto("/")
    _predict_and_answer(page, hands, said)
    attempt = _begin_quiz(page, hands, said)
    page.context.close()

    page = open_browser(width, language, theme)
    page.goto("/")
    _come_back(page, hands, said, attempt)
    _sign_up(page, hands, said, name)
    _come_back(page, hands, said, attempt)
    _hand_in(page, hands, said, attempt)
    _lesson_is_as_left(page, hands, said)


def _lesson(page: Page, hands: Hands, said: dict[str, str]) -> None:
    with page.expect_navigation(url="**/camp/"):
        hands.press(page, page.locator("header.top").get_by_role("link", name=said["course"], exact=True))
    expect(page.locator("main ol.path")).to_contain_text("√dₖ")  # else says what came instead
    hands.press(page, page.locator("main a[href='/camp/scoring-functions/why-sqrt-dk/']").first)
    expect(page.locator("h1")).to_contain_text("√dₖ")


def _predict_and_answer(page: Page, hands: Hands, said: dict[str, str]) -> None:
    _lesson(page, hands, said)
    guess = page.locator("#eight-zero-minus-eight")
    hands.move_bar(page, guess.get_by_role("slider").first)
    hands.press(page, guess.get_by_role("button", name=said["lock"]))
    expect(guess.locator(".bars-truth")).to_be_visible()
    expect(guess.locator(".reason")).not_to_be_empty()
    check = page.locator("#which-divisor")
    expect(check.locator(".reason")).to_have_count(0)
    hands.write(page, check.locator("input.number"), "8")
    hands.press(page, check.get_by_role("button", name=said["answer"]))
    expect(check.locator(".reason").first).not_to_be_empty()


def _begin_quiz(page: Page, hands: Hands, said: dict[str, str]) -> str:
    """Answers a choice and a number, and leaves the number's screen as it is."""
    hands.press(page, page.locator("header.top").get_by_role("link", name=said["course"], exact=True))
    hands.press(page, page.locator("main a[href='/camp/scoring-functions/quiz/']").first)
    hands.press(page, page.get_by_role("button", name=said["start"]))
    expect(page).to_have_url(re.compile(r"/attempts/[0-9a-f-]{36}/"))
    address = page.url.partition("?")[0]
    done = set()
    while done != {"choice", "number"}:
        form = page.locator("#answer-form")
        if "choice" not in done and form.locator("input[type=radio]").count():
            hands.choose(page, form.locator("input[type=radio]").first)
            done.add("choice")
        elif "number" not in done and form.locator("input.number").count():
            hands.write(page, form.locator("input.number"), "1/3")
            done.add("number")
        else:
            here = page.url
            hands.press(page, form.get_by_role("button", name=said["go on"]))
            expect(page).not_to_have_url(here)
            continue
        expect(page.locator("#saved")).to_contain_text(re.compile(said["saved"]))
    return address


def _come_back(page: Page, hands: Hands, said: dict[str, str], attempt: str) -> None:
    """The quiz is where it was left: the same attempt, with the answers."""
    hands.press(page, page.locator("header.top").get_by_role("link", name=said["course"], exact=True))
    hands.press(page, page.get_by_role("link", name=said["continue"]))
    expect(page).to_have_url(re.compile(re.escape(attempt)))
    kept = []
    for number in range(1, 13):
        page.goto(f"{attempt}?q={number}")
        form = page.locator("#answer-form")
        kept += [form.locator("input[type=radio]:checked").count()]
        kept += [1 for box in form.locator("input.number").all() if box.input_value() == "1/3"]
    assert sum(kept) == 2


def _sign_up(page: Page, hands: Hands, said: dict[str, str], name: str) -> None:
    hands.press(page, page.locator("header.top").get_by_role("link", name=said["sign in"], exact=True))
    hands.press(page, page.locator("main a[href^='/account/signup/']").first)
    hands.write(page, page.locator("input[name=username]"), name)
    for place in (1, 2):
        hands.write(page, page.locator(f"input[name=password{place}]"), PASSWORD)
    with page.expect_navigation(timeout=20_000):  # a password is hashed slowly
        hands.press(page, page.locator("main button.primary"))
    expect(page.locator("main .errorlist")).to_have_count(0)
    expect(page.locator("header.top")).to_contain_text(name)


def _hand_in(page: Page, hands: Hands, said: dict[str, str], attempt: str) -> None:
    page.goto(f"{attempt}?q=1")
    assert page.locator(".reason").count() == 0
    hands.press(page, page.get_by_role("button", name=said["look"]))
    hands.press(page, page.locator("main form button.primary"))
    expect(page.locator("h1")).to_contain_text(said["result"])
    assert page.locator("main .reason").count() >= 12
    expect(page.locator("main")).to_contain_text("1/3")
    expect(page.locator("main")).to_contain_text(said["no answer"])
    hands.press(page, page.locator("header.top").get_by_role("link", name=said["progress"], exact=True))
    row = page.locator("section[aria-labelledby=by-module] tbody tr").filter(has_text=re.compile(r"^\s*3 "))
    expect(row.locator("td").nth(2)).to_have_text("1")  # the question of the lesson; the guess is no question


def _lesson_is_as_left(page: Page, hands: Hands, said: dict[str, str]) -> None:
    _lesson(page, hands, said)
    expect(page.locator("#eight-zero-minus-eight .bars-truth")).to_be_visible()
    expect(page.locator("#which-divisor .reason").first).to_be_visible()
