"""Every page in both themes, both languages, phone and desk: axe finds nothing, nothing runs off the side."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.steps import open_run, submit_batch

PAGES = [
    "/errata/", "/camp/start/", "/camp/start/pre-test/", "/camp/capstone/post-test/", "/tests/pre-test/", "/camp/start/how-it-works/", "/camp/start/what-training-does/",
    "/lab/widgets/mastery-tracing/", "/lab/widgets/gain-calculator/?gain-calculator-1-pre=50&gain-calculator-1-post=40",
    "/", "/lab/", "/lab/attention/", "/lab/attention/?preset=cat-sat-it",
    "/lab/attention/?preset=two-heads#stage-scores", "/lab/attention/?preset=causal#stage-all", "/lab/runs/", "/lab/runs/tried/", "/lab/runs/tried/?sort=entropy&order=up", "/lab/attention/file/", "/api/docs/", "/api/docs/guide/", "/lab/nothing/",
    "/camp/by-hand/article-example/", "/camp/tensorflow/masks/", "/lab/widgets/mask-place/",
    "/camp/", "/camp/scoring-functions/", "/camp/scoring-functions/five-functions/", "/camp/scoring-functions/why-sqrt-dk/",
    "/camp/scoring-functions/softmax-axis/", "/camp/scoring-functions/shift-and-temperature/", "/camp/scoring-functions/entropy/",
    "/progress/", "/certificates/", "/reviews/", "/lab/widgets/compare/", "/lab/widgets/dot-spread/", "/lab/widgets/softmax-axis/",
    "/glossary/", "/search/", "/search/?q=softmax+掩码", "/search/?q=%25", "/mistakes/report/?page=/camp/scoring-functions/entropy/&section=section-1",
    "/lab/widgets/shift-temperature/", "/lab/widgets/entropy-meter/", "/lab/widgets/attention/?attention-1-step=softmax",
]  # fmt: skip


# Of width, language and theme every two meet: what three of them break together, two of them break.
EVERY_PAIR = pytest.mark.parametrize(
    ("width", "language", "theme"),
    [(390, "zh-CN", "dark"), (390, "en-US", "light"), (1280, "zh-CN", "light"), (1280, "en-US", "dark")],
)


@EVERY_PAIR
def test_axe_finds_nothing_and_the_page_does_not_scroll_sideways(
    open_page: Callable[..., Page], axe: str, theme: str, language: str, width: int
) -> None:
    page = open_page("/lab/attention/?preset=article", theme=theme, language=language, width=width)
    page.locator("button.primary").click()
    open_run(page)
    expect(page.locator("main")).to_contain_text("0.2205", timeout=30_000)
    run = page.url
    page.locator("form[action$='/again/'] button").click()
    comparison = page.locator("a[href*='/lab/compare/'][href*='b=']")
    expect(comparison).to_be_visible(timeout=30_000)
    compared = str(comparison.get_attribute("href"))
    batch = submit_batch(page, 3)
    found = []
    for path in [run, compared, compared.partition("&")[0], batch, *PAGES]:
        page.goto(path)
        found += faults(page, axe, path, width)
        wanted = "zh" if language.startswith("zh") else "en"
        assert page.locator("html").get_attribute("lang").startswith(wanted)
    assert found == []


def faults(page: Page, axe: str, path: str, width: int) -> list[str]:
    if page.evaluate("document.documentElement.scrollWidth") > width:
        return [f"{path} scrolls sideways at {width}"]
    # As a script of the browser's own, for the page's policy refuses any that is not the server's.
    page.evaluate(axe)
    violations = page.evaluate("axe.run(document, {}).then(result => result.violations)")
    return [
        f"{path}: {item['id']} ×{len(item['nodes'])}: {item['nodes'][0]['html'][:120]}" for item in violations
    ]
