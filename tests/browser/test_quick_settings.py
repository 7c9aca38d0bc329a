"""The temperature's slider and the switch for √d_k write into the form, and the picture follows."""

from collections.abc import Callable

from playwright.sync_api import Page, expect

OpenPage = Callable[..., Page]


def test_the_slider_and_the_field_are_one_number(open_page: OpenPage) -> None:
    page = open_page("/lab/attention/?preset=article")
    slider, field = page.locator("[data-slides]"), page.locator("#temperature")
    assert float(slider.input_value()) == 0
    slider.focus()
    page.keyboard.press("Home")
    expect(field).to_have_value("0.05")
    page.keyboard.press("End")
    expect(field).to_have_value("20")
    assert slider.get_attribute("aria-valuetext") == "20"
    field.fill("0.1")
    assert float(slider.input_value()) == -1
    weights = page.locator("table[data-table=weights] td.cell")
    expect(weights.last).to_have_text("0.429")  # e^2.5 of the sum of e^0.5, e^1, e^1.5, e^2, e^2.5


def test_without_the_scale_the_scores_stay_as_they_are(open_page: OpenPage) -> None:
    page = open_page("/lab/attention/?preset=large-scaled#stage-scale")
    switch = page.locator("[data-switches]")
    expect(switch).to_be_checked()
    expect(page.locator("[data-stage=scale] .stage-head")).to_contain_text("÷ √16")
    switch.uncheck()
    expect(page.locator("#scale")).to_have_value("1")
    expect(page.locator("[data-stage=scale] .stage-head")).to_contain_text("no change")
    page.locator("#function").select_option("dot_product")
    expect(switch).to_be_hidden()
