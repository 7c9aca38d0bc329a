"""Each preset runs, and shows what its question asks about; its card has its weights in small."""

import re
from collections import Counter
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from django.test import Client

from attention_core import catalogue
from attention_core.params import parse_params
from camp import figures
from camp.lab import thumbnails
from camp.lab.models import Job
from camp.lab.picture import picture, window_of
from camp.lab.presets import GROUPS, PRESETS, Preset
from camp.lab.stage_arrays import StageArrays, from_reference, is_small


def stages_of(slug: str) -> StageArrays:
    return from_reference(parse_params(catalogue.task("attention").params, dict(PRESETS[slug].params)))


def weights_of(slug: str) -> Any:
    return stages_of(slug).weights


@pytest.mark.parametrize("preset", PRESETS.values(), ids=PRESETS)
def test_every_preset_is_accepted_and_small_enough_to_preview(preset: Preset) -> None:
    stages = stages_of(preset.slug)
    assert is_small(stages.params)
    assert picture(stages, window_of(stages, {})).summary.startswith("Weights")


def test_the_article_has_its_weights_and_output() -> None:
    stages = stages_of("article")
    assert stages.weights is not None
    assert stages.weights[0, 4].round(4).tolist() == [0.1805, 0.1898, 0.1995, 0.2097, 0.2205]
    assert stages.output[:, 0].round(4).tolist() == [0.302, 0.304, 0.306, 0.308, 0.31]


def test_one_token_can_only_look_at_itself() -> None:
    assert weights_of("one-token").tolist() == [[[1.0]]]


def test_it_looks_at_cat() -> None:
    assert weights_of("cat-sat-it")[0, 2].round(3).tolist() == [0.576, 0.14, 0.284]


def test_the_order_of_keys_changes_no_output() -> None:
    np.testing.assert_allclose(stages_of("order").output, stages_of("cat-sat-it").output, rtol=1e-12)


def test_the_first_new_query_of_a_decoder_step_misses_only_the_last_key() -> None:
    assert (weights_of("decoder-step")[0] > 0).tolist() == [[True, True, True, False], [True] * 4]


def test_the_empty_row_of_the_padding_preset_gives_zeros() -> None:
    stages = stages_of("padding")
    assert stages.weights is not None
    assert not stages.weights[0, 0].any()
    assert not stages.output[0].any()
    assert not stages.weights[0, :, 3].any()


def test_low_temperature_picks_one_token_and_high_temperature_averages() -> None:
    assert weights_of("sharp")[0, 2].max() > 0.99
    assert np.ptp(weights_of("flat")) < 0.06


def test_two_heads_look_at_different_things() -> None:
    first, second = weights_of("two-heads")
    assert (first.argmax(axis=1) != second.argmax(axis=1)).any()


def test_a_query_of_zeros_gets_equal_shares_and_the_mean_of_the_values() -> None:
    stages = stages_of("uniform")
    assert stages.weights is not None
    np.testing.assert_allclose(stages.weights[0], 1 / 3, rtol=1e-12)
    np.testing.assert_allclose(stages.output, [[1 / 3, 1 / 3]] * 3, rtol=1e-12)


def test_one_hot_weights_look_one_value_up() -> None:
    stages = stages_of("one-hot")
    assert stages.weights is not None
    np.testing.assert_allclose(stages.weights[0], [[0, 1, 0], [0, 0, 1], [1, 0, 0]], atol=1e-12)
    np.testing.assert_allclose(stages.output, [[2], [3], [1]], atol=1e-12)


def test_large_scores_leave_something_for_every_key_only_when_divided() -> None:
    scaled, unscaled = weights_of("large-scaled")[0], weights_of("large-unscaled")[0]
    assert scaled.min() > 0.05
    assert unscaled.max(axis=1).min() > 0.95
    assert (_entropy(unscaled) < _entropy(scaled)).all()


def _entropy(rows: Any) -> Any:
    return -(rows * np.log(rows)).sum(axis=-1)


def test_every_preset_stands_under_one_heading() -> None:
    assert Counter(slug for group in GROUPS for slug in group.slugs) == Counter(list(PRESETS))


@pytest.mark.parametrize("slug", PRESETS)
def test_a_thumbnail_has_a_square_of_its_colour_for_each_weight_and_hatches_what_is_hidden(slug: str) -> None:
    stages = stages_of(slug)
    assert stages.weights is not None
    assert stages.allowed is not None
    expected: Counter[str] = Counter()
    for head, query, key in np.ndindex(stages.weights.shape):
        is_seen = stages.allowed[query, key]
        step = figures.weight_step(float(stages.weights[head, query, key]))
        expected[f"sw w{step}" if is_seen else "hatched"] += 1
    drawn = dict(re.findall(r'<path class="([^"]+)" d="([^"]+)"/>', thumbnails.of_preset(slug)))
    assert {css: path.count("M") for css, path in drawn.items()} == expected


def test_a_square_lies_where_its_weight_stands() -> None:
    assert weights_of("one-hot")[0].argmax(axis=1).tolist() == [1, 2, 0]
    drawn = dict(re.findall(r'<path class="([^"]+)" d="([^"]+)"/>', thumbnails.of_preset("one-hot")))
    assert re.findall(r"M(\d+) (\d+)", drawn["sw w32"]) == [("8", "0"), ("16", "8"), ("0", "16")]


def test_all_thumbnails_together_stay_small() -> None:
    assert sum(len(thumbnails.of_preset(slug)) for slug in PRESETS) < 12_000
    sizes = re.findall(r'width="(\d+)" height="(\d+)"', "".join(map(thumbnails.of_preset, PRESETS)))
    assert len(sizes) == len(PRESETS)
    assert all(0 < int(side) <= 44 for size in sizes for side in size)


@pytest.mark.django_db
def test_the_chosen_card_is_marked_and_named_above(client: Client) -> None:
    page = client.get("/lab/attention/?preset=causal").content.decode()
    nav = re.sub(r"\s+", " ", page.partition('<nav class="presets"')[2].partition("</nav>")[0])
    assert re.findall(r'<a href="\?preset=([\w-]+)" aria-current="true">', nav) == ["causal"]
    assert nav.count("<a ") == len(PRESETS)
    summary = nav.partition("</summary>")[0]
    assert "<b>Causal mask</b>" in summary
    assert thumbnails.of_preset("causal") in summary
    assert nav.count("<h2>") == len(GROUPS)


@pytest.mark.django_db
def test_an_own_run_in_the_form_is_none_of_the_examples(owner: Client, submit: Callable[..., Job]) -> None:
    page = owner.get(f"/lab/attention/?run={submit().pk}").content.decode()
    nav = page.partition('<nav class="presets"')[2].partition("</nav>")[0]
    assert "aria-current" not in nav
    assert "<b>" not in nav.partition("</summary>")[0]
    assert nav.count('class="thumb"') == len(PRESETS)
