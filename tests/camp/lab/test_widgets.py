"""Widgets of lessons: what they compute, how they read a lesson and a form, and that each is complete."""

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from django.template.loader import get_template
from django.test import Client, RequestFactory
from django.utils import translation

from camp.courses.blocks import Reader, Unfit, blocks
from camp.lab.blocks import widgets
from camp.lab.widgets.base import Widget

ALL = list(widgets().values())
HTMX = {"HX-Request": "true"}


def context(slug: str, settings: dict[str, Any] | None = None, **asked: str) -> dict[str, Any]:
    widget = widgets()[slug]
    return widget.context(widget.read(settings or {}), asked)


def texts(row: Any) -> list[str]:
    return [cell.text for cell in row.cells]


def page_of(client: Client, slug: str, status: int = 200, **asked: str) -> str:
    answer = client.get(f"/lab/widgets/{slug}/", {f"{slug}-1-{name}": text for name, text in asked.items()})
    assert answer.status_code == status
    return answer.content.decode()


# --- Every widget -------------------------------------------------------------------------------------


@pytest.mark.parametrize("widget", ALL, ids=lambda widget: widget.slug)
def test_a_widget_has_a_label_in_both_languages_and_a_template(widget: Widget) -> None:
    assert str(widget.label)
    get_template(widget.template)
    with translation.override("zh-hans"):
        words = [str(widget.label), *(str(setting.label) for setting in widget.settings.values())]
    assert all(re.search(r"[\u4e00-\u9fff]", text) for text in words), words


@pytest.mark.parametrize("widget", ALL, ids=lambda widget: widget.slug)
def test_a_widget_has_a_test_here(widget: Widget) -> None:
    assert Path(__file__).read_text().count(f'"{widget.slug}"') > 0


@pytest.mark.django_db
@pytest.mark.parametrize("widget", ALL, ids=lambda widget: widget.slug)
def test_a_widget_draws_its_picture_with_a_sentence_and_no_inline_style(
    client: Client, widget: Widget
) -> None:
    page = page_of(client, widget.slug)
    assert re.search(r'role="status">\s*\S', page)
    assert re.search(r"<(table|svg)\b", page.split("widget-picture")[1])
    assert not re.search(r"\sstyle=|<style|\son\w+=", page)


@pytest.mark.parametrize("widget", ALL, ids=lambda widget: widget.slug)
def test_settings_read_back_as_they_are_written(widget: Widget) -> None:
    for setting in widget.settings.values():
        assert setting.read(setting.write(setting.default)) == setting.default
        assert setting.given(setting.default) == setting.default


@pytest.mark.django_db
@pytest.mark.parametrize("widget", ALL, ids=lambda widget: widget.slug)
def test_nonsense_in_any_field_is_explained_and_leaves_the_picture(client: Client, widget: Widget) -> None:
    for name, setting in widget.settings.items():
        for nonsense in ("zz", "", "[[", "1e999", "9" * 3000, "\x00", "1;2 3"):
            asked = {f"{widget.slug}-1-{name}": nonsense}
            answer = client.get(f"/lab/widgets/{widget.slug}/", asked)
            assert answer.status_code == 422, (name, nonsense)
            assert "widget-picture" in answer.content.decode()
            if not setting.is_fixed:
                assert 'class="error"' in answer.content.decode()
            part = client.get(f"/lab/widgets/{widget.slug}/", asked, headers=HTMX)
            assert (part.status_code, part["HX-Reswap"]) == (200, "none")


# --- What they compute --------------------------------------------------------------------------------


def test_compare_gives_the_scores_of_lesson_3_1() -> None:
    drawn = context("compare", {"query": "[[1,2]]", "key": "[[2,1],[4,2],[0,3]]"})
    scores = {column.function.name: texts(column.table.rows[0]) for column in drawn["columns"]}
    assert scores == {
        "dot_product": ["4", "8", "6"],
        "scaled_dot_product": ["2.8284", "5.6569", "4.2426"],
        "cosine": ["0.8000", "0.8000", "0.8944"],
        "general": ["5", "10", "3"],
        "additive": ["1.9901", "1.9992", "1.7615"],
    }
    assert {column.function.name: column.winner for column in drawn["columns"]} == {
        "dot_product": "k2",
        "scaled_dot_product": "k2",
        "cosine": "k3",
        "general": "k2",
        "additive": "k2",
    }
    assert "Additive" in drawn["sentence"].split("closest race")[1]


def test_compare_names_both_keys_of_a_tie(client: Client, db: None) -> None:
    page = page_of(client, "compare", query="1 1", key="1 0; 0 1")
    assert "Tie: k1, k2" in page


def test_compare_refuses_keys_of_another_width_than_the_query(client: Client, db: None) -> None:
    page = page_of(client, "compare", 422, query="1 2 3", key="1 2; 3 4")
    assert "The query has 3 numbers, the keys have 2" in page


def test_dot_products_spread_as_the_square_root_of_the_width() -> None:
    for d in (1, 16, 256):
        raw, scaled = context("dot-spread", {"d": d})["spreads"]
        assert raw.deviation == pytest.approx(np.sqrt(d), rel=0.1)
        assert scaled.deviation == pytest.approx(1, rel=0.1)
        assert raw.deviation / scaled.deviation == pytest.approx(np.sqrt(d))


def test_without_the_division_a_wide_key_takes_nearly_all_the_weight() -> None:
    raw, scaled = context("dot-spread", {"d": 256})["spreads"]
    assert raw.largest > 0.9
    assert 0.2 < scaled.largest < 0.5


def masked_weights(how: str, allowed: str = "[1,1,0]", scores: str = "[2,1,0.1]") -> list[str]:
    drawn = context("mask-place", {"scores": scores, "allowed": allowed, "how": how})
    return [*(bar.text for _name, _score, _seen, bar, _allowed in drawn["rows"]), drawn["total"]]


def test_a_hidden_key_gets_what_lesson_5_3_says_by_each_way_of_hiding_it() -> None:
    assert masked_weights("infinity") == ["0.7311", "0.2689", "0", "1"]
    assert masked_weights("weight") == ["0.6590", "0.2424", "0", "0.9014"]
    assert masked_weights("score") == ["0.6652", "0.2447", "0.0900", "1"]
    assert masked_weights("single") == masked_weights("half") == masked_weights("infinity")
    assert masked_weights("infinity", "[1,1,1]") == ["0.6590", "0.2424", "0.0986", "1"]


def test_a_row_that_may_see_nothing_gets_what_lesson_5_4_says() -> None:
    nothing = "[0,0,0]"
    assert masked_weights("infinity", nothing) == ["0", "0", "0", "0"]
    assert masked_weights("single", nothing) == ["0.3333", "0.3333", "0.3333", "1"]
    assert masked_weights("half", nothing) == ["NaN", "NaN", "NaN", "NaN"]
    assert masked_weights("half", "[1,1,0]", "[70000,1,0]") == ["NaN", "NaN", "NaN", "NaN"]


def test_what_may_be_seen_is_said_for_every_score_by_ones_and_zeros(client: Client, db: None) -> None:
    assert "There are 3 scores" in page_of(client, "mask-place", 422, allowed="1 0")
    assert "Write 1 for a key that may be seen" in page_of(client, "mask-place", 422, allowed="1 0 2")


def test_the_same_seed_draws_the_same_and_another_seed_does_not() -> None:
    first, again, other = (context("dot-spread", {"d": 8, "seed": seed}) for seed in (1, 1, 2))
    assert first["sentence"] == again["sentence"] != other["sentence"]


def test_softmax_over_keys_over_queries_and_over_all_have_the_sums_of_lesson_3_3() -> None:
    scores = {"scores": "[[2,0],[0,0],[1,3]]"}

    def rows(over: str) -> Any:
        return context("softmax-axis", {**scores, "over": over})["after"].rows

    keys = rows("keys")
    assert [texts(row) for row in keys[:3]] == [
        ["0.8808", "0.1192"],
        ["0.5000", "0.5000"],
        ["0.1192", "0.8808"],
    ]
    assert [row.total for row in keys] == ["1", "1", "1", "3"]
    assert [row.total for row in rows("queries")] == ["0.7105", "0.1353", "1.1542", "2"]
    assert texts(rows("queries")[3]) == ["1", "1"]
    assert rows("all")[3].total == "1"


def test_a_shift_changes_no_weight_and_a_factor_does() -> None:
    row = {"scores": "[1,2,3]"}
    assert (
        "same as before: 0.0900 0.2447 0.6652" in context("shift-temperature", row, shift="100")["sentence"]
    )
    after = [bar.text for bar in context("shift-temperature", row, temperature="0.5")["after"].bars]
    assert after == ["0.0159", "0.1173", "0.8668"]
    after = [bar.text for bar in context("shift-temperature", row, temperature="2")["after"].bars]
    assert after == ["0.1863", "0.3072", "0.5065"]
    assert context("shift-temperature", row, factor="10", shift="100")["after"].bars[2].percent > 99.9


def test_the_meter_counts_tokens_as_lesson_3_5_does() -> None:
    nearly_equal = context("entropy-meter", {"scores": [0.05, 0.1, 0.15, 0.2, 0.25]})
    assert nearly_equal["effective"] == "4.9875"
    focused = context("entropy-meter", {"scores": [8, 0, 0, 0, 0]})
    assert (focused["entropy"], focused["effective"]) == ("0.0121", "1.0121")
    assert context("entropy-meter", {"scores": [1, 1, 1]})["meter"] == 100


def test_mastery_after_each_answer_is_drawn_as_in_lesson_0_2() -> None:
    drawn = context("mastery-tracing", {"answers": "[1,1,0,1,1]"})
    assert [step.after for step in drawn["steps"]] == ["0.6000", "0.8903", "0.5781", "0.8814", "0.9753"]
    assert drawn["steps"][-1].next_right == "0.8827"
    assert "counts as mastered" in drawn["sentence"]
    assert "below the line of 0.95" in context("mastery-tracing", {"answers": "[1,0]"})["sentence"]


def test_the_line_of_mastery_rises_with_right_answers_and_falls_with_a_wrong_one() -> None:
    drawn = context("mastery-tracing", {"answers": "[1,1,0]"})
    tops = [drawn["first"]["top"], *(step.top for step in drawn["steps"])]
    assert tops[0] > tops[1] > tops[2] < tops[3], "the top of the picture is mastery 1"
    assert len(drawn["lines"]) == 3


def test_an_answer_is_right_or_wrong(client: Client, db: None) -> None:
    assert "Write 1 for a right answer" in page_of(client, "mastery-tracing", 422, answers="1 2")
    one = page_of(client, "mastery-tracing", answers="1", slip="0.45", guess="0.45")
    assert "After 1 answer the" in one


def test_the_gain_is_the_share_of_the_room() -> None:
    forty, eighty = (
        context("gain-calculator", {"pre": pre, "post": post}) for pre, post in ((40, 70), (80, 90))
    )
    assert (forty["gain"], forty["change_text"], forty["room"]) == ("0.50", "+30", "60")
    assert (eighty["gain"], eighty["change_text"], eighty["room"]) == ("0.50", "+10", "20")
    assert (forty["change"]["left"], forty["change"]["width"]) == (40, 30)


def test_a_full_pre_test_has_no_gain_and_a_loss_a_negative_one(client: Client, db: None) -> None:
    page = page_of(client, "gain-calculator", pre="100", post="100")
    assert "undefined" in page
    assert "g = 0" not in page
    loss = context("gain-calculator", {"pre": 50, "post": 40})
    assert (loss["gain"], loss["is_loss"], loss["change"]["left"]) == ("−0.20", True, 40)


def test_attention_opens_at_the_step_that_the_lesson_names() -> None:
    drawn = context("attention", {"preset": "T3", "step": "softmax"})
    first = drawn["stage"].table.rows[0]
    assert [round(float(cell.full), 4) for cell in first.cells] == [0.09, 0.2447, 0.6652]
    assert drawn["lab"] == "/lab/attention/?preset=t3"
    assert context("attention", {"preset": "A5"})["preset"].slug == "article"


@pytest.mark.parametrize(
    ("step", "said"),
    [
        ("scores", "Step 1 of 5, Scores"),
        ("softmax", "Step 4 of 5, Softmax: weights"),
        ("spread", "Spread of each row. "),
        ("output", "Step 5 of 5, Output"),
    ],
)
def test_attention_counts_its_steps_as_its_buttons_do(step: str, said: str) -> None:
    drawn = context("attention", {"preset": "T3", "step": step})
    assert drawn["sentence"].startswith(said)
    numbered = [one.number for one in drawn["steps"] if one.number]
    assert f" of {numbered[-1]}, " in drawn["sentence"] or step == "spread"


@pytest.mark.django_db
def test_the_steps_of_attention_are_buttons_of_its_form(client: Client) -> None:
    page = page_of(client, "attention", preset="i2", step="output")
    assert re.search(r'value="output"\s+aria-current="step"', page)
    assert "/lab/attention/?preset=i2" in page


def test_the_course_presets_are_as_in_its_outline() -> None:
    def output(preset: str) -> Any:
        rows = context("attention", {"preset": preset, "step": "output"})["stage"].table.rows
        return [[round(float(cell.full), 4) for cell in row.cells] for row in rows]

    assert output("T3") == [[1.4205, 1.3994], [0.7330, 1.4223], [0.6358, 1.9403]]
    assert output("SQ") == [[9.4419], [5.0]]
    assert output("I2") == [[1.6605, 2.6605], [2.3395, 3.3395]]


# --- In a lesson and in a form ------------------------------------------------------------------------


class Texts:
    """The writer is not asked: a widget's settings are numbers."""


class Page:
    def get_absolute_url(self) -> str:
        return "/camp/scoring/five-functions/"


def drawn_in_lesson(query: dict[str, str], *lines: tuple[str, dict[str, Any]]) -> str:
    request = RequestFactory().get("/camp/scoring/five-functions/", query)
    block = blocks()["lab"]
    reader = Reader(request, Page(), None, "en")  # type: ignore[arg-type]
    return "".join(block.render(block.read(name, fields, Texts()), reader) for name, fields in lines)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("argument", "fields", "words"),
    [
        ("telescope", {}, "one of compare"),
        ("compare", {"querry": "[[1]]"}, "out of query, key; got “querry”"),
        ("compare", {"query": "[[1,2,3]]"}, "must be as many"),
        ("dot-spread", {"d": 1000}, "from 1 to 512; this is 1000"),
        ("softmax-axis", {"over": "rows"}, "keys, queries, all"),
        ("shift-temperature", {"scores": "[1]"}, "2 to 8 numbers"),
        ("attention", {"preset": "A6"}, "article"),
    ],
)
def test_a_lesson_that_asks_for_something_else_is_refused_when_it_is_loaded(
    argument: str, fields: dict[str, Any], words: str
) -> None:
    with pytest.raises(Unfit, match=re.escape(words)):
        blocks()["lab"].read(argument, fields, Texts())  # type: ignore[arg-type]


def test_twins_must_agree_in_every_setting() -> None:
    neutral = blocks()["lab"].neutral
    assert neutral("dot-spread", {"d": 64}) != neutral("dot-spread", {"d": 65})


def test_two_widgets_of_a_kind_have_ids_of_their_own_and_keep_each_others_fields() -> None:
    line = ("shift-temperature", {"scores": "[1,2,3]"})
    query = {"shift-temperature-2-scores": "5 6", "q": "not a widget's"}
    page = drawn_in_lesson(query, line, line)
    ids = re.findall(r'\sid="([^"]+)"', page)
    assert len(ids) == len(set(ids))
    first, second = page.split('id="shift-temperature-2"')
    assert '<input type="hidden" name="shift-temperature-2-scores" value="5 6">' in first
    assert 'value="5 6"' in second
    assert "not a widget" not in page
    names = re.findall(r'class="widget-title"[^>]*>([^<]+)<', page)
    assert names == ["Shift, scale, temperature", "Shift, scale, temperature (2)"]


def test_a_form_in_a_lesson_asks_the_lesson_again_and_returns_to_its_place() -> None:
    page = drawn_in_lesson({"dot-spread-1-d": "16"}, ("dot-spread", {"d": 64}))
    assert 'action="/camp/scoring/five-functions/#dot-spread-1"' in page
    assert 'id="dot-spread-1"' in page
    assert "At d = 16" in page


@pytest.mark.django_db
def test_htmx_gets_the_picture_alone_named_after_the_form_that_asks(client: Client) -> None:
    query = {"place": "entropy-meter-3", "entropy-meter-3-scores": "0 0"}
    part = client.get("/lab/widgets/entropy-meter/", query, headers=HTMX).content.decode()
    assert "<html" not in part
    assert 'id="entropy-meter-3-says" hx-swap-oob' in part
    assert "2 of 2 tokens" in part


@pytest.mark.django_db
def test_a_place_that_no_form_has_is_not_repeated(client: Client) -> None:
    page = client.get("/lab/widgets/compare/", {"place": '"><script>'}).content.decode()
    assert "<script>" not in page


@pytest.mark.django_db
def test_a_widget_that_does_not_exist_is_not_found(client: Client) -> None:
    assert client.get("/lab/widgets/telescope/").status_code == 404


def test_greys_tell_the_least_and_the_greatest_score_of_their_table(client: Client, db: None) -> None:
    page = page_of(client, "softmax-axis", scores="-2.5 0; 0 7")
    assert page.count('class="greys"') == 1
    assert "Score: least −2.50" in page
    assert "greatest 7" in page
    equal = page_of(client, "softmax-axis", scores="1 1; 1 1")
    assert 'class="greys"' not in equal, "where all are equal no grey tells anything apart"


def test_a_slider_shows_its_number(client: Client, db: None) -> None:
    page = page_of(client, "dot-spread", d="100")
    assert re.search(r'<output class="slider-value" for="dot-spread-1-d"[^>]*>100</output>', page)
