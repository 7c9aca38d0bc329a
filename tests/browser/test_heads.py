"""All heads in small, their summaries, and arcs."""

import io
from collections.abc import Callable

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from tests.browser.steps import sign_in
from tests.running_camp import RunningCamp

OpenPage = Callable[..., Page]


def test_a_head_is_chosen_among_small_pictures(open_page: OpenPage) -> None:
    page = open_page("/lab/attention/?preset=two-heads")
    tiles = page.locator(".heads-grid button")
    expect(tiles).to_have_count(2)
    expect(page.locator(".heads-grid .summary")).to_have_text(
        ["Mean (summary)entropy 1.22", "Maximum (summary)"]
    )
    page.locator("[data-order=entropy]").click()
    expect(tiles.first).to_contain_text("Head 2")  # the sharper one
    tiles.first.focus()
    page.keyboard.press("ArrowRight")
    expect(tiles.nth(1)).to_be_focused()
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("Enter")
    expect(page.locator("#picture .views [aria-current]").first).to_contain_text("2")


def test_a_small_picture_has_the_colours_of_the_weights(open_page: OpenPage) -> None:
    page = open_page("/lab/attention/?preset=two-heads")
    expect(page.locator(".heads-grid canvas").first).to_be_visible()
    same = page.evaluate("""() => {
      const canvas = document.querySelector(".heads-grid canvas");
      const pixels = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
      const cells = [...document.querySelectorAll("table[data-table=weights] td.cell")];
      const probe = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
      return cells.every((cell, index) => {
        probe.fillStyle = getComputedStyle(cell).backgroundColor;
        probe.fillRect(0, 0, 1, 1);
        return probe.getImageData(0, 0, 1, 1).data.every((part, at) => part === pixels[4 * index + at]);
      });
    }""")
    assert same


@pytest.mark.parametrize(("width", "language"), [(1280, "en-US"), (390, "zh-CN")])
def test_arcs_of_one_token_have_their_figures(open_page: OpenPage, width: int, language: str) -> None:
    page = open_page("/lab/attention/?preset=causal", width=width, language=language)
    arcs = page.locator(".arcs path")
    expect(arcs).to_have_count(7)  # of 15 pairs seen, those not below an equal share
    page.locator(".arcs [data-side=q][data-index='3']").click()
    expect(page.locator(".arcs .figure")).to_have_text(["0.2352", "0.2448", "0.2548", "0.2652"])
    page.locator(".arcs [data-side=k][data-index='0']").focus()
    page.keyboard.press("Enter")
    expect(page.locator(".arcs .figure").first).to_have_text("1.0000")
    expect(arcs).to_have_count(5)
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_heads_of_a_run_too_large_for_the_browser_are_fetched(open_page: OpenPage, camp: RunningCamp) -> None:
    client = camp.client("minkowski")
    draw = np.random.default_rng(5)
    params = {name: draw.normal(size=(64, 32)).round(3).tolist() for name in ("query", "key", "value")}
    job = client.post(
        "/api/v1/jobs/", json={"task": "attention", "params": params | {"num_heads": 16}}
    ).json()
    address = f"/api/v1/jobs/{job['id']}/result/"
    assert client.get(f"{address}?wait=60").status_code == 200
    kept = np.load(io.BytesIO(client.get(address, headers={"Accept": "application/x-npz"}).content))
    page = open_page("/")
    sign_in(page, "minkowski")
    page.goto(f"/lab/runs/{job['id']}/")
    expect(page.locator(".heads-grid button")).to_have_count(16)
    sent = page.evaluate(
        "async url => [...new Float32Array(await (await fetch(url)).arrayBuffer())]",
        page.locator(".heads").get_attribute("data-weights"),
    )
    np.testing.assert_allclose(sent, kept["weights"].ravel(), rtol=1e-6)
    page.locator("table[data-table=weights] td.cell").first.click()
    expect(page.locator(".cell-sums .sums")).to_have_text(
        "Too large to be worked out in the browser: the figure is the worker's."
    )
    page.locator("[data-view=arcs]").click()
    expect(page.locator(".arcs [data-side=q]")).to_have_count(64)
