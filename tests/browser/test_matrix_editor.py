"""The matrix editor in the lab's form and on its own: typing, keys, pasting, undo, resizing, errors at the cell."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.steps import paste
from tests.browser.test_every_page import faults

OpenPage = Callable[..., Page]
WORDS = "/lab/attention/?preset=cat-sat-it"  # Q, K and V, each 3 × 2
ARTICLE = "/lab/attention/?preset=article"  # each 5 × 1
NOT_A_NUMBER = {
    "en-US": '"0.3a" is not a number. Write 0.3, -2 or 1/3.',
    "zh-CN": "“0.3a”不是数字，请写成 0.3、-2 或 1/3。",
}
# As a question of a quiz would have it: a fixed shape, no letter, put into the page by htmx.
ANSWER = """
<p><label for="answer">Weights</label>
<textarea id="answer" name="answer" data-matrix-editor data-title="your answer" data-shape="2x2" data-fixed-shape></textarea></p>
<div id="answer-error" class="error" data-error-for="answer"></div>
"""


def text(page: Page, name: str = "query") -> str:
    return page.locator(f"textarea[name={name}]").input_value()


def holds(page: Page, name: str, expected: str) -> None:
    expect(page.locator(f"textarea[name={name}]")).to_have_value(expected)


def cell(page: Page, row: int, column: int, name: str = "query") -> Locator:
    return page.locator(f"#{name}-{row}-{column}")


def is_at(page: Page, row: int, column: int, name: str = "query") -> None:
    expect(cell(page, row, column, name)).to_be_focused()


def has_all_selected(page: Page) -> bool:
    code = "(e => e.selectionStart === 0 && e.selectionEnd === e.value.length)(document.activeElement)"
    return bool(page.evaluate(code))


def said(page: Page, name: str = "query") -> Locator:
    return page.locator(f"#{name}-cells .matrix-faults")


def question(page: Page, name: str = "query") -> Locator:
    return page.locator(f"#{name}-cells .matrix-question")


def act(page: Page, which: str, name: str = "query") -> Locator:
    return page.locator(f"#{name}-cells [data-act={which}]")


# --- Typing -------------------------------------------------------------------------------------------


def test_every_valid_key_changes_the_text_and_redraws(open_page: OpenPage) -> None:
    page = open_page(ARTICLE)
    cell(page, 1, 1, "value").click()
    assert has_all_selected(page)
    page.keyboard.type("1000")
    holds(page, "value", "1000\n0.2\n0.3\n0.4\n0.5")
    expect(page.locator("#picture")).to_contain_text("180.8", timeout=10_000)


def test_a_fraction_shows_its_number_and_its_source_when_focused(open_page: OpenPage) -> None:
    page = open_page(WORDS)
    cell(page, 1, 1).click()
    page.keyboard.type("1 / 3")
    page.keyboard.press("Tab")
    expect(cell(page, 1, 1)).to_have_value("0.3333")
    page.keyboard.press("Shift+Tab")
    expect(cell(page, 1, 1)).to_have_value("1/3")
    assert text(page) == "1/3 1\n1 1\n2 0"
    page.keyboard.type("1½")
    page.keyboard.press("Enter")
    expect(cell(page, 1, 1)).to_have_value("1.5")
    page.keyboard.type("0,25")  # in one cell a comma separates nothing
    page.keyboard.press("Enter")
    assert text(page) == "1½ 1\n0.25 1\n2 0"


def test_the_keys_walk_as_in_a_spreadsheet(open_page: OpenPage) -> None:
    page = open_page(WORDS)
    cell(page, 1, 1).focus()
    for key, row, column in [
        ("Tab", 1, 2), ("Tab", 2, 1), ("Shift+Tab", 1, 2), ("Enter", 2, 2), ("Shift+Enter", 1, 2), ("ArrowDown", 2, 2),
        ("ArrowLeft", 2, 1), ("ArrowUp", 1, 1), ("ArrowRight", 1, 2), ("Home", 1, 1), ("End", 1, 2),
        ("Control+End", 3, 2), ("Enter", 3, 2), ("Control+Home", 1, 1), ("PageDown", 3, 1), ("PageUp", 1, 1),
    ]:  # fmt: skip
        page.keyboard.press(key)
        is_at(page, row, column)
        assert has_all_selected(page), key
    page.keyboard.press("Control+End")
    page.keyboard.press("Tab")
    assert not page.evaluate("document.activeElement.matches('td > input')"), "Tab leaves at the end"


def test_arrows_stay_in_a_cell_while_the_caret_is_within_its_text(open_page: OpenPage) -> None:
    page = open_page(WORDS)
    cell(page, 2, 1).focus()
    page.keyboard.type("123")
    page.keyboard.press("ArrowLeft")
    is_at(page, 2, 1)
    page.keyboard.press("ArrowUp")
    is_at(page, 2, 1)
    page.keyboard.press("End")
    page.keyboard.press("ArrowRight")
    is_at(page, 2, 2)
    assert text(page) == "0 1\n123 1\n2 0"


def test_escape_takes_back_what_was_typed(open_page: OpenPage) -> None:
    page = open_page(WORDS)
    before = text(page)
    cell(page, 1, 1).focus()
    page.keyboard.type("5x")
    page.keyboard.press("Escape")
    expect(cell(page, 1, 1)).to_have_value("0")
    assert has_all_selected(page)
    assert text(page) == before
    expect(said(page)).to_be_empty()


def test_enter_in_a_cell_sends_nothing(open_page: OpenPage) -> None:
    page = open_page(WORDS)
    cell(page, 3, 1).click()
    page.keyboard.press("Enter")
    page.wait_for_timeout(300)
    expect(page.locator("#run-state")).to_be_empty()


# --- Errors -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", NOT_A_NUMBER)
def test_an_error_stands_at_its_cell_and_the_last_picture_stays(open_page: OpenPage, language: str) -> None:
    page = open_page(WORDS, language=language)
    cell(page, 2, 1).click()
    with page.expect_response("**/preview/"):
        page.keyboard.type("0.3")
    expect(page.locator("#picture table").first).to_contain_text("0.3")
    picture = page.locator("#picture").inner_text()
    page.keyboard.type("a")
    expect(said(page)).to_have_text(re.compile(f"^\\s*{re.escape(NOT_A_NUMBER[language])}\\s*$"))
    expect(cell(page, 2, 1)).to_have_attribute("aria-invalid", "true")
    described = cell(page, 2, 1).get_attribute("aria-describedby")
    expect(page.locator(f"#{described}")).to_contain_text(NOT_A_NUMBER[language])
    stale = "before your last change" if language == "en-US" else "上次有效的结果"
    expect(page.locator("#picture-chip")).to_contain_text(stale, timeout=10_000)
    assert page.locator("#picture").inner_text() == picture
    expect(page.locator("#query-error")).to_be_hidden()  # the same, said once
    page.keyboard.press("Backspace")
    expect(said(page)).to_be_empty()
    expect(cell(page, 2, 1)).not_to_have_attribute("aria-invalid", "true")
    assert text(page) == "0 1\n0.3 1\n2 0"


def test_a_number_that_is_still_being_typed_is_no_error_until_its_cell_is_left(open_page: OpenPage) -> None:
    page = open_page(WORDS)
    before = text(page)
    cell(page, 1, 1).click()
    for unfinished in ("-", "1/", "2e", ""):
        page.keyboard.press("ControlOrMeta+a")
        page.keyboard.press("Delete")
        page.keyboard.type(unfinished)
        expect(said(page)).to_be_empty()
    page.keyboard.press("Tab")
    expect(said(page)).to_contain_text("There is no number here. Write 0.3, -2 or 1/3.")
    assert text(page) == '[["", 1],\n [1, 1],\n [2, 0]]' != before


@pytest.mark.parametrize(
    ("language", "message"),
    [
        ("en-US", "Row 1, column 2 is NaN; use finite numbers."),
        ("zh-CN", "第 1 行第 2 列是 NaN，请用有限的数。"),
    ],
)
def test_nan_is_refused_with_its_place(open_page: OpenPage, language: str, message: str) -> None:
    page = open_page(WORDS, language=language)
    cell(page, 1, 2).fill("NaN")
    expect(said(page)).to_contain_text(message)
    cell(page, 3, 1).fill("x")
    expect(said(page).locator("p")).to_have_count(2)


def test_what_only_the_server_knows_is_marked_at_its_cell_too(open_page: OpenPage) -> None:
    page = open_page(WORDS)
    cell(page, 2, 2).fill("1e9")
    expect(page.locator("#query-error")).to_contain_text("from -1e6 to 1e6", timeout=10_000)
    expect(cell(page, 2, 2)).to_have_attribute("aria-invalid", "true")
    expect(cell(page, 2, 2)).to_have_attribute("aria-describedby", "query-error")
    page.locator("button.primary", has_text="Run").click()
    page.locator("#error-summary a", has_text="Query").click()
    is_at(page, 2, 2)
    page.keyboard.type("1")
    expect(page.locator("#query-error")).to_be_empty()
    expect(cell(page, 2, 2)).not_to_have_attribute("aria-invalid", "true")


def test_a_word_in_the_only_column_is_an_error_and_no_label(open_page: OpenPage) -> None:
    page = open_page(ARTICLE)
    cell(page, 1, 1).fill("x")
    page.locator("button.primary", has_text="Run").click()
    expect(page.locator("#error-summary")).to_contain_text('"x" is not a number')


def test_an_error_is_still_at_its_cell_in_the_other_language(open_page: OpenPage) -> None:
    page = open_page(WORDS)
    cell(page, 2, 1).fill("0.3a")
    page.get_by_role("button", name="中文").click()
    expect(cell(page, 2, 1)).to_have_value("0.3a")
    expect(said(page)).to_contain_text(NOT_A_NUMBER["zh-CN"])


# --- Pasting ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("language", "asked"), [("en-US", "Read 5 × 2. Replace Q?"), ("zh-CN", "读到 5 × 2，替换 Q？")]
)
def test_a_paste_is_shown_first_and_done_when_confirmed(
    open_page: OpenPage, language: str, asked: str
) -> None:
    page = open_page(WORDS, language=language)
    before = text(page)
    rows = "\n".join(f"{row}\t{row}.5" for row in range(1, 6))
    paste(page, "#query-1-1", rows)
    expect(question(page)).to_contain_text(asked.replace(" × ", "\u00a0×\u00a0"))
    expect(question(page).locator("button").first).to_be_focused()
    expect(cell(page, 5, 2)).to_have_value("5.5")
    assert text(page) == before, "nothing is changed before the answer"
    page.keyboard.press("Escape")
    expect(question(page)).to_be_hidden()
    is_at(page, 1, 1)
    expect(page.locator("#query-4-1")).to_have_count(0)
    assert text(page) == before
    page.keyboard.press("ControlOrMeta+v")
    page.keyboard.press("Enter")
    is_at(page, 1, 1)
    assert text(page) == "1 1.5\n2 2.5\n3 3.5\n4 4.5\n5 5.5"
    page.keyboard.press("ControlOrMeta+z")
    assert text(page) == before
    page.keyboard.press("ControlOrMeta+Shift+z")
    assert text(page).endswith("5 5.5")


def test_one_number_is_pasted_as_it_is(open_page: OpenPage) -> None:
    page = open_page(WORDS)
    paste(page, "#query-1-2", " 1 / 4\r\n")
    expect(question(page)).to_be_hidden()
    assert text(page) == "0 1/4\n1 1\n2 0"


def test_words_around_the_numbers_become_labels_and_that_is_said(open_page: OpenPage) -> None:
    page = open_page(ARTICLE)
    paste(page, "#query-1-1", "\tlegs\twings\ncat\t4\t0\nbird\t2\t2\n")
    expect(question(page)).to_contain_text("Taken as labels, not as numbers: legs, wings, cat, bird.")
    page.keyboard.press("Enter")
    expect(page.locator("#query-cells thead")).to_contain_text("legs")
    expect(page.locator("#query-cells tbody th").nth(1)).to_have_text("q2 bird")
    expect(page.get_by_label("Q, row 2, column 1, bird")).to_have_value("2")
    assert text(page) == "4 0\n2 2"


def test_a_part_is_filled_in_from_the_cell_it_was_pasted_into(open_page: OpenPage) -> None:
    page = open_page(WORDS)
    paste(page, "#query-3-2", "7 8\n9 10")
    question(page).get_by_role("button", name="Fill in from row 3, column 2").click()
    is_at(page, 3, 2)
    assert text(page) == "0 1 0\n1 1 0\n2 7 8\n0 9 10"


def test_a_flat_list_asks_what_it_is(open_page: OpenPage) -> None:
    page = open_page(WORDS)
    paste(page, "#query-1-1", "tensor([0.1, 0.2, 0.3])")
    expect(question(page)).to_contain_text("One token with 3 features (1 × 3), or 3 tokens (3 × 1)?")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert text(page) == "0.1\n0.2\n0.3"


@pytest.mark.parametrize(
    ("pasted", "message"),
    [
        ("1 2 3 4\n1 2 3", "Row 2 has 3 numbers, row 1 has 4. Nothing was changed."),
        ("[[1 2 ... 3]]", 'This array was shortened with "…". Print it in full.'),
        ("1 2\n3 x4", 'Row 2, column 2: "x4" is not a number. Write 0.3, -2 or 1/3.'),
        ("1 nan", "Row 1, column 2 is NaN; use finite numbers."),
        ("[[[1, 2]]]", "These brackets are 3 deep"),
        ("\n".join("1 2" for _ in range(1025)), "Read 1025 × 2; at most 1024 × 1024 is possible. Nothing"),
    ],
)
def test_what_cannot_be_read_changes_nothing_and_says_why(
    open_page: OpenPage, pasted: str, message: str
) -> None:
    page = open_page(WORDS)
    before = text(page)
    paste(page, "#query-1-1", pasted)
    expect(said(page)).to_contain_text(re.compile(re.escape(message).replace("\\ ", r"\s")))
    expect(question(page)).to_be_hidden()
    assert text(page) == before
    page.keyboard.type("4")
    expect(said(page)).to_be_empty()


# --- Size ---------------------------------------------------------------------------------------------


def test_what_must_match_is_resized_together_and_undo_brings_back_what_was_removed(
    open_page: OpenPage,
) -> None:
    page = open_page(WORDS)
    before = [text(page, name) for name in ("query", "key", "value")]
    act(page, "fewer-rows", "key").click()
    assert text(page, "key") == "1 0\n0 1"
    assert text(page, "value") == "1 0\n0 1"
    act(page, "more-columns").click()
    assert text(page) == "0 1 0\n1 1 0\n2 0 0"
    assert text(page, "key") == "1 0 0\n0 1 0"
    expect(page.locator(".matrix-mismatch")).to_be_empty()
    act(page, "more-rows").click()
    assert text(page).count("\n") == 3
    undo = page.locator("[data-act=undo]")
    for _ in range(3):
        undo.click()
    assert [text(page, name) for name in ("query", "key", "value")] == before
    expect(undo).to_have_attribute("aria-disabled", "true")
    page.locator("[data-act=redo]").click()
    assert text(page, "value") == "1 0\n0 1"


def test_a_matrix_keeps_at_least_one_row_and_is_a_table_to_16(open_page: OpenPage) -> None:
    page = open_page("/lab/attention/?preset=one-token")
    expect(act(page, "fewer-rows")).to_have_attribute("aria-disabled", "true")
    act(page, "fewer-rows").click(force=True)
    assert text(page) == "0.1 0.2 0.3 0.4 0.5"
    for _ in range(15):
        act(page, "more-rows").click()
    expect(act(page, "more-rows")).to_have_attribute("aria-disabled", "true")
    expect(page.locator("#query-cells .matrix-size")).to_have_text("16\u00a0×\u00a05")


def test_a_hundred_steps_are_kept_over_all_three(open_page: OpenPage) -> None:
    page = open_page(WORDS)
    for step in range(102):
        cell(page, 1 + step % 3, 1, ("query", "key", "value")[step % 3]).focus()
        page.keyboard.type(str(step + 10))
    undo, undone = page.locator("[data-act=undo]"), 0
    page.keyboard.press("Tab")
    while undo.get_attribute("aria-disabled") == "false":
        undo.click()
        undone += 1
    assert undone == 100
    assert text(page).startswith("10 ")
    assert text(page, "key").split("\n")[1] == "11 1"
    assert "12" not in text(page, "value")


@pytest.mark.parametrize("language", ["en-US", "zh-CN"])
def test_different_columns_are_told_with_two_repairs(open_page: OpenPage, language: str) -> None:
    page = open_page(WORDS, language=language)
    paste(page, "#query-1-1", "1 2 3\n4 5 6\n7 8 9")
    page.keyboard.press("Enter")
    told = page.locator(".matrix-mismatch")
    if language == "en-US":
        expect(told).to_contain_text("Q has 3 columns, K has 2; they must match.")
    else:
        expect(told).to_contain_text("Q 有 3 列，K 有 2 列，两者必须相同。")
    expect(told.locator("button")).to_have_count(2)
    expect(page.locator("#key-error")).to_be_hidden()
    told.locator("button").nth(1).click()
    assert text(page, "key") == "1 0 0\n0 1 0\n0.5 0 0"
    expect(told).to_be_empty()
    page.keyboard.press("ControlOrMeta+z")
    expect(told).not_to_be_empty()
    page.locator("select[name=function]").select_option("additive")
    expect(told).to_be_empty()  # its widths are free


def test_different_rows_of_k_and_v_are_told_too(open_page: OpenPage) -> None:
    page = open_page(WORDS)
    paste(page, "#key-1-1", "1 2")
    page.keyboard.press("Enter")
    told = page.locator(".matrix-mismatch")
    expect(told).to_contain_text("K has 1 row, V has 3; they must match.")
    told.get_by_role("button", name="Give V 1 row").click()
    assert text(page, "value") == "1 0"


# --- As text, by scripts, without scripts --------------------------------------------------------------


def test_a_large_matrix_is_edited_as_text_and_says_why(open_page: OpenPage) -> None:
    page = open_page(WORDS)
    paste(page, "#query-1-1", "\n".join(f"{row} 1" for row in range(17)))
    page.keyboard.press("Enter")
    field = page.locator("textarea[name=query]")
    expect(field).to_be_focused()
    expect(page.locator("#query-cells")).to_contain_text("Larger than 16 × 16, so it is edited as text.")
    field.fill("1 2\n3 4")
    act(page, "switch").click()
    is_at(page, 1, 1)
    expect(cell(page, 2, 2)).to_have_value("4")


def test_a_table_becomes_text_and_comes_back_when_it_can_be_read(open_page: OpenPage) -> None:
    page = open_page(WORDS)
    act(page, "switch").click()
    field = page.locator("textarea[name=query]")
    expect(field).to_be_focused()
    field.fill("1 2\n3")
    act(page, "switch").click()
    expect(said(page)).to_contain_text("Row 2 has 1 number, row 1 has 2.")
    expect(field).to_be_visible()
    field.fill("1 2\n3 4")
    act(page, "switch").click()
    expect(field).to_be_hidden()
    expect(cell(page, 2, 2)).to_have_value("4")
    page.locator("[data-act=undo]").click()
    expect(field).to_be_visible()


def test_a_text_that_a_script_sets_is_read_again(open_page: OpenPage) -> None:
    page = open_page(WORDS)
    set_value = "text => { const f = document.querySelector('[name=query]'); f.value = text; f.form.dispatchEvent(new Event('input')); }"
    page.evaluate(set_value, "9 8")
    expect(cell(page, 1, 1)).to_have_value("9")
    expect(page.locator("#query-2-1")).to_have_count(0)


def test_without_scripts_the_text_is_the_editor(open_page: OpenPage) -> None:
    page = open_page(WORDS, script=False)
    expect(page.locator("textarea[name=query]")).to_be_visible()
    expect(page.locator(".matrix-editor")).to_have_count(0)
    page.locator("textarea[name=query]").fill("\tlegs\nit\t0.25\n")
    page.locator("textarea[name=key]").fill("【【1】，【２】，【1／2】】")
    page.get_by_role("button", name="Show without running").click()
    expect(page.locator("#picture")).to_contain_text("0.25")
    expect(page.locator("#query-note")).to_have_text("Taken as labels, not as numbers: legs, it.")


@pytest.fixture
def answer(open_page: OpenPage) -> Page:
    page = open_page(WORDS)
    page.evaluate("html => htmx.swap('#picture', html, {swapStyle: 'innerHTML'})", ANSWER)
    cell(page, 1, 1, "answer").wait_for()
    return page


def test_an_answer_of_a_given_shape_that_htmx_brings(answer: Page) -> None:
    page = answer
    expect(page.locator("#answer-cells [data-act$=rows]").first).to_be_hidden()
    expect(act(page, "switch", "answer")).to_be_hidden()
    expect(said(page, "answer")).to_be_empty()  # nothing is wrong with what is not yet filled in
    assert text(page, "answer") == ""
    page.get_by_text("Weights", exact=True).click()
    is_at(page, 1, 1, "answer")
    page.keyboard.type("0.5")
    assert text(page, "answer") == '[[0.5, ""],\n ["", ""]]'
    paste(page, "#answer-1-1", "1 2 3\n4 5 6")
    expect(said(page, "answer")).to_contain_text(re.compile(r"Read 2\s×\s3; 2\s×\s2 is asked for."))
    paste(page, "#answer-1-1", "[0.1, 0.9]")
    expect(question(page, "answer")).to_contain_text(
        re.compile(r"Read 1\s×\s2. Fill it into your answer from row 1, column 1\?")
    )
    page.keyboard.press("Enter")
    assert text(page, "answer") == '[[0.1, 0.9],\n ["", ""]]'
    paste(page, "#answer-2-1", "0.1 0.2\n0.3 0.4")
    expect(question(page, "answer")).to_contain_text("Replace your answer?")
    page.keyboard.press("Enter")
    assert text(page, "answer") == "0.1 0.2\n0.3 0.4"
    page.locator("#answer-cells [data-act=undo]").click()  # its own history, beside the form's
    assert text(page, "answer") == '[[0.1, 0.9],\n ["", ""]]'


# --- Looks --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("language", ["en-US", "zh-CN"])
def test_axe_finds_nothing_and_twelve_columns_do_not_widen_the_page(
    open_page: OpenPage, axe: str, theme: Any, width: int, language: str
) -> None:
    page = open_page(WORDS, theme=theme, width=width, language=language)
    assert faults(page, axe, "as it comes", width) == []
    twelve = "\n".join(" ".join(str(row * column) for column in range(12)) for row in range(12))
    paste(page, "#query-1-1", twelve)
    assert faults(page, axe, "a question", width) == []
    page.keyboard.press("Enter")
    cell(page, 1, 12).fill("0.3a")
    cell(page, 12, 12).fill("NaN")
    act(page, "switch", "value").click()
    assert faults(page, axe, "12 columns, errors, a text", width) == []
    box = page.locator("#query-cells .matrix-scroll")
    if width == 390:
        assert box.evaluate("box => box.scrollWidth > box.clientWidth"), "the editor's own box scrolls"
        assert cell(page, 1, 1).evaluate("cell => cell.getBoundingClientRect().height") >= 44
