"""The steps one at a time: what stands where, what lights up, what is written out, by mouse, keys and finger."""

import json
import random
import re
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Locator, Page, expect

from attention_core import catalogue
from attention_core.params import parse_params
from camp.lab.stage_arrays import from_reference
from camp.lab.window import Window
from tests.browser.test_computed_here import some_call

OpenPage = Callable[..., Page]
# The article's five tokens, computed rightly: course/concepts.md, part B.
SCORES = [[0.01 * query * key for key in range(1, 6)] for query in range(1, 6)]
WEIGHTS = [
    [0.196020, 0.197990, 0.199980, 0.201990, 0.204020],
    [0.192081, 0.195961, 0.199920, 0.203959, 0.208079],
    [0.188183, 0.193915, 0.199820, 0.205906, 0.212176],
    [0.184328, 0.191851, 0.199680, 0.207829, 0.216311],
    [0.180516, 0.189771, 0.199501, 0.209730, 0.220483],
]
OUTPUT = [[0.302000], [0.303999], [0.305998], [0.307994], [0.309989]]
STEPS = ["scores", "scale", "mask", "softmax", "output"]


def shown(page: Page, name: str) -> list[list[float]]:
    """The numbers of the table, all their digits; it has to be seen."""
    table = page.locator(f"table[data-table={name}]")
    expect(table).to_be_visible()
    rows = table.locator("tbody tr").all()
    return [
        [float(cell.get_attribute("value").replace("−", "-")) for cell in row.locator("data").all()]
        for row in rows
    ]


def cell_of(page: Page, name: str, query: int, column: int) -> Locator:
    """Counted from 1."""
    return page.locator(f"table[data-table={name}] tbody tr:nth-child({query}) td.cell").nth(column - 1)


def sums(page: Page) -> Locator:
    return page.locator(".cell-sums .sums p")


def test_the_articles_example_step_by_step_has_the_right_figures(open_page: OpenPage) -> None:
    page = open_page("/lab/attention/?preset=article#stage-scores")
    expect(page.locator(".step-place")).to_have_text("Step 1 of 5")
    assert shown(page, "left") == [[0.1], [0.2], [0.3], [0.4], [0.5]]
    assert shown(page, "right") == [[0.1, 0.2, 0.3, 0.4, 0.5]]
    np.testing.assert_allclose(shown(page, "scores"), SCORES, rtol=1e-12)
    cell_of(page, "scores", 5, 1).hover()
    expect(sums(page).first).to_have_text("s = 0.5×0.1 = 0.05")
    page.get_by_role("button", name="Next ›").click()
    expect(page.locator("[data-stage=scale] .stage-head")).to_contain_text("÷ √1: no change")
    cell_of(page, "scores", 5, 1).click()
    expect(sums(page).first).to_have_text("0.05 ÷ √1 ÷ T 1 = 0.05")
    page.get_by_role("button", name="Next ›").click()
    expect(page.locator("[data-stage=mask] .stage-head")).to_contain_text("Nothing is hidden.")
    expect(sums(page).first).to_have_text("q5 may look at k1: the score stays 0.05.")
    page.get_by_role("button", name="Next ›").click()
    np.testing.assert_allclose(shown(page, "weights"), WEIGHTS, atol=5e-7)
    expect(sums(page).nth(0)).to_have_text(
        "w = e0.05 ÷ (e0.05 + e0.1 + e0.15 + e0.2 + e0.25) ≈ 1.0513 ÷ 5.8237 ≈ 0.1805"
    )
    expect(sums(page).nth(1)).to_have_text("18.1 % of q5's attention; an equal share is 20 %.")
    page.get_by_role("button", name="Next ›").click()
    np.testing.assert_allclose(shown(page, "output"), OUTPUT, atol=5e-7)
    cell_of(page, "output", 5, 1).click()
    expect(page.locator(".cell-value")).to_have_text("0.3100")
    expect(sums(page).nth(0)).to_have_text(
        "o ≈ 0.1805×0.1 + 0.1898×0.2 + 0.1995×0.3 + 0.2097×0.4 + 0.2205×0.5 ≈ 0.3100"
    )
    expect(sums(page).nth(1)).to_contain_text("between the smallest (0.1) and the largest (0.5) value seen")
    expect(page.get_by_role("button", name="Next ›")).to_be_disabled()


def test_a_step_shows_its_own_tables_and_query_rows_stand_level(open_page: OpenPage) -> None:
    page = open_page("/lab/attention/?preset=causal")
    tables = {
        "scores": {"left", "right", "scores"},
        "scale": {"scores"},  # d_k is 1: nothing changes
        "mask": {"scores", "masked"},
        "softmax": {"masked", "weights"},
        "output": {"weights", "V", "output"},
    }
    for step in STEPS:
        page.locator(f".step-tabs [data-step={step}]").click()
        boxes = {
            table.get_attribute("data-table"): table
            for table in page.locator("#picture table[data-table]").all()
            if table.is_visible()
        }
        assert boxes.keys() == tables[step], step
        expect(page.locator(".whole-formula .now")).to_have_count(1)
        tops = {
            round(box.locator("tbody tr").first.bounding_box()["y"])
            for name, box in boxes.items()
            if name not in {"right", "V"}
        }
        assert len(tops) == 1, step
    page.locator(".step-tabs [data-step=all]").click()
    assert page.locator("#picture table[data-table]:visible").count() >= 8


def test_what_belongs_to_a_cell_lights_up(open_page: OpenPage) -> None:
    page = open_page("/lab/attention/?preset=cat-sat-it#stage-scores")
    lit = "() => Object.fromEntries(['lit-q', 'lit-k', 'lit-v', 'lit-cell'].map(light => [light, [...document.querySelectorAll(`#picture td.${light}`)].filter(cell => cell.checkVisibility()).map(cell => `${cell.closest('table').dataset.table} ${cell.parentElement.sectionRowIndex + 1} ${cell.cellIndex}`)]))"
    cell_of(page, "scores", 3, 1).hover()
    found = page.evaluate(lit)
    assert found["lit-q"] == ["left 3 1", "left 3 2"]
    assert found["lit-k"] == ["right 1 1", "right 2 1"]
    assert found["lit-cell"] == ["scores 3 1"]
    page.locator("[data-step=softmax]").click()
    cell_of(page, "weights", 2, 3).hover()
    assert page.evaluate(lit)["lit-q"] == [
        f"{name} 2 {key}" for name in ("scaled", "weights") for key in (1, 2, 3)
    ]
    page.locator("[data-step=output]").click()
    cell_of(page, "output", 2, 2).hover()
    found = page.evaluate(lit)
    assert found["lit-v"] == ["V 1 2", "V 2 2", "V 3 2"]
    assert found["lit-q"] == ["weights 2 1", "weights 2 2", "weights 2 3"]
    assert found["lit-cell"] == ["output 2 2"]
    page.mouse.move(2, 2)  # what was chosen before stays: the first pair, whose output this is
    assert page.evaluate(lit)["lit-cell"] == ["output 1 1"]


def test_all_of_it_by_keys_alone(open_page: OpenPage) -> None:
    page = open_page("/lab/attention/?preset=causal")
    page.locator(".step-tabs [role=tab][tabindex='0']").focus()
    page.keyboard.press("Home")
    expect(page.locator(".step-place")).to_have_text("All steps")
    page.keyboard.press("ArrowRight")
    expect(page.locator(".step-place")).to_have_text("Step 1 of 5")
    page.keyboard.press("End")
    page.keyboard.press("ArrowLeft")
    expect(page.locator("[data-step=softmax]")).to_be_focused()
    expect(page).to_have_url(re.compile("#stage-softmax$"))
    cell_of(page, "weights", 1, 1).focus()
    at = page.locator(".cell-sums h4")
    for key, place in [
        ("ArrowDown", "q2 looks at k1"), ("ArrowRight", "q2 looks at k2"), ("End", "q2 looks at k5"), ("Home", "q2 looks at k1"),
        ("PageDown", "q5 looks at k1"), ("Control+Home", "q1 looks at k1"), ("Control+End", "q5 looks at k5"), ("ArrowDown", "q5 looks at k5"),
        ("PageUp", "q1 looks at k5"),
    ]:  # fmt: skip
        page.keyboard.press(key)
        expect(at).to_have_text(place)
    expect(sums(page).first).to_have_text("The score is −∞, and e to the power of −∞ is exactly 0.")
    page.keyboard.press("Enter")
    expect(page.locator(".cell-panel")).to_be_focused()
    page.keyboard.press("Escape")
    expect(cell_of(page, "weights", 1, 5)).to_be_focused()
    page.keyboard.press("p")
    expect(page.locator(".step-place")).to_have_text("Step 3 of 5")
    expect(sums(page).first).to_have_text("k5 comes after q1: the score becomes −∞.")
    assert page.locator("#picture td.cell[tabindex='0']:visible").count() == 2  # one stop for each table seen


def test_a_screen_reader_hears_the_step_and_then_the_cell(open_page: OpenPage) -> None:
    page = open_page("/lab/attention/?preset=article")
    says = page.locator("[data-viewer-says]")
    page.locator("[data-step=output]").click()
    expect(says).to_have_text(
        "Step 5 of 5, Output. Each row is the average of the values, weighted by that row of weights."
    )
    page.locator("[data-step=softmax]").click()
    cell_of(page, "weights", 5, 1).focus()
    expect(says).to_contain_text("q5 looks at k1. 0.1805. w = e^0.05 ÷")
    assert page.locator("table[data-table=weights]").get_attribute("role") == "grid"
    page.goto("/lab/attention/?preset=causal")
    hidden = cell_of(page, "weights", 1, 2).locator(".unseen")
    expect(hidden).to_have_text("0, k2 comes after q1: hidden by the causal mask")


def test_a_pair_is_hidden_by_the_space_key_and_shown_again(open_page: OpenPage) -> None:
    page = open_page("/lab/attention/?preset=article#stage-mask")
    cell_of(page, "scores", 2, 3).focus()
    page.keyboard.press(" ")
    expect(page.locator("textarea[name=mask]")).to_have_value(
        "1 1 1 1 1\n1 1 0 1 1\n1 1 1 1 1\n1 1 1 1 1\n1 1 1 1 1"
    )
    expect(cell_of(page, "masked", 2, 3)).to_have_class(re.compile("hidden"))
    expect(cell_of(page, "masked", 2, 3)).to_be_focused()
    expect(sums(page).first).to_have_text("You hid this pair: the score becomes −∞.")
    page.get_by_role("button", name="Show this pair again").click()
    expect(page.locator("textarea[name=mask]")).to_have_value("")
    expect(page.locator("[data-stage=mask] .stage-head")).to_contain_text("Nothing is hidden.")


@pytest.mark.parametrize("language", ["en-US", "zh-CN"])
def test_on_a_phone_one_table_at_a_time_and_the_sums_never_cover_the_cell(
    open_page: OpenPage, language: str
) -> None:
    page = open_page("/lab/attention/?preset=causal", width=390, language=language)
    expect(page.locator(".step-tabs")).to_be_hidden()
    assert page.locator("#picture table[data-table]:visible").count() == 1
    cell = cell_of(page, "weights", 5, 3)
    cell.click()
    sheet, box = page.locator(".cell-panel").bounding_box(), cell.bounding_box()
    assert box["y"] + box["height"] <= sheet["y"] + 1
    assert sheet["height"] <= 0.4 * 900 + 1
    page.locator(".side-switch [data-side=before]").click()
    expect(page.locator("table[data-table=masked]")).to_be_visible()
    expect(page.locator("table[data-table=weights]")).to_be_hidden()
    page.locator(".step-bar [data-go='1']").click()
    expect(page.locator("[data-stage=output] h3")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_a_run_of_ones_own_and_a_shared_one_are_walked_through_too(open_page: OpenPage) -> None:
    page = open_page("/lab/attention/?preset=additive")
    page.locator("button.primary").click()
    page.locator("#run-state a.button").click(timeout=30_000)
    page.goto(page.url.partition("#")[0] + "#stage-scores")
    page.reload()
    cell_of(page, "scores", 1, 1).click()
    expect(sums(page).first).to_contain_text("tanh(")
    expect(page.locator("[data-pair]")).to_be_hidden()


WIDE = {
    "query": "1\n2",
    "key": "1\n0.5\n-1",
    "value": "\n".join(" ".join(str(row + column / 100) for column in range(1, 21)) for row in range(3)),
}


def type_in(page: Page, matrices: dict[str, str]) -> None:
    for name, text in matrices.items():
        page.locator(f"textarea[name={name}]").evaluate("(field, text) => { field.value = text; }", text)
    page.locator("textarea[name=value]").dispatch_event("input")


def test_an_output_of_many_columns_is_written_out_at_the_column_its_header_names(open_page: OpenPage) -> None:
    page = open_page("/lab/attention/?preset=article#stage-output")
    type_in(page, WIDE)
    expect(page.locator("table[data-table=output] thead th").last).to_have_text("20")
    last = page.locator("table[data-table=output] tbody tr:nth-child(2) td.cell").last
    last.click()
    expect(page.locator(".cell-sums h4")).to_have_text("Output of q2, column 20")
    expect(page.locator(".cell-value")).to_have_text(f"{float(last.get_attribute('title')):.4f}")
    assert page.locator("table[data-table=V] td.lit-v").count() == 3
    assert (
        page.locator("table[data-table=V] tbody tr:first-child td.cell").last.get_attribute("class")
        == "cell lit-v"
    )


def test_the_columns_of_a_head_are_found_among_all_heads(open_page: OpenPage) -> None:
    page = open_page("/lab/attention/?preset=two-heads#stage-output")
    page.locator("#picture .views button").nth(1).click()
    expect(page.locator("#picture .views [aria-current]")).to_have_text(["Head 2"])
    cell_of(page, "output", 3, 1).click()
    value = page.locator(".cell-value").inner_text()
    page.get_by_role("button", name="Next ›").click()
    expect(sums(page).first).to_have_text("Column 3 is column 1 of head 2.")
    expect(page.locator(".cell-value")).to_have_text(value)
    cell_of(page, "joined", 3, 1).click()
    page.get_by_role("button", name="‹ Back").click()
    expect(page.locator("#picture td.lit-cell")).to_have_count(0)  # of the other head


def test_keys_lose_neither_the_focus_nor_themselves(open_page: OpenPage) -> None:
    page = open_page("/lab/attention/?preset=article")
    cell_of(page, "weights", 2, 2).focus()
    for place in ("Step 3 of 5", "Step 2 of 5", "Step 1 of 5"):
        page.keyboard.press("p")
        expect(page.locator(".step-place")).to_have_text(place)
    for place in ("Step 2 of 5", "Step 3 of 5"):
        page.keyboard.press("n")
        expect(page.locator(".step-place")).to_have_text(place)
    cell_of(page, "scores", 2, 2).focus()
    page.keyboard.press("Escape")
    page.keyboard.press(" ")
    expect(page.locator("textarea[name=mask]")).to_have_value(
        "1 1 1 1 1\n1 0 1 1 1\n1 1 1 1 1\n1 1 1 1 1\n1 1 1 1 1"
    )


def test_the_way_to_the_panel_changes_nothing(open_page: OpenPage) -> None:
    page = open_page("/lab/attention/?preset=article")
    cell_of(page, "weights", 5, 1).click()
    box = page.locator(".cell-panel").bounding_box()
    page.mouse.move(box["x"] + 50, box["y"] + 200, steps=30)
    expect(page.locator(".cell-sums h4")).to_have_text("q5 looks at k1")


def test_all_digits_say_equal_only_where_they_are(open_page: OpenPage) -> None:
    page = open_page("/lab/attention/?preset=article#stage-scores")
    cell_of(page, "scores", 3, 1).click()
    page.locator("[data-digits]").click()
    expect(sums(page).first).to_have_text("s = 0.3×0.1 = 0.03")
    type_in(page, {"query": "0.1", "key": "0.7\n0.2", "value": "1\n2"})
    expect(page.locator("table[data-table=scores] tbody tr")).to_have_count(1)
    cell_of(page, "scores", 1, 1).click()
    expect(sums(page).first).to_have_text("s = 0.1×0.7 ≈ 0.06999999999999999")
    expect(page.locator("[data-digits]")).to_have_attribute("aria-pressed", "true")
    page.locator("[data-step=softmax]").click()
    type_in(page, {"query": "-1000", "key": "1\n1.001", "value": "1\n2"})
    expect(sums(page).first).to_contain_text("is taken off every score first")


def test_another_factor_stands_in_the_formula_instead_of_the_root(open_page: OpenPage) -> None:
    page = open_page("/lab/attention/?preset=large-scaled#stage-scale")
    formula = page.locator(".whole-formula msqrt, [data-stage=scale] msqrt")
    expect(formula).to_have_count(2)
    page.locator("[data-switches]").uncheck()
    expect(formula).to_have_count(0)


def test_every_cell_written_out_is_right(open_page: OpenPage) -> None:
    """Every cell of many calls: the value is the reference's, and what is said to be equal is."""
    draw = random.Random(11)
    page = open_page("/lab/attention/")
    for _ in range(40):
        call = some_call(draw)
        if draw.random() < 0.5:  # numbers as one types them, whose sums can be exact
            for name in ("query", "key", "value"):
                call[name] = [[round(entry, 1) for entry in row] for row in call[name]]
        params = parse_params(catalogue.task("attention").params, call)
        stages = from_reference(params)
        window = Window(heads=params.num_heads, queries=len(params.query), keys=len(params.key))
        full = {**call, "parameters": {name: array.tolist() for name, array in stages.parameters.items()}}
        for head in range(window.heads):
            found = page.evaluate(ALL_SUMS, [full, head, draw.random() < 0.3])
            for step, array in (
                ("scores", stages.scores), ("scale", stages.scaled), ("mask", stages.masked), ("softmax", stages.weights),
                ("output", stages.head_output),
            ):  # fmt: skip
                assert array is not None
                values = [
                    [-np.inf if cell["value"] is None else cell["value"] for cell in row]
                    for row in found[step]
                ]
                np.testing.assert_allclose(values, array[head], rtol=1e-9, atol=1e-12)
            for row in [*found["scores"], *found["output"]]:
                for cell in row:
                    check_sum(cell["lines"][0], call)


ALL_SUMS = """async ([call, head, allDigits]) => {
  const { pairSums, outputSums } = await import("/static/js/viewer/arithmetic.js");
  const { explain } = await import("/static/js/attention/explain.js");
  const words = JSON.parse(document.querySelector(".viewer").dataset.liveCall).words;
  const work = { call, head, words, stages: explain(call), allDigits };
  const each = (columns, write) => call.query.map((_, query) => Array.from({ length: columns }, (__, column) => write(query, column)));
  const pairs = Object.fromEntries(["scores", "scale", "mask", "softmax"].map(
    step => [step, each(call.key.length, (query, key) => pairSums(work, step, query, key))]));
  const width = call.value[0].length / (call.num_heads ?? 1);
  return { ...pairs, output: each(width, (query, column) => outputSums(work, query, column)) };
}"""


def check_sum(line: str, call: dict[str, Any]) -> None:
    """`s = 0.5×0.1 + 2×(−1) = −1.95`: what is called equal is, to the last digit; what is called close is close."""
    found = re.fullmatch(r"[so] ([=≈]) (.*) ([=≈]) (\S+)", line)
    if found is None or "tanh" in line or "10" + "⁻" in line or "more terms" in line or "×10" in line:
        return
    _sign, terms, equals, result = found.groups()
    text = terms.replace("−", "-").replace("(", "").replace(")", "")
    products = [np.prod([Fraction(part) for part in term.split("×")]) for term in text.split(" + ")]
    total, told = sum(products, Fraction(0)), Fraction(result.replace("−", "-"))
    if equals == "=":
        assert total == told, (line, json.dumps(call))
    else:
        room = Fraction(1, 10000) * (
            1 + sum(abs(Fraction(part)) for part in re.findall(r"-?\d+\.?\d*", text))
        )
        assert abs(total - told) <= room, (line, json.dumps(call))
