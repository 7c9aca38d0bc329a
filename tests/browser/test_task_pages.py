"""Tasks on one's own data, as a learner does them: a sentence, a picture by file or camera, a table, and what was found."""

import io
import re
from collections.abc import Callable

import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from tests.browser.test_every_page import faults

OpenPage = Callable[..., Page]
SECONDS = 120_000  # the model of sentences is loaded by the first who asks


def run(page: Page) -> None:
    """Press Run and wait until it is done."""
    page.locator("#lab-form > .actions button.primary").click()
    expect(page.locator("#run-status .chip.ok")).to_be_visible(timeout=SECONDS)


@pytest.mark.parametrize(
    ("task", "width", "language", "theme"),
    [
        ("sentence_attention", 390, "zh-CN", "dark"),
        ("sentence_attention", 1280, "en-US", "light"),
        ("multi_head_attention", 390, "en-US", "light"),
        ("multi_head_attention", 1280, "zh-CN", "dark"),
        ("text_classification", 390, "zh-CN", "light"),
        ("text_classification", 1280, "en-US", "dark"),
        ("digit_classification", 390, "en-US", "dark"),
        ("digit_classification", 1280, "zh-CN", "light"),
        ("image_attention", 390, "zh-CN", "dark"),
        ("image_attention", 1280, "en-US", "light"),
        ("complexity_sweep", 390, "en-US", "dark"),
    ],
)
def test_a_task_runs_as_it_opens_and_axe_finds_nothing_before_and_after(
    open_page: OpenPage, axe: str, task: str, width: int, language: str, theme: str
) -> None:
    page = open_page(f"/lab/{task}/", width=width, language=language, theme=theme)
    found = faults(page, axe, task, width)
    run(page)
    if task != "complexity_sweep":
        expect(page.locator("[data-maps-grid] canvas").first).to_be_visible()
    expect(page.locator(".found-says p").first).not_to_be_empty()
    found += faults(page, axe, f"{task}, done", width)
    page.locator("#run-state a.button").click()
    expect(page.locator(".found-says p").first).to_be_visible()
    found += faults(page, axe, f"{task}, its run", width)
    assert found == []


def test_all_72_heads_of_a_sentence_are_shown_and_each_opens(open_page: OpenPage) -> None:
    page = open_page("/lab/sentence_attention/")
    page.locator("#own-text").fill("The cat sat because it was tired.")
    run(page)
    heads = page.locator("[data-maps-grid] button")
    expect(heads).to_have_count(72)
    heads.nth(25).click()
    expect(page.locator("select[name=layer]")).to_have_value("3")
    expect(page.locator("select[name=head]")).to_have_value("2")
    expect(heads.nth(25)).to_have_attribute("aria-current", "true")
    query = page.locator(".maps .arcs [data-side=q]").nth(5)
    query.focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.locator("select[name=query]")).to_have_value("7")
    expect(page.locator("[data-maps-says]")).to_have_text(re.compile(r"was attends most to \S+: [\d.]+ %\."))
    key, share = page.locator("[data-maps-says]").inner_text().split()[-3:-1]
    key = key.removesuffix(":")
    first = page.locator("[data-maps-listed] tr").first
    assert first.inner_text().split() == [key, share, "%"]


def test_the_weights_drawn_are_those_of_the_result(open_page: OpenPage) -> None:
    page = open_page("/lab/digit_classification/")
    run(page)
    page.locator("select[name=layer]").select_option("1")
    page.locator("select[name=head]").select_option("2")
    page.locator("select[name=query]").select_option("1")
    link = page.locator("#run-state a.button").get_attribute("href")
    result = page.request.get(f"/api/v1/jobs/{str(link).split('/')[-2]}/result/").json()
    row = result["maps"]["weights"][0][1][0]
    names = result["maps"]["columns"]
    order = sorted(range(len(row)), key=lambda key: -row[key])
    expect(page.locator("[data-maps-says]")).to_contain_text(names[order[0]])
    shown = [line.split("\t") for line in page.locator("[data-maps-listed]").inner_text().splitlines()]
    assert [(name, share) for name, share in shown[:3]] == [
        (names[key], f"{100 * row[key]:.1f} %") for key in order[:3]
    ]


def test_a_patch_is_chosen_by_mouse_and_by_keys(open_page: OpenPage) -> None:
    page = open_page("/lab/digit_classification/")
    run(page)
    query = page.locator("select[name=query]")
    page.locator("[data-patch='5']").click()
    expect(query).to_have_value("7")
    page.locator("[data-patch='5']").focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(query).to_have_value("11")
    expect(page.locator("[data-patch='9']")).to_have_attribute("aria-pressed", "true")


def test_a_picture_by_file_is_shrunk_shown_and_run(open_page: OpenPage) -> None:
    page = open_page("/lab/image_attention/")
    buffer = io.BytesIO()
    Image.linear_gradient("L").resize((300, 150)).convert("RGB").save(buffer, "JPEG")
    field = page.locator("[data-own-picture]")
    field.locator("input[type=file]").set_input_files(
        {"name": "own.jpg", "mimeType": "image/jpeg", "buffer": buffer.getvalue()}
    )
    expect(field.locator("canvas")).to_be_visible()
    assert field.locator("canvas").evaluate("canvas => [canvas.width, canvas.height]") == [96, 48]
    run(page)
    clean = page.locator("img[data-picture]").first
    expect(clean).to_have_js_property("naturalWidth", 96)
    expect(clean).to_have_js_property("naturalHeight", 48)
    field.locator("input[type=file]").set_input_files(
        {
            "name": "own.svg",
            "mimeType": "image/svg+xml",
            "buffer": b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        }
    )
    expect(field.locator("[data-own-picture-says]")).to_contain_text("not a picture")
    expect(field.locator("canvas")).to_be_visible()  # the one before is kept


def test_a_picture_is_pasted_and_removed(open_page: OpenPage) -> None:
    page = open_page("/lab/image_attention/")
    page.evaluate(
        """async () => {
            const canvas = Object.assign(document.createElement("canvas"), { width: 20, height: 10 });
            canvas.getContext("2d").fillRect(0, 0, 20, 10);
            const blob = await new Promise((done) => canvas.toBlob(done));
            const data = new DataTransfer();
            data.items.add(new File([blob], "p.png", { type: "image/png" }));
            document.querySelector("[data-own-picture]").dispatchEvent(new ClipboardEvent("paste", { clipboardData: data, bubbles: true }));
        }"""
    )
    field = page.locator("[data-own-picture]")
    expect(field.locator("canvas")).to_be_visible()
    field.locator("[data-own-picture-remove]").click()
    expect(field.locator("canvas")).to_be_hidden()
    assert field.locator("[data-own-picture-value]").input_value() == ""


def test_a_picture_is_taken_with_the_camera(open_page: OpenPage) -> None:
    page = open_page("/lab/image_attention/", width=390)
    field = page.locator("[data-own-picture]")
    field.locator("[data-own-picture-camera]").click()
    expect(field.locator("video")).to_be_visible()
    expect(field.locator("video")).to_have_js_property("videoWidth", 640)
    field.locator("[data-own-picture-take]").click()
    expect(field.locator("canvas")).to_be_visible()
    expect(field.locator("video")).to_be_hidden()
    run(page)


def test_a_csv_file_goes_into_its_field_and_what_is_wrong_is_told_at_its_row(open_page: OpenPage) -> None:
    page = open_page("/lab/text_classification/")
    rows = "".join(
        f"text number {number} is {word},{word}\n" for number, word in enumerate(["good", "bad"] * 15)
    )
    field = page.locator("textarea[name=texts]")
    page.locator("[data-file-into=own-texts]").set_input_files(
        {"name": "own.csv", "mimeType": "text/csv", "buffer": f"text,label\n{rows}no label\n".encode()}
    )
    expect(field).to_have_value(re.compile("no label"))
    page.locator("#lab-form > .actions button.primary").click()
    expect(page.locator("#own-texts-error")).to_contain_text("Row 31: expected a text and a label")
    expect(field).to_have_value(re.compile("text number 29 is bad"))


def test_training_is_watched_as_it_goes_and_stops_when_told(open_page: OpenPage) -> None:
    page = open_page("/lab/digit_classification/")
    page.locator("#own-mode").select_option(index=1)
    page.locator("#own-steps").fill("3000")
    page.locator("#lab-form > .actions button.primary").click()
    expect(page.locator("#live svg.chart polyline").first).to_be_visible(timeout=SECONDS)
    page.locator("#run-state button", has_text="Cancel").click()
    expect(page.locator("#run-status .chip")).to_contain_text("cancelled", timeout=30_000)
    expect(page.locator("#live svg.chart")).to_have_count(0)


def test_without_a_script_a_task_runs_and_its_figures_are_listed(open_page: OpenPage) -> None:
    page = open_page("/lab/multi_head_attention/", script=False)
    page.locator("#lab-form > .actions button.primary").click()
    expect(page).to_have_url(re.compile("/lab/runs/"))
    expect(page.locator(".found-says")).to_be_visible(timeout=SECONDS)  # the page asks again by itself
    page.locator("select[name=query]").select_option("2")
    page.locator(".maps-choice button").click()
    expect(page.locator("[data-maps-listed] tr")).not_to_have_count(0)
