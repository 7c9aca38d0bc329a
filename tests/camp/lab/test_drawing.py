"""A run's picture: an SVG file that opens by itself, with the page's figures, colours and hatches."""

import io
import re
from collections.abc import Callable
from typing import Any
from xml.etree import ElementTree as ET

import numpy as np
import pytest
from django.test import Client
from django.utils import translation

from camp.accounts.models import User
from camp.lab import runner, services, sharing
from camp.lab.colours import THEMES, colours
from camp.lab.models import Job

Submit = Callable[..., Job]
pytestmark = pytest.mark.django_db
SVG = "{http://www.w3.org/2000/svg}"
SQUARE = [[1.0, 0.0], [0.5, -2.0], [0.25, 1.0]]
CAUSAL = {"query": SQUARE, "key": SQUARE, "value": SQUARE, "causal": True}


@pytest.fixture
def done(submit: Submit, ada: User) -> Callable[..., Job]:
    def run(**options: Any) -> Job:
        job = submit(owner=ada, **options)
        runner.run(job.pk, "w")
        return job

    return run


def drawn(owner: Client, job: Job, query: str = "") -> ET.Element:
    answer = owner.get(f"/lab/runs/{job.pk}/weights.svg?{query}")
    assert answer.status_code == 200
    assert answer["Content-Type"] == "image/svg+xml"
    return ET.fromstring(answer.content)


def cells(picture: ET.Element, table: str) -> list[ET.Element]:
    return picture.findall(f".//{SVG}g[@data-table='{table}']/{SVG}g[@class='cell']")


def text(picture: ET.Element) -> str:
    return " | ".join(one.text or "" for one in picture.iter(f"{SVG}text"))


def test_its_cells_have_the_figures_colours_and_hatches_of_the_page(
    owner: Client, done: Callable[..., Job]
) -> None:
    job = done(**CAUSAL)
    picture = drawn(owner, job)
    page = owner.get(f"/lab/runs/{job.pk}/").content.decode()
    table = re.search(r'<table data-table="weights".*?</table>', page, re.DOTALL)
    assert table
    shown = re.findall(r'<td class="cell (\w+)".*?>([^<>\s]+)</(?:data|span)>', table[0], re.DOTALL)
    found = cells(picture, "weights")
    assert len(found) == len(shown) == 9
    for cell, (css, figure) in zip(found, shown, strict=True):
        assert cell.findtext(f"{SVG}text") == figure
        fill = "url(#hatch)" if css == "hidden" else colours("light").fills[css]
        assert cell.find(f"{SVG}rect").get("fill") == fill  # type: ignore[union-attr]
    assert [css for css, _figure in shown].count("hidden") == 3
    assert found[1].findtext(f"{SVG}title") == "k2 comes after q1: hidden by the causal mask"
    assert picture.find(f".//{SVG}pattern[@id='hatch']") is not None


def test_it_says_what_was_computed_and_what_its_colours_mean(owner: Client, done: Callable[..., Job]) -> None:
    picture = drawn(owner, done(**CAUSAL, temperature=0.5))
    words = text(picture)
    for part in ("Scaled dot product", "causal", "0.5", "Weights W", "q3", "k3", "sum", "Masked scores", "Output O",
                 "hidden by a mask: exactly 0", "0.01", "Score: least"):  # fmt: skip
        assert part.lower() in words.lower(), part
    assert len(cells(picture, "masked")) == 9
    assert len(cells(picture, "output")) == 6
    scale = picture.findall(f".//{SVG}rect[@height='12']")
    assert {one.get("fill") for one in scale} >= {colours("light").fills[f"w{step}"] for step in range(33)}
    assert "3 queries by 3 keys" in picture.findtext(f"{SVG}desc", "")


def test_it_needs_nothing_but_itself(owner: Client, done: Callable[..., Job]) -> None:
    job = done(**CAUSAL)
    source = owner.get(f"/lab/runs/{job.pk}/weights.svg").content.decode()
    assert set(re.findall(r"(?:https?://|url\()[^\s\")]+", source)) == {
        "http://www.w3.org/2000/svg",
        "url(#hatch",
    }
    assert not re.search(r"<(script|style|image|foreignObject)|href|style=|var\(", source)


def test_each_theme_has_its_own_colours(owner: Client, done: Callable[..., Job]) -> None:
    job = done(**CAUSAL)
    for theme in (*THEMES, ""):
        picture, own = drawn(owner, job, f"theme={theme}"), colours(theme or "light")
        assert picture.find(f"{SVG}rect").get("fill") == own.tokens["surface"]  # type: ignore[union-attr]
        scale = {one.get("fill") for one in picture.findall(f".//{SVG}rect[@height='12']")}
        assert scale - {"none"} == {fill for css, fill in own.fills.items() if css[0] in "ws"}


def test_it_speaks_the_readers_language(owner: Client, done: Callable[..., Job]) -> None:
    job = done(**CAUSAL)
    answer = owner.get(f"/lab/runs/{job.pk}/weights.svg", headers={"Accept-Language": "zh-Hans"})
    words = text(ET.fromstring(answer.content))
    with translation.override("zh-hans"):
        assert translation.gettext("hidden by a mask: exactly 0") in words
    assert "hidden by" not in words


def test_the_head_and_the_part_asked_for_are_drawn(owner: Client, done: Callable[..., Job]) -> None:
    rows = np.random.default_rng(3).normal(size=(20, 4)).round(2).tolist()
    job = done(query=rows, key=rows, value=rows, num_heads=2)
    picture = drawn(owner, job, "head=2&q=3&k=5")
    words = text(picture)
    assert "Head 2 of 2" in words
    assert "Queries 3 to 18 of 20, keys 5 to 20 of 20" in words
    assert len(cells(picture, "weights")) == 256
    assert "| q2 |" not in words
    page = owner.get(f"/lab/runs/{job.pk}/?head=2&q=3").content.decode()
    assert "weights.svg?head=2&amp;q=3" in page, "the link follows what is shown"
    links = r'id="picture-links" hx-swap-oob="true".*?weights\.svg\?head=2"'
    for shown_on, has_links in ((f"/lab/runs/{job.pk}/", True), ("/lab/attention/", False)):
        headers = {
            "HX-Request": "true",
            "HX-Target": "picture",
            "HX-Current-URL": f"http://testserver{shown_on}?x=1",
        }
        part = owner.get(f"/lab/runs/{job.pk}/?head=2", headers=headers).content.decode()
        assert bool(re.search(links, part, re.S)) == has_links, shown_on


def test_a_name_cannot_break_it(owner: Client, done: Callable[..., Job]) -> None:
    job = done()
    name = '</text><script>alert("1")</script> & \x0b\x1b\ufffe 长名字' + "w" * 30
    services.job_describe(job=job, own_name=name, note="the-note")
    picture = drawn(owner, job)
    assert picture.findtext(f"{SVG}title") == '</text><script>alert("1")</script> &  长名字' + "w" * 30
    assert "the-note" not in text(picture)


def test_a_query_that_sees_no_key_is_said(owner: Client, done: Callable[..., Job]) -> None:
    job = done(
        query=[[1.0], [2.0]], key=[[1.0], [2.0]], value=[[1.0], [2.0]], mask=[[False, False], [True, True]]
    )
    assert "no key" in text(drawn(owner, job))


def test_there_is_none_of_a_run_that_waits_of_anothers_or_without_weights(
    owner: Client, submit: Submit, ada: User, done: Callable[..., Job]
) -> None:
    stranger = Client()
    stranger.force_login(User.objects.create(username="eve-the-stranger"))
    job = done()
    assert stranger.get(f"/lab/runs/{job.pk}/weights.svg").status_code == 404
    assert owner.get(f"/lab/runs/{submit(owner=ada).pk}/weights.svg").status_code == 404
    rows = np.ones((600, 2)).tolist()
    large = done(query=rows, key=rows, value=rows)
    assert "weights.svg" not in owner.get(f"/lab/runs/{large.pk}/").content.decode()
    assert owner.get(f"/lab/runs/{large.pk}/weights.svg").status_code == 404


def test_who_has_the_link_takes_all_of_it_along_and_no_name(ada: User, done: Callable[..., Job]) -> None:
    ada.username = "ada-of-the-unusual-name"
    ada.save()
    job = done(**CAUSAL)
    services.job_describe(job=job, own_name="my-own-words", note="my-own-words")
    sharing.share(job)
    link = sharing.path_of(job)
    visitor = Client()
    page = visitor.get(link).content.decode()
    told = []
    for name in ("weights.svg", "weights.csv", "result.json", "result.npz"):
        assert f'href="{link}{name}' in page
        answer = visitor.get(f"{link}{name}")
        assert answer.status_code == 200, name
        assert answer["X-Robots-Tag"] == "noindex, nofollow"
        assert "no-store" in answer["Cache-Control"]
        told.append(answer.content)
        for secret in ("ada-of-the-unusual-name", "my-own-words", str(job.pk)):
            assert secret.encode() not in answer.content
            assert secret not in answer["Content-Disposition"]
    assert len(cells(ET.fromstring(told[0]), "weights")) == 9
    assert told[1].decode().splitlines()[0] == "head,query,key_0,key_1,key_2"
    with np.load(io.BytesIO(told[3])) as arrays:
        assert arrays["weights"].shape[-2:] == (3, 3)
    sharing.withdraw(job)
    for name in ("weights.svg", "weights.csv", "result.json", "result.npz"):
        assert visitor.get(f"{link}{name}").status_code == 404


@pytest.mark.parametrize(
    ("theme", "known"),
    [
        ("light", {"w0": "#f9f3fb", "w4": "#e3d1eb", "w2": "#eee2f3", "w32": "#290f5b", "s16": "#59575c"}),
        ("dark", {"w0": "#27223b", "w32": "#fbebff", "s0": "#2b292e", "s16": "#9f9da4"}),
    ],
)
def test_the_colours_are_those_of_the_style_sheets(theme: str, known: dict[str, str]) -> None:
    """By hand from the table of stops: w4 is the second, w2 halfway between the first two."""
    found = colours(theme)
    assert {name: found.fills[name] for name in known} == known
    assert {f"w{step}" for step in range(33)} | {f"s{step}" for step in range(17)} <= set(found.fills)
    for name, fill in found.fills.items():
        assert contrast(fill, found.inks[name]) > 4.5, name


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def luminance(colour: str) -> float:
    channels = [part / 255 for part in bytes.fromhex(colour[1:])]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
